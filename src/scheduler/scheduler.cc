#include "scheduler/scheduler.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "scheduler/project_catalog_view.h"
#include "sql/front_end.h"

namespace sluice {

namespace {

AttemptRunner::Parts WithOwn(AttemptRunner::Parts parts, JobBoard* board, Dispatcher* dispatcher,
                             PlanningRoom* room) {
  parts.board = board;
  parts.dispatcher = dispatcher;
  parts.room = room;
  return parts;
}

bool MayHaveRows(JobType type) {
  return type == JobType::kQuery || type == JobType::kDdl || type == JobType::kDcl;
}

}  // namespace

Scheduler::Scheduler(Options options)
    : parts_(options.parts),
      board_(options.parts.clock, kFinalJobsBytesMax),
      room_(options.parts.clock, options.planning_marks_file),
      admission_(options.parts.catalog, options.parts.clock, &room_, options.queues, options.rules),
      dispatcher_(Dispatcher::Options{options.parts.clock, options.queues, options.limits,
                                      options.pool_threads}),
      runner_(WithOwn(options.parts, &board_, &dispatcher_, &room_)),
      submitted_(&options.parts.metrics->Get(MetricKind::kCounter, "sluice_jobs_submitted_total",
                                             "Jobs accepted")) {}

Scheduler::~Scheduler() { dispatcher_.Stop(); }

Result<void> Scheduler::Load() {
  // What attempts of earlier processes wrote and never committed goes first: none of them is left.
  const LakeCatalog::HasCommitted has_committed =
      [this](const AttemptFence& fence) -> Result<bool> {
    const auto marker = TRY(parts_.jobs->FindMarker(fence.job));
    return marker && marker->attempt == fence.attempt;
  };
  TRY_VOID(parts_.catalog->SettleOpenWrites(has_committed));
  // The board's shards fill evenly: the first that is full ends the visit.
  TRY_VOID(parts_.jobs->VisitFinal([&](Job&& job) { return board_.AddOlderFinal(job); }));
  const std::vector<Job> unfinished = TRY(parts_.jobs->LoadUnfinished());
  std::set<std::string> ids;
  for (const Job& job : unfinished) ids.insert(job.id.value());
  room_.marks().KeepOnly(ids);
  for (const Job& job : unfinished) Recover(job);
  return {};
}

void Scheduler::Start() { dispatcher_.Start(&runner_); }

void Scheduler::Recover(const Job& job) {
  // Duration goes on over the wall gap; a clock that stepped back adds nothing.
  std::int64_t gap_ms = std::max<std::int64_t>(0, parts_.clock->WallMs() - job.start_time_ms);
  board_.Add(job, parts_.clock->MonotonicMs() - gap_ms);
  dispatcher_.Enqueue(job, LaneOf(job, &room_));
}

void Scheduler::Stop(std::int64_t grace_ms, const std::stop_token& hurry) {
  dispatcher_.Drain(grace_ms, hurry);
  runner_.BeginShutdown();
  stopping_ = true;
  board_.ReleaseWaiters();
  parts_.engine->Stop();
  dispatcher_.Stop();
}

// A repeated request is answered with its job even where the first one would be refused now: its
// database may be gone, its queue full.
Result<std::optional<SubmitOutcome>> Scheduler::FindRepeated(const Principal& caller,
                                                             const SubmitRequest& request) const {
  using Found = std::optional<SubmitOutcome>;
  if (!request.idempotency_key) return Found();
  auto id = TRY(parts_.jobs->FindByKey(caller.project, caller.user_name, *request.idempotency_key));
  if (!id) return Found();
  JobView view = TRY(Find(caller.project, *id));
  return Found(SubmitOutcome{*id, view.job.type, view.job.mode, view.job.state, {}, {}, {}});
}

Result<SubmitOutcome> Scheduler::Submit(const Principal& caller, const SubmitRequest& request) {
  if (auto repeated = TRY(FindRepeated(caller, request))) return *std::move(repeated);
  AdmittedJob admitted = TRY(admission_.Admit(caller, request));
  Job& job = admitted.job;
  const Queue& queue = admission_.queues().at(job.queue);
  if (dispatcher_.WaitingCount(job.queue) >= static_cast<std::size_t>(queue.depth_max)) {
    return Fail(ErrorCode::kLimitExceeded, "The queue {} is full; at most {} jobs may wait in it",
                job.queue.value(), queue.depth_max);
  }
  if (board_.live_text_bytes() + job.statement.size() > kLiveTextBytesMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "The queue {} is full; the statements of jobs that wait and run may have {} bytes "
                "together",
                job.queue.value(), kLiveTextBytesMax);
  }
  std::int64_t accepted_ms = parts_.clock->MonotonicMs();
  Result<InsertOutcome> insert = parts_.jobs->Insert(job, request.idempotency_key);
  if (!insert) {
    if (insert.error().code == ErrorCode::kUnavailable) AdoptLater(job.project, job.id);
    return Fail(std::move(insert.error()));
  }
  const InsertOutcome& inserted = *insert;
  CrashPoint("accepted");
  SubmitOutcome outcome{inserted.id, job.type, job.mode, job.state, {}, {}, {}};
  if (!inserted.existed) {
    job.seq = inserted.seq;
    board_.Add(job, accepted_ms);
    dispatcher_.Enqueue(job, admitted.lane);
    submitted_->Add();
  }
  return outcome;
}

