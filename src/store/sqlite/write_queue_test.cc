#include "store/sqlite/write_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>

#include "store/sqlite/store_file.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

/// Far less than a statement waits for the lock of another process, and far more than a machine
/// stands still by itself.
constexpr std::int64_t kPromptMs = 3'000;

class WriteQueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(CreateStoreFile(file_));
    auto connection = Connection::Open(file_, Connection::Access::kReadWrite);
    ASSERT_OK(connection);
    queue_ = std::make_unique<WriteQueue>(file_, *std::move(connection));
  }

  static WriteTask SetCounter(std::string name, std::int64_t value,
                              Durability durability = Durability::kSynced) {
    WriteTask task;
    task.durability = durability;
    task.apply = [name, value](Connection& connection) {
      return connection.Run("INSERT INTO counters (name, value) VALUES (?, ?)", name, value);
    };
    return task;
  }
  std::int64_t CountCounters() {
    auto reader = Connection::Open(file_, Connection::Access::kReadOnly);
    return (*reader)->FindInt("SELECT count(*) FROM counters")->value();
  }
  /// Runs the tasks in one group: they come while the writer is busy with another one.
  std::vector<Result<void>> RunTogether(std::vector<WriteTask> tasks) {
    std::latch is_busy(1);
    std::promise<void> go_on;
    WriteTask blocker;
    blocker.durability = Durability::kOrdered;
    blocker.apply = [&](Connection&) -> Result<void> {
      is_busy.count_down();
      go_on.get_future().wait();
      return {};
    };
    auto blocked = std::async(std::launch::async, [&] { return queue_->Run(std::move(blocker)); });
    is_busy.wait();
    std::vector<std::future<Result<void>>> runs;
    for (WriteTask& task : tasks) {
      std::size_t waiting = queue_->waiting_count();
      runs.push_back(std::async(std::launch::async, [&] { return queue_->Run(std::move(task)); }));
      while (queue_->waiting_count() == waiting) std::this_thread::yield();
    }
    go_on.set_value();
    EXPECT_TRUE(blocked.get().has_value());
    std::vector<Result<void>> outcomes;
    for (auto& run : runs) outcomes.push_back(run.get());
    return outcomes;
  }

  ScratchFolder folder_;
  std::filesystem::path file_ = folder_.path() / "store.db";
  std::unique_ptr<WriteQueue> queue_;
  std::atomic<bool> can_write_ = true;
};

TEST_F(WriteQueueTest, NothingIsWrittenToAFileThatWasRemovedOrReplaced) {
  ASSERT_OK(queue_->Run(SetCounter("a", 1)));
  const std::filesystem::path away = folder_.path() / "away.db";
  std::filesystem::rename(file_, away);
  EXPECT_CODE(ErrorCode::kUnavailable, queue_->Run(SetCounter("b", 2)));
  std::filesystem::copy_file(away, file_);
  EXPECT_CODE(ErrorCode::kUnavailable, queue_->Run(SetCounter("b", 2)));
  EXPECT_CODE(ErrorCode::kUnavailable, queue_->CheckWritable());
  std::filesystem::rename(away, file_);
  ASSERT_OK(queue_->CheckWritable());
  ASSERT_OK(queue_->Run(SetCounter("b", 2)));
}

TEST_F(WriteQueueTest, WhetherAStuckStoreCanWriteIsAnsweredInTime) {
  auto other = Connection::Open(file_, Connection::Access::kReadWrite);
  ASSERT_OK(other);
  ASSERT_OK((*other)->Execute("BEGIN IMMEDIATE"));
  auto stuck = std::async(std::launch::async, [&] { return queue_->Run(SetCounter("a", 1)); });
  auto asked_ms = [&] {
    const auto began = std::chrono::steady_clock::now();
    can_write_ = queue_->CheckWritable().has_value();
    const auto took = std::chrono::steady_clock::now() - began;
    return std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  };
  do {
    EXPECT_LT(asked_ms(), kPromptMs);
  } while (can_write_);  // until the write has been under way for too long
  EXPECT_FALSE(stuck.get());
  std::vector<std::future<std::int64_t>> many;
  for (int i = 0; i < 20; ++i) many.push_back(std::async(std::launch::async, asked_ms));
  for (auto& one : many) EXPECT_LT(one.get(), kPromptMs);
  EXPECT_FALSE(can_write_);
  ASSERT_OK((*other)->Execute("ROLLBACK"));
  while (!queue_->CheckWritable()) std::this_thread::yield();
  ASSERT_OK(queue_->Run(SetCounter("b", 2)));
}

