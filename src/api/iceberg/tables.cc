#include <utility>

#include "api/iceberg/operations.h"
#include "base/ascii.h"

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