// An insert that failed may be in the store all the same, its answer lost. Nobody has its id, but a
// job that is listed must not wait for ever.
void Scheduler::AdoptLater(const ProjectId& project, const JobId& id) {
  dispatcher_.PostAfter(kStoreRetryMs, [this, project, id] {
    Result<Job> stored = parts_.jobs->Get(project, id);
    if (stored && !IsFinal(stored->state) && !board_.Find(id)) Recover(*stored);
    if (!stored && stored.error().code == ErrorCode::kUnavailable) AdoptLater(project, id);
  });
}

struct Scheduler::SyncWait {
  ProjectId project;
  SubmitOutcome outcome;
  std::int64_t deadline_ms = 0;
  std::function<void(Result<SubmitOutcome>)> on_end;
};

void Scheduler::AwaitEnd(const ProjectId& project, SubmitOutcome accepted,
                         std::function<void(Result<SubmitOutcome>)> on_end) {
  if (sync_waiters_.fetch_add(1) >= kSyncWaitersMax) {
    sync_waiters_.fetch_sub(1);
    return on_end(Fail(ErrorCode::kTimeout,
                       "Too many synchronous jobs wait; the job goes on asynchronously, id: {}",
                       accepted.id));
  }
  auto wait = std::make_shared<SyncWait>();
  wait->project = project;
  wait->outcome = std::move(accepted);
  wait->deadline_ms = parts_.clock->MonotonicMs() + kSyncWaitMs;
  wait->on_end = std::move(on_end);
  GoOnWaiting(wait);
}

void Scheduler::GoOnWaiting(const std::shared_ptr<SyncWait>& wait) {
  Result<JobView> view = Find(wait->project, wait->outcome.id);
  bool gives_up = stopping_ || parts_.clock->MonotonicMs() >= wait->deadline_ms;
  if (!view || IsFinal(view->job.state) || gives_up) {
    sync_waiters_.fetch_sub(1);
    return wait->on_end(EndOf(std::move(wait->outcome), view));
  }
  // The end's rows are read from the store: not on the thread that tells of it.
  board_.WaitForChange(wait->outcome.id, view->job.state, wait->deadline_ms, [this, wait] {
    // Once it stops there is nothing to read, and soon no pool.
    if (stopping_) return GoOnWaiting(wait);
    dispatcher_.Post([this, wait] { GoOnWaiting(wait); });
  });
}

Result<SubmitOutcome> Scheduler::EndOf(SubmitOutcome outcome, const Result<JobView>& view) const {
  if (!view) return Fail(view.error());
  if (!IsFinal(view->job.state) && stopping_) {
    return Fail(ErrorCode::kTimeout, "The server stops; the job goes on after its start, id: {}",
                outcome.id.value());
  }
  if (!IsFinal(view->job.state)) {
    return Fail(ErrorCode::kTimeout, "The synchronous call timed out and the job goes on, id: {}",
                outcome.id);
  }
  outcome.state = view->job.state;
  outcome.message = view->job.message;
  if (outcome.state == JobState::kFinished) TRY_VOID(FillSyncRows(*view, &outcome));
  return outcome;
}

Result<void> Scheduler::FillSyncRows(const JobView& view, SubmitOutcome* outcome) const {
  auto stored = TRY(parts_.jobs->GetResult(view.job.id));
  if (!stored) return {};
  ResultSet result = TRY(DecodeManifest(stored->manifest_json));
  outcome->rows = TRY(ToTextRows(result));
  outcome->schema = std::move(result.schema);
  return {};
}

