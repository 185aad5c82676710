#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "lake/table_metadata.h"
#include "store/job_store.h"

namespace sluice {

/// One table's part of a commit request; points into the request.
struct TableCommit {
  std::string database;  ///< folded; levels of a nested namespace stay separated by U+001F
  std::string table;     ///< folded
  const json::array* requirements = nullptr;
  const json::array* updates = nullptr;

  bool creates_table() const;  ///< it carries assert-create
};

/// Reads {"identifier","requirements","updates"}; without an identifier database and table stay
/// empty. kInvalidArgument for what is none.
Result<TableCommit> ParseTableCommit(const json::object& request);

/// The counts of a commit's marker.
struct AddedData {
  std::int64_t snapshot_id = 0;
  std::int64_t rows = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

struct CommittedTable {
  TableMetadata metadata;
  AddedData added;
};

/// Every requirement, every update.
Result<CommittedTable> ApplyTableCommit(const TableCommit& commit, TableMetadata base,
                                        std::int64_t now_ms);

/// Whether the added snapshot's summary leaves the size of its files out, as DuckDB's does.
bool LacksFileSizes(const CommittedTable& committed);
/// Puts the size of the added data files into the summary, its total and the counts.
void SetAddedBytes(std::int64_t bytes, CommittedTable* committed);

}  // namespace sluice
