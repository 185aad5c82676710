#include "scheduler/attempt_runner.h"

#include <atomic>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/mutex.h"
#include "scheduler/project_catalog_view.h"
#include "spark/time_zone.h"

namespace sluice {

namespace {

/// After this a worker that was ended writes no more.
constexpr std::int64_t kDyingWorkerMs = 2'000;

// Whether the step may succeed when it is done again unchanged.
bool MayPass(const Error& error) { return error.code == ErrorCode::kUnavailable; }

const sql::BoundQuery& QueryOf(const sql::BoundStatement& statement) {
  if (const auto* insert = std::get_if<sql::BoundInsert>(&statement)) return insert->select;
  if (const auto* create = std::get_if<sql::BoundCreateTable>(&statement)) {
    return *create->as_select;
  }
  return std::get<sql::BoundQuery>(statement);
}

}  // namespace

std::string TimeZoneOf(const Job& job, const std::string& fallback) {
  std::string zone = fallback;
  for (const auto& [key, value] : job.conf) {
    if (key == "spark.sql.session.timeZone") zone = value;
  }
  return zone;
}

/// One attempt in a worker: what it holds until its end, and what the engine tells of it. Events
/// come on the engine's threads and are handled on the pool, one at a time.
class AttemptRunner::Attempt final : public AttemptObserver,
                                     public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(AttemptRunner* runner, Job job, sql::BoundStatement statement)
      : runner_(runner), job_(std::move(job)), statement_(std::move(statement)) {}

  void OnStarted() override {
    runner_->parts_.dispatcher->Post([self = shared_from_this()] { self->RecordStart(); });
  }
  void OnProgress(double fraction) override {
    runner_->parts_.board->SetProgress(job_.id, fraction);
  }
  void OnEnd(AttemptOutcome outcome) override {
    runner_->parts_.dispatcher->Post(
        [self = shared_from_this(), outcome = std::move(outcome)]() mutable {
          if (outcome.kind != AttemptOutcome::Kind::kLost) self->RecordStart();
          self->runner_->OnAttemptEnd(self, std::move(outcome));
        });
  }

  // LAUNCHING -> RUNNING, once, in the store before anybody sees it.
  void RecordStart() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (std::exchange(start_recorded_, true)) return;
    runner_->RecordStart(job_);
  }

  // Lets the next one onto the table. Idempotent.
  void Release() EXCLUDES(mutex_) {
    std::optional<TableWriterLeases::Ticket> lease;
    {
      MutexLock lock(mutex_);
      lease = std::exchange(lease_, std::nullopt);
    }
    if (lease) runner_->parts_.leases->Release(*lease);
    runner_->parts_.dispatcher->LeaveTable(job_.id);
  }

  void SetLease(TableWriterLeases::Ticket lease) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    lease_ = lease;
  }

  const Job& job() const { return job_; }
  const sql::BoundStatement& statement() const { return statement_; }
  /// Of a statement that writes rows; set before the execution starts.
  const std::optional<OpenWrite>& open_write() const { return open_write_; }
  void set_open_write(OpenWrite open) { open_write_ = std::move(open); }
  bool TakeStartRight() { return !start_taken_.exchange(true); }

 private:
  AttemptRunner* runner_;
  const Job job_;
  const sql::BoundStatement statement_;
  std::optional<OpenWrite> open_write_;
  std::atomic<bool> start_taken_ = false;

  Mutex mutex_;
  bool start_recorded_ GUARDED_BY(mutex_) = false;
  std::optional<TableWriterLeases::Ticket> lease_ GUARDED_BY(mutex_);
};

AttemptRunner::AttemptRunner(Parts parts)
    : parts_(std::move(parts)), statements_(parts_.catalog, parts_.jobs) {}

std::optional<Job> AttemptRunner::FindJob(const JobId& id) const {
  auto view = parts_.board->Find(id);
  if (!view || IsFinal(view->job.state)) return std::nullopt;
  return std::move(view->job);
}

