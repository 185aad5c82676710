#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace sluice {

/// A fixed number of threads that run tasks in the order they came. Thread-safe. The number of
/// tasks that wait is the caller's to bound. Tasks must not throw.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs what waits, then joins; a task posted from then on is dropped. Idempotent, for one caller
  /// at a time, none of them a task.
  void Stop() EXCLUDES(mutex_);

  void Post(std::function<void()> task) EXCLUDES(mutex_);
  /// Posts unless `waiting_max` tasks wait already; false then.
  bool TryPost(std::function<void()> task, std::size_t waiting_max) EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);

  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace sluice
