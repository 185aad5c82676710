#include "api/password.h"

#include <sodium.h>

#include <array>

#include "base/check.h"

namespace sluice::api {

namespace {

// OWASP's lower recommendation for Argon2id: 19 MiB, two passes.
constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemoryBytes = 19 * 1024 * 1024;

Result<std::string> Hash(const std::string& password) {
  CHECK_GE(sodium_init(), 0);
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), kPasses, kMemoryBytes) !=
      0) {
    return Fail(ErrorCode::kUnavailable, "There is not enough memory to hash a password");
  }
  return std::string(hash.data());
}

bool Matches(const std::string& password, const std::string& hash) {
  CHECK_GE(sodium_init(), 0);
  // libsodium reads the hash as a C string of at most this size.
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace

Result<std::string> HashPassword(const std::string& password) {
  if (password.size() < kPasswordLengthMin || password.size() > kPasswordLengthMax) {
    return Fail(ErrorCode::kInvalidArgument, "A password must have {} to {} bytes",
                kPasswordLengthMin, kPasswordLengthMax);
  }
  return Hash(password);
}

Result<bool> PasswordVerifier::Verify(const std::string& password, const std::string& hash) {
  {
    MutexLock lock(mutex_);
    if (waiting_ >= kWaitingMax) {
      return Fail(ErrorCode::kTooManyRequests, "Too many passwords are being verified");
    }
    ++waiting_;
    while (running_ >= kRunningMax) lock.Wait(freed_);
    --waiting_;
    ++running_;
  }
  bool matches = false;
  if (password.size() <= kPasswordLengthMax) {
    if (hash.empty()) {
      [[maybe_unused]] Result<std::string> spent = Hash(password);
    } else {
      matches = Matches(password, hash);
    }
  }
  {
    MutexLock lock(mutex_);
    --running_;
  }
  freed_.notify_one();
  return matches;
}

}  // namespace sluice::api
