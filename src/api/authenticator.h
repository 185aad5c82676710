#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/lock_out.h"
#include "api/password.h"
#include "api/token.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http/message.h"
#include "http/signature.h"
#include "job/principal.h"
#include "store/identity_store.h"
#include "store/served_clock.h"

namespace sluice::api {

/// Who is calling. Shared, because the same callers come again and again.
using Caller = std::shared_ptr<const Principal>;

/// Finds out who is calling: SDK-HMAC signature (Authorization) or IAM token (X-Auth-Token). An
/// Authorization header decides, whatever token is beside it. Thread-safe.
///
/// Errors: kUnauthenticated when it is not known who calls, kPermissionDenied when the project is
/// not theirs, kUnavailable when the store does not answer.
class Authenticator {
 public:
  /// How long a key, once read, is used without a look at the store.
  static constexpr std::int64_t kKeyAgeMaxMs = 10'000;
  static constexpr std::size_t kKeysMax = 10'000;

  struct Options {
    IdentityStore* identities = nullptr;  ///< these must outlive the authenticator
    const Clock* clock = nullptr;
    ServedClock* served = nullptr;  ///< null: tokens end by the wall clock alone
  };
  /// Reads the token key of the store, or makes it.
  static Result<std::unique_ptr<Authenticator>> Create(Options options);

  /// Authenticates without the store; empty when the store is needed. Never blocks. `project_id` is
  /// the project of the path, null for paths without one.
  std::optional<Result<Caller>> AuthenticateFromMemory(const http::Request& request,
                                                       const std::string* project_id)
      EXCLUDES(mutex_);
  /// As AuthenticateFromMemory, reading the store when needed. Blocks.
  Result<Caller> Authenticate(const http::Request& request, const std::string* project_id)
      EXCLUDES(mutex_);
  /// The bearer of a token, for callers that carry it elsewhere. Never blocks.
  Result<Caller> AuthenticateToken(const std::string& token) { return tokens_.Verify(token); }

  /// The user of that name, if the password is theirs; else kUnauthenticated. Blocks.
  Result<UserRecord> AuthenticatePassword(const std::string& user_name,
                                          const std::string& password);
  /// Whose key pair it is, in their first project; else kUnauthenticated. Wrong secrets count as
  /// bad signatures do. Blocks.
  Result<Caller> AuthenticateKeyPair(const std::string& access_key, const std::string& secret_key,
                                     const std::string& remote_address) EXCLUDES(mutex_);
  /// A token that is still good, with the time it has left. Never blocks.
  Result<IssuedToken> InspectToken(const std::string& token) { return tokens_.Inspect(token); }
  IssuedToken IssueToken(const Principal& principal) const { return tokens_.Issue(principal); }

 private:
  /// An access key as it was read: its secret and its user in each project.
  struct Key {
    std::string secret;
    std::vector<Caller> callers;
    std::int64_t read_ms = 0;  ///< monotonic
  };

  Authenticator(Options options, std::string token_key);

  std::shared_ptr<const Key> FindFreshKey(const std::string& access_key) const EXCLUDES(mutex_);
  Result<std::shared_ptr<const Key>> LoadKey(const std::string& access_key) EXCLUDES(mutex_);
  Result<Caller> VerifySigned(const http::Request& request, const http::SignatureParts& parts,
                              const Key& key, const std::string* project_id);
  Result<Caller> VerifyToken(const http::Request& request, const std::string* project_id);

  IdentityStore* identities_;
  const Clock* clock_;
  Tokens tokens_;               // synchronizes itself
  LockOut lock_out_;            // synchronizes itself
  PasswordVerifier passwords_;  // synchronizes itself

  mutable Mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Key>> keys_ GUARDED_BY(mutex_);
};

}  // namespace sluice::api
