#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "store/job_store.h"
#include "store/served_clock.h"
#include "store/sqlite/job_index.h"
#include "store/sqlite/quarantine.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/statement_search.h"
#include "store/sqlite/write_queue.h"

namespace sluice {

/// What the stores of one SQLite file share. `writer` is null in a store that only reads.
struct SqliteSession {
  const Clock* clock = nullptr;
  ServedClock* served = nullptr;
  ReaderPool* readers = nullptr;
  WriteQueue* writer = nullptr;
  JobIndex* index = nullptr;
  StatementSearch* search = nullptr;
  Quarantine* quarantine = nullptr;

  /// Runs the task in the writer; kUnavailable in a store that only reads.
  Result<void> Write(WriteTask task) const;
};

/// JobStore on SQLite.
class SqliteJobStore final : public JobStore {
 public:
  /// `session` and what it points to must outlive the store.
  explicit SqliteJobStore(const SqliteSession& session) : session_(session) {}

  /// Fills the index from the file, before the first use.
  Result<void> Load(Connection& connection);

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
  std::int64_t sync_count() const override;
  std::int64_t quarantined_count() const override { return session_.quarantine->count(); }

 private:
  Result<void> LoadIndexRows(Query& rows);
  Result<std::optional<Job>> FindJob(Connection& connection, const JobKey& key) const;
  /// The current row as a job; nothing, and into quarantine with it, when it cannot be read.
  std::optional<Job> Decode(const Query& row) const;
  /// The jobs that `id` and `sql_pattern` leave; nothing when neither is there.
  Result<std::optional<std::vector<JobIndex::Place>>> FindCandidates(Connection& connection,
                                                                     const JobFilter& filter,
                                                                     std::int64_t now_ms) const;
  Result<std::vector<JobId>> ForEachEnded(
      std::int64_t ended_before_served_ms, EndedJobs which, int limit,
      const std::function<Result<void>(Connection&, const JobKey&)>& apply,
      const std::function<void(const JobKey&)>& committed);

  const SqliteSession& session_;
  std::int64_t next_seq_ = 1;  ///< the writer's thread only, once loaded
};

}  // namespace sluice