void AttemptRunner::RunAttempt(const JobId& id) {
  std::optional<Job> job = FindJob(id);
  if (!job) return parts_.dispatcher->Forget(id);
  if (job->attempt > 0 && EndedByEarlierAttempt(*job)) return;
  if (job->attempt >= kAttemptsMax) {
    return EndFailed(
        *job, Error{ErrorCode::kExecution, "The job was lost with its worker too often", {}});
  }
  AttemptFence fence{id, job->attempt + 1};
  Result<void> claimed = parts_.jobs->Claim(fence);
  if (!claimed) {
    LogError(LogLevel::kWarning, "job not claimed", claimed.error(), {{"job_id", id.value()}});
    if (!MayPass(claimed.error()) && AdoptStored(*job)) return;
    return parts_.dispatcher->Retry(id, kStoreRetryMs);
  }
  CrashPoint("claimed");
  job->attempt = fence.attempt;
  parts_.board->Update(id, [&](Job& live) { live.attempt = fence.attempt; });
  RunClaimed(*job, 1);
}

// An attempt that was lost after its commit: the marker says what it did.
bool AttemptRunner::EndedByEarlierAttempt(const Job& job) {
  auto marker = parts_.jobs->FindMarker(job.id);
  if (!marker) {
    parts_.dispatcher->Retry(job.id, kStoreRetryMs);
    return true;
  }
  if (!*marker) return false;
  EndFromMarker(job, **marker);
  return true;
}

// A write whose answer was lost may have been made all the same: the store says what is true. True
// when the job turns out to be final.
bool AttemptRunner::AdoptStored(const Job& job) {
  auto stored = parts_.jobs->Get(job.project, job.id);
  if (!stored) return false;
  if (IsFinal(stored->state)) {
    JobFinish finish{stored->state,  stored->message,     stored->schema_json,
                     stored->counts, stored->duration_ms, std::nullopt};
    parts_.board->Finish(job.id, finish);
    parts_.dispatcher->Forget(job.id);
    return true;
  }
  parts_.board->Update(job.id, [&](Job& live) {
    live.attempt = stored->attempt;
    live.cancel_requested_ms = stored->cancel_requested_ms;
    live.cancel_reason = stored->cancel_reason;
  });
  if (stored->cancel_requested_ms) parts_.dispatcher->PromiseCancel(job.id);
  return false;
}

sql::SessionContext AttemptRunner::SessionOf(const Job& job) const {
  sql::SessionContext session;
  session.current_database = job.current_database;
  session.time_zone = TimeZoneOf(job, parts_.time_zone);
  session.user = job.owner;
  return session;
}

// In the room, where a cancellation and a shutdown stop it.
Result<sql::BoundStatement> AttemptRunner::Plan(const Job& job) {
  const auto ask_stop = [&]() -> Result<void> {
    if (!shutting_down_ && !parts_.dispatcher->IsCancelPromised(job.id)) return {};
    return Fail(ErrorCode::kCancelled, "The planning of the statement was stopped");
  };
  ProjectCatalogView view(parts_.catalog, job.project);
  std::optional<sql::BoundStatement> bound;
  const auto plan = [&](sql::PlanBudget& budget) -> Result<void> {
    CrashPoint("planning");
    const sql::ParsedStatement parsed = TRY(sql::Parse(job.statement));
    bound = TRY(sql::Bind(parsed, view, SessionOf(job), budget));
    return {};
  };
  TRY_VOID(parts_.room->PlanForJob(job.id, job.statement.size(), ask_stop, plan));
  return *std::move(bound);
}

void AttemptRunner::RunClaimed(const Job& job, int tries) {
  Result<sql::BoundStatement> bound = Plan(job);
  if (!bound) {
    if (shutting_down_) return;  // the next start takes it up
    return PutOff(job, bound.error(), tries, [this, job, tries] { RunClaimed(job, tries + 1); });
  }
  if (RunsInServer(*bound)) {
    RunInServer(job, *bound, 1);
  } else {
    RunInWorker(job, std::move(*bound));
  }
}

// What cannot be recorded is not shown: the job then goes from LAUNCHING to its end.
void AttemptRunner::RecordStart(const Job& job) {
  if (!parts_.jobs->Start(AttemptFence{job.id, job.attempt})) return;
  parts_.board->Update(job.id, [](Job& live) { live.state = JobState::kRunning; });
  CrashPoint("started");
}