Result<JobView> Scheduler::Find(const ProjectId& project, const JobId& id) const {
  if (auto found = FindInMemory(project, id)) return *std::move(found);
  Job job = TRY(parts_.jobs->Get(project, id));
  double progress = job.state == JobState::kFinished ? 1 : 0;
  std::int64_t duration_ms = job.duration_ms;
  return JobView{std::move(job), progress, duration_ms};
}

bool Scheduler::IsInMemory(const JobId& id) const { return board_.Find(id).has_value(); }

std::optional<Result<JobView>> Scheduler::FindInMemory(const ProjectId& project,
                                                       const JobId& id) const {
  std::optional<JobView> view = board_.Find(id);
  if (!view) return std::nullopt;
  if (view->job.project == project) return Result<JobView>(*std::move(view));
  return Result<JobView>(Fail(ErrorCode::kNotFound, "There is no job with the id {}", id.value()));
}

void Scheduler::WaitForChange(const JobId& id, JobState seen, std::int64_t timeout_ms,
                              std::function<void()> on_change) {
  board_.WaitForChange(id, seen, parts_.clock->MonotonicMs() + timeout_ms, std::move(on_change));
}

Result<void> Scheduler::Cancel(const Principal& caller, const JobId& id) {
  std::string reason = fmt::format("The job was cancelled by {}", caller.user_name);
  std::int64_t now = parts_.clock->WallMs();
  std::int64_t duration_ms = board_.DurationMs(id);
  CancelOutcome outcome =
      TRY(parts_.jobs->RequestCancel(caller.project, id, reason, now, duration_ms));
  if (outcome == CancelOutcome::kCancelledAtOnce) {
    JobFinish finish;
    finish.state = JobState::kCancelled;
    finish.message = reason;
    finish.schema_json = SchemaJson(Schema());
    finish.duration_ms = duration_ms;
    board_.Finish(id, finish);
    dispatcher_.Forget(id);
    return {};
  }
  board_.Update(id, [&](Job& job) {
    if (job.cancel_requested_ms) return;
    job.cancel_requested_ms = now;
    job.cancel_reason = reason;
  });
  dispatcher_.PromiseCancel(id);
  return {};
}

Result<void> Scheduler::VisitPage(const JobFilter& filter, const JobPageVisitor& visitor) const {
  JobPageVisitor running{visitor.on_count, [&](Job&& job) {
                           if (!IsFinal(job.state)) job.duration_ms = board_.DurationMs(job.id);
                           return visitor.on_job(std::move(job));
                         }};
  return parts_.jobs->VisitPage(filter, running);
}

Result<Preview> Scheduler::GetPreview(const ProjectId& project, const JobId& id,
                                      RowRange rows) const {
  JobView view = TRY(Find(project, id));
  const Job& job = view.job;
  if (!MayHaveRows(job.type)) {
    return Fail(ErrorCode::kUnsupported, "A job of the type {} has no result to preview",
                JobTypeName(job.type));
  }
  if (job.state != JobState::kFinished) {
    return Fail(ErrorCode::kFailedPrecondition, "The job has no result; its status is {}",
                JobStateName(job.state));
  }
  auto stored = TRY(parts_.jobs->GetResult(id));
  Preview preview{id, job.type, 0, job.counts.input_size_bytes, {}, MakeTextSource({})};
  if (!stored) {
    if (job.type != JobType::kQuery) return preview;  // a statement without rows
    return Fail(ErrorCode::kResultExpired, "The result of the job has expired");
  }
  ResultSet result = TRY(DecodeManifest(stored->manifest_json));
  preview.row_count = result.row_count;
  preview.rows = TRY(parts_.results->OpenPreview(result, id, job.attempt, rows));
  preview.schema = std::move(result.schema);
  return preview;
}

Result<CheckOutcome> Scheduler::CheckSql(const Principal& caller, const std::string& sql,
                                         const std::string& current_database) const {
  SubmitRequest request;
  request.sql = sql;
  request.current_database = current_database;
  AdmittedJob admitted = TRY(admission_.Admit(caller, request));
  ProjectCatalogView view(parts_.catalog, caller.project);
  sql::SessionContext session;
  session.current_database = admitted.job.current_database;
  session.time_zone = parts_.time_zone;
  session.user = caller.user_name;
  const auto plan = [&](sql::PlanBudget& budget) -> Result<void> {
    const sql::ParsedStatement parsed = TRY(sql::Parse(sql));
    TRY(sql::Bind(parsed, view, session, budget));
    return {};
  };
  TRY_VOID(room_.PlanForCall(sql.size(), plan));
  return CheckOutcome{admitted.job.type};
}

}  // namespace sluice
