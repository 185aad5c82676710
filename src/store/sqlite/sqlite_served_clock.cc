#include "store/sqlite/sqlite_served_clock.h"

#include <algorithm>

namespace sluice {

namespace {

/// No store was served for longer; a damaged counter must not age everything at once.
constexpr std::int64_t kServedMaxMs = 200LL * 365 * 24 * 3600 * 1000;

}  // namespace

SqliteServedClock::SqliteServedClock(const SqliteSession& session)
    : session_(session), read_monotonic_ms_(session.clock->MonotonicMs()) {}

Result<void> SqliteServedClock::Load(Connection& connection) {
  auto served_ms = TRY(connection.FindInt("SELECT value FROM counters WHERE name = 'served_ms'"));
  auto wall_ms = TRY(connection.FindInt("SELECT value FROM counters WHERE name = 'wall_ms'"));
  if (wall_ms) wall_gap_ms_ = session_.clock->WallMs() - *wall_ms;
  MutexLock lock(mutex_);
  const bool is_sound = served_ms && *served_ms >= 0 && *served_ms <= kServedMaxMs;
  served_ms_ = is_sound ? *served_ms : 0;
  return {};
}

std::int64_t SqliteServedClock::NowMs() {
  MutexLock lock(mutex_);
  const std::int64_t monotonic_ms = session_.clock->MonotonicMs();
  served_ms_ += std::clamp<std::int64_t>(monotonic_ms - read_monotonic_ms_, 0, kServedStrideMaxMs);
  read_monotonic_ms_ = monotonic_ms;
  return served_ms_;
}

Result<void> SqliteServedClock::Keep() {
  const std::int64_t served_ms = NowMs();
  const std::int64_t wall_ms = session_.clock->WallMs();
  WriteTask task;
  task.durability = Durability::kOrdered;
  task.apply = [&](Connection& connection) {
    return connection.Run(
        "INSERT INTO counters (name, value) VALUES ('served_ms', ?), ('wall_ms', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        served_ms, wall_ms);
  };
  return session_.Write(std::move(task));
}

}  // namespace sluice
