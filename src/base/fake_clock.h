#pragma once

#include <atomic>

#include "base/clock.h"

namespace sluice {

/// A clock that tests move by hand. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}

  std::int64_t WallMs() const override { return wall_ms_; }
  std::int64_t MonotonicMs() const override { return monotonic_ms_; }

  /// Lets time pass on both clocks.
  void Advance(std::int64_t ms) {
    wall_ms_ += ms;
    monotonic_ms_ += ms;
  }
  /// Steps the wall clock alone, as an administrator or NTP does.
  void StepWall(std::int64_t ms) { wall_ms_ += ms; }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> monotonic_ms_ = 1'000;
};

}  // namespace sluice
