#pragma once

#include <cstdint>

namespace sluice {

/// Where time comes from. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970 UTC. May step in either direction: for people and records only.
  virtual std::int64_t WallMs() const = 0;
  /// Milliseconds since some moment before; never goes back. Leases, time-outs and ages use it.
  virtual std::int64_t MonotonicMs() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  std::int64_t WallMs() const override;
  std::int64_t MonotonicMs() const override;
};

}  // namespace sluice
