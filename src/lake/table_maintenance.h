#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "lake/small_files.h"
#include "lake/table_rewrite.h"
#include "store/catalog_store.h"

namespace sluice {

/// A table that was written to, and how many data files came.
struct TableActivity {
  TableKey table;
  std::int64_t files = 0;
};

/// kUnknown: the store did not say whether the commit happened.
enum class RewriteEnd { kCommitted, kGivenUp, kUnknown };

/// What background maintenance asks of the catalog. Thread-safe; calls block.
class TableMaintenance {
 public:
  virtual ~TableMaintenance() = default;

  /// Every table there is.
  virtual Result<std::vector<TableKey>> ListTables() const = 0;
  /// Tables that commits of jobs and clients added files to since the last call.
  virtual std::vector<TableActivity> TakeActivity() = 0;
  /// Whether a client outside has read or written the table lately and may be about to commit on
  /// what it saw.
  virtual bool IsClientActive(const TableKey& table) const = 0;

  /// Chooses small files of the table and writes what a worker needs to read them alone. Null when
  /// there is nothing worth while.
  virtual Result<std::shared_ptr<TableRewrite>> StageRewrite(const TableKey& table,
                                                             TablePace pace) = 0;
  /// Puts what the worker wrote in the small files' place, as a snapshot of operation `replace` on
  /// the table as it is now. All or nothing. kConflict when the table has changed too much,
  /// kNotFound when it was dropped. `asked` becomes whether the store was asked: on an error
  /// without that, and on one that says so, nothing has changed.
  virtual Result<void> CommitRewrite(const TableRewrite& rewrite,
                                     const std::vector<DataFile>& written,
                                     bool* asked = nullptr) = 0;
  /// Removes what showed the worker its input and, of a rewrite that was given up, what it wrote.
  virtual void EndRewrite(const TableRewrite& rewrite, RewriteEnd end) = 0;

  /// Unlinks files in the table's folder that nothing has named for at least `guard_ms`: of commits
  /// that never happened, of snapshots that were let go. Answers how many. A table whose files
  /// cannot be told for certain, or that an attempt writes to now, keeps everything. The time is
  /// that of the store's ServedClock.
  virtual Result<int> SweepTable(const TableKey& table, std::int64_t now_served_ms,
                                 std::int64_t guard_ms) = 0;
  /// The same for whole folders in the warehouse that belong to no table.
  virtual Result<int> SweepFolders(std::int64_t now_served_ms, std::int64_t guard_ms) = 0;
};

}  // namespace sluice
