#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "job/job.h"
#include "store/job_store.h"

namespace sluice {

/// A database of a project. Names are folded to lower case.
struct DatabaseRecord {
  ProjectId project;
  std::string name;
  std::string owner;
  std::string description;
  std::string enterprise_project_id;
  std::vector<Tag> tags;
  std::int64_t created_ms = 0;
  std::int64_t table_count = 0;  ///< filled by reads
};

/// A table of the catalog. For managed tables the Iceberg metadata is the file `metadata_location`.
struct TableRecord {
  ProjectId project;
  std::string database;
  std::string name;
  std::string uuid;  ///< Iceberg table-uuid, also the name of its folder; never reused
  std::string owner;
  std::string comment;
  std::string declared_schema;  ///< JSON of the columns as declared (lake/table_schema.h)
  std::string format;           ///< of USING, "parquet" when not said
  std::string location;         ///< absolute folder of the table
  std::string metadata_location;
  std::vector<std::pair<std::string, std::string>> properties;
  std::int64_t created_ms = 0;
  std::int64_t last_changed_ms = 0;
};

/// A table by what never changes of it.
struct TableKey {
  ProjectId project;
  std::string uuid;
};

// One change of the catalog. All changes of one Apply happen together or not at all.
struct CreateDatabaseChange {
  DatabaseRecord database;
};
struct DropDatabaseChange {
  ProjectId project;
  std::string name;
  bool cascade = false;
};
struct SetDatabaseOwnerChange {
  ProjectId project;
  std::string name;
  std::string owner;
};
struct CreateTableChange {
  TableRecord table;
};
struct DropTableChange {
  ProjectId project;
  std::string database;
  std::string name;
};
struct RenameTableChange {
  ProjectId project;
  std::string database, name, new_database, new_name;
};
/// Compare-and-swap of a table's metadata pointer, by uuid.
struct MoveTablePointerChange {
  ProjectId project;
  std::string uuid;
  std::string expected_metadata_location;
  std::string new_metadata_location;
  std::string declared_schema;  ///< empty: stays
  std::int64_t changed_ms = 0;
};
using CatalogChange =
    std::variant<CreateDatabaseChange, DropDatabaseChange, SetDatabaseOwnerChange,
                 CreateTableChange, DropTableChange, RenameTableChange, MoveTablePointerChange>;

/// Whose change it is, and what of a job is written with it, in the same transaction.
struct ChangeContext {
  /// Checked first: the job is RUNNING (claimed), same attempt, no cancellation promised and no
  /// marker yet; else kConflict and no effect.
  std::optional<AttemptFence> fence;
  std::optional<CommitMarker> marker;
  /// Ends the fence's job in the same transaction (DDL that runs in the server).
  std::optional<JobFinish> finish;
};

/// Whether the answer to an Apply says that nothing was changed. After any other failure it cannot
/// be known.
inline bool SaysNothingChanged(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConflict:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kInvalidArgument:
      return true;
    default:
      return false;
  }
}

/// The durable catalog, in the same database as the jobs. Thread-safe; calls block; success is
/// fsynced. Errors: kNotFound ("There is no database named x", "There is no table named x"),
/// kAlreadyExists, kFailedPrecondition (database not empty), kConflict (pointer moved, fence
/// broken), kUnavailable.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;

  Result<void> Apply(const std::vector<CatalogChange>& changes, const ChangeContext& context) {
    return ApplyTogether(changes, {context});
  }
  /// The changes of several jobs: all of them happen, or nothing.
  virtual Result<void> ApplyTogether(const std::vector<CatalogChange>& changes,
                                     const std::vector<ChangeContext>& contexts) = 0;

  virtual Result<std::optional<DatabaseRecord>> FindDatabase(const ProjectId& project,
                                                             std::string_view name) const = 0;
  /// Sorted by name.
  virtual Result<std::vector<DatabaseRecord>> ListDatabases(const ProjectId& project) const = 0;
  virtual Result<std::optional<TableRecord>> FindTable(const ProjectId& project,
                                                       std::string_view database,
                                                       std::string_view name) const = 0;
  virtual Result<std::optional<TableRecord>> FindTableByUuid(const ProjectId& project,
                                                             std::string_view uuid) const = 0;
  /// Sorted by name.
  virtual Result<std::vector<TableRecord>> ListTables(const ProjectId& project,
                                                      std::string_view database) const = 0;

  /// Every table of every project.
  virtual Result<std::vector<TableKey>> ListTableKeys() const = 0;

  /// Remembers since when each of these files of a table is known to be named by nothing (a file
  /// that was remembered keeps its time), and forgets other files of it. Answers, sorted, those
  /// remembered since before the time. `files` are paths below the table's folder.
  /// These times are those of the store's ServedClock.
  virtual Result<std::vector<std::string>> KeepUnreferenced(
      const TableKey& table, const std::vector<std::string>& files, std::int64_t now_served_ms,
      std::int64_t since_before_served_ms) = 0;

  /// Folders of dropped tables whose drop is older than the time: to unlink, then to forget.
  virtual Result<std::vector<std::string>> ListDroppedLocations(
      std::int64_t dropped_before_served_ms) const = 0;
  virtual Result<void> ForgetDroppedLocation(const std::string& location) = 0;
};

}  // namespace sluice
