#include "api/error_response.h"
#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/json_body.h"
#include "base/ascii.h"
#include "base/digest.h"

namespace sluice::api {

namespace {

constexpr std::string_view kIdempotencyHeader = "Idempotency-Key";
constexpr std::size_t kIdempotencyKeyLengthMax = 255;

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
  text += request.ddl_async_default ? "|queue|" : "|";
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

Result<SubmitOutcome> Accept(const ApiServices& services, const Call& call, JobModeMember form) {
  SubmitRequest submit = TRY(DecodeSubmit(call.request));
  if (form == JobModeMember::kLeaveOut) {
    submit.queue_name = call.request.PathParameter("queue_name");
    submit.ddl_async_default = false;
  }
  submit.idempotency_key = TRY(DecodeIdempotencyKey(call.request, submit));
  return services.jobs->Submit(call.caller, submit);
}

void AcceptAndAnswer(const std::shared_ptr<const ApiServices>& services, const Call& call,
                     const http::Responder& responder, JobModeMember form) {
  auto answer = [responder, request_id = call.request.request_id,
                 form](const Result<SubmitOutcome>& outcome) {
    responder.Send(outcome ? Answer(Encode(*outcome, form))
                           : RenderError(outcome.error(), request_id));
  };
  Result<SubmitOutcome> accepted = Accept(*services, call, form);
  if (!accepted || accepted->mode == JobMode::kAsync) return answer(accepted);
  services->jobs->AwaitEnd(call.caller.project, *std::move(accepted), answer);
}

}  // namespace

void SubmitJob(const std::shared_ptr<const ApiServices>& services, const Call& call,
               const http::Responder& responder) {
  AcceptAndAnswer(services, call, responder, JobModeMember::kWrite);
}

void SubmitJobToQueue(const std::shared_ptr<const ApiServices>& services, const Call& call,
                      const http::Responder& responder) {
  AcceptAndAnswer(services, call, responder, JobModeMember::kLeaveOut);
}

}  // namespace sluice::api
