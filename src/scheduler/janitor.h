#pragma once

#include <cstdint>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "lake/catalog.h"
#include "result/result_set.h"
#include "store/job_store.h"
#include "store/served_clock.h"

namespace sluice {

/// How long things are kept (contract/decisions.md, retention), in time that servers have run.
struct Retention {
  std::int64_t results_ms = 7LL * 24 * 3600 * 1000;
  std::int64_t records_ms = 180LL * 24 * 3600 * 1000;
  std::int64_t keys_ms = 7LL * 24 * 3600 * 1000;        ///< idempotency keys
  std::int64_t orphans_ms = 3LL * 24 * 3600 * 1000;     ///< files that nothing names
  std::int64_t dropped_tables_ms = 24LL * 3600 * 1000;  ///< readers may still be under way
};

/// How often tables' folders are looked through for files that nothing names; the first time so
/// long after the start.
inline constexpr std::int64_t kSweepEveryMs = 6LL * 3600 * 1000;

/// Removes what retention lets go: result files, old records, idempotency keys, folders of dropped
/// tables, files that nothing names. One thread of its own. Every age is one of the ServedClock,
/// which this thread also keeps durable: a wall clock that is wrong or stepped removes nothing.
class Janitor {
 public:
  /// All must outlive the janitor.
  struct Parts {
    const Clock* clock = nullptr;
    ServedClock* served = nullptr;
    JobStore* jobs = nullptr;
    LakeCatalog* catalog = nullptr;
    ResultStore* results = nullptr;
  };
  Janitor(Parts parts, Retention retention);

  /// Starts the thread; passes come every ten minutes until destruction.
  void Start();
  /// One pass.
  void RunOnce();

 private:
  void Run(const std::stop_token& stop);
  void NoteSteps();
  void RemoveKeys(std::int64_t now_served_ms);
  void SweepOrphans(std::int64_t now_served_ms);
  bool RemoveFiles(std::int64_t ended_before_served_ms, EndedJobs which);
  void ExpireResults(std::int64_t now_served_ms);
  void RemoveRecords(std::int64_t now_served_ms);

  const Parts parts_;
  const Retention retention_;
  std::int64_t next_sweep_monotonic_ms_;
  std::int64_t wall_minus_monotonic_ms_;  ///< as of the last look
  std::jthread thread_;
};

}  // namespace sluice
