#include "api/databases.h"

#include <algorithm>

#include "api/drop_job.h"
#include "api/jobs/job_fields.h"
#include "api/json_body.h"
#include "api/names.h"
#include "api/page.h"
#include "api/query_parameters.h"
#include "api/resource_id.h"
#include "base/ascii.h"

namespace sluice::api {

namespace {

constexpr std::string_view kDefaultDatabase = "default";
constexpr std::string_view kDefaultEnterpriseProject = "0";

Result<DatabaseRecord> DecodeDatabase(const ApiServices& services, const Call& call) {
  json::object body = TRY(DecodeBody(call.request));
  DatabaseRecord database;
  database.project = call.caller.project;
  database.owner = call.caller.user_name;
  database.created_ms = services.clock->WallMs();
  std::string name = TRY(GetText(body, "database_name"));
  database.name = TRY(FoldDatabaseName(name));
  database.description = TRY(GetTextOrEmpty(body, "description"));
  database.enterprise_project_id = TRY(GetTextOrEmpty(body, "enterprise_project_id"));
  database.tags = TRY(GetTags(body));
  TRY_VOID(ValidateTags(database.tags));
  return database;
}

/// Every tag of the filter has its key equal and its value contained in one of the database.
bool HasTags(const DatabaseRecord& database, const std::vector<Tag>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const Tag& filter) {
    return std::any_of(database.tags.begin(), database.tags.end(), [&](const Tag& tag) {
      return tag.key == filter.key && tag.value.find(filter.value) != std::string::npos;
    });
  });
}

void WriteEntry(const DatabaseRecord& database, JsonWriter* json) {
  json->BeginObject();
  json->Key("database_name").String(database.name);
  json->Key("owner").String(database.owner);
  json->Key("table_number").Int(database.table_count);
  json->Key("description").String(database.description);
  json->Key("enterprise_project_id")
      .String(database.enterprise_project_id.empty()
                  ? kDefaultEnterpriseProject
                  : std::string_view(database.enterprise_project_id));
  json->Key("resource_id").String(ResourceId("database", database.name, database.created_ms));
  WriteTags(database.tags, json);
  json->EndObject();
}

}  // namespace

Result<http::Response> CreateDatabase(const ApiServices& services, const Call& call) {
  DatabaseRecord database = TRY(DecodeDatabase(services, call));
  if (database.name == kDefaultDatabase) {
    return Fail(ErrorCode::kAlreadyExists, "The database default is built in");
  }
  TRY_VOID(services.catalog->CreateDatabase(database, IfExists::kFail, ChangeContext{}));
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> ListDatabases(const ApiServices& services, const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  Page window = TRY(DecodeWindow(parameters));
  std::string keyword = ToLower(parameters.FindText("keyword").value_or(""));
  std::vector<Tag> tags = parameters.GetTags("tags");
  std::vector<DatabaseRecord> databases = TRY(services.catalog->ListDatabases(call.caller.project));
  std::erase_if(databases, [&](const DatabaseRecord& database) {
    return database.name.find(keyword) == std::string::npos || !HasTags(database, tags);
  });

  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.Key("database_count").Int(static_cast<std::int64_t>(databases.size()));
  json.Key("databases").BeginArray();
  for (const DatabaseRecord& database : window.Of(databases)) WriteEntry(database, &json);
  json.EndArray();
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> DeleteDatabase(const ApiServices& services, const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  bool cascade = TRY(parameters.IsTrue("cascade"));
  bool as_job = TRY(parameters.IsTrue("async"));
  std::string name = TRY(FoldDatabaseName(call.request.PathParameter("database_name")));
  if (name == kDefaultDatabase) {
    return Fail(ErrorCode::kUnsupported, "The database default cannot be deleted");
  }
  if (!as_job) {
    TRY_VOID(services.catalog->DropDatabase(call.caller.project, name, cascade, IfMissing::kFail,
                                            ChangeContext{}));
    return AnswerDropped();
  }
  TRY_VOID(RequireDatabase(services, call.caller.project, name));
  std::string sql = "DROP DATABASE " + QuoteName(name) + (cascade ? " CASCADE" : "");
  return SubmitDrop(services, call, sql);
}

void RegisterDatabases(Gate* gate) {
  gate->Add("POST", "/v1.0/{project_id}/databases", CreateDatabase);
  gate->Add("GET", "/v1.0/{project_id}/databases", ListDatabases);
  gate->Add("DELETE", "/v1.0/{project_id}/databases/{database_name}", DeleteDatabase);
}

}  // namespace sluice::api
