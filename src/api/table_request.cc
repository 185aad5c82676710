#include "api/table_request.h"

#include <algorithm>
#include <array>
#include <set>

#include "api/json_body.h"
#include "api/names.h"
#include "base/ascii.h"
#include "types/object_name.h"

namespace sluice::api {

namespace {

constexpr std::string_view kManagedFormat = "parquet";
constexpr std::array<std::string_view, 6> kFormats = {"parquet", "orc",  "csv",
                                                      "json",    "avro", "carbon"};
constexpr std::array<std::string_view, 3> kPathSchemes = {"obs://", "s3a://", "s3://"};

/// Adds one column to the table; partition columns are gathered in `partitions`.
Result<void> DecodeColumn(const json::value& element, NewTable* table, Schema* partitions) {
  if (!element.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter columns must be an array of objects");
  }
  const json::object& object = element.get_object();
  StructField column;
  column.name = TRY(GetText(object, "column_name"));
  TRY_VOID(CheckColumnName(column.name));
  std::string type = TRY(GetText(object, "type"));
  column.type = TRY(ParseDataType(type));
  column.comment = TRY(GetTextOrEmpty(object, "description"));
  bool is_partition = TRY(FindBool(object, "is_partition_column")).value_or(false);
  (is_partition ? *partitions : table->columns).push_back(std::move(column));
  return {};
}

Result<void> RequireDistinctNames(const Schema& columns) {
  std::set<std::string> names;
  for (const StructField& column : columns) {
    if (!names.insert(ToLower(column.name)).second) {
      return Fail(ErrorCode::kInvalidArgument, "A column is given twice: {}", column.name);
    }
  }
  return {};
}

/// Partition columns come last, as Spark puts them.
Result<void> DecodeColumns(const json::object& body, NewTable* table) {
  const json::array* columns = TRY(FindArray(body, "columns"));
  Schema partitions;
  if (columns != nullptr && columns->size() > kTableColumnsMax) {
    return Fail(ErrorCode::kInvalidArgument, "There are more than {} columns", kTableColumnsMax);
  }
  if (columns != nullptr) {
    for (const json::value& column : *columns) {
      TRY_VOID(DecodeColumn(column, table, &partitions));
    }
  }
  if (table->columns.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "The parameter columns must have a column that is no partition column");
  }
  for (StructField& column : partitions) {
    table->partition_columns.push_back(column.name);
    table->columns.push_back(std::move(column));
  }
  TRY_VOID(CheckColumnNames(table->columns));
  return RequireDistinctNames(table->columns);
}

Result<void> CheckObsTable(const json::object& body) {
  std::string format = ToLower(TRY(GetText(body, "data_type")));
  if (std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter data_type has an unknown format");
  }
  std::string path = TRY(GetText(body, "data_path"));
  bool known = std::any_of(kPathSchemes.begin(), kPathSchemes.end(),
                           [&](std::string_view scheme) { return path.starts_with(scheme); });
  if (!known) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter data_path must begin with obs://");
  }
  return {};
}

Result<void> CheckView(const json::object& body) {
  if (TRY(GetText(body, "select_statement")).empty()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter select_statement is required");
  }
  return {};
}

}  // namespace

Result<NewTable> DecodeNewTable(const Call& call) {
  json::object body = TRY(DecodeBody(call.request));
  NewTable table;
  table.database = TRY(FoldDatabaseName(call.request.PathParameter("database_name")));
  std::string name = TRY(GetText(body, "table_name"));
  table.name = TRY(FoldTableName(name));
  table.owner = call.caller.user_name;
  table.comment = TRY(GetTextOrEmpty(body, "description"));
  table.format = std::string(kManagedFormat);
  std::vector<Tag> tags = TRY(GetTags(body));
  TRY_VOID(ValidateTags(tags));

  std::string location = ToUpper(TRY(GetText(body, "data_location")));
  if (location == "VIEW") {
    TRY_VOID(CheckView(body));
    return Fail(ErrorCode::kUnsupported, "Views cannot be created by this operation yet");
  }
  if (location != "OBS" && location != "DLI") {
    return Fail(ErrorCode::kInvalidArgument,
                "The parameter data_location must be OBS, DLI or VIEW");
  }
  TRY_VOID(DecodeColumns(body, &table));
  if (location == "DLI") return table;
  TRY_VOID(CheckObsTable(body));
  return Fail(ErrorCode::kUnsupported, "OBS tables cannot be created yet");
}

}  // namespace sluice::api
