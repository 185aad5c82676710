#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/json.h"
#include "base/result.h"
#include "job/principal.h"
#include "lake/data_file.h"
#include "lake/open_write.h"
#include "lake/reader_view.h"
#include "lake/table_maintenance.h"
#include "store/catalog_store.h"
#include "types/data_type.h"

namespace sluice {

/// A managed table as SQL or the REST API defines it. Names are folded.
struct NewTable {
  std::string database;
  std::string name;
  std::string owner;
  Schema columns;
  std::vector<std::string> partition_columns;  ///< identity partitions
  std::string comment;
  std::string format;
  std::vector<std::pair<std::string, std::string>> properties;
};

/// What DESCRIBE, the binder and the API's `tables` show.
struct TableDescription {
  TableRecord record;
  Schema columns;  ///< as declared
  std::vector<std::string> partition_columns;
  std::int64_t snapshot_id = 0;  ///< 0: no data yet
  std::int64_t total_rows = 0;   ///< of the snapshot summary
  std::int64_t total_bytes = 0;
  std::int64_t total_files = 0;
};

/// A table as a statement reads it, pinned.
struct TableSnapshot {
  std::string metadata_json;  ///< Iceberg metadata with the current snapshot alone
  bool can_have_nan = false;  ///< there are columns of floating point
  /// Columns whose files may have Bloom filters that the engine must not ask
  /// (IsWithoutBloomFilters).
  std::vector<std::string> guarded_columns;
  std::int64_t bytes = 0;  ///< of its data files
  /// Keeps the files that only the metadata above names; hold it while they are read.
  std::shared_ptr<const ReaderView> view;
};

enum class IfExists { kFail, kSkip };   ///< CREATE … IF NOT EXISTS
enum class IfMissing { kFail, kSkip };  ///< DROP … IF EXISTS

/// The lake's catalog of one server: databases and Iceberg v2 tables of all projects. Rows live in
/// the CatalogStore, metadata.json files on the local object store. Thread-safe; calls block.
///
/// Every change takes a ChangeContext: a job's statement passes its fence and its end, so that
/// effect and end are one transaction; the API passes an empty one. A change that turns out to be
/// none (IF NOT EXISTS) still applies the context. Errors are CatalogStore's; kUnsupported for
/// types that Spark or Iceberg cannot hold.
class LakeCatalog {
 public:
  struct Options {
    FileSystem* files = nullptr;  ///< these three must outlive the catalog
    CatalogStore* store = nullptr;
    const Clock* clock = nullptr;
    std::filesystem::path warehouse;  ///< absolute; warehouse/{project}/{table-uuid}/
    std::filesystem::path notes;      ///< absolute; a file for each open write
  };
  static Result<std::unique_ptr<LakeCatalog>> Create(Options options);
  virtual ~LakeCatalog() = default;

  virtual Result<void> CreateDatabase(const DatabaseRecord& database, IfExists if_exists,
                                      const ChangeContext& context) = 0;
  virtual Result<void> DropDatabase(const ProjectId& project, std::string_view name, bool cascade,
                                    IfMissing if_missing, const ChangeContext& context) = 0;
  virtual Result<void> CreateTable(const ProjectId& project, const NewTable& table,
                                   IfExists if_exists, const ChangeContext& context) = 0;
  virtual Result<void> DropTable(const ProjectId& project, std::string_view database,
                                 std::string_view name, IfMissing if_missing,
                                 const ChangeContext& context) = 0;
  /// Removes the current snapshot's reference; the marker in `context` is filled by the caller.
  /// Also what an INSERT OVERWRITE of no rows does.
  virtual Result<void> TruncateTable(const ProjectId& project, std::string_view database,
                                     std::string_view name, const ChangeContext& context) = 0;
  virtual Result<void> RenameTable(const ProjectId& project, std::string_view database,
                                   std::string_view name, std::string_view new_database,
                                   std::string_view new_name, const ChangeContext& context) = 0;

