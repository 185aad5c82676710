#include "base/error.h"

#include <array>

namespace sluice {

std::string_view ErrorCodeName(ErrorCode code) {
  static constexpr std::array<std::string_view, kErrorCodeCount> kNames = {
      "INVALID_ARGUMENT",    "SYNTAX",         "ANALYSIS",
      "NOT_FOUND",           "ALREADY_EXISTS", "UNSUPPORTED",
      "FAILED_PRECONDITION", "LIMIT_EXCEEDED", "QUOTA_EXCEEDED",
      "CONVERSION",          "TIMEOUT",        "CONFLICT",
      "EXECUTION",           "RESULT_EXPIRED", "UNAUTHENTICATED",
      "PERMISSION_DENIED",   "NO_SUCH_API",    "METHOD_NOT_ALLOWED",
      "UNSUPPORTED_MEDIA",   "TOO_LARGE",      "TOO_MANY_REQUESTS",
      "CANCELLED",           "UNAVAILABLE",    "INTERNAL"};
  return kNames[static_cast<std::size_t>(code)];
}

}  // namespace sluice
