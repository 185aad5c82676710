#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/json_body.h"
#include "base/ascii.h"

namespace sluice::api {

Result<http::Response> CheckSql(const ApiServices& services, const Call& call) {
  json::object body = TRY(DecodeBody(call.request));
  std::string sql = TRY(GetText(body, "sql"));
  std::string database = TRY(GetTextOrEmpty(body, "currentdb"));
  if (Trim(sql).empty()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter sql must have a statement");
  }
  CheckOutcome outcome = TRY(services.jobs->CheckSql(call.caller, sql, database));
  std::string answer;
  JsonWriter json(&answer);
  json.BeginObject();
  WriteSuccess("the sql is ok", &json);
  json.Key("job_type").String(JobTypeName(outcome.type));
  json.EndObject();
  return Answer(std::move(answer));
}

}  // namespace sluice::api
