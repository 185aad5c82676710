#pragma once

#include <cstdint>
#include <filesystem>
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
#include "lake/attempt_grant.h"
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
    AttemptGrants* grants = nullptr;
    std::filesystem::path warehouse;  ///< absolute; warehouse/{project}/{table-uuid}/
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
  /// Also what an INSERT OVERWRITE of no rows does, as its worker sends no commit.
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

  /// CTAS: makes the metadata of a table that only the grant's attempt will see (nothing is stored
  /// in the catalog). Its folders exist on return.
  virtual Result<StagedTable> StageTable(const ProjectId& project, const NewTable& table) = 0;
  /// Registers a staged table without data: a CTAS whose query gave no rows sends no commit.
  /// kAlreadyExists when the name was taken meanwhile.
  virtual Result<void> RegisterStaged(const StagedTable& staged, const ChangeContext& context) = 0;
  /// Removes the folders of a staged table that will never be registered. Does nothing to a table
  /// that was.
  virtual void DiscardStaged(const StagedTable& staged) = 0;

  // The Iceberg REST catalog (api/iceberg decodes paths and encodes answers). `caller` is an
  // attempt's grant or a user.

  /// LoadTableResult as JSON text, ready to send. An overwrite's attempt sees its target empty, a
  /// CTAS' attempt its staged table.
  virtual Result<std::string> RestLoadTable(const CatalogCaller& caller, std::string_view database,
                                            std::string_view name) = 0;
  /// POST tables: creates (or stages) from a CreateTableRequest; users only.
  virtual Result<std::string> RestCreateTable(const CatalogCaller& caller,
                                              std::string_view database,
                                              const json::object& request) = 0;
  /// POST tables/{t}: one table's requirements and updates; answers a LoadTableResult.
  virtual Result<std::string> RestCommitTable(const CatalogCaller& caller,
                                              std::string_view database, std::string_view name,
                                              const json::object& request) = 0;
  /// POST transactions/commit: all tables or none, and for an attempt the marker with them.
  virtual Result<void> RestCommitTransaction(const CatalogCaller& caller,
                                             const json::object& request) = 0;

  /// The side of the catalog that background maintenance works with; lives as long as the catalog.
  virtual TableMaintenance& maintenance() = 0;

  /// Unlinks folders of tables dropped before the time. For the janitor.
  virtual Result<int> RemoveDroppedFolders(std::int64_t dropped_before_served_ms) = 0;
};

}  // namespace sluice
