#include "store/sqlite/sqlite_job_store.h"

#include "base/check.h"
#include "base/log.h"
#include "store/sqlite/job_changes.h"
#include "store/sqlite/job_rows.h"

namespace sluice {

namespace {

Result<std::optional<InsertOutcome>> FindKey(Connection& connection, const ProjectId& project,
                                             const std::string& owner, const IdempotencyKey& key) {
  Query row =
      TRY(connection.Prepare("SELECT request_digest, job_id, seq FROM idempotency_keys"
                             " WHERE project_id = ? AND owner = ? AND key = ?",
                             project.value(), owner, key.key));
  if (!TRY(row.Step())) return std::optional<InsertOutcome>();
  if (row.Text(0) != key.request_digest) {
    return Fail(ErrorCode::kFailedPrecondition,
                "The Idempotency-Key was used for another request: {}", key.key);
  }
  return std::optional<InsertOutcome>(InsertOutcome{JobId(row.String(1)), row.Int(2), true});
}

Result<void> InsertKey(Connection& connection, const Job& job, const IdempotencyKey& key,
                       std::int64_t served_ms) {
  return connection.Run(
      "INSERT INTO idempotency_keys"
      " (project_id, owner, key, request_digest, job_id, seq, created_served_ms)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      job.project.value(), job.owner, key.key, key.request_digest, job.id.value(), job.seq,
      served_ms);
}

/// A job's seq is never given twice, not even after its record is gone.
Result<void> KeepSeq(Connection& connection, std::int64_t next_seq) {
  return connection.Run(
      "INSERT INTO counters (name, value) VALUES ('next_seq', ?)"
      " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      next_seq);
}

Result<void> AppendJobId(Connection& connection, const JobKey& key, std::vector<JobId>* ids) {
  Query row = TRY(connection.Prepare("SELECT job_id FROM jobs WHERE project_id = ? AND seq = ?",
                                     key.project, key.seq));
  if (TRY(row.Step())) ids->emplace_back(row.String(0));
  return {};
}

}  // namespace

Result<void> SqliteSession::Write(WriteTask task) const {
  if (writer == nullptr) {
    return Fail(ErrorCode::kUnavailable, "The job store cannot write: read-only");
  }
  return writer->Run(std::move(task));
}

Result<std::optional<JobId>> SqliteJobStore::FindByKey(const ProjectId& project,
                                                       const std::string& owner,
                                                       const IdempotencyKey& key) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  std::optional<InsertOutcome> known = TRY(FindKey(*connection, project, owner, key));
  return known ? std::optional<JobId>(std::move(known->id)) : std::nullopt;
}

Result<InsertOutcome> SqliteJobStore::Insert(const Job& job,
                                             const std::optional<IdempotencyKey>& key) {
  CHECK(!IsFinal(job.state));
  Job stored = job;
  StatementSignature signature = StatementSignature::Of(job.statement);
  const std::int64_t served_ms = session_.served->NowMs();
  InsertOutcome outcome;
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    if (key) {
      std::optional<InsertOutcome> known =
          TRY(FindKey(connection, stored.project, stored.owner, *key));
      if (known) {
        outcome = *known;
        return {};
      }
    }
    stored.seq = next_seq_++;
    outcome = {stored.id, stored.seq, false};
    TRY_VOID(InsertJobRows(connection, stored, signature));
    if (key) TRY_VOID(InsertKey(connection, stored, *key, served_ms));
    return {};
  };
  task.committed = [&] {
    if (outcome.existed) return;
    session_.index->Add(stored, /*has_result=*/false, signature, /*ended_served_ms=*/0);
  };
  TRY_VOID(session_.Write(std::move(task)));
  return outcome;
}

Result<void> SqliteJobStore::Claim(const AttemptFence& fence) {
  WriteTask task;
  task.durability = Durability::kOrdered;
  task.apply = [&](Connection& connection) -> Result<void> {
    return ClaimJob(connection, TRY(LoadGate(connection, fence.job)), fence);
  };
  return session_.Write(std::move(task));
}

Result<void> SqliteJobStore::Start(const AttemptFence& fence) {
  JobGate gate;
  WriteTask task;
  task.durability = Durability::kOrdered;
  task.apply = [&](Connection& connection) -> Result<void> {
    gate = TRY(LoadGate(connection, fence.job));
    (void)TRY(StartJob(connection, gate, fence));
    return {};
  };
  task.committed = [&] { session_.index->SetState(gate.seq, JobState::kRunning); };
  return session_.Write(std::move(task));
}

Result<void> SqliteJobStore::Finish(const AttemptFence& fence, const JobFinish& finish) {
  const std::int64_t served_ms = session_.served->NowMs();
  JobGate gate;
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    gate = TRY(LoadGate(connection, fence.job));
    return FinishJob(connection, gate, fence, finish, served_ms);
  };
  task.committed = [&] {
    session_.index->Finish(gate.seq, finish.state, finish.duration_ms, finish.result.has_value(),
                           served_ms);
  };
  return session_.Write(std::move(task));
}

