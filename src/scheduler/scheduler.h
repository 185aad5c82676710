#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "base/metrics.h"
#include "scheduler/admission.h"
#include "scheduler/attempt_runner.h"
#include "scheduler/dispatcher.h"
#include "scheduler/job_board.h"
#include "scheduler/job_service.h"
#include "scheduler/planning_room.h"

namespace sluice {

/// Synchronous submits that may wait at a time, some 300 bytes each; one more is told at once that
/// its job goes on.
inline constexpr int kSyncWaitersMax = 10'000;
/// What a synchronous submit waits at most (http-api.md 1.5: two minutes).
inline constexpr std::int64_t kSyncWaitMs = 120'000;
/// Final jobs kept in memory.
inline constexpr std::size_t kFinalJobsBytesMax = 256UL << 20;
/// Statements of all jobs that wait or run, which are in memory too.
inline constexpr std::size_t kLiveTextBytesMax = 64UL << 20;

/// The jobs of one server: admission, planner, dispatcher and recovery behind JobService.
/// Thread-safe.
class Scheduler final : public JobService {
 public:
  /// `parts.board` and `parts.dispatcher` are the scheduler's own and stay null; the rest must
  /// outlive it.
  struct Options {
    AttemptRunner::Parts parts;
    std::map<QueueName, Queue> queues;
    AdmissionRules rules;
    PlannerLimits limits;
    int pool_threads = 8;
    /// Where it is kept what was being planned when the process ended; empty: nowhere.
    std::filesystem::path planning_marks_file;
  };
  explicit Scheduler(Options options);
  ~Scheduler() override;

  /// Takes up what the store holds: final jobs into memory, unfinished ones back into their queue,
  /// where their markers and promises decide. Call once, before anything else.
  Result<void> Load();
  /// Starts to run jobs.
  void Start();
  /// Stops claiming and gives running jobs the grace; `hurry` cuts it short. What still runs is
  /// left for the next start. Blocks.
  void Stop(std::int64_t grace_ms, const std::stop_token& hurry);

  Result<SubmitOutcome> Submit(const Principal& caller, const SubmitRequest& request) override;
  void AwaitEnd(const ProjectId& project, SubmitOutcome accepted,
                std::function<void(Result<SubmitOutcome>)> on_end) override;
  Result<JobView> Find(const ProjectId& project, const JobId& id) const override;
  bool IsInMemory(const JobId& id) const override;
  std::optional<Result<JobView>> FindInMemory(const ProjectId& project,
                                              const JobId& id) const override;
  void WaitForChange(const JobId& id, JobState seen, std::int64_t timeout_ms,
                     std::function<void()> on_change) override;
  Result<void> Cancel(const Principal& caller, const JobId& id) override;
  Result<void> VisitPage(const JobFilter& filter, const JobPageVisitor& visitor) const override;
  Result<Preview> GetPreview(const ProjectId& project, const JobId& id,
                             RowRange rows) const override;
  Result<CheckOutcome> CheckSql(const Principal& caller, const std::string& sql,
                                const std::string& current_database) const override;

 private:
  struct SyncWait;

  Result<std::optional<SubmitOutcome>> FindRepeated(const Principal& caller,
                                                    const SubmitRequest& request) const;
  void GoOnWaiting(const std::shared_ptr<SyncWait>& wait);
  Result<SubmitOutcome> EndOf(SubmitOutcome outcome, const Result<JobView>& view) const;
  Result<void> FillSyncRows(const JobView& view, SubmitOutcome* outcome) const;
  void Recover(const Job& job);
  void AdoptLater(const ProjectId& project, const JobId& id);

  const AttemptRunner::Parts parts_;
  JobBoard board_;
  mutable PlanningRoom room_;  ///< a check of SQL plans too, and changes nothing else
  Admission admission_;
  Dispatcher dispatcher_;
  AttemptRunner runner_;
  std::atomic<int> sync_waiters_ = 0;
  std::atomic<bool> stopping_ = false;
  Metric* submitted_ = nullptr;
};

}  // namespace sluice
