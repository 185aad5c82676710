#include "api/lock_out.h"

#include <algorithm>

namespace sluice::api {

namespace {

std::string PairOf(std::string_view access_key, std::string_view address) {
  std::string pair(access_key);
  pair += '\n';
  pair += address;
  return pair;
}

}  // namespace

bool LockOut::IsLocked(std::string_view access_key, std::string_view address) const {
  MutexLock lock(mutex_);
  if (by_pair_.empty()) return false;
  auto found = by_pair_.find(PairOf(access_key, address));
  return found != by_pair_.end() && found->second.locked_until_ms > clock_->MonotonicMs();
}

void LockOut::RecordFailure(std::string_view access_key, std::string_view address) {
  std::int64_t now_ms = clock_->MonotonicMs();
  std::string pair = PairOf(access_key, address);
  MutexLock lock(mutex_);
  if (by_pair_.size() >= kPairsMax && !by_pair_.contains(pair)) ForgetQuietest();
  Failures& failures = by_pair_[pair];
  failures.last_ms = now_ms;
  if (++failures.count < kFailuresMax) return;
  // The count starts anew, so that the first bad signature after the lock is not the last straw.
  failures.count = 0;
  failures.locked_until_ms = now_ms + kLockedMs;
}

void LockOut::RecordSuccess(std::string_view access_key, std::string_view address) {
  MutexLock lock(mutex_);
  if (!by_pair_.empty()) by_pair_.erase(PairOf(access_key, address));
}

void LockOut::ForgetQuietest() {
  auto quietest = std::min_element(
      by_pair_.begin(), by_pair_.end(),
      [](const auto& a, const auto& b) { return a.second.last_ms < b.second.last_ms; });
  by_pair_.erase(quietest);
}

}  // namespace sluice::api
