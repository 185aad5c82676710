#include "base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice {
namespace {

struct Counter {
  Mutex mutex;
  std::condition_variable changed;
  int value GUARDED_BY(mutex) = 0;
};

TEST(Mutex, OneThreadAtATimeIsInside) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2'000;
  Counter counter;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&counter] {
        for (int n = 0; n < kRounds; ++n) {
          MutexLock lock(counter.mutex);
          ++counter.value;
        }
      });
    }
  }
  MutexLock lock(counter.mutex);
  EXPECT_EQ(kThreads * kRounds, counter.value);
}

TEST(Mutex, AWaiterSleepsUntilItIsNotified) {
  Counter counter;
  std::jthread other([&counter] {
    {
      MutexLock lock(counter.mutex);
      counter.value = 1;
    }
    counter.changed.notify_all();
  });
  MutexLock lock(counter.mutex);
  while (counter.value == 0) lock.Wait(counter.changed);
  EXPECT_EQ(1, counter.value);
}

TEST(Mutex, AWaitWithATimeOutComesBackAndHoldsTheLock) {
  Counter counter;
  MutexLock lock(counter.mutex);
  while (lock.WaitFor(counter.changed, 1)) {
    // A wake-up that nobody asked for; only the time-out ends this.
  }
  ++counter.value;
  EXPECT_EQ(1, counter.value);
}

}  // namespace
}  // namespace sluice