TEST_F(WriteQueueTest, AskingALockedStoreAtRestShowsThatItIsLocked) {
  ASSERT_OK(queue_->PeekWritable());
  auto other = Connection::Open(file_, Connection::Access::kReadWrite);
  ASSERT_OK(other);
  ASSERT_OK((*other)->Execute("BEGIN IMMEDIATE"));
  const auto began = std::chrono::steady_clock::now();
  while (queue_->PeekWritable()) {
    ASSERT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
    std::this_thread::yield();
  }
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_FALSE(queue_->PeekWritable());
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(kPromptMs));
  ASSERT_OK((*other)->Execute("ROLLBACK"));
  while (!queue_->PeekWritable()) std::this_thread::yield();
}

TEST_F(WriteQueueTest, AskingWhetherAStoreCanWriteCostsNoSync) {
  const std::int64_t before = queue_->sync_count();
  const auto began = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(1'200)) {
    ASSERT_OK(queue_->PeekWritable());
  }
  EXPECT_EQ(queue_->sync_count(), before);
}

TEST_F(WriteQueueTest, TasksThatWaitTogetherShareOneSync) {
  std::vector<WriteTask> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(SetCounter("c" + std::to_string(i), i));
  std::int64_t before = queue_->sync_count();
  for (const Result<void>& outcome : RunTogether(std::move(tasks))) ASSERT_OK(outcome);
  EXPECT_EQ(queue_->sync_count(), before + 1);
  EXPECT_EQ(CountCounters(), 20);
}

TEST_F(WriteQueueTest, AFailedTaskUndoesItsOwnEffectOnly) {
  std::vector<WriteTask> tasks;
  tasks.push_back(SetCounter("first", 1));
  WriteTask failing;
  bool is_committed = false;
  failing.apply = [](Connection& connection) -> Result<void> {
    TRY_VOID(connection.Run("INSERT INTO counters (name, value) VALUES ('undone', 1)"));
    return Fail(ErrorCode::kConflict, "no");
  };
  failing.committed = [&] { is_committed = true; };
  tasks.push_back(std::move(failing));
  tasks.push_back(SetCounter("first", 2));  // taken
  tasks.push_back(SetCounter("last", 1));
  std::vector<Result<void>> outcomes = RunTogether(std::move(tasks));
  EXPECT_TRUE(outcomes[0].has_value());
  EXPECT_CODE(ErrorCode::kConflict, outcomes[1]);
  EXPECT_CODE(ErrorCode::kAlreadyExists, outcomes[2]);
  EXPECT_TRUE(outcomes[3].has_value());
  EXPECT_FALSE(is_committed);
  EXPECT_EQ(CountCounters(), 2);
}

TEST_F(WriteQueueTest, OrderedTasksAloneAreNotSynced) {
  std::int64_t before = queue_->sync_count();
  ASSERT_OK(queue_->Run(SetCounter("a", 1, Durability::kOrdered)));
  EXPECT_EQ(queue_->sync_count(), before);
  EXPECT_EQ(CountCounters(), 1);
  ASSERT_OK(queue_->Run(SetCounter("b", 1)));
  EXPECT_EQ(queue_->sync_count(), before + 1);
}

TEST_F(WriteQueueTest, OneSyncedTaskSyncsItsGroup) {
  std::vector<WriteTask> tasks;
  tasks.push_back(SetCounter("a", 1, Durability::kOrdered));
  tasks.push_back(SetCounter("b", 1));
  std::int64_t before = queue_->sync_count();
  for (const Result<void>& outcome : RunTogether(std::move(tasks))) ASSERT_OK(outcome);
  EXPECT_EQ(queue_->sync_count(), before + 1);
}

TEST_F(WriteQueueTest, WhatWaitsIsAnsweredBeforeTheEnd) {
  std::vector<std::future<Result<void>>> runs;
  for (int i = 0; i < 8; ++i) {
    runs.push_back(std::async(std::launch::async, [this, i] {
      return queue_->Run(SetCounter("c" + std::to_string(i), i));
    }));
  }
  for (auto& run : runs) ASSERT_OK(run.get());
  queue_.reset();
  EXPECT_EQ(CountCounters(), 8);
}

}  // namespace

}  // namespace sluice
