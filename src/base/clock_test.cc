#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"

namespace sluice {
namespace {

constexpr std::int64_t kYear2020Ms = 1'577'836'800'000;

TEST(SystemClock, TheMonotonicClockNeverGoesBack) {
  SystemClock clock;
  std::int64_t last = clock.MonotonicMs();
  for (int i = 0; i < 1'000; ++i) {
    std::int64_t now = clock.MonotonicMs();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, WallTimeIsInMillisecondsSince1970) {
  EXPECT_GT(SystemClock().WallMs(), kYear2020Ms);
  EXPECT_LT(SystemClock().WallMs(), kYear2020Ms * 10);
}

TEST(FakeClock, StandsStillUntilItIsMoved) {
  FakeClock clock(5'000);
  EXPECT_EQ(5'000, clock.WallMs());
  EXPECT_EQ(clock.MonotonicMs(), clock.MonotonicMs());
}

TEST(FakeClock, AdvancingMovesBothClocks) {
  FakeClock clock(5'000);
  std::int64_t monotonic_ms = clock.MonotonicMs();
  clock.Advance(250);
  EXPECT_EQ(5'250, clock.WallMs());
  EXPECT_EQ(monotonic_ms + 250, clock.MonotonicMs());
}

TEST(FakeClock, AStepMovesTheWallClockAlone) {
  FakeClock clock(5'000);
  std::int64_t monotonic_ms = clock.MonotonicMs();
  clock.StepWall(-6'000);
  EXPECT_EQ(-1'000, clock.WallMs());
  EXPECT_EQ(monotonic_ms, clock.MonotonicMs());
}

}  // namespace
}  // namespace sluice
