#include "scheduler/planning_room.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "base/fake_clock.h"
#include "base/random.h"

namespace sluice {
namespace {

const JobId kJob("0192a000-0000-7000-8000-000000000001");
const JobId kOther("0192a000-0000-7000-8000-000000000002");

Result<void> GoOn() { return {}; }

[[gnu::noinline]] std::string Text(std::size_t size) { return std::string(size, 'x'); }

class PlanningRoomTest : public testing::Test {
 protected:
  ~PlanningRoomTest() override { std::filesystem::remove(file_); }

  /// As if the process had ended while it planned the job.
  void Crash(const JobId& id) {
    PlanningMarks marks(file_);
    marks.Begin(id);
  }

  FakeClock clock_;
  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("sluice-room-" + MakeUuidV4());
};

TEST_F(PlanningRoomTest, WorkThatNeedsMoreBeginsAgainInALargerSeat) {
  PlanningRoom room(&clock_, {});
  int begun = 0;
  std::size_t made = 0;
  const auto work = [&](sql::PlanBudget&) -> Result<void> {
    ++begun;
    made = Text(std::size_t{20} << 20).size();
    return {};
  };
  EXPECT_TRUE(room.PlanForJob(kJob, 10, GoOn, work));
  EXPECT_EQ(begun, 3);
  EXPECT_EQ(made, std::size_t{20} << 20);
  begun = 0;
  EXPECT_TRUE(room.PlanForCall(200'000, work));
  EXPECT_EQ(begun, 1);
}

TEST_F(PlanningRoomTest, WorkThatNeedsTooMuchIsRefusedByName) {
  PlanningRoom room(&clock_, {});
  const auto planned = room.PlanForJob(kJob, 10, GoOn, [&](sql::PlanBudget&) -> Result<void> {
    EXPECT_GT(Text(std::size_t{1} << 30).size(), 0U);
    return {};
  });
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(planned.error().message.starts_with("[LIMIT_EXCEEDED.PLAN_MEMORY]"));
}

TEST_F(PlanningRoomTest, PlanningEndsWithItsTimeAndWhenItIsStopped) {
  PlanningRoom room(&clock_, {});
  const auto for_ever = [&](sql::PlanBudget& budget) -> Result<void> {
    for (;;) {
      clock_.Advance(1);
      TRY_VOID(budget.AddText(100));
    }
  };
  const auto late = room.PlanForJob(kJob, 10, GoOn, for_ever);
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().message.starts_with("[LIMIT_EXCEEDED.PLAN_TIME]"))
      << late.error().message;
  const auto stop = []() -> Result<void> { return Fail(ErrorCode::kCancelled, "stopped"); };
  const auto stopped = room.PlanForJob(kJob, 10, stop, for_ever);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST_F(PlanningRoomTest, WhoWaitsForASeatCanBeStoppedToo) {
  PlanningRoom room(&clock_, {});
  std::latch inside(1);
  std::latch leave(1);
  std::thread large([&] {
    (void)room.PlanForJob(kOther, 1'000'000, GoOn, [&](sql::PlanBudget&) -> Result<void> {
      inside.count_down();
      leave.wait();
      return {};
    });
  });
  inside.wait();
  int asked = 0;
  const auto stop = [&]() -> Result<void> {
    return ++asked < 3 ? Result<void>() : Fail(ErrorCode::kCancelled, "stopped");
  };
  const auto waited =
      room.PlanForJob(kJob, 1'000'000, stop, [](sql::PlanBudget&) { return Result<void>(); });
  EXPECT_FALSE(waited);
  // The small ones go on.
  EXPECT_TRUE(room.PlanForCall(10, [](sql::PlanBudget&) { return Result<void>(); }));
  leave.count_down();
  large.join();
}

TEST_F(PlanningRoomTest, ASuspectIsPlannedAloneAndFailsAfterTheSecondServer) {
  Crash(kJob);
  {
    PlanningRoom room(&clock_, file_);
    EXPECT_TRUE(room.IsSuspect(kJob));
    std::latch inside(1);
    std::latch leave(1);
    std::atomic<bool> left = false;
    std::thread other([&] {
      (void)room.PlanForCall(10, [&](sql::PlanBudget&) -> Result<void> {
        inside.count_down();
        leave.wait();
        left = true;
        return {};
      });
    });
    inside.wait();
    const auto let_go = [&]() -> Result<void> {
      if (!left && !leave.try_wait()) leave.count_down();
      return {};
    };
    EXPECT_TRUE(room.PlanForJob(kJob, 10, let_go, [&](sql::PlanBudget&) -> Result<void> {
      EXPECT_TRUE(left);
      return {};
    }));
    other.join();
    EXPECT_FALSE(room.IsSuspect(kJob));
  }
  Crash(kJob);
  Crash(kJob);
  PlanningRoom room(&clock_, file_);
  const auto given_up = room.PlanForJob(kJob, 10, GoOn, [](sql::PlanBudget&) -> Result<void> {
    ADD_FAILURE() << "planned a third time";
    return {};
  });
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code, ErrorCode::kExecution);
  EXPECT_TRUE(given_up.error().message.starts_with("[PLANNING_ENDED_SERVER]"));
}

}  // namespace
}  // namespace sluice
