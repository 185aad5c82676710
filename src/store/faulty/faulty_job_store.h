#pragma once

#include "store/faulty/fault_plan.h"
#include "store/job_store.h"

namespace sluice {

/// A JobStore whose changes fail as planned; reads go through. For tests. Thread-safe as its
/// target.
class FaultyJobStore final : public JobStore {
 public:
  /// Both must outlive the store.
  FaultyJobStore(JobStore& target, FaultPlan& plan) : target_(target), plan_(plan) {}

  Result<InsertOutcome> Insert(const Job& job, const std::optional<IdempotencyKey>& key) override;
  Result<void> Claim(const AttemptFence& fence) override;
  Result<void> Start(const AttemptFence& fence) override;
  Result<void> Finish(const AttemptFence& fence, const JobFinish& finish) override;
  Result<CancelOutcome> RequestCancel(const ProjectId& project, const JobId& id,
                                      const std::string& reason, std::int64_t now_wall_ms,
                                      std::int64_t duration_ms) override;

  Result<std::optional<JobId>> FindByKey(const ProjectId& project, const std::string& owner,
                                         const IdempotencyKey& key) const override;
  Result<Job> Get(const ProjectId& project, const JobId& id) const override;
  Result<std::optional<StoredResult>> GetResult(const JobId& id) const override;
  Result<std::optional<CommitMarker>> FindMarker(const JobId& id) const override;
  Result<void> VisitPage(const JobFilter& filter, const JobPageVisitor& visitor) const override;
  Result<std::vector<Job>> LoadUnfinished() const override;
  Result<void> VisitFinal(const std::function<bool(Job&&)>& visit) const override;

  Result<std::vector<JobId>> ListEnded(std::int64_t ended_before_served_ms, EndedJobs which,
                                       int limit) const override;
  Result<std::vector<JobId>> RemoveRecords(std::int64_t ended_before_served_ms, int limit) override;
  Result<std::vector<JobId>> ExpireResults(std::int64_t ended_before_served_ms, int limit) override;
  Result<int> RemoveIdempotencyKeys(std::int64_t submitted_before_served_ms, int limit) override;

  Result<void> CheckWritable() override;
  Result<void> PeekWritable() override;
  std::int64_t sync_count() const override { return target_.sync_count(); }
  std::int64_t quarantined_count() const override { return target_.quarantined_count(); }

 private:
  JobStore& target_;
  FaultPlan& plan_;
};

}  // namespace sluice
