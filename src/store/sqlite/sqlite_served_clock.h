#pragma once

#include "base/mutex.h"
#include "store/served_clock.h"
#include "store/sqlite/sqlite_job_store.h"

namespace sluice {

/// The most that two readings can lie apart and count in full. The janitor reads every minute; a
/// monotonic clock that jumps (a resumed machine, a faked clock) ages nothing by more than this.
inline constexpr std::int64_t kServedStrideMaxMs = 10LL * 60 * 1000;

/// ServedClock in the table of counters.
class SqliteServedClock final : public ServedClock {
 public:
  /// `session` and what it points to must outlive the clock.
  explicit SqliteServedClock(const SqliteSession& session);

  /// Goes on where the store was left, before the first use.
  Result<void> Load(Connection& connection) EXCLUDES(mutex_);

  std::int64_t NowMs() override EXCLUDES(mutex_);
  Result<void> Keep() override EXCLUDES(mutex_);
  std::int64_t wall_gap_ms() const override { return wall_gap_ms_; }

 private:
  const SqliteSession& session_;
  std::int64_t wall_gap_ms_ = 0;
  Mutex mutex_;
  std::int64_t served_ms_ GUARDED_BY(mutex_) = 0;
  std::int64_t read_monotonic_ms_ GUARDED_BY(mutex_);
};

}  // namespace sluice
