#include "scheduler/janitor.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "base/log.h"

namespace sluice {

namespace {

constexpr std::int64_t kPassEveryMs = 10LL * 60 * 1000;
constexpr std::int64_t kClockStepMaxMs = 3600LL * 1000;
constexpr int kBatch = 500;

}  // namespace

Janitor::Janitor(Parts parts, Retention retention)
    : parts_(parts),
      retention_(retention),
      next_sweep_monotonic_ms_(parts.clock->MonotonicMs() + kSweepEveryMs),
      wall_minus_monotonic_ms_(parts.clock->WallMs() - parts.clock->MonotonicMs()) {}

void Janitor::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Janitor::Run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    RunOnce();
    wake.wait_for(lock, stop, std::chrono::milliseconds(kPassEveryMs), [] { return false; });
  }
}

bool Janitor::RunOnce() {
  std::int64_t now_ms = parts_.clock->WallMs();
  if (!ClocksAgree(now_ms)) return false;
  RemoveKeys(now_ms);
  ExpireResults(now_ms);
  RemoveRecords(now_ms);
  auto removed = parts_.catalog->RemoveDroppedFolders(now_ms - retention_.dropped_tables_ms);
  if (!removed) LogError(LogLevel::kWarning, "dropped tables stay", removed.error());
  SweepOrphans(now_ms);
  return true;
}

void Janitor::SweepOrphans(std::int64_t now_ms) {
  const std::int64_t monotonic_ms = parts_.clock->MonotonicMs();
  if (monotonic_ms < next_sweep_monotonic_ms_) return;
  next_sweep_monotonic_ms_ = monotonic_ms + kSweepEveryMs;
  TableMaintenance& tables = parts_.catalog->maintenance();
  auto keys = tables.ListTables();
  if (!keys) return LogError(LogLevel::kWarning, "orphan files stay", keys.error());
  std::int64_t removed = 0;
  for (const TableKey& key : *keys) {
    auto swept = tables.SweepTable(key, now_ms, retention_.orphans_ms);
    if (swept) {
      removed += *swept;
    } else {
      LogError(LogLevel::kWarning, "orphan files stay", swept.error(), {{"table", key.uuid}});
    }
  }
  auto folders = tables.SweepFolders(now_ms, retention_.orphans_ms);
  if (!folders) LogError(LogLevel::kWarning, "orphan folders stay", folders.error());
  removed += folders.value_or(0);
  if (removed > 0) Log(LogLevel::kInfo, "orphan files removed", {{"files", removed}});
}

bool Janitor::ClocksAgree(std::int64_t now_ms) {
  std::int64_t monotonic_ms = parts_.clock->MonotonicMs();
  std::int64_t drift_ms = now_ms - monotonic_ms - wall_minus_monotonic_ms_;
  wall_minus_monotonic_ms_ += drift_ms;  // slow drift is no step
  if (std::llabs(drift_ms) > kClockStepMaxMs) {
    trusted_from_monotonic_ms_ = monotonic_ms + kClockTrustMs;
    Log(LogLevel::kWarning, "janitor waits: the wall clock was stepped",
        {{"step_ms", drift_ms}, {"wait_ms", kClockTrustMs}});
  }
  return monotonic_ms >= trusted_from_monotonic_ms_;
}

void Janitor::RemoveKeys(std::int64_t now_ms) {
  while (true) {
    auto removed = parts_.jobs->RemoveIdempotencyKeys(now_ms - retention_.keys_ms, kBatch);
    if (!removed) return LogError(LogLevel::kWarning, "idempotency keys stay", removed.error());
    if (*removed < kBatch) return;
  }
}

// Files before what names them: a crash in between leaves nothing that is not found again.
bool Janitor::RemoveFiles(std::int64_t ended_before_ms, EndedJobs which) {
  auto ended = parts_.jobs->ListEnded(ended_before_ms, which, kBatch);
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

void Janitor::ExpireResults(std::int64_t now_ms) {
  const std::int64_t before_ms = now_ms - retention_.results_ms;
  while (RemoveFiles(before_ms, EndedJobs::kWithResult)) {
    auto expired = parts_.jobs->ExpireResults(before_ms, kBatch);
    if (!expired) return LogError(LogLevel::kWarning, "results stay", expired.error());
    if (expired->size() < kBatch) return;
  }
}

void Janitor::RemoveRecords(std::int64_t now_ms) {
  const std::int64_t before_ms = now_ms - retention_.records_ms;
  while (RemoveFiles(before_ms, EndedJobs::kAny)) {
    auto removed = parts_.jobs->RemoveRecords(before_ms, kBatch);
    if (!removed) return LogError(LogLevel::kWarning, "records stay", removed.error());
    if (removed->size() < kBatch) return;
  }
}

}  // namespace sluice