void AttemptRunner::RunInServer(const Job& job, const sql::BoundStatement& statement, int tries) {
  RecordStart(job);
  auto finish = statements_.Run(job, statement, parts_.board->DurationMs(job.id));
  if (finish) {
    CrashPoint("committed");
    parts_.board->Finish(job.id, *finish);
    return parts_.dispatcher->Forget(job.id);
  }
  PutOff(job, finish.error(), tries,
         [this, job, statement, tries] { RunInServer(job, statement, tries + 1); });
}

// A step that failed is done again later if that may help, but not without end: a cancelled job
// ends now, and a step that fails while the store is sound is given up after kTriesMax.
void AttemptRunner::PutOff(const Job& job, const Error& error, int tries,
                           std::function<void()> again) {
  if (!MayPass(error) || !MayTryAgain(job, tries)) return EndFailed(job, error);
  LogError(LogLevel::kWarning, "step put off", error, {{"job_id", job.id.value()}});
  parts_.dispatcher->PostAfter(kStoreRetryMs, std::move(again));
}

bool AttemptRunner::MayTryAgain(const Job& job, int tries) const {
  if (parts_.dispatcher->IsCancelPromised(job.id)) return false;
  return tries < kTriesMax || !parts_.jobs->CheckWritable();
}

void AttemptRunner::RunInWorker(const Job& job, sql::BoundStatement statement) {
  auto attempt = std::make_shared<Attempt>(this, job, std::move(statement));
  const auto* insert = std::get_if<sql::BoundInsert>(&attempt->statement());
  if (insert == nullptr) return StartExecution(attempt);
  // Appends go side by side, an overwrite alone, in the order they came.
  auto start = [this, attempt] {
    parts_.dispatcher->Post([this, attempt] { StartExecution(attempt); });
  };
  attempt->SetLease(parts_.leases->Acquire(
      job.project, insert->target.database, insert->target.table,
      insert->overwrite ? LeaseKind::kExclusive : LeaseKind::kShared, start));
  parts_.dispatcher->SetWaiting(job.id, start);
}

void AttemptRunner::StartExecution(const std::shared_ptr<Attempt>& attempt) {
  // Both the lease and a cancellation may call; the first one decides.
  if (!attempt->TakeStartRight()) return;
  Launch(attempt, 1);
}

void AttemptRunner::Launch(const std::shared_ptr<Attempt>& attempt, int tries) {
  const Job& job = attempt->job();
  if (parts_.dispatcher->IsCancelPromised(job.id)) {
    attempt->Release();
    return EndCancelled(job);
  }
  Result<AttemptSpec> spec = MakeSpec(attempt.get());
  if (!spec) {
    // Until it is given up it keeps its place at the table.
    const bool may_pass = MayPass(spec.error()) && MayTryAgain(job, tries);
    if (!may_pass) attempt->Release();
    if (!may_pass) return EndRefused(*attempt, spec.error());
    LogError(LogLevel::kWarning, "step put off", spec.error(), {{"job_id", job.id.value()}});
    return parts_.dispatcher->PostAfter(kStoreRetryMs,
                                        [this, attempt, tries] { Launch(attempt, tries + 1); });
  }
  auto started = parts_.engine->Start(*spec, attempt);
  if (!started) {
    RemoveWritten(*attempt);
    attempt->Release();
    return EndLost(job, started.error());
  }
  std::shared_ptr<Execution> execution = std::move(*started);
  parts_.dispatcher->SetExecution(
      job.id, {[execution] { execution->Interrupt(); }, [execution] { execution->Kill(); }});
}

Result<AttemptSpec> AttemptRunner::MakeSpec(Attempt* attempt) {
  const Job& job = attempt->job();
  const sql::BoundQuery& query = QueryOf(attempt->statement());
  AttemptSpec spec;
  spec.job = job.id;
  spec.attempt = job.attempt;
  spec.project = job.project;
  spec.queue = job.queue;
  spec.sql = query.duckdb_sql;
  spec.schema = query.schema;
  std::string zone = TimeZoneOf(job, parts_.time_zone);
  spec.time_zone = spark::ResolveTimeZone(zone).value_or(zone);
  TRY_VOID(AddSources(job, query.sources, &spec));
  std::optional<OpenWrite> open = TRY(OpenTarget(job, attempt->statement()));
  if (!open) return spec;
  spec.kind = WorkKind::kWrite;
  spec.write = open->write;
  attempt->set_open_write(*std::move(open));
  return spec;
}

