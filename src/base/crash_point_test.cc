#include "base/crash_point.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace sluice {
namespace {

// Every arming happens in a death test's child, so that the points of this process stay unarmed.

/// Passes the point `passages` times and then leaves with status 0.
[[noreturn]] void PassAndLeave(std::string_view armed, std::string_view name, int passages) {
  ArmCrashPoints(armed);
  for (int i = 0; i < passages; ++i) CrashPoint(name);
  std::_Exit(0);
}

const testing::ExitedWithCode kCrashed(kCrashPointExit);
const testing::ExitedWithCode kLeft(0);

TEST(CrashPoint, ExitIsTheStatusTheCrashTestsWaitFor) { EXPECT_EQ(85, kCrashPointExit); }

TEST(CrashPoint, AnUnarmedPointDoesNothing) {
  CrashPoint("claimed");
  EXPECT_EXIT(PassAndLeave("", "claimed", 3), kLeft, "");
  EXPECT_EXIT(PassAndLeave("started", "claimed", 3), kLeft, "");
}

TEST(CrashPoint, AnArmedPointEndsTheProcessAtItsFirstPassage) {
  EXPECT_EXIT(PassAndLeave("claimed", "claimed", 1), kCrashed, "");
}

TEST(CrashPoint, ANumberSaysWhichPassageEndsTheProcess) {
  EXPECT_EXIT(PassAndLeave("claimed:3", "claimed", 2), kLeft, "");
  EXPECT_EXIT(PassAndLeave("claimed:3", "claimed", 3), kCrashed, "");
}

TEST(CrashPoint, SeveralPointsCanBeArmedAtOnce) {
  EXPECT_EXIT(PassAndLeave("claimed:9, started ,,", "started", 1), kCrashed, "");
  EXPECT_EXIT(PassAndLeave("claimed:2,started", "claimed", 2), kCrashed, "");
}

TEST(CrashPoint, AnArmedPointMayStopTheProcessUntilItIsContinued) {
  const pid_t child = ::fork();
  if (child == 0) PassAndLeave("claimed:2:stop", "claimed", 3);
  int status = 0;
  ASSERT_EQ(child, ::waitpid(child, &status, WUNTRACED));
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(SIGSTOP, WSTOPSIG(status));
  ::kill(child, SIGCONT);
  ASSERT_EQ(child, ::waitpid(child, &status, WUNTRACED));
  EXPECT_TRUE(WIFEXITED(status)) << "stopped once";
  EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST(CrashPoint, NoDestructorRunsAtTheEnd) {
  struct Talker {
    ~Talker() { std::fputs("destroyed", stderr); }
  };
  auto crash = [] {
    Talker talker;
    ArmCrashPoints("staged");
    CrashPoint("staged");
  };
  EXPECT_EXIT(crash(), kCrashed, "^$");
}

}  // namespace
}  // namespace sluice
