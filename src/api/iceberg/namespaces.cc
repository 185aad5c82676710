#include <algorithm>
#include <utility>

#include "api/iceberg/operations.h"
#include "base/ascii.h"
#include "types/object_name.h"

namespace sluice::api {
namespace {

/// What `endpoints` of the configuration tells clients they may use.
constexpr std::string_view kEndpoints[] = {
    "GET /v1/{prefix}/namespaces",
    "POST /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "HEAD /v1/{prefix}/namespaces/{namespace}",
    "DELETE /v1/{prefix}/namespaces/{namespace}",
    "POST /v1/{prefix}/namespaces/{namespace}/properties",
    "GET /v1/{prefix}/namespaces/{namespace}/tables",
    "POST /v1/{prefix}/namespaces/{namespace}/tables",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics",
    "POST /v1/{prefix}/tables/rename",
    "POST /v1/{prefix}/transactions/commit",
};

tl::unexpected<Error> NoNamespace(std::string_view name) {
  return Fail(ErrorCode::kNotFound, "There is no database named {}", name);
}

void WriteProperties(JsonWriter* json, std::string_view description, std::string_view owner) {
  json->Key("properties").BeginObject();
  if (!description.empty()) json->Key("comment").String(description);
  if (!owner.empty()) json->Key("owner").String(owner);
  json->EndObject();
}

std::string NamespaceBody(const DatabaseRecord& database) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  json.Key("namespace").BeginArray().String(database.name).EndArray();
  WriteProperties(&json, database.description, database.owner);
  json.EndObject();
  return body;
}

Result<DatabaseRecord> FindNamespace(const CatalogCall& call, const std::string& name) {
  for (DatabaseRecord& database : TRY(call.catalog.ListDatabases(call.project()))) {
    if (database.name == name) return std::move(database);
  }
  return NoNamespace(name);
}

/// The value of `parent` in the query, decoded; empty when absent.
std::string ParentOf(const http::Request& request) {
  for (const auto& [name, value] : http::ParseQuery(request.query)) {
    if (name == "parent") return ToLower(value);
  }
  return {};
}

}  // namespace

Result<http::Response> GetConfig(const CatalogCall& call) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  json.Key("defaults").BeginObject().EndObject();
  json.Key("overrides").BeginObject();
  json.Key("prefix").String(call.project().value());
  json.EndObject();
  json.Key("endpoints").BeginArray();
  for (std::string_view endpoint : kEndpoints) json.String(endpoint);
  json.EndArray().EndObject();
  return CatalogAnswer(std::move(body));
}

Result<http::Response> ListNamespaces(const CatalogCall& call) {
  const std::string parent = ParentOf(call.request);
  std::vector<DatabaseRecord> databases;
  if (parent.empty()) {
    databases = TRY(call.catalog.ListDatabases(call.project()));
  } else if (!TRY(call.catalog.HasDatabase(call.project(), parent))) {
    return NoNamespace(parent);
  }
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("namespaces").BeginArray();
  for (const DatabaseRecord& database : databases) {
    json.BeginArray().String(database.name).EndArray();
  }
  json.EndArray().EndObject();
  return CatalogAnswer(std::move(body));
}

Result<http::Response> CreateNamespace(const CatalogCall& call) {
  const json::object body = TRY(call.Body());
  DatabaseRecord database;
  database.project = call.project();
  database.name = TRY(NamespaceName(body, "namespace"));
  database.owner = call.user_name();
  TRY_VOID(CheckDatabaseName(database.name));
  const json::value* properties = body.if_contains("properties");
  if (properties != nullptr && properties->is_object()) {
    const json::string* comment = FindString(properties->get_object(), "comment");
    if (comment != nullptr) database.description.assign(comment->data(), comment->size());
  }
  TRY_VOID(call.catalog.CreateDatabase(database, IfExists::kFail, {}));
  return CatalogAnswer(NamespaceBody(database));
}

Result<http::Response> GetNamespace(const CatalogCall& call) {
  const DatabaseRecord database = TRY(FindNamespace(call, call.database()));
  return CatalogAnswer(NamespaceBody(database));
}

Result<http::Response> DropNamespace(const CatalogCall& call) {
  TRY_VOID(call.catalog.DropDatabase(call.project(), call.database(), false, IfMissing::kFail, {}));
  return NoContent();
}

Result<http::Response> UpdateNamespaceProperties(const CatalogCall& call) {
  DatabaseRecord database = TRY(FindNamespace(call, call.database()));
  const json::object request = TRY(call.Body());
  const json::value* updates = request.if_contains("updates");
  if (updates != nullptr && updates->is_object() && !updates->get_object().empty()) {
    return Fail(ErrorCode::kUnsupported, "The properties of a database cannot be changed here");
  }
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  json.Key("updated").BeginArray().EndArray();
  json.Key("removed").BeginArray().EndArray();
  json.Key("missing").BeginArray();
  const json::value* removals = request.if_contains("removals");
  if (removals != nullptr && removals->is_array()) {
    for (const json::value& key : removals->get_array()) {
      if (key.is_string()) json.String(std::string_view(key.get_string()));
    }
  }
  json.EndArray().EndObject();
  return CatalogAnswer(std::move(body));
}

}  // namespace sluice::api
