#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "job/principal.h"
#include "store/served_clock.h"

namespace sluice::api {

/// A token as its bearer gets it.
struct IssuedToken {
  std::string text;
  std::int64_t issued_ms = 0;   ///< wall clock
  std::int64_t expires_ms = 0;  ///< wall clock
};

/// Makes and verifies tokens. A token carries its principal and an HMAC over it, so nothing is
/// stored and every restart and every node of one store takes it. Verified tokens are remembered:
/// the next use costs a look-up. Thread-safe; never blocks.
class Tokens {
 public:
  static constexpr std::int64_t kLifetimeMs = 24LL * 3600 * 1000;
  static constexpr std::size_t kLengthMax = 2'048;
  static constexpr std::size_t kRememberedMax = 1'024;

  /// `key` is secret; the clocks must outlive the object. `served` ends tokens that were issued
  /// under a wall clock that was ahead; null, the wall clock alone ends them.
  Tokens(std::string key, const Clock* clock, ServedClock* served = nullptr)
      : key_(std::move(key)), clock_(clock), served_(served) {}

  IssuedToken Issue(const Principal& principal) const;
  /// kUnauthenticated for a token that we did not make or that is over.
  Result<std::shared_ptr<const Principal>> Verify(const std::string& text) EXCLUDES(mutex_);
  /// As Verify: the token with its end. It does not say when it was issued.
  Result<IssuedToken> Inspect(const std::string& text) EXCLUDES(mutex_);

 private:
  struct Verified {
    std::shared_ptr<const Principal> principal;
    std::int64_t expires_ms = 0;         ///< wall clock
    std::int64_t expires_served_ms = 0;  ///< of the store's ServedClock
  };

  Result<Verified> Decode(std::string_view text) const;
  bool IsOver(const Verified& verified) const;
  std::int64_t ServedMs() const { return served_ == nullptr ? 0 : served_->NowMs(); }

  const std::string key_;
  const Clock* clock_;
  ServedClock* served_;
  Mutex mutex_;
  std::unordered_map<std::string, Verified> remembered_ GUARDED_BY(mutex_);
};

}  // namespace sluice::api