Result<CancelOutcome> SqliteJobStore::RequestCancel(const ProjectId& project, const JobId& id,
                                                    const std::string& reason,
                                                    std::int64_t now_wall_ms,
                                                    std::int64_t duration_ms) {
  const std::int64_t served_ms = session_.served->NowMs();
  JobGate gate;
  CancelOutcome outcome = CancelOutcome::kPromised;
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    gate = TRY(LoadGate(connection, id));
    if (gate.project != project.value()) {
      return Fail(ErrorCode::kNotFound, "There is no job with id {}", id);
    }
    if (IsFinal(gate.state) || gate.is_marked) {
      return Fail(ErrorCode::kFailedPrecondition, "The job has already finished");
    }
    if (!CanTransition(gate.state, JobState::kCancelled)) {
      return Fail(ErrorCode::kFailedPrecondition, "The job cannot be cancelled: {}", id);
    }
    if (gate.is_cancel_promised) {
      outcome = CancelOutcome::kAlreadyPromised;
      return {};
    }
    TRY_VOID(PromiseCancel(connection, gate, reason, now_wall_ms));
    if (gate.attempt > 0) return {};
    outcome = CancelOutcome::kCancelledAtOnce;
    JobFinish finish;
    finish.state = JobState::kCancelled;
    finish.message = reason;
    finish.duration_ms = duration_ms;
    return FinishJob(connection, gate, AttemptFence{id, 0}, finish, served_ms);
  };
  task.committed = [&] {
    if (outcome != CancelOutcome::kCancelledAtOnce) return;
    session_.index->Finish(gate.seq, JobState::kCancelled, duration_ms, /*has_result=*/false,
                           served_ms);
  };
  TRY_VOID(session_.Write(std::move(task)));
  return outcome;
}

Result<std::vector<JobId>> SqliteJobStore::ListEnded(std::int64_t ended_before_served_ms,
                                                     EndedJobs which, int limit) const {
  std::vector<JobId> ids;
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  for (const JobKey& key : session_.index->EndedBefore(ended_before_served_ms, which, limit)) {
    TRY_VOID(AppendJobId(*connection, key, &ids));
  }
  return ids;
}

/// Old jobs, a portion at a time; `apply` runs in the transaction, `committed` after it.
Result<std::vector<JobId>> SqliteJobStore::ForEachEnded(
    std::int64_t ended_before_served_ms, EndedJobs which, int limit,
    const std::function<Result<void>(Connection&, const JobKey&)>& apply,
    const std::function<void(const JobKey&)>& committed) {
  std::vector<JobKey> keys = session_.index->EndedBefore(ended_before_served_ms, which, limit);
  std::vector<JobId> ids;
  if (keys.empty()) return ids;
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    for (const JobKey& key : keys) TRY_VOID(AppendJobId(connection, key, &ids));
    for (const JobKey& key : keys) TRY_VOID(apply(connection, key));
    return KeepSeq(connection, next_seq_);
  };
  task.committed = [&] {
    for (const JobKey& key : keys) committed(key);
  };
  TRY_VOID(session_.Write(std::move(task)));
  return ids;
}

Result<std::vector<JobId>> SqliteJobStore::RemoveRecords(std::int64_t ended_before_served_ms,
                                                         int limit) {
  return ForEachEnded(
      ended_before_served_ms, EndedJobs::kAny, limit,
      [](Connection& connection, const JobKey& key) {
        return RemoveJobRows(connection, key.project, key.seq);
      },
      [this](const JobKey& key) { session_.index->Remove(key.seq); });
}

Result<std::vector<JobId>> SqliteJobStore::ExpireResults(std::int64_t ended_before_served_ms,
                                                         int limit) {
  return ForEachEnded(
      ended_before_served_ms, EndedJobs::kWithResult, limit,
      [](Connection& connection, const JobKey& key) -> Result<void> {
        TRY_VOID(connection.Run("UPDATE jobs SET has_result = 0 WHERE project_id = ? AND seq = ?",
                                key.project, key.seq));
        return connection.Run("DELETE FROM job_results WHERE project_id = ? AND seq = ?",
                              key.project, key.seq);
      },
      [this](const JobKey& key) { session_.index->DropResult(key.seq); });
}

Result<int> SqliteJobStore::RemoveIdempotencyKeys(std::int64_t submitted_before_served_ms,
                                                  int limit) {
  int removed = 0;
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    TRY_VOID(
        connection.Run("DELETE FROM idempotency_keys WHERE (project_id, owner, key) IN (SELECT"
                       " project_id, owner, key FROM idempotency_keys WHERE created_served_ms < ?"
                       " LIMIT ?)",
                       submitted_before_served_ms, limit));
    removed = static_cast<int>(connection.changes());
    return {};
  };
  TRY_VOID(session_.Write(std::move(task)));
  return removed;
}

Result<void> SqliteJobStore::CheckWritable() {
  if (session_.writer == nullptr) {
    return Fail(ErrorCode::kUnavailable, "The job store cannot write: read-only");
  }
  return session_.writer->CheckWritable();
}

Result<void> SqliteJobStore::PeekWritable() {
  if (session_.writer == nullptr) {
    return Fail(ErrorCode::kUnavailable, "The job store cannot write: read-only");
  }
  return session_.writer->PeekWritable();
}

std::int64_t SqliteJobStore::sync_count() const {
  return session_.writer == nullptr ? 0 : session_.writer->sync_count();
}

}  // namespace sluice
