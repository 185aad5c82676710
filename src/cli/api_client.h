#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "cli/credentials.h"
#include "http/client.h"

namespace sluice::cli {

/// What the command line said; empty: nothing.
struct AccessFlags {
  Access access;
  std::string data;  ///< a data folder, for its credentials.toml
};

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Flags win over the credentials of the data folder that a flag names, those over the environment
/// (SLUICE_ENDPOINT, SLUICE_PROJECT_ID, SLUICE_AK, SLUICE_SK). A secret key is taken from where its
/// access key is from, or given by a flag. kInvalidArgument naming what is missing.
Result<Access> ResolveAccess(const AccessFlags& flags, const Environment& environment);

/// Where a client asks for its access: again whenever the server is away, since a server that was
/// started anew may have another port.
using AccessSource = std::function<Result<Access>()>;

/// How long a call goes on trying while the server cannot be reached or has no room.
struct Patience {
  std::int64_t first_ms = 5'000;     ///< until the server was reached for the first time
  std::int64_t restart_ms = 60'000;  ///< from then on: a server that stops gives its jobs some time
};

/// An answer of the API: valid JSON, as text too because numbers keep their digits only there.
struct ApiAnswer {
  std::string text;
  json::object object;
};

/// What is sent.
struct ApiCall {
  std::string method = "GET";
  std::string path;  ///< behind /{version}/{project_id}, with its query
  std::string body = {};
  std::string version = "v1.0";
  std::string idempotency_key = {};  ///< empty: none
};

/// Calls the API with signed requests. A call that finds no server is tried again, which is said on
/// standard error; so only send what may arrive twice. Not thread-safe.
class ApiClient {
 public:
  static Result<std::unique_ptr<ApiClient>> Create(AccessSource source, const Patience& patience);

  /// An error of the API is kExecution with its code and message; one of the way to it keeps its
  /// code (kUnavailable, kTimeout, kFailedPrecondition).
  Result<ApiAnswer> Call(const ApiCall& call);

  /// What the calls are about, for the line that says that the server is away.
  void SetSubject(std::string subject) { subject_ = std::move(subject); }
  /// Whether the server may have got the last call; whether it may have got it more than once.
  bool was_sent() const { return sent_count_ > 0; }
  bool was_repeated() const { return sent_count_ > 1; }

 private:
  ApiClient(AccessSource source, const Patience& patience, Access access,
            std::unique_ptr<http::Client> client);

  Result<http::Response> Send(const ApiCall& call);
  Result<void> AwaitServer(const Error& why, std::int64_t since_ms, int* waits);
  void FollowServer();

  AccessSource source_;
  Patience patience_;
  Access access_;
  SystemClock clock_;
  std::unique_ptr<http::Client> client_;
  std::string subject_;
  bool was_reached_ = false;
  int sent_count_ = 0;  ///< of the last call
};

}  // namespace sluice::cli
