#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/json_body.h"
#include "base/ascii.h"
#include "base/digest.h"

namespace sluice::api {

namespace {

constexpr std::string_view kIdempotencyHeader = "Idempotency-Key";
constexpr std::size_t kIdempotencyKeyLengthMax = 255;
constexpr std::string_view kAsyncConf = "dli.sql.sqlasync.enabled";

enum class JobModeMember { kWrite, kLeaveOut };

/// What the request asks for, as text that is equal for equal requests: each part with its length.
std::string Describe(const SubmitRequest& request) {
  std::string text;
  auto append = [&text](const std::string& part) {
    text += std::to_string(part.size()) + ":" + part;
  };
  for (const std::string* part : {&request.sql, &request.current_database, &request.current_catalog,
                                  &request.queue_name, &request.engine_type}) {
    append(*part);
  }
  for (const std::string& entry : request.conf) append(entry);
  text += '|';
  for (const Tag& tag : request.tags) {
    append(tag.key);
    append(tag.value);
  }
  return text;
}

Result<std::optional<IdempotencyKey>> DecodeIdempotencyKey(const http::Request& request,
                                                           const SubmitRequest& submit) {
  const std::string* header = request.FindHeader(kIdempotencyHeader);
  if (header == nullptr) return std::nullopt;
  bool printable = true;
  for (char c : *header) printable = printable && c > ' ' && c <= '~';
  if (header->empty() || header->size() > kIdempotencyKeyLengthMax || !printable) {
    return Fail(ErrorCode::kInvalidArgument,
                "The header {} must have 1 to {} printable ASCII characters without blanks",
                kIdempotencyHeader, kIdempotencyKeyLengthMax);
  }
  return IdempotencyKey{*header, Sha256Hex(Describe(submit))};
}

Result<SubmitRequest> DecodeSubmit(const http::Request& request) {
  json::object body = TRY(DecodeBody(request));
  SubmitRequest submit;
  submit.sql = TRY(GetText(body, "sql"));
  submit.current_database = TRY(GetTextOrEmpty(body, "currentdb"));
  submit.current_catalog = TRY(GetTextOrEmpty(body, "current_catalog"));
  submit.queue_name = TRY(GetTextOrEmpty(body, "queue_name"));
  submit.engine_type = TRY(GetTextOrEmpty(body, "engine_type"));
  submit.conf = TRY(GetTexts(body, "conf"));
  submit.tags = TRY(GetTags(body));
  if (Trim(submit.sql).empty()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter sql must have a statement");
  }
  return submit;
}

void WriteRows(const SubmitOutcome& outcome, JsonWriter* json) {
  json->Key("rows").BeginArray();
  for (const auto& row : outcome.rows) {
    json->BeginArray();
    for (const std::optional<std::string>& value : row) {
      if (value) {
        json->String(*value);
      } else {
        json->Null();
      }
    }
    json->EndArray();
  }
  json->EndArray();
}

std::string Encode(const SubmitOutcome& outcome, JobModeMember job_mode) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess(outcome.message, &json);
  json.Key("job_id").String(outcome.id.value());
  json.Key("job_type").String(JobTypeName(outcome.type));
  if (job_mode == JobModeMember::kWrite) json.Key("job_mode").String(JobModeName(outcome.mode));
  if (outcome.schema) {
    WriteSchema(*outcome.schema, &json);
    WriteRows(outcome, &json);
  }
  json.EndObject();
  return body;
}

bool SaysAsync(const std::vector<std::string>& conf) {
  for (const std::string& entry : conf) {
    if (Trim(std::string_view(entry).substr(0, entry.find('='))) == kAsyncConf) return true;
  }
  return false;
}

}  // namespace

Result<http::Response> SubmitJob(const ApiServices& services, const Call& call) {
  SubmitRequest submit = TRY(DecodeSubmit(call.request));
  submit.idempotency_key = TRY(DecodeIdempotencyKey(call.request, submit));
  SubmitOutcome outcome = TRY(services.jobs->Submit(call.caller, submit));
  return Answer(Encode(outcome, JobModeMember::kWrite));
}

Result<http::Response> SubmitJobToQueue(const ApiServices& services, const Call& call) {
  SubmitRequest submit = TRY(DecodeSubmit(call.request));
  submit.queue_name = call.request.PathParameter("queue_name");
  if (!SaysAsync(submit.conf)) submit.conf.push_back(std::string(kAsyncConf) + " = false");
  submit.idempotency_key = TRY(DecodeIdempotencyKey(call.request, submit));
  SubmitOutcome outcome = TRY(services.jobs->Submit(call.caller, submit));
  return Answer(Encode(outcome, JobModeMember::kLeaveOut));
}

}  // namespace sluice::api
