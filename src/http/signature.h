#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace sluice::http {

/// The parts of `Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`.
struct SignatureParts {
  std::string access_key;
  std::vector<std::string> signed_headers;  ///< lower case, as listed
  std::string signature;                    ///< lower-case hex
};

/// Reads the header's value; kUnauthenticated when it is malformed.
Result<SignatureParts> ParseAuthorization(std::string_view value);

/// Verifies the request against the secret by contract/clients.md section 5: exactly the listed
/// headers, x-sdk-date among them and within 15 minutes of `now_wall_ms`; path encoded once or
/// twice; a '+' in the query signed as a blank or as itself; declared body hash right or
/// UNSIGNED-PAYLOAD. Constant-time comparison. kUnauthenticated otherwise.
Result<void> VerifySignature(const Request& request, const SignatureParts& parts,
                             std::string_view secret_key, std::int64_t now_wall_ms);

/// Adds X-Sdk-Date and Authorization to the request, signing every header it has; what a client
/// does. Headers that shall be signed (Host, Content-Type) are set before, path and query too.
void SignRequest(Request* request, std::string_view access_key, std::string_view secret_key,
                 std::int64_t now_wall_ms);

}  // namespace sluice::http