Result<void> AttemptRunner::AddSources(const Job& job, const std::vector<sql::TableName>& sources,
                                       AttemptSpec* spec) const {
  std::set<std::pair<std::string, std::string>> added;
  for (const sql::TableName& source : sources) {
    if (!added.emplace(source.database, source.table).second) continue;
    TableSnapshot table =
        TRY(parts_.catalog->ViewTable(job.project, source.database, source.table));
    spec->source_bytes += table.bytes;
    spec->sources.push_back({source.database, source.table, std::move(table.metadata_json),
                             table.can_have_nan, std::move(table.guarded_columns),
                             std::move(table.view)});
  }
  return {};
}

/// The right to write, for a statement that writes.
Result<std::optional<OpenWrite>> AttemptRunner::OpenTarget(const Job& job,
                                                           const sql::BoundStatement& statement) {
  const AttemptFence fence{job.id, job.attempt};
  if (const auto* insert = std::get_if<sql::BoundInsert>(&statement)) {
    return TRY(parts_.catalog->BeginWrite(
        fence, job.project, insert->target.database, insert->target.table,
        insert->overwrite ? WriteMode::kOverwrite : WriteMode::kAppend));
  }
  if (const auto* create = std::get_if<sql::BoundCreateTable>(&statement)) {
    OpenWrite open =
        TRY(parts_.catalog->BeginCreate(fence, job.project, ToNewTable(create->table, job.owner)));
    CrashPoint("staged");
    return open;
  }
  return std::optional<OpenWrite>();
}

void AttemptRunner::OnAttemptEnd(const std::shared_ptr<Attempt>& attempt, AttemptOutcome outcome) {
  const Job& job = attempt->job();
  if (outcome.kind == AttemptOutcome::Kind::kFinished && attempt->open_write()) {
    CrashPoint("reported");
    JobFinish finish = FinishOfWrite(job, outcome);
    return CommitWrite(attempt, std::move(finish), std::move(outcome.files), 1);
  }
  attempt->Release();
  switch (outcome.kind) {
    case AttemptOutcome::Kind::kFinished:
      return EndFinished(job, std::move(outcome));
    case AttemptOutcome::Kind::kFailed:
      // No commit was asked for: what it wrote is nobody's. A full disk needs the bytes back before
      // the end can be written.
      RemoveWritten(*attempt);
      return EndFailed(job, outcome.error);
    case AttemptOutcome::Kind::kInterrupted:
    case AttemptOutcome::Kind::kLost:
      // A worker that was ended may write for a moment more.
      parts_.dispatcher->PostAfter(kDyingWorkerMs, [this, attempt] { RemoveWritten(*attempt); });
      if (parts_.dispatcher->IsCancelPromised(job.id)) return EndCancelled(job);
      return EndLost(job, outcome.error);
  }
}

void AttemptRunner::RemoveWritten(const Attempt& attempt) {
  if (attempt.open_write()) parts_.catalog->RemoveWritten(*attempt.open_write());
}

JobFinish AttemptRunner::FinishOfWrite(const Job& job, const AttemptOutcome& outcome) {
  JobFinish finish;
  finish.state = JobState::kFinished;
  finish.schema_json = SchemaJson(Schema());
  finish.counts.cpu_ms = outcome.cpu_ms;
  finish.counts.input_size_bytes = outcome.input_size_bytes;
  std::int64_t rows = 0;
  for (const DataFile& file : outcome.files) {
    rows += file.rows;
    finish.counts.output_bytes += file.bytes;
  }
  if (job.type == JobType::kInsert) {
    finish.counts.result_count = rows;
    finish.counts.input_row_count = rows;
    finish.counts.bad_row_count = 0;
  }
  return finish;
}

