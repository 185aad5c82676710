#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <numeric>

namespace sluice {
namespace {

TEST(ThreadPool, OneThreadRunsTasksInTheOrderTheyCame) {
  constexpr int kTasks = 1'000;
  std::vector<int> ran;
  {
    ThreadPool pool(1);
    for (int i = 0; i < kTasks; ++i) {
      pool.Post([&ran, i] { ran.push_back(i); });
    }
  }
  std::vector<int> expected(kTasks);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(expected, ran);
}

TEST(ThreadPool, DestructionRunsWhatStillWaits) {
  constexpr int kTasks = 50;
  std::atomic<int> ran = 0;
  std::latch gate(1);
  {
    ThreadPool pool(1);
    pool.Post([&gate] { gate.wait(); });
    for (int i = 0; i < kTasks; ++i) pool.Post([&ran] { ++ran; });
    EXPECT_EQ(0, ran);
    gate.count_down();
  }
  EXPECT_EQ(kTasks, ran);
}

TEST(ThreadPool, ThreadsRunSideBySide) {
  constexpr int kThreads = 3;
  std::latch all_here(kThreads);
  ThreadPool pool(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    pool.Post([&all_here] { all_here.arrive_and_wait(); });
  }
  all_here.wait();
}

TEST(ThreadPool, TryPostRefusesWhatWouldWaitPastTheBound) {
  std::latch started(1);
  std::latch gate(1);
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(1);
    pool.Post([&] {
      started.count_down();
      gate.wait();
    });
    started.wait();  // the running task does not wait, so it does not count
    EXPECT_TRUE(pool.TryPost([&ran] { ++ran; }, 2));
    EXPECT_TRUE(pool.TryPost([&ran] { ++ran; }, 2));
    EXPECT_FALSE(pool.TryPost([&ran] { ++ran; }, 2));
    EXPECT_TRUE(pool.TryPost([&ran] { ++ran; }, 3));
    gate.count_down();
  }
  EXPECT_EQ(3, ran);
}

TEST(ThreadPool, ATaskMayPostAnother) {
  std::latch done(1);
  ThreadPool pool(1);
  pool.Post([&] { pool.Post([&done] { done.count_down(); }); });
  done.wait();
}

TEST(ThreadPool, AStoppedPoolHasRunWhatWaitedAndDropsWhatComes) {
  int ran = 0;
  ThreadPool pool(1);
  pool.Post([&ran] { ++ran; });
  pool.Stop();
  pool.Post([&ran] { ++ran; });
  EXPECT_FALSE(pool.TryPost([&ran] { ++ran; }, 1));
  pool.Stop();
  EXPECT_EQ(1, ran);
}

TEST(ThreadPool, EveryTaskOfManyPostersRunsOnce) {
  constexpr int kPosters = 4;
  constexpr int kTasks = 500;
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(2);
    std::vector<std::jthread> posters;
    for (int i = 0; i < kPosters; ++i) {
      posters.emplace_back([&] {
        for (int n = 0; n < kTasks; ++n) pool.Post([&ran] { ++ran; });
      });
    }
    posters.clear();  // joins
  }
  EXPECT_EQ(kPosters * kTasks, ran);
}

}  // namespace
}  // namespace sluice
