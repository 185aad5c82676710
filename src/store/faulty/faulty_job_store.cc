#include "store/faulty/faulty_job_store.h"

namespace sluice {

Result<InsertOutcome> FaultyJobStore::Insert(const Job& job,
                                             const std::optional<IdempotencyKey>& key) {
  return plan_.Run([&] { return target_.Insert(job, key); });
}

Result<void> FaultyJobStore::Claim(const AttemptFence& fence) {
  return plan_.Run([&] { return target_.Claim(fence); });
}

Result<void> FaultyJobStore::Start(const AttemptFence& fence) {
  return plan_.Run([&] { return target_.Start(fence); });
}

Result<void> FaultyJobStore::Finish(const AttemptFence& fence, const JobFinish& finish) {
  return plan_.Run([&] { return target_.Finish(fence, finish); });
}

Result<CancelOutcome> FaultyJobStore::RequestCancel(const ProjectId& project, const JobId& id,
                                                    const std::string& reason,
                                                    std::int64_t now_wall_ms,
                                                    std::int64_t duration_ms) {
  return plan_.Run(
      [&] { return target_.RequestCancel(project, id, reason, now_wall_ms, duration_ms); });
}

Result<std::optional<JobId>> FaultyJobStore::FindByKey(const ProjectId& project,
                                                       const std::string& owner,
                                                       const IdempotencyKey& key) const {
  return target_.FindByKey(project, owner, key);
}

Result<Job> FaultyJobStore::Get(const ProjectId& project, const JobId& id) const {
  return target_.Get(project, id);
}

Result<std::optional<StoredResult>> FaultyJobStore::GetResult(const JobId& id) const {
  return target_.GetResult(id);
}

Result<std::optional<CommitMarker>> FaultyJobStore::FindMarker(const JobId& id) const {
  return target_.FindMarker(id);
}

Result<void> FaultyJobStore::VisitPage(const JobFilter& filter,
                                       const JobPageVisitor& visitor) const {
  return target_.VisitPage(filter, visitor);
}

Result<std::vector<Job>> FaultyJobStore::LoadUnfinished() const { return target_.LoadUnfinished(); }

Result<void> FaultyJobStore::VisitFinal(const std::function<bool(Job&&)>& visit) const {
  return target_.VisitFinal(visit);
}

Result<std::vector<JobId>> FaultyJobStore::ListEnded(std::int64_t ended_before_served_ms,
                                                     EndedJobs which, int limit) const {
  return target_.ListEnded(ended_before_served_ms, which, limit);
}

Result<std::vector<JobId>> FaultyJobStore::RemoveRecords(std::int64_t ended_before_served_ms,
                                                         int limit) {
  return plan_.Run([&] { return target_.RemoveRecords(ended_before_served_ms, limit); });
}

Result<std::vector<JobId>> FaultyJobStore::ExpireResults(std::int64_t ended_before_served_ms,
                                                         int limit) {
  return plan_.Run([&] { return target_.ExpireResults(ended_before_served_ms, limit); });
}

Result<int> FaultyJobStore::RemoveIdempotencyKeys(std::int64_t submitted_before_served_ms,
                                                  int limit) {
  return plan_.Run(
      [&] { return target_.RemoveIdempotencyKeys(submitted_before_served_ms, limit); });
}

Result<void> FaultyJobStore::CheckWritable() {
  return plan_.Run([&] { return target_.CheckWritable(); });
}

Result<void> FaultyJobStore::PeekWritable() {
  return plan_.Run([&] { return target_.PeekWritable(); });
}

}  // namespace sluice
