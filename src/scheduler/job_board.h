#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "job/job.h"
#include "scheduler/final_jobs.h"
#include "scheduler/job_service.h"
#include "scheduler/packed_job.h"

namespace sluice {

/// Every unfinished job and the newest final ones, for readers that must never wait for the store.
/// Thread-safe: sharded by id, each lock held for one lookup or copy.
class JobBoard {
 public:
  /// `clock` must outlive the board. Final jobs beyond `final_bytes_max` are forgotten, oldest
  /// first.
  JobBoard(const Clock* clock, std::size_t final_bytes_max);

  /// An unfinished job; `accepted_ms` is the monotonic moment its duration counts from.
  void Add(Job job, std::int64_t accepted_ms);
  /// A job that was final already, older than all that the board has; for recovery, which goes
  /// from the newest to the oldest. False when there is no room for it.
  bool AddOlderFinal(const Job& job);

  /// Changes an unfinished job under the shard's lock, then wakes those who wait for its state.
  /// False when the job is not here or final.
  bool Update(const JobId& id, const std::function<void(Job&)>& change);
  void SetProgress(const JobId& id, double fraction);
  /// Applies the end and moves the job to the final ones.
  void Finish(const JobId& id, const JobFinish& finish);

  /// Milliseconds since the job was accepted; 0 for a job that is not here.
  std::int64_t DurationMs(const JobId& id) const;
  std::optional<JobView> Find(const JobId& id) const;
  /// Bytes of the unfinished jobs' statements.
  std::size_t live_text_bytes() const { return live_text_bytes_; }

  /// Calls back once the job's state is another than `seen`, or at ExpireWaiters past the deadline.
  void WaitForChange(const JobId& id, JobState seen, std::int64_t deadline_ms,
                     std::function<void()> on_change);
  /// Calls back those whose deadline has passed.
  void ExpireWaiters(std::int64_t now_ms);
  /// Calls back everyone, for shutdown; from then on nobody waits.
  void ReleaseWaiters();

 private:
  struct LiveJob {
    Job job;
    std::int64_t accepted_ms = 0;
    double progress = 0;
  };
  struct Waiter {
    JobState seen;
    std::int64_t deadline_ms;
    std::function<void()> on_change;
  };
  struct UuidHash {
    std::size_t operator()(const UuidBytes& id) const { return HashUuid(id); }
  };
  struct Shard {
    mutable Mutex mutex;
    std::unordered_map<UuidBytes, LiveJob, UuidHash> live GUARDED_BY(mutex);
    std::optional<FinalJobs> finals GUARDED_BY(mutex);  ///< always there
    std::unordered_map<UuidBytes, std::vector<Waiter>, UuidHash> waiters GUARDED_BY(mutex);
  };
  using Callbacks = std::vector<std::function<void()>>;

  static constexpr std::size_t kShards = 16;

  Shard& ShardOf(const UuidBytes& id) const;
  static void TakeWaiters(Shard& shard, const UuidBytes& id, JobState now, Callbacks* callbacks)
      REQUIRES(shard.mutex);

  const Clock* clock_;
  std::atomic<std::size_t> live_text_bytes_ = 0;
  std::atomic<bool> released_ = false;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace sluice
