#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What kind of thing went wrong. Typed once, where it arises; job/dli_error.h maps each kind to an
/// HTTP status and a DLI code, in one table.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,     ///< A parameter breaks its rule (DLI.0001).
  kSyntax,              ///< SQL that does not parse (DLI.0004).
  kAnalysis,            ///< SQL that parses and cannot be bound (DLI.0005).
  kNotFound,            ///< A named object does not exist (DLI.0002).
  kAlreadyExists,       ///< A named object exists (DLI.0006).
  kUnsupported,         ///< Known and not offered (DLI.0007).
  kFailedPrecondition,  ///< Not in this state of the object (DLI.0007).
  kLimitExceeded,       ///< A named limit was passed (DLI.0009).
  kQuotaExceeded,       ///< A quota is used up (DLI.1028).
  kConversion,          ///< A value cannot become the wanted type at run time (DLI.0018).
  kTimeout,             ///< A time limit ran out (DLI.0019).
  kConflict,            ///< A concurrent change won (DLI.0012).
  kExecution,         ///< The statement failed at run time, by its own doing (DLI.0999, HTTP 400).
  kResultExpired,     ///< The result was there and is gone (DLI.0100).
  kUnauthenticated,   ///< Who is calling is not known (APIGW.0301).
  kPermissionDenied,  ///< Who is calling may not (APIGW.0302).
  kNoSuchApi,         ///< The path is not served (APIGW.0101).
  kMethodNotAllowed,  ///< The path is served, the method is not.
  kUnsupportedMedia,  ///< A body of another type than JSON.
  kTooLarge,          ///< A body past its limit (APIGW.0201).
  kTooManyRequests,   ///< Come back later (429).
  kCancelled,         ///< Stopped on request.
  kUnavailable,       ///< A part we need does not answer now; trying again may help.
  kInternal,          ///< Our fault.
};

/// Number of enumerators; tables over ErrorCode are tested against it.
inline constexpr int kErrorCodeCount = static_cast<int>(ErrorCode::kInternal) + 1;

/// Stable UPPER_SNAKE name of a code, for logs and metrics.
std::string_view ErrorCodeName(ErrorCode code);

/// An error as a value. `message` is for the client and leaks nothing; `detail` is for the log
/// only.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  ///< Static text first, values last, no trailing period.
  std::string detail;   ///< Paths, engine texts, errno: never leaves the process but in the log.
};

}  // namespace sluice
