#include <utility>

#include "api/iceberg/operations.h"
#include "base/ascii.h"
#include "types/object_name.h"

namespace sluice::api {
namespace {

struct TableIdentifier {
  std::string database;
  std::string name;
};

/// {"namespace":[…],"name":"t"} in a member of the request, folded.
Result<TableIdentifier> ReadIdentifier(const json::object& request, const char* member) {
  const json::value* value = request.if_contains(member);
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  const json::string* name = object == nullptr ? nullptr : FindString(*object, "name");
  if (name == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "The request is malformed: {}", member);
  }
  return TableIdentifier{TRY(NamespaceName(*object, "namespace")),
                         ToLower(std::string_view(*name))};
}

/// The names that a new table has at the top; what is no text is refused by who reads it.
Result<void> CheckNewNames(const json::object& request) {
  const json::string* name = FindString(request, "name");
  if (name != nullptr) TRY_VOID(CheckTableName(std::string_view(*name)));
  const json::value* schema = request.if_contains("schema");
  const json::object* object = schema == nullptr ? nullptr : schema->if_object();
  const json::value* fields = object == nullptr ? nullptr : object->if_contains("fields");
  const json::array* columns = fields == nullptr ? nullptr : fields->if_array();
  if (columns == nullptr) return {};
  for (const json::value& column : *columns) {
    const json::object* field = column.if_object();
    const json::string* text = field == nullptr ? nullptr : FindString(*field, "name");
    if (text != nullptr) TRY_VOID(CheckColumnName(std::string_view(*text)));
  }
  return {};
}

}  // namespace

Result<http::Response> ListIcebergTables(const CatalogCall& call) {
  const std::string database = call.database();
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("identifiers").BeginArray();
  for (const TableRecord& table : TRY(call.catalog.ListTables(call.project(), database))) {
    json.BeginObject();
    json.Key("namespace").BeginArray().String(database).EndArray();
    json.Key("name").String(table.name);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return CatalogAnswer(std::move(body));
}

Result<http::Response> CreateIcebergTable(const CatalogCall& call) {
  const json::object body = TRY(call.Body());
  TRY_VOID(CheckNewNames(body));
  return CatalogAnswer(TRY(call.catalog.RestCreateTable(call.caller, call.database(), body)));
}

Result<http::Response> LoadIcebergTable(const CatalogCall& call) {
  return CatalogAnswer(TRY(call.catalog.RestLoadTable(call.caller, call.database(), call.table())));
}

Result<http::Response> CommitIcebergTable(const CatalogCall& call) {
  const json::object body = TRY(call.Body());
  return CatalogAnswer(
      TRY(call.catalog.RestCommitTable(call.caller, call.database(), call.table(), body)));
}

Result<http::Response> DropIcebergTable(const CatalogCall& call) {
  TRY_VOID(
      call.catalog.DropTable(call.project(), call.database(), call.table(), IfMissing::kFail, {}));
  return NoContent();
}

Result<http::Response> RenameIcebergTable(const CatalogCall& call) {
  const json::object body = TRY(call.Body());
  const TableIdentifier from = TRY(ReadIdentifier(body, "source"));
  const TableIdentifier to = TRY(ReadIdentifier(body, "destination"));
  TRY_VOID(CheckTableName(to.name));
  TRY_VOID(
      call.catalog.RenameTable(call.project(), from.database, from.name, to.database, to.name, {}));
  return NoContent();
}

Result<http::Response> CommitIcebergTransaction(const CatalogCall& call) {
  const json::object body = TRY(call.Body());
  TRY_VOID(call.catalog.RestCommitTransaction(call.caller, body));
  return NoContent();
}

Result<http::Response> TakeMetrics(const CatalogCall&) { return NoContent(); }

Result<http::Response> ListViews(const CatalogCall& call) {
  if (!TRY(call.catalog.HasDatabase(call.project(), call.database()))) {
    return Fail(ErrorCode::kNotFound, "There is no database named {}", call.database());
  }
  return CatalogAnswer(R"({"identifiers":[]})");
}

Result<http::Response> LoadView(const CatalogCall& call) {
  return Fail(ErrorCode::kNotFound, "There is no view named {}.{}", call.database(), call.table());
}

}  // namespace sluice::api
