#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"

namespace sluice::api {

Result<http::Response> CancelJob(const ApiServices& services, const Call& call) {
  JobId id = TRY(DecodeJobId(call.request));
  TRY_VOID(services.jobs->Cancel(call.caller, id));
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.EndObject();
  return Answer(std::move(body));
}

}  // namespace sluice::api
