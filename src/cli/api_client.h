#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "http/client.h"

namespace sluice::cli {

/// Where the server is and who calls.
struct Access {
  std::string endpoint;
  std::string project_id;
  std::string access_key;
  std::string secret_key;
};

/// What the command line said; empty: nothing.
struct AccessFlags {
  Access access;
  std::string data;  ///< a data folder, for its credentials.toml
};

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Flags win over the environment (SLUICE_ENDPOINT, SLUICE_PROJECT_ID, SLUICE_AK, SLUICE_SK), that
/// over the data folder's credentials. kInvalidArgument naming what is missing.
Result<Access> ResolveAccess(const AccessFlags& flags, const Environment& environment);

/// An answer of the API: valid JSON, as text too because numbers keep their digits only there.
struct ApiAnswer {
  std::string text;
  json::object object;
};

/// Calls the API with signed requests. Not thread-safe.
class ApiClient {
 public:
  static Result<std::unique_ptr<ApiClient>> Create(Access access);

  /// `path` stands behind /{version}/{project_id}, with its query. An error of the API is
  /// kExecution with its code and message; one of the way to it keeps its code (kUnavailable,
  /// kTimeout).
  Result<ApiAnswer> Call(const std::string& method, const std::string& path,
                         const std::string& body = {}, std::string_view version = "v1.0");

 private:
  ApiClient(Access access, std::unique_ptr<http::Client> client);

  Access access_;
  SystemClock clock_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace sluice::cli
