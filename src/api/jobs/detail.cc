#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"

namespace sluice::api {

namespace {

constexpr std::string_view kDefaultDatabase = "default";

/// Every kind of job has a detail: Terraform asks for it whatever the job was. The members of
/// imports and exports are left out of the others.
std::string Encode(const JobView& view) {
  const Job& job = view.job;
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess(job.message, &json);
  json.Key("job_id").String(job.id.value());
  json.Key("owner").String(job.owner);
  json.Key("start_time").Int(job.start_time_ms);
  json.Key("duration").Int(view.duration_ms);
  json.Key("database_name")
      .String(job.current_database.empty() ? kDefaultDatabase
                                           : std::string_view(job.current_database));
  WriteTags(job.tags, &json);
  json.EndObject();
  return body;
}

}  // namespace

Result<http::Response> ShowDetail(const ApiServices& services, const Call& call) {
  JobId id = TRY(DecodeJobId(call.request));
  return Answer(Encode(TRY(services.jobs->Find(call.caller.project, id))));
}

}  // namespace sluice::api
