#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "job/job.h"
#include "job/queue.h"
#include "scheduler/planner.h"
#include "scheduler/waiting_lines.h"

namespace sluice {

/// Does what the dispatcher decides. Called on the dispatcher's pool, or for Interrupt and Kill on
/// its thread; each job has one call of RunAttempt or Drop under way at most.
class AttemptHost {
 public:
  virtual ~AttemptHost() = default;
  /// Claims the job and runs an attempt; ends by Dispatcher::Retry or Dispatcher::Forget.
  virtual void RunAttempt(const JobId& id) = 0;
  /// Writes the end of a cancelled job that waits; ends by Forget.
  virtual void Drop(const JobId& id) = 0;
  /// Promises a cancellation because the time limit ran out.
  virtual void TimeOut(const JobId& id) = 0;
  /// Ten times a second, on the dispatcher's thread: must not block.
  virtual void Tick(std::int64_t now_ms) = 0;
};

/// Makes the plan so: keeps who waits and who runs in each queue, asks the planner, and calls the
/// host. Owns one thread and a pool. Thread-safe.
class Dispatcher {
 public:
  struct Options {
    const Clock* clock = nullptr;  ///< must outlive the dispatcher
    std::map<QueueName, Queue> queues;
    PlannerLimits limits;
    int pool_threads = 8;
  };
  /// How an execution is told to stop.
  struct StopHandle {
    std::function<void()> interrupt;
    std::function<void()> kill;
  };

  explicit Dispatcher(Options options);
  ~Dispatcher();

  /// `host` must outlive the dispatcher.
  void Start(AttemptHost* host);
  /// Stops claiming; waits until nothing runs or the time is over. Blocks.
  void Drain(std::int64_t grace_ms, const std::stop_token& hurry);
  /// Stops thread and pool. After it nothing calls the host.
  void Stop();

  /// A job that waits for its (next) attempt.
  void Enqueue(const Job& job, Lane lane, std::int64_t delay_ms = 0);
  /// Jobs of the queue that wait.
  std::size_t WaitingCount(const QueueName& queue) const;

  /// The job's cancellation is promised in the store. If it waits for something before its
  /// execution, `on_cancel` of SetWaiting is called.
  void PromiseCancel(const JobId& id);
  bool IsCancelPromised(const JobId& id) const;

  /// The attempt runs in an engine and can be stopped.
  void SetExecution(const JobId& id, StopHandle stop);
  /// The attempt waits inside its slot; `on_cancel` (on the pool) ends the wait of a cancelled job.
  void SetWaiting(const JobId& id, std::function<void()> on_cancel);

  /// The attempt is done with the table it wrote: the next one's may begin.
  void LeaveTable(const JobId& id);
  /// The attempt is over and the job needs another one.
  void Retry(const JobId& id, std::int64_t delay_ms);
  /// The job is final: its slot is free.
  void Forget(const JobId& id);

  /// Runs a task on the pool, now or after a delay.
  void Post(std::function<void()> task);
  void PostAfter(std::int64_t delay_ms, std::function<void()> task);

 private:
  struct Entry {
    JobId id;
    std::int64_t seq = 0;
    QueueName queue;
    Lane lane = Lane::kWorker;
    std::string table;          ///< the one its statement writes; empty for none
    bool appends = false;       ///< beside other appends
    bool writes_table = false;  ///< now
    bool running = false;
    std::int64_t timeout_ms = 0;
    std::int64_t not_before_ms = 0;
    std::int64_t deadline_ms = 0;  ///< 0 until the first claim
    bool cancel_promised = false;
    bool time_out_sent = false;
    std::optional<StopHandle> stop;
    std::optional<std::int64_t> interrupted_ms;
    bool killed = false;
    std::function<void()> on_cancel;
  };
  struct Lanes {
    std::array<WaitingLines, kLanes> waiting;  ///< by lane, without the cancelled ones
    std::array<std::set<std::int64_t>, kLanes> cancelled;
    std::set<std::int64_t> running;
  };

  void Run(const std::stop_token& stop);
  std::vector<QueueSnapshot> Snapshot() REQUIRES(mutex_);
  void ShowWaiting(const Lanes& lanes, Lane lane, QueueSnapshot* snapshot) REQUIRES(mutex_);
  std::vector<std::int64_t> WhoMayBegin(const Lanes& lanes, Lane lane) REQUIRES(mutex_);
  void AppendWaiting(std::int64_t seq, QueueSnapshot* snapshot) REQUIRES(mutex_);
  void BeginWaiting(const Entry& entry) REQUIRES(mutex_);
  void EndWaiting(const Entry& entry) REQUIRES(mutex_);
  void CarryOut(const Plan& plan, std::int64_t now_ms) REQUIRES(mutex_);
  void BeginRunning(Entry& entry, std::int64_t now_ms) REQUIRES(mutex_);
  void RunDueTasks(std::int64_t now_ms) REQUIRES(mutex_);
  Entry* Find(const JobId& id) REQUIRES(mutex_);
  void Wake() REQUIRES(mutex_);

  const Clock* clock_;
  const std::map<QueueName, Queue> queues_;
  const PlannerLimits limits_;
  AttemptHost* host_ = nullptr;

  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable idle_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool draining_ GUARDED_BY(mutex_) = false;
  std::unordered_map<std::int64_t, Entry> by_seq_ GUARDED_BY(mutex_);
  std::unordered_map<JobId, std::int64_t> seq_by_id_ GUARDED_BY(mutex_);
  std::map<QueueName, Lanes> lanes_ GUARDED_BY(mutex_);
  std::multimap<std::int64_t, std::function<void()>> delayed_ GUARDED_BY(mutex_);

  std::unique_ptr<ThreadPool> pool_;
  std::jthread thread_;
};

}  // namespace sluice
