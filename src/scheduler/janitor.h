#pragma once

#include <cstdint>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "lake/catalog.h"
#include "result/result_set.h"
#include "store/job_store.h"

namespace sluice {

/// How long things are kept (contract/decisions.md, retention).
struct Retention {
  std::int64_t results_ms = 7LL * 24 * 3600 * 1000;
  std::int64_t records_ms = 180LL * 24 * 3600 * 1000;
  std::int64_t dropped_tables_ms = 24LL * 3600 * 1000;  ///< readers may still be under way
};

/// Removes what retention lets go: result files, old records, folders of dropped tables. One thread
/// of its own. Waits when the wall clock moved by more than an hour against the monotonic clock, so
/// that a wrong clock deletes nothing.
class Janitor {
 public:
  /// All must outlive the janitor.
  struct Parts {
    const Clock* clock = nullptr;
    JobStore* jobs = nullptr;
    LakeCatalog* catalog = nullptr;
    ResultStore* results = nullptr;
  };
  Janitor(Parts parts, Retention retention);

  /// Starts the thread; passes come every ten minutes until destruction.
  void Start();
  /// One pass; false when the clocks disagree and nothing was done.
  bool RunOnce();

 private:
  void Run(const std::stop_token& stop);
  void ExpireResults(std::int64_t now_ms);
  void RemoveRecords(std::int64_t now_ms);

  const Parts parts_;
  const Retention retention_;
  std::int64_t wall_minus_monotonic_ms_;
  std::jthread thread_;
};

}  // namespace sluice
