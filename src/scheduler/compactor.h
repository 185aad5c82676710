#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/engine.h"
#include "lake/table_maintenance.h"

namespace sluice {

/// Joins small data files of tables, one table at a time, through a worker: what streams of small
/// writes leave behind would make every reader open each of them. Runs on a thread of its own,
/// beside the jobs and unseen by them. docs/design/0007-compaction.md.
///
/// It gives way: a rewrite that meets another commit is made again on the newer snapshot or given
/// up, and holds no job up; a table that a client outside works with is left alone for a while;
/// what fails is tried again later, ever less often.
class Compactor {
 public:
  /// All must outlive the compactor.
  struct Parts {
    const Clock* clock = nullptr;
    TableMaintenance* tables = nullptr;
    Engine* engine = nullptr;
    MetricRegistry* metrics = nullptr;
    QueueName queue;  ///< whose workers it borrows
  };
  /// `quiet_ms`: a table that was not written to for so long is at rest.
  Compactor(Parts parts, std::int64_t quiet_ms);

  /// Starts the thread; it looks twice a second until destruction.
  void Start();
  /// Looks once at every table that is due; how many rewrites were committed. Blocks while workers
  /// run. Not beside a started thread.
  int RunOnce(const std::stop_token& stop);
  /// Notes every table there is, as a start does: nobody knows what was left undone.
  void NoteAll();

 private:
  enum class Outcome { kNothing, kDone, kHeldOff, kFailed };
  class Run;
  /// A table with new files.
  struct Pending {
    TableKey table;
    std::int64_t files = 0;     ///< since the last look
    std::int64_t first_ms = 0;  ///< when it was noted, all times monotonic
    std::int64_t last_ms = 0;   ///< of the last write
    std::int64_t not_before_ms = 0;
    int failures = 0;
  };

  void Loop(const std::stop_token& stop);
  void NoteActivity();
  bool IsDue(const Pending& pending) const;
  bool IsHeldOff(const Pending& pending) const;
  /// True when the table needs no more looks until it is written to again.
  bool Settle(Pending* pending, Outcome outcome, TablePace pace);
  TablePace PaceOf(const Pending& pending) const;
  Outcome Rewrite(const Pending& pending, const std::stop_token& stop);
  /// The files that the worker wrote; empty when it did not.
  std::optional<std::vector<DataFile>> RunInWorker(const TableRewrite& rewrite,
                                                   const std::stop_token& stop);
  RewriteEnd Commit(const TableRewrite& rewrite, const std::vector<DataFile>& written);
  Metric& Count(std::string_view outcome);

  const Parts parts_;
  const std::int64_t quiet_ms_;
  std::map<std::string, Pending> pending_;  ///< by uuid; of the thread
  std::jthread thread_;
};

}  // namespace sluice
