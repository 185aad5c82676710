#include "lake/commit_line.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace sluice {
namespace {

OpenWrite MakeWrite(const std::string& table, int number, WriteMode mode) {
  OpenWrite open;
  open.attempt = {JobId(fmt::format("j{}", number)), number};
  open.mode = mode;
  open.record.uuid = table;
  return open;
}

/// What its own caller must get: every third write fails, with its job's name.
Result<void> OutcomeOf(const WaitingWrite& write) {
  if (write.open->attempt.attempt % 3 != 0) return {};
  return Fail(ErrorCode::kConflict, "{}", write.open->attempt.job);
}

TEST(CommitLine, AWriteAloneIsAGroupOfOne) {
  CommitLine line;
  const OpenWrite open = MakeWrite("t", 1, WriteMode::kAppend);
  for (int round = 0; round < 3; ++round) {
    WaitingWrite write;
    write.open = &open;
    int groups = 0;
    EXPECT_TRUE(line.Commit(&write, [&](const std::vector<WaitingWrite*>& group) {
      ++groups;
      ASSERT_EQ(group.size(), 1u);
      EXPECT_EQ(group.front(), &write);
      write.outcome = OutcomeOf(write);
    }));
    EXPECT_EQ(groups, 1);
  }
}

/// Many threads at two tables, most of them appends.
class CrowdedCommitLine : public testing::Test {
 protected:
  static constexpr int kThreads = 12;
  static constexpr int kTurns = 40;

  void CommitGroup(const std::string& table, const std::vector<WaitingWrite*>& group) {
    EXPECT_EQ(inside_[table]++, 0) << "one group of a table at a time";
    ASSERT_FALSE(group.empty());
    EXPECT_LE(group.size(), kGroupWritesMax);
    for (WaitingWrite* write : group) {
      EXPECT_EQ(write->open->record.uuid, table);
      EXPECT_TRUE(group.size() == 1 || write->open->mode == WriteMode::kAppend);
      write->outcome = OutcomeOf(*write);
      ++committed_;
    }
    for (int i = 0; i < 100; ++i) std::this_thread::yield();  // others come into line
    ++groups_;
    --inside_[table];
  }

  void Write(int thread) {
    for (int turn = 0; turn < kTurns; ++turn) {
      const int number = thread * kTurns + turn;
      const OpenWrite open =
          MakeWrite(thread % 2 == 0 ? "t" : "u", number,
                    number % 10 == 7 ? WriteMode::kOverwrite : WriteMode::kAppend);
      WaitingWrite write;
      write.open = &open;
      const Result<void> outcome = line_.Commit(
          &write,
          [&](const std::vector<WaitingWrite*>& group) { CommitGroup(open.record.uuid, group); });
      EXPECT_EQ(outcome.has_value(), number % 3 != 0);
      const std::string told = outcome ? std::string() : outcome.error().message;
      EXPECT_EQ(told, number % 3 != 0 ? std::string() : fmt::format("j{}", number));
    }
  }

  CommitLine line_;
  std::map<std::string, std::atomic<int>> inside_;
  std::atomic<int> groups_ = 0;
  std::atomic<int> committed_ = 0;
};

TEST_F(CrowdedCommitLine, EveryWriteIsCommittedOnceAndItsCallerToldItsOwnOutcome) {
  inside_["t"] = inside_["u"] = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([this, thread] { Write(thread); });
    }
  }
  EXPECT_EQ(committed_, kThreads * kTurns);
  EXPECT_LT(groups_, committed_) << "nobody stood in line";
}

}  // namespace
}  // namespace sluice
