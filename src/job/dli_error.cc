#include "job/dli_error.h"

namespace sluice {

DliError DliErrorFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return {400, "DLI.0001"};
    case ErrorCode::kSyntax:
      return {400, "DLI.0004"};
    case ErrorCode::kAnalysis:
      return {400, "DLI.0005"};
    case ErrorCode::kNotFound:
      return {400, "DLI.0002"};
    case ErrorCode::kAlreadyExists:
      return {400, "DLI.0006"};
    case ErrorCode::kUnsupported:
      return {400, "DLI.0007"};
    case ErrorCode::kFailedPrecondition:
      return {400, "DLI.0007"};
    case ErrorCode::kLimitExceeded:
      return {400, "DLI.0009"};
    case ErrorCode::kQuotaExceeded:
      return {400, "DLI.1028"};
    case ErrorCode::kConversion:
      return {400, "DLI.0018"};
    case ErrorCode::kTimeout:
      return {408, "DLI.0019"};
    case ErrorCode::kConflict:
      return {400, "DLI.0012"};
    case ErrorCode::kExecution:
      return {400, "DLI.0999"};
    case ErrorCode::kResultExpired:
      return {400, "DLI.0100"};
    case ErrorCode::kUnauthenticated:
      return {401, "APIGW.0301"};
    case ErrorCode::kPermissionDenied:
      return {403, "APIGW.0302"};
    case ErrorCode::kNoSuchApi:
      return {404, "APIGW.0101"};
    case ErrorCode::kMethodNotAllowed:
      return {405, "APIGW.0201"};
    case ErrorCode::kUnsupportedMedia:
      return {415, "DLI.0001"};
    case ErrorCode::kTooLarge:
      return {413, "APIGW.0201"};
    case ErrorCode::kTooManyRequests:
      return {429, "APIGW.0308"};
    case ErrorCode::kCancelled:
      return {400, "DLI.0999"};
    case ErrorCode::kUnavailable:
      return {500, "DLI.0999"};
    case ErrorCode::kInternal:
      return {500, "DLI.0999"};
  }
  return {500, "DLI.0999"};
}

}  // namespace sluice
