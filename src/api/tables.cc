#include "api/tables.h"

#include <algorithm>
#include <array>

#include "api/drop_job.h"
#include "api/jobs/job_fields.h"
#include "api/names.h"
#include "api/page.h"
#include "api/query_parameters.h"
#include "api/table_request.h"
#include "base/ascii.h"

namespace sluice::api {

namespace {

constexpr std::int64_t kPageSizeMax = 100;
constexpr std::string_view kManagedFilter = "MANAGED_TABLE";
constexpr std::array<std::string_view, 3> kTypeFilters = {kManagedFilter, "EXTERNAL_TABLE",
                                                          "VIRTUAL_VIEW"};

struct TablePath {
  std::string database;
  std::string table;
};

Result<TablePath> DecodePath(const http::Request& request) {
  TablePath path;
  path.database = TRY(FoldDatabaseName(request.PathParameter("database_name")));
  path.table = TRY(FoldTableName(request.PathParameter("table_name")));
  return path;
}

Result<TableDescription> GetTable(const ApiServices& services, const ProjectId& project,
                                  const TablePath& path) {
  std::optional<TableDescription> table =
      TRY(services.catalog->FindTable(project, path.database, path.table));
  if (table) return *std::move(table);
  TRY_VOID(RequireDatabase(services, project, path.database));
  return Fail(ErrorCode::kNotFound, "There is no table named {}", path.table);
}

/// All tables are managed as yet: another type matches none.
Result<bool> MatchesManaged(const QueryParameters& parameters) {
  std::optional<std::string> type = parameters.FindText("table-type");
  if (!type) return true;
  std::string name = ToUpper(*type);
  if (std::find(kTypeFilters.begin(), kTypeFilters.end(), name) == kTypeFilters.end()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter table-type has an unknown type: {}",
                *type);
  }
  return name == kManagedFilter;
}

void WriteShort(const TableRecord& record, JsonWriter* json) {
  json->Key("data_location").String("DLI");
  json->Key("table_name").String(record.name);
  json->Key("table_type").String("MANAGED");
}

void WriteFull(const TableDescription& table, JsonWriter* json) {
  const TableRecord& record = table.record;
  WriteShort(record, json);
  json->Key("create_time").Int(record.created_ms);
  json->Key("data_type").String(record.format);
  json->Key("last_access_time").Int(std::max(record.last_changed_ms, record.created_ms));
  json->Key("owner").String(record.owner);
  json->Key("table_size").Int(table.total_bytes);
  json->Key("partition_columns").BeginArray();
  for (const std::string& column : table.partition_columns) json->String(column);
  json->EndArray();
}

Result<void> WriteEntries(const ApiServices& services, std::span<const TableRecord> records,
                          bool with_detail, JsonWriter* json) {
  for (const TableRecord& record : records) {
    if (!with_detail) {
      json->BeginObject();
      WriteShort(record, json);
      json->EndObject();
      continue;
    }
    std::optional<TableDescription> table =
        TRY(services.catalog->FindTable(record.project, record.database, record.name));
    if (!table) continue;  // dropped since it was listed
    json->BeginObject();
    WriteFull(*table, json);
    json->EndObject();
  }
  return {};
}

bool IsPartitionColumn(const TableDescription& table, const std::string& name) {
  return std::find(table.partition_columns.begin(), table.partition_columns.end(), name) !=
         table.partition_columns.end();
}

/// CREATE TABLE as SHOW CREATE TABLE writes it.
std::string CreateStatement(const TableDescription& table) {
  const TableRecord& record = table.record;
  std::string sql = "CREATE TABLE " + QuoteName(record.database) + "." + QuoteName(record.name);
  std::string_view separator = " (";
  for (const StructField& column : table.columns) {
    sql += separator;
    sql += QuoteName(column.name) + " " + column.type.UpperName();
    if (!column.comment.empty()) sql += " COMMENT " + QuoteText(column.comment);
    separator = ", ";
  }
  sql += ")\nUSING " + record.format;
  separator = "\nPARTITIONED BY (";
  for (const std::string& column : table.partition_columns) {
    sql += separator;
    sql += QuoteName(column);
    separator = ", ";
  }
  if (!table.partition_columns.empty()) sql += ")";
  if (!record.comment.empty()) sql += "\nCOMMENT " + QuoteText(record.comment);
  return sql;
}

void WriteColumns(const TableDescription& table, JsonWriter* json) {
  json->Key("column_count").Int(static_cast<std::int64_t>(table.columns.size()));
  json->Key("columns").BeginArray();
  for (const StructField& column : table.columns) {
    json->BeginObject();
    json->Key("column_name").String(column.name);
    json->Key("description").String(column.comment);
    json->Key("type").String(column.type.SqlName());
    json->Key("is_partition_column").Bool(IsPartitionColumn(table, column.name));
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace

Result<http::Response> CreateTable(const ApiServices& services, const Call& call) {
  NewTable table = TRY(DecodeNewTable(call));
  TRY_VOID(
      services.catalog->CreateTable(call.caller.project, table, IfExists::kFail, ChangeContext{}));
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> ListTables(const ApiServices& services, const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::string database = TRY(FoldDatabaseName(call.request.PathParameter("database_name")));
  bool with_detail = TRY(parameters.IsTrue("with-detail"));
  bool matches = TRY(MatchesManaged(parameters));
  Page page = TRY(DecodePage(parameters, {1, kPageSizeMax}, kInt32Max));
  std::string keyword = ToLower(parameters.FindText("keyword").value_or(""));
  TRY_VOID(RequireDatabase(services, call.caller.project, database));
  std::vector<TableRecord> records =
      TRY(services.catalog->ListTables(call.caller.project, database));
  std::erase_if(records, [&](const TableRecord& record) {
    return !matches || record.name.find(keyword) == std::string::npos;
  });

  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.Key("table_count").Int(static_cast<std::int64_t>(records.size()));
  json.Key("tables").BeginArray();
  TRY_VOID(WriteEntries(services, page.Of(records), with_detail, &json));
  json.EndArray();
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> ShowTable(const ApiServices& services, const Call& call) {
  TablePath path = TRY(DecodePath(call.request));
  TableDescription table = TRY(GetTable(services, call.caller.project, path));
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  WriteColumns(table, &json);
  json.Key("table_type").String("MANAGED");
  json.Key("data_type").String(table.record.format);
  json.Key("data_location").String("DLI");
  json.Key("storage_properties").BeginArray();
  for (const auto& [key, value] : table.record.properties) {
    json.BeginObject();
    json.Key("key").String(key);
    json.Key("value").String(value);
    json.EndObject();
  }
  json.EndArray();
  json.Key("table_comment").String(table.record.comment);
  json.Key("create_table_sql").String(CreateStatement(table));
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> DeleteTable(const ApiServices& services, const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  bool as_job = TRY(parameters.IsTrue("async"));
  TablePath path = TRY(DecodePath(call.request));
  // Tells a missing database from a missing table, and refuses a job that could only fail.
  TRY(GetTable(services, call.caller.project, path));
  if (as_job) {
    return SubmitDrop(services, call,
                      "DROP TABLE " + QuoteName(path.database) + "." + QuoteName(path.table));
  }
  TRY_VOID(services.catalog->DropTable(call.caller.project, path.database, path.table,
                                       IfMissing::kFail, ChangeContext{}));
  return AnswerDropped();
}

void RegisterTables(Gate* gate) {
  constexpr std::string_view kTables = "/v1.0/{project_id}/databases/{database_name}/tables";
  constexpr std::string_view kTable =
      "/v1.0/{project_id}/databases/{database_name}/tables/{table_name}";
  gate->Add("POST", kTables, CreateTable);
  gate->Add("GET", kTables, ListTables);
  gate->Add("GET", kTable, ShowTable);
  gate->Add("DELETE", kTable, DeleteTable);
}

}  // namespace sluice::api
