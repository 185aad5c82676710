#pragma once

#include <condition_variable>
#include <string>

#include "base/mutex.h"
#include "base/result.h"

namespace sluice::api {

inline constexpr std::size_t kPasswordLengthMin = 8;
inline constexpr std::size_t kPasswordLengthMax = 1'024;

/// Argon2id of the password as libsodium's text, which names its own parameters. Takes about 50 ms
/// and 19 MiB. kInvalidArgument for a password of another length than allowed.
Result<std::string> HashPassword(const std::string& password);

/// Verifies passwords, few at a time: each costs memory and a core, and anyone may ask. Blocks;
/// thread-safe.
class PasswordVerifier {
 public:
  static constexpr int kRunningMax = 2;
  static constexpr int kWaitingMax = 6;

  /// Whether the password belongs to the hash. An empty hash belongs to none and takes as long, so
  /// that time does not tell which users exist. kTooManyRequests when too many are waiting.
  Result<bool> Verify(const std::string& password, const std::string& hash) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::condition_variable freed_;
  int running_ GUARDED_BY(mutex_) = 0;
  int waiting_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::api
