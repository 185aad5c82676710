#pragma once

#include <cstdint>

#include "base/result.h"

namespace sluice {

/// How long servers have run on a store, in ms: the only clock by which anything is old enough to
/// be removed (docs/design/0010-clocks.md). It advances with the monotonic clock of the process and
/// goes on where the last process kept it; time in which no server ran does not count. No wall
/// clock, whatever it shows, moves it. Thread-safe.
class ServedClock {
 public:
  virtual ~ServedClock() = default;

  /// Never goes back while the process lives. After a crash it may be behind stamps that it gave:
  /// what has them is kept a little longer.
  virtual std::int64_t NowMs() = 0;
  /// Stores how far it has come, and the wall clock beside it. Ordered, not fsynced: what is lost
  /// makes records younger, never older.
  virtual Result<void> Keep() = 0;
  /// How far the wall clock had moved, when the store was opened, from where Keep last saw it: time
  /// without a server, or a clock that was set. 0 when it was never kept. For the log only.
  virtual std::int64_t wall_gap_ms() const = 0;
};

}  // namespace sluice
