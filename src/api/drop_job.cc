#include "api/drop_job.h"

#include "api/jobs/job_fields.h"

namespace sluice::api {

http::Response AnswerDropped() {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.Key("job_mode").String(JobModeName(JobMode::kSync));
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> SubmitDrop(const ApiServices& services, const Call& call,
                                  const std::string& sql) {
  SubmitRequest request;
  request.sql = sql;
  request.ddl_async_default = true;
  SubmitOutcome outcome = TRY(services.jobs->Submit(call.caller, request));
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess(outcome.message, &json);
  json.Key("job_id").String(outcome.id.value());
  json.Key("job_type").String(JobTypeName(outcome.type));
  json.Key("job_mode").String(JobModeName(outcome.mode));
  json.EndObject();
  return Answer(std::move(body));
}

}  // namespace sluice::api
