#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"

namespace sluice::api {

/// Counts bad signatures in a row of an access key from an address, and locks the pair out after
/// too many (contract/decisions.md). The same key from elsewhere is not touched. Thread-safe.
class LockOut {
 public:
  static constexpr int kFailuresMax = 5;
  static constexpr std::int64_t kLockedMs = 5 * 60 * 1000;
  /// Pairs remembered; past it the one that was quiet for longest is forgotten.
  static constexpr std::size_t kPairsMax = 10'000;

  /// `clock` must outlive the table.
  explicit LockOut(const Clock* clock) : clock_(clock) {}

  bool IsLocked(std::string_view access_key, std::string_view address) const EXCLUDES(mutex_);
  void RecordFailure(std::string_view access_key, std::string_view address) EXCLUDES(mutex_);
  void RecordSuccess(std::string_view access_key, std::string_view address) EXCLUDES(mutex_);

 private:
  struct Failures {
    int count = 0;
    std::int64_t locked_until_ms = 0;  ///< monotonic; 0: not locked
    std::int64_t last_ms = 0;
  };

  void ForgetQuietest() REQUIRES(mutex_);

  const Clock* clock_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Failures> by_pair_ GUARDED_BY(mutex_);
};

}  // namespace sluice::api
