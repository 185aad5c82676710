#include "api/iceberg/iceberg.h"

#include <utility>

#include "api/iceberg/iceberg_error.h"
#include "api/iceberg/operations.h"
#include "base/ascii.h"

namespace sluice::api {
namespace {

constexpr std::string_view kRoot = "/iceberg/v1";
constexpr char kNamespaceSeparator = '\x1f';

struct CatalogRoute {
  std::string_view method;
  std::string_view pattern;
  IcebergObject object;
  CatalogOperation operation;
};

constexpr CatalogRoute kRoutes[] = {
    {"GET", "/config", IcebergObject::kNamespace, GetConfig},
    {"GET", "/{prefix}/namespaces", IcebergObject::kNamespace, ListNamespaces},
    {"POST", "/{prefix}/namespaces", IcebergObject::kNamespace, CreateNamespace},
    {"GET", "/{prefix}/namespaces/{namespace}", IcebergObject::kNamespace, GetNamespace},
    {"DELETE", "/{prefix}/namespaces/{namespace}", IcebergObject::kNamespace, DropNamespace},
    {"POST", "/{prefix}/namespaces/{namespace}/properties", IcebergObject::kNamespace,
     UpdateNamespaceProperties},
    {"GET", "/{prefix}/namespaces/{namespace}/tables", IcebergObject::kNamespace,
     ListIcebergTables},
    {"POST", "/{prefix}/namespaces/{namespace}/tables", IcebergObject::kNamespace,
     CreateIcebergTable},
    {"GET", "/{prefix}/namespaces/{namespace}/tables/{table}", IcebergObject::kTable,
     LoadIcebergTable},
    {"POST", "/{prefix}/namespaces/{namespace}/tables/{table}", IcebergObject::kTable,
     CommitIcebergTable},
    {"DELETE", "/{prefix}/namespaces/{namespace}/tables/{table}", IcebergObject::kTable,
     DropIcebergTable},
    {"POST", "/{prefix}/namespaces/{namespace}/tables/{table}/metrics", IcebergObject::kTable,
     TakeMetrics},
    {"GET", "/{prefix}/namespaces/{namespace}/views", IcebergObject::kNamespace, ListViews},
    {"GET", "/{prefix}/namespaces/{namespace}/views/{table}", IcebergObject::kView, LoadView},
    {"POST", "/{prefix}/tables/rename", IcebergObject::kTable, RenameIcebergTable},
    {"POST", "/{prefix}/transactions/commit", IcebergObject::kTable, CommitIcebergTransaction},
};

Result<std::string_view> BearerToken(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string* header = request.FindHeader("Authorization");
  std::string_view value = header == nullptr ? std::string_view() : std::string_view(*header);
  if (value.size() <= kScheme.size() ||
      !EqualsIgnoreCase(value.substr(0, kScheme.size()), kScheme)) {
    return Fail(ErrorCode::kUnauthenticated, "A bearer token is needed");
  }
  return Trim(value.substr(kScheme.size()));
}

const std::string* FindPrefix(const http::Request& request) {
  for (const auto& [name, value] : request.path_parameters) {
    if (name == "prefix") return &value;
  }
  return nullptr;
}

Result<http::Response> Perform(const http::Request& request, LakeCatalog* catalog,
                               Authenticator* authenticator, CatalogOperation operation) {
  const std::string_view token = TRY(BearerToken(request));
  const Caller caller = TRY(authenticator->AuthenticateToken(std::string(token)));
  const CatalogCall call{request, *caller, *catalog};
  const std::string* prefix = FindPrefix(request);
  if (prefix != nullptr && *prefix != call.project().value()) {
    return Fail(ErrorCode::kPermissionDenied, "The catalog of another project: {}", *prefix);
  }
  return operation(call);
}

}  // namespace

std::string CatalogCall::database() const { return ToLower(request.PathParameter("namespace")); }

std::string CatalogCall::table() const { return ToLower(request.PathParameter("table")); }

Result<json::object> CatalogCall::Body() const {
  json::value body = TRY(ParseRequestJson(request.body));
  if (!body.is_object()) return Fail(ErrorCode::kInvalidArgument, "The body must be an object");
  return std::move(body.get_object());
}

Result<std::string> NamespaceName(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains({member.data(), member.size()});
  const json::array* levels = value == nullptr ? nullptr : value->if_array();
  if (levels == nullptr || levels->empty()) {
    return Fail(ErrorCode::kInvalidArgument, "The request is malformed: {}", member);
  }
  std::string name;
  for (const json::value& level : *levels) {
    if (!level.is_string()) {
      return Fail(ErrorCode::kInvalidArgument, "The request is malformed: {}", member);
    }
    if (!name.empty()) name += kNamespaceSeparator;
    name += ToLower(std::string_view(level.get_string()));
  }
  return name;
}

http::Response CatalogAnswer(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

http::Response NoContent() {
  http::Response response;
  response.status = 204;
  return response;
}

void RegisterIceberg(http::Router* router, LakeCatalog* catalog, Authenticator* authenticator) {
  for (const CatalogRoute& route : kRoutes) {
    router->Add(route.method, std::string(kRoot).append(route.pattern), http::RunOn::kPool,
                [catalog, authenticator, route](const http::Request& request,
                                                const http::Responder& responder) {
                  auto answer = Perform(request, catalog, authenticator, route.operation);
                  responder.Send(answer ? *std::move(answer)
                                        : RenderIcebergError(answer.error(), route.object,
                                                             request.request_id));
                });
  }
}

}  // namespace sluice::api
