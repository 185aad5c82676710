#include <algorithm>

#include "api/error_response.h"
#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/query_parameters.h"

namespace sluice::api {

namespace {

constexpr std::int64_t kWaitSecondsMax = 50;
/// Room for the members that are not text of the user.
constexpr std::size_t kFixedMembersBytes = 768;

/// What is left of the request once its operation has returned.
struct StatusQuery {
  std::shared_ptr<const ApiServices> services;
  ProjectId project;
  JobId id;
  std::string request_id;
  http::Responder responder;
};

/// `user_conf`: the submitted configuration as the JSON text of an object.
std::string EncodeConf(const std::vector<ConfEntry>& conf) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  for (auto entry = conf.begin(); entry != conf.end(); ++entry) {
    // Of a key given twice the last value counts.
    bool is_overruled = std::any_of(std::next(entry), conf.end(), [&](const ConfEntry& later) {
      return later.first == entry->first;
    });
    if (!is_overruled) json.Key(entry->first).String(entry->second);
  }
  json.EndObject();
  return text;
}

/// The members in the order of contract/query-job-status.zh.md, table 2; newer ones behind them.
std::string Encode(const JobView& view) {
  const Job& job = view.job;
  std::string body;
  body.reserve(kFixedMembersBytes + job.statement.size() + 2 * job.schema_json.size());
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess(job.message, &json);
  json.Key("job_id").String(job.id.value());
  json.Key("job_type").String(JobTypeName(job.type));
  json.Key("job_mode").String(JobModeName(job.mode));
  json.Key("queue_name").String(job.queue.value());
  json.Key("owner").String(job.owner);
  json.Key("start_time").Int(job.start_time_ms);
  json.Key("duration").Int(view.duration_ms);
  json.Key("status").String(JobStateName(job.state));
  WriteRowCounts(job.counts, &json);
  json.Key("input_size").Int(job.counts.input_size_bytes);
  json.Key("result_count").Int(std::min(job.counts.result_count, kInt32Max));
  WriteNames(job, &json);
  json.Key("detail").String(DetailOf(job));
  json.Key("statement").String(job.statement);
  WriteTags(job.tags, &json);
  if (!job.conf.empty()) json.Key("user_conf").String(EncodeConf(job.conf));
  json.EndObject();
  return body;
}

void AnswerWith(const StatusQuery& query, const Result<JobView>& view) {
  query.responder.Send(view ? Answer(Encode(*view)) : RenderError(view.error(), query.request_id));
}

/// Answers here when the job is in memory, on the pool when the store must be read.
void AnswerWherePossible(const StatusQuery& query) {
  std::optional<Result<JobView>> view = query.services->jobs->FindInMemory(query.project, query.id);
  if (view) return AnswerWith(query, *view);
  RunOrRefuse(*query.services, query.responder, query.request_id,
              [query] { AnswerWith(query, query.services->jobs->Find(query.project, query.id)); });
}

/// Answers when the job's state changes or the time is over; at once when it is final. A job that
/// is not in memory is final.
void AnswerAfterChange(const StatusQuery& query, std::int64_t wait_ms) {
  std::optional<Result<JobView>> view = query.services->jobs->FindInMemory(query.project, query.id);
  if (!view || !*view || IsFinal((*view)->job.state)) return AnswerWherePossible(query);
  query.services->jobs->WaitForChange(query.id, (*view)->job.state, wait_ms,
                                      [query] { AnswerWherePossible(query); });
}

/// Milliseconds of ?wait=SECONDS; more than we grant is cut.
Result<std::int64_t> DecodeWait(const http::Request& request) {
  if (request.query.empty()) return 0;
  QueryParameters parameters = TRY(QueryParameters::Parse(request));
  std::optional<std::int64_t> seconds = TRY(parameters.FindInt("wait", {0, kInt32Max}));
  return std::min(seconds.value_or(0), kWaitSecondsMax) * 1000;
}

}  // namespace

void ShowStatus(const std::shared_ptr<const ApiServices>& services, const Call& call,
                const http::Responder& responder) {
  const std::string& request_id = call.request.request_id;
  Result<JobId> id = DecodeJobId(call.request);
  if (!id) return responder.Send(RenderError(id.error(), request_id));
  Result<std::int64_t> wait_ms = DecodeWait(call.request);
  if (!wait_ms) return responder.Send(RenderError(wait_ms.error(), request_id));

  StatusQuery query{services, call.caller.project, *std::move(id), request_id, responder};
  if (*wait_ms == 0) return AnswerWherePossible(query);
  AnswerAfterChange(query, *wait_ms);
}

}  // namespace sluice::api
