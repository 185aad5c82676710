#include "api/iceberg/iceberg_error.h"

#include "base/json.h"
#include "base/log.h"

namespace sluice::api {
namespace {

struct IcebergFault {
  int status;
  std::string_view type;
};

IcebergFault NotFoundFault(IcebergObject object) {
  switch (object) {
    case IcebergObject::kNamespace:
      return {404, "NoSuchNamespaceException"};
    case IcebergObject::kTable:
      return {404, "NoSuchTableException"};
    case IcebergObject::kView:
      return {404, "NoSuchViewException"};
  }
  return {404, "NotFoundException"};
}

IcebergFault FaultOf(ErrorCode code, IcebergObject object) {
  switch (code) {
    case ErrorCode::kNotFound:
      return NotFoundFault(object);
    case ErrorCode::kAlreadyExists:
      return {409, "AlreadyExistsException"};
    case ErrorCode::kConflict:
      return {409, "CommitFailedException"};
    case ErrorCode::kFailedPrecondition:
      return {409, "NamespaceNotEmptyException"};
    case ErrorCode::kUnsupported:
      return {406, "UnsupportedOperationException"};
    case ErrorCode::kUnauthenticated:
      return {401, "NotAuthorizedException"};
    case ErrorCode::kPermissionDenied:
      return {403, "ForbiddenException"};
    case ErrorCode::kTooManyRequests:
      return {503, "SlowDownException"};
    // Whether the store took the change is not known: clients must not clean up their files.
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal:
      return {500, "CommitStateUnknownException"};
    default:
      return {400, "BadRequestException"};
  }
}

}  // namespace

http::Response RenderIcebergError(const Error& error, IcebergObject object,
                                  const std::string& request_id) {
  const IcebergFault fault = FaultOf(error.code, object);
  if (fault.status >= 500) {
    LogError(LogLevel::kError, "catalog request failed", error, {{"request_id", request_id}});
  }
  http::Response response;
  response.status = fault.status;
  JsonWriter json(&response.body);
  json.BeginObject().Key("error").BeginObject();
  json.Key("message").String(error.message);
  json.Key("type").String(fault.type);
  json.Key("code").Int(fault.status);
  json.EndObject().EndObject();
  return response;
}

}  // namespace sluice::api