// The files and the end of the job are one transaction.
void AttemptRunner::CommitWrite(const std::shared_ptr<Attempt>& attempt, JobFinish finish,
                                std::vector<DataFile> files, int tries) {
  const Job& job = attempt->job();
  finish.duration_ms = parts_.board->DurationMs(job.id);
  ChangeContext context;
  context.fence = AttemptFence{job.id, job.attempt};
  context.finish = finish;
  Result<void> committed = parts_.catalog->CommitWrite(*attempt->open_write(), files, context);
  if (!committed && MayPass(committed.error()) && MayTryAgain(job, tries)) {
    LogError(LogLevel::kWarning, "commit put off", committed.error(), {{"job_id", job.id.value()}});
    return parts_.dispatcher->PostAfter(
        kStoreRetryMs, [this, attempt, finish, files = std::move(files), tries]() mutable {
          CommitWrite(attempt, std::move(finish), std::move(files), tries + 1);
        });
  }
  attempt->Release();
  if (!committed) {
    EndRefused(*attempt, committed.error());
    return SettleWritten(attempt);
  }
  parts_.catalog->KeepWritten(*attempt->open_write());
  CrashPoint("finished");
  parts_.board->Finish(job.id, finish);
  LogFinished(job, finish);
  parts_.dispatcher->Forget(job.id);
}

// CREATE TABLE IF NOT EXISTS of a table that is there has done its work.
void AttemptRunner::EndRefused(const Attempt& attempt, const Error& error) {
  const auto* create = std::get_if<sql::BoundCreateTable>(&attempt.statement());
  const bool is_done =
      error.code == ErrorCode::kAlreadyExists && create != nullptr && create->table.if_not_exists;
  if (is_done) return EndFinished(attempt.job(), {});
  EndFailed(attempt.job(), error);
}

// A commit that was refused, or given up: an earlier try of it may have happened all the same. Once
// the job is final, its marker says so.
void AttemptRunner::SettleWritten(const std::shared_ptr<Attempt>& attempt) {
  const Job& job = attempt->job();
  auto stored = parts_.jobs->Get(job.project, job.id);
  auto marker = parts_.jobs->FindMarker(job.id);
  if (!stored || !marker || !IsFinal(stored->state)) {
    return parts_.dispatcher->PostAfter(kStoreRetryMs, [this, attempt] { SettleWritten(attempt); });
  }
  if (*marker && (*marker)->attempt == job.attempt) {
    parts_.catalog->KeepWritten(*attempt->open_write());
  } else {
    RemoveWritten(*attempt);
  }
}

void AttemptRunner::EndFinished(const Job& job, AttemptOutcome outcome) {
  JobFinish finish;
  finish.state = JobState::kFinished;
  finish.counts.cpu_ms = outcome.cpu_ms;
  finish.counts.output_bytes = outcome.output_bytes;
  finish.counts.input_size_bytes = outcome.input_size_bytes;
  finish.schema_json = SchemaJson(outcome.result ? outcome.result->schema : Schema());
  if (outcome.result) {
    finish.counts.result_count = outcome.result->row_count;
    if (outcome.result->in_files) {
      auto published = parts_.results->Publish(job.id, job.attempt, outcome.scratch_folder);
      if (!published) {
        LogError(LogLevel::kWarning, "result not published", published.error(),
                 {{"job_id", job.id.value()}});
        return EndLost(job, published.error());
      }
      CrashPoint("published");
    }
    finish.result = StoredResult{EncodeManifest(*outcome.result)};
  }
  End(job, std::move(finish));
}

void AttemptRunner::EndFromMarker(const Job& job, const CommitMarker& marker) {
  JobFinish finish;
  finish.state = JobState::kFinished;
  finish.schema_json = SchemaJson(Schema());
  finish.counts.result_count = job.type == JobType::kInsert ? marker.rows : 0;
  finish.counts.output_bytes = marker.bytes;
  if (job.type == JobType::kInsert) {
    finish.counts.input_row_count = marker.rows;
    finish.counts.bad_row_count = 0;
  }
  End(job, std::move(finish));
}

