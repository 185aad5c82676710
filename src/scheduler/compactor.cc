#include "scheduler/compactor.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "scheduler/engine_sql.h"

namespace sluice {

namespace {

constexpr std::int64_t kLookEveryMs = 500;
/// A rewrite that takes longer is given up: it is small by what it may read.
constexpr std::int64_t kWorkerMsMax = 300'000;
/// Commits that may come in between while a rewrite is being committed.
constexpr int kCommitTries = 20;
/// Clients that never pause do not hold maintenance off for ever.
constexpr std::int64_t kPatienceMs = 600'000;
/// After a failure; doubled with each further one.
constexpr std::int64_t kBackOffMs = 30'000;
constexpr int kBackOffDoublingsMax = 7;

/// Lets the compactor's thread wait for a call from another one.
class Signal {
 public:
  void Set() {
    std::scoped_lock lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  /// False when the time is over or a stop was asked for.
  bool Wait(std::int64_t ms_max, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, stop, std::chrono::milliseconds(ms_max),
                             [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_set_ = false;
};

}  // namespace

/// What the engine tells of a rewrite.
class Compactor::Run final : public AttemptObserver {
 public:
  void OnStarted() override {}
  void OnProgress(double) override {}
  void OnEnd(AttemptOutcome outcome) override {
    outcome_ = std::move(outcome);
    ended_.Set();
  }
  bool WaitForEnd(std::int64_t ms_max, const std::stop_token& stop) {
    return ended_.Wait(ms_max, stop);
  }
  /// After the end.
  const AttemptOutcome& outcome() const { return outcome_; }

 private:
  AttemptOutcome outcome_;
  Signal ended_;
};

Compactor::Compactor(Parts parts, std::int64_t quiet_ms)
    : parts_(std::move(parts)), quiet_ms_(quiet_ms) {}

void Compactor::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void Compactor::Loop(const std::stop_token& stop) {
  NoteAll();
  Signal never;
  while (!stop.stop_requested()) {
    RunOnce(stop);
    never.Wait(kLookEveryMs, stop);
  }
}

void Compactor::NoteAll() {
  auto tables = parts_.tables->ListTables();
  if (!tables) return LogError(LogLevel::kWarning, "tables not compacted", tables.error());
  const std::int64_t now_ms = parts_.clock->MonotonicMs();
  for (TableKey& table : *tables) {
    const std::string uuid = table.uuid;
    pending_.try_emplace(uuid, Pending{std::move(table), 0, now_ms, now_ms, 0, 0});
  }
}

void Compactor::NoteActivity() {
  const std::int64_t now_ms = parts_.clock->MonotonicMs();
  for (TableActivity& activity : parts_.tables->TakeActivity()) {
    Pending& pending =
        pending_.try_emplace(activity.table.uuid, Pending{activity.table, 0, now_ms, 0, 0, 0})
            .first->second;
    pending.files += activity.files;
    pending.last_ms = now_ms;
  }
}

int Compactor::RunOnce(const std::stop_token& stop) {
  NoteActivity();
  int committed = 0;
  for (auto entry = pending_.begin(); entry != pending_.end() && !stop.stop_requested();) {
    Pending& pending = entry->second;
    bool is_settled = false;
    if (IsDue(pending) && !IsHeldOff(pending)) {
      const TablePace pace = PaceOf(pending);
      const Outcome outcome = Rewrite(pending, stop);
      committed += outcome == Outcome::kDone ? 1 : 0;
      is_settled = Settle(&pending, outcome, pace);
    }
    entry = is_settled ? pending_.erase(entry) : std::next(entry);
  }
  return committed;
}

TablePace Compactor::PaceOf(const Pending& pending) const {
  bool is_quiet = parts_.clock->MonotonicMs() - pending.last_ms >= quiet_ms_;
  return is_quiet ? TablePace::kQuiet : TablePace::kBusy;
}

bool Compactor::IsDue(const Pending& pending) const {
  if (parts_.clock->MonotonicMs() < pending.not_before_ms) return false;
  return PaceOf(pending) == TablePace::kQuiet ||
         pending.files >= static_cast<std::int64_t>(kBusyFilesMin);
}

bool Compactor::IsHeldOff(const Pending& pending) const {
  return parts_.tables->IsClientActive(pending.table) &&
         parts_.clock->MonotonicMs() - pending.first_ms < kPatienceMs;
}

bool Compactor::Settle(Pending* pending, Outcome outcome, TablePace pace) {
  switch (outcome) {
    case Outcome::kNothing:
      pending->files = 0;
      return pace == TablePace::kQuiet;
    case Outcome::kDone:
      // Whatever is left is looked for at once: one rewrite takes a limited number of files.
      pending->files = 0;
      pending->failures = 0;
      pending->first_ms = parts_.clock->MonotonicMs();
      return false;
    case Outcome::kHeldOff:
      return false;
    case Outcome::kFailed:
      break;
  }
  const int doublings = std::min(pending->failures++, kBackOffDoublingsMax);
  pending->not_before_ms = parts_.clock->MonotonicMs() + (kBackOffMs << doublings);
  return false;
}

Compactor::Outcome Compactor::Rewrite(const Pending& pending, const std::stop_token& stop) {
  auto staged = parts_.tables->StageRewrite(pending.table, PaceOf(pending));
  if (!staged) {
    LogError(LogLevel::kWarning, "table not compacted", staged.error(),
             {{"table", pending.table.uuid}});
    Count("failed").Add();
    return Outcome::kFailed;
  }
  if (*staged == nullptr) return Outcome::kNothing;
  const TableRewrite& rewrite = **staged;
  RewriteEnd end = RewriteEnd::kGivenUp;
  const std::optional<std::vector<DataFile>> written = RunInWorker(rewrite, stop);
  const bool is_held_off = written && IsHeldOff(pending);
  if (written && !is_held_off) end = Commit(rewrite, *written);
  parts_.tables->EndRewrite(rewrite, end);
  const Outcome outcome = end == RewriteEnd::kCommitted ? Outcome::kDone
                          : is_held_off                 ? Outcome::kHeldOff
                                                        : Outcome::kFailed;
  Count(outcome == Outcome::kDone      ? "done"
        : outcome == Outcome::kHeldOff ? "held_off"
                                       : "failed")
      .Add();
  return outcome;
}

std::optional<std::vector<DataFile>> Compactor::RunInWorker(const TableRewrite& rewrite,
                                                            const std::stop_token& stop) {
  const TableRecord& record = rewrite.record;
  AttemptSpec spec;
  spec.job = rewrite.open.attempt.job;
  spec.attempt = rewrite.open.attempt.attempt;
  spec.project = record.project;
  spec.queue = parts_.queue;
  spec.kind = WorkKind::kWrite;
  spec.sql = SelectAllSql(record.database, record.name);
  spec.sources.push_back({record.database, record.name, rewrite.source_view, true, {}, nullptr});
  spec.write = rewrite.open.write;
  auto run = std::make_shared<Run>();
  auto started = parts_.engine->Start(spec, run);
  bool has_ended = started && run->WaitForEnd(kWorkerMsMax, stop);
  if (started && !has_ended) {
    (*started)->Kill();
    has_ended = run->WaitForEnd(kWorkerMsMax, {});
  }
  if (has_ended && run->outcome().kind == AttemptOutcome::Kind::kFinished) {
    return run->outcome().files;
  }
  if (!stop.stop_requested()) {
    LogError(LogLevel::kWarning, "small files not joined",
             has_ended ? run->outcome().error
             : started ? Error{}
                       : started.error(),
             {{"table", record.uuid}});
  }
  return std::nullopt;
}

RewriteEnd Compactor::Commit(const TableRewrite& rewrite, const std::vector<DataFile>& written) {
  const TableRecord& record = rewrite.record;
  Result<void> committed;
  bool asked = false;
  for (int tries = 0; tries < kCommitTries; ++tries) {
    committed = parts_.tables->CommitRewrite(rewrite, written, &asked);
    if (committed || committed.error().code != ErrorCode::kConflict) break;
  }
  if (committed) {
    Log(LogLevel::kInfo, "small files joined",
        {{"table", record.uuid},
         {"files", static_cast<std::int64_t>(rewrite.replaced.size())},
         {"bytes", rewrite.bytes}});
    return RewriteEnd::kCommitted;
  }
  LogError(LogLevel::kWarning, "joined files not committed", committed.error(),
           {{"table", record.uuid}});
  const bool is_open = asked && !SaysNothingChanged(committed.error().code);
  return is_open ? RewriteEnd::kUnknown : RewriteEnd::kGivenUp;
}

Metric& Compactor::Count(std::string_view outcome) {
  return parts_.metrics->Get(MetricKind::kCounter, "sluice_compactions_total",
                             "Rewrites of small files, by outcome",
                             fmt::format(R"(outcome="{}")", outcome));
}

}  // namespace sluice