  virtual Result<bool> HasDatabase(const ProjectId& project, std::string_view name) const = 0;
  virtual Result<std::vector<DatabaseRecord>> ListDatabases(const ProjectId& project) const = 0;
  /// Whether there is such a table, be its files damaged or not.
  virtual Result<bool> HasTable(const ProjectId& project, std::string_view database,
                                std::string_view name) const = 0;
  /// Empty when the table or its database is missing.
  virtual Result<std::optional<TableDescription>> FindTable(const ProjectId& project,
                                                            std::string_view database,
                                                            std::string_view name) const = 0;
  virtual Result<std::vector<TableRecord>> ListTables(const ProjectId& project,
                                                      std::string_view database) const = 0;

  /// What a statement reads of a table. kNotFound when the table is missing.
  virtual Result<TableSnapshot> ViewTable(const ProjectId& project, std::string_view database,
                                          std::string_view name) = 0;

  // Writes by attempts of jobs. A worker writes files into the folder of its OpenWrite; the server
  // commits them. docs/design/0008-worker-writes-server-commits.md

  /// Begins an append to the table, or an overwrite. kNotFound when it is missing, kUnsupported for
  /// a table that cannot be written (an unknown partition transform).
  virtual Result<OpenWrite> BeginWrite(const AttemptFence& attempt, const ProjectId& project,
                                       std::string_view database, std::string_view name,
                                       WriteMode mode) = 0;
  /// Begins a CTAS: makes the folders of a table that nobody sees until it is committed.
  virtual Result<OpenWrite> BeginCreate(const AttemptFence& attempt, const ProjectId& project,
                                        const NewTable& table) = 0;
  /// Commits the files, or that there are none: an append of nothing applies the context alone, an
  /// overwrite leaves the table empty, a CTAS registers it. Effect, marker and the context's end of
  /// the job are one transaction. An append goes onto the table as it is now, however it changed
  /// since; an overwrite replaces what is in it now. kNotFound when the table was dropped,
  /// kAlreadyExists when a CTAS' name was taken, kConflict when the attempt may not change anything
  /// any more; kUnavailable leaves open whether it happened.
  virtual Result<void> CommitWrite(const OpenWrite& open, const std::vector<DataFile>& files,
                                   const ChangeContext& context) = 0;
  /// Ends a write whose outcome is known: what it wrote stays, or is removed.
  virtual void KeepWritten(const OpenWrite& open) = 0;
  virtual void RemoveWritten(const OpenWrite& open) = 0;
  /// At a start, before anything is written: ends the writes of earlier processes. `has_committed`
  /// says whether a job's attempt has a commit marker.
  using HasCommitted = std::function<Result<bool>(const AttemptFence& attempt)>;
  virtual Result<void> SettleOpenWrites(const HasCommitted& has_committed) = 0;

  // The Iceberg REST catalog (api/iceberg decodes paths and encodes answers), for users of other
  // engines.

  /// LoadTableResult as JSON text, ready to send.
  virtual Result<std::string> RestLoadTable(const Principal& caller, std::string_view database,
                                            std::string_view name) = 0;
  /// POST tables: creates (or stages) from a CreateTableRequest.
  virtual Result<std::string> RestCreateTable(const Principal& caller, std::string_view database,
                                              const json::object& request) = 0;
  /// POST tables/{t}: one table's requirements and updates; answers a LoadTableResult.
  virtual Result<std::string> RestCommitTable(const Principal& caller, std::string_view database,
                                              std::string_view name,
                                              const json::object& request) = 0;
  /// POST transactions/commit: all tables or none.
  virtual Result<void> RestCommitTransaction(const Principal& caller,
                                             const json::object& request) = 0;

  /// The side of the catalog that background maintenance works with; lives as long as the catalog.
  virtual TableMaintenance& maintenance() = 0;

  /// Unlinks folders of tables dropped before the time. For the janitor.
  virtual Result<int> RemoveDroppedFolders(std::int64_t dropped_before_served_ms) = 0;
};

}  // namespace sluice