void AttemptRunner::EndFailed(const Job& job, const Error& error) {
  if (parts_.dispatcher->IsCancelPromised(job.id)) return EndCancelled(job);
  LogError(LogLevel::kInfo, "job failed", error, {{"job_id", job.id.value()}});
  JobFinish finish;
  finish.state = JobState::kFailed;
  finish.message = FailureMessage(error);
  finish.schema_json = SchemaJson(Schema());
  End(job, std::move(finish));
}

void AttemptRunner::EndCancelled(const Job& job) {
  JobFinish finish;
  finish.state = JobState::kCancelled;
  auto live = parts_.board->Find(job.id);
  finish.message = live ? live->job.cancel_reason : job.cancel_reason;
  finish.schema_json = SchemaJson(Schema());
  End(job, std::move(finish));
}

void AttemptRunner::EndLost(const Job& job, const Error& error) {
  if (shutting_down_) return;  // the next start takes it up
  if (job.attempt < kAttemptsMax) {
    LogError(LogLevel::kWarning, "attempt lost, will be retried", error,
             {{"job_id", job.id.value()}, {"attempt", job.attempt}});
    return parts_.dispatcher->Retry(job.id, kRetryDelayMs[job.attempt]);
  }
  EndFailed(job, Error{ErrorCode::kExecution,
                       fmt::format("The job was given up after {} attempts: {}", job.attempt,
                                   error.message.empty() ? "its worker was lost" : error.message),
                       error.detail});
}

void AttemptRunner::LogFinished(const Job& job, const JobFinish& finish) {
  Log(LogLevel::kInfo, "job finished",
      {{"job_id", job.id.value()},
       {"state", JobStateName(finish.state)},
       {"attempt", job.attempt},
       {"duration_ms", finish.duration_ms}});
}

void AttemptRunner::End(const Job& job, JobFinish finish) {
  finish.duration_ms = parts_.board->DurationMs(job.id);
  Result<void> finished = parts_.jobs->Finish(AttemptFence{job.id, job.attempt}, finish);
  if (finished) {
    CrashPoint("finished");
    parts_.board->Finish(job.id, finish);
    LogFinished(job, finish);
    return parts_.dispatcher->Forget(job.id);
  }
  if (MayPass(finished.error())) {
    return parts_.dispatcher->PostAfter(
        kStoreRetryMs, [this, job, finish = std::move(finish)] { End(job, finish); });
  }
  if (AdoptStored(job)) return;
  // A cancellation was promised after the attempt's end was decided: the promise counts.
  if (parts_.dispatcher->IsCancelPromised(job.id) && finish.state != JobState::kCancelled) {
    return EndCancelled(job);
  }
  LogError(LogLevel::kError, "job's end refused by the store", finished.error(),
           {{"job_id", job.id.value()}});
  parts_.dispatcher->Retry(job.id, kStoreRetryMs);
}

void AttemptRunner::Drop(const JobId& id) {
  std::optional<Job> job = FindJob(id);
  if (!job) return parts_.dispatcher->Forget(id);
  EndCancelled(*job);
}

void AttemptRunner::TimeOut(const JobId& id) {
  std::optional<Job> job = FindJob(id);
  if (!job) return;
  std::string reason = fmt::format(
      "DLI.0019: The job exceeded its time limit of {} ms and was "
      "cancelled",
      job->timeout_ms);
  auto outcome = parts_.jobs->RequestCancel(job->project, id, reason, parts_.clock->WallMs(),
                                            parts_.board->DurationMs(id));
  if (!outcome) {
    if (MayPass(outcome.error())) {
      parts_.dispatcher->PostAfter(kStoreRetryMs, [this, id] { TimeOut(id); });
    }
    return;
  }
  parts_.board->Update(id, [&](Job& live) {
    live.cancel_requested_ms = parts_.clock->WallMs();
    live.cancel_reason = reason;
  });
  parts_.dispatcher->PromiseCancel(id);
}

void AttemptRunner::Tick(std::int64_t now_ms) {
  parts_.dispatcher->Post([this, now_ms] { parts_.board->ExpireWaiters(now_ms); });
}

}  // namespace sluice
