#include "scheduler/janitor.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "base/log.h"

namespace sluice {

namespace {

constexpr std::int64_t kKeepEveryMs = 60LL * 1000;  // what a kill takes from the served time
constexpr std::int64_t kPassEveryMs = 10LL * 60 * 1000;
constexpr std::int64_t kClockStepMaxMs = 3600LL * 1000;  // more is told to whoever reads the log
constexpr int kBatch = 500;

}  // namespace

Janitor::Janitor(Parts parts, Retention retention)
    : parts_(parts),
      retention_(retention),
      next_sweep_monotonic_ms_(parts.clock->MonotonicMs() + kSweepEveryMs),
      wall_minus_monotonic_ms_(parts.clock->WallMs() - parts.clock->MonotonicMs()) {}

void Janitor::Start() {
  const std::int64_t gap_ms = parts_.served->wall_gap_ms();
  if (gap_ms < -kClockStepMaxMs) {
    Log(LogLevel::kWarning, "the wall clock is behind the last server's", {{"step_ms", gap_ms}});
  } else if (gap_ms > kClockStepMaxMs) {
    Log(LogLevel::kInfo, "no server ran, or the wall clock was set: this time ages nothing",
        {{"gap_ms", gap_ms}});
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Janitor::Run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  std::int64_t next_pass_monotonic_ms = parts_.clock->MonotonicMs();
  while (!stop.stop_requested()) {
    if (parts_.clock->MonotonicMs() >= next_pass_monotonic_ms) {
      RunOnce();
      next_pass_monotonic_ms = parts_.clock->MonotonicMs() + kPassEveryMs;
    }
    NoteSteps();
    (void)parts_.served->Keep();  // the store says what fails; time that is lost removes nothing
    wake.wait_for(lock, stop, std::chrono::milliseconds(kKeepEveryMs), [] { return false; });
  }
  (void)parts_.served->Keep();
}

void Janitor::RunOnce() {
  const std::int64_t now_ms = parts_.served->NowMs();
  RemoveKeys(now_ms);
  ExpireResults(now_ms);
  RemoveRecords(now_ms);
  auto removed = parts_.catalog->RemoveDroppedFolders(now_ms - retention_.dropped_tables_ms);
  if (!removed) LogError(LogLevel::kWarning, "dropped tables stay", removed.error());
  SweepOrphans(now_ms);
}

void Janitor::SweepOrphans(std::int64_t now_served_ms) {
  const std::int64_t monotonic_ms = parts_.clock->MonotonicMs();
  if (monotonic_ms < next_sweep_monotonic_ms_) return;
  next_sweep_monotonic_ms_ = monotonic_ms + kSweepEveryMs;
  TableMaintenance& tables = parts_.catalog->maintenance();
  auto keys = tables.ListTables();
  if (!keys) return LogError(LogLevel::kWarning, "orphan files stay", keys.error());
  std::int64_t removed = 0;
  for (const TableKey& key : *keys) {
    auto swept = tables.SweepTable(key, now_served_ms, retention_.orphans_ms);
    if (swept) {
      removed += *swept;
    } else {
      LogError(LogLevel::kWarning, "orphan files stay", swept.error(), {{"table", key.uuid}});
    }
  }
  auto folders = tables.SweepFolders(now_served_ms, retention_.orphans_ms);
  if (!folders) LogError(LogLevel::kWarning, "orphan folders stay", folders.error());
  removed += folders.value_or(0);
  if (removed > 0) Log(LogLevel::kInfo, "orphan files removed", {{"files", removed}});
}

void Janitor::NoteSteps() {
  const std::int64_t wall_minus_monotonic_ms = parts_.clock->WallMs() - parts_.clock->MonotonicMs();
  const std::int64_t step_ms = wall_minus_monotonic_ms - wall_minus_monotonic_ms_;
  wall_minus_monotonic_ms_ = wall_minus_monotonic_ms;
  if (std::llabs(step_ms) <= kClockStepMaxMs) return;
  Log(LogLevel::kWarning, "the wall clock was stepped", {{"step_ms", step_ms}});
}

void Janitor::RemoveKeys(std::int64_t now_served_ms) {
  while (true) {
    auto removed = parts_.jobs->RemoveIdempotencyKeys(now_served_ms - retention_.keys_ms, kBatch);
    if (!removed) return LogError(LogLevel::kWarning, "idempotency keys stay", removed.error());
    if (*removed < kBatch) return;
  }
}

// Files before what names them: a crash in between leaves nothing that is not found again.
bool Janitor::RemoveFiles(std::int64_t ended_before_served_ms, EndedJobs which) {
  auto ended = parts_.jobs->ListEnded(ended_before_served_ms, which, kBatch);
  if (!ended) {
    LogError(LogLevel::kWarning, "results stay", ended.error());
    return false;
  }
  for (const JobId& id : *ended) {
    auto removed = parts_.results->Remove(id);
    // One file that cannot be removed must not keep all the others: the log says whose it is.
    if (!removed) {
      LogError(LogLevel::kWarning, "result files stay", removed.error(), {{"job_id", id.value()}});
    }
  }
  return true;
}

void Janitor::ExpireResults(std::int64_t now_served_ms) {
  const std::int64_t before_ms = now_served_ms - retention_.results_ms;
  while (RemoveFiles(before_ms, EndedJobs::kWithResult)) {
    auto expired = parts_.jobs->ExpireResults(before_ms, kBatch);
    if (!expired) return LogError(LogLevel::kWarning, "results stay", expired.error());
    if (expired->size() < kBatch) return;
  }
}

void Janitor::RemoveRecords(std::int64_t now_served_ms) {
  const std::int64_t before_ms = now_served_ms - retention_.records_ms;
  while (RemoveFiles(before_ms, EndedJobs::kAny)) {
    auto removed = parts_.jobs->RemoveRecords(before_ms, kBatch);
    if (!removed) return LogError(LogLevel::kWarning, "records stay", removed.error());
    if (removed->size() < kBatch) return;
  }
}

}  // namespace sluice
