#include "store/sqlite/catalog_changes.h"

#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/job_rows.h"

namespace sluice {

namespace {

Result<bool> DatabaseExists(Connection& connection, const ProjectId& project,
                            const std::string& name) {
  return TRY(connection.FindInt("SELECT 1 FROM databases WHERE project_id = ? AND name = ?",
                                project.value(), name))
      .has_value();
}

Result<void> RequireDatabase(Connection& connection, const ProjectId& project,
                             const std::string& name) {
  if (TRY(DatabaseExists(connection, project, name))) return {};
  return Fail(ErrorCode::kNotFound, "There is no database named {}", name);
}

Result<bool> TableExists(Connection& connection, const ProjectId& project,
                         const std::string& database, const std::string& name) {
  return TRY(connection.FindInt(
                 "SELECT 1 FROM tables WHERE project_id = ? AND database = ? AND name = ?",
                 project.value(), database, name))
      .has_value();
}

Result<void> RequireNoTable(Connection& connection, const ProjectId& project,
                            const std::string& database, const std::string& name) {
  if (!TRY(TableExists(connection, project, database, name))) return {};
  return Fail(ErrorCode::kAlreadyExists, "The table exists: {}.{}", database, name);
}

/// Carries out one kind of change each.
class Applier {
 public:
  Applier(Connection& connection, std::int64_t served_ms)
      : connection_(connection), served_ms_(served_ms) {}

  Result<void> operator()(const CreateDatabaseChange& change) {
    const DatabaseRecord& database = change.database;
    if (TRY(DatabaseExists(connection_, database.project, database.name))) {
      return Fail(ErrorCode::kAlreadyExists, "The database exists: {}", database.name);
    }
    return connection_.Run(
        "INSERT INTO databases (project_id, name, owner, description, enterprise_project_id, tags,"
        " created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        database.project.value(), database.name, database.owner, database.description,
        database.enterprise_project_id, EncodeTags(database.tags), database.created_ms);
  }

  Result<void> operator()(const DropDatabaseChange& change) {
    TRY_VOID(RequireDatabase(connection_, change.project, change.name));
    std::optional<std::int64_t> table = TRY(
        connection_.FindInt("SELECT 1 FROM tables WHERE project_id = ? AND database = ? LIMIT 1",
                            change.project.value(), change.name));
    if (table && !change.cascade) {
      return Fail(ErrorCode::kFailedPrecondition, "The database is not empty: {}", change.name);
    }
    TRY_VOID(connection_.Run(
        "INSERT OR REPLACE INTO dropped_locations (project_id, location, dropped_served_ms)"
        " SELECT project_id, location, ? FROM tables WHERE project_id = ? AND database = ?",
        served_ms_, change.project.value(), change.name));
    TRY_VOID(connection_.Run("DELETE FROM tables WHERE project_id = ? AND database = ?",
                             change.project.value(), change.name));
    TRY_VOID(ForgetFilesOfDropped());
    return connection_.Run("DELETE FROM databases WHERE project_id = ? AND name = ?",
                           change.project.value(), change.name);
  }

  Result<void> operator()(const SetDatabaseOwnerChange& change) {
    TRY_VOID(RequireDatabase(connection_, change.project, change.name));
    return connection_.Run("UPDATE databases SET owner = ? WHERE project_id = ? AND name = ?",
                           change.owner, change.project.value(), change.name);
  }

  Result<void> operator()(const CreateTableChange& change) {
    const TableRecord& table = change.table;
    TRY_VOID(RequireDatabase(connection_, table.project, table.database));
    TRY_VOID(RequireNoTable(connection_, table.project, table.database, table.name));
    return connection_.Run(
        "INSERT INTO tables (project_id, database, name, uuid, owner, comment, declared_schema,"
        " format, location, metadata_location, properties, created_ms, last_changed_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        table.project.value(), table.database, table.name, table.uuid, table.owner, table.comment,
        table.declared_schema, table.format, table.location, table.metadata_location,
        EncodePairs(table.properties), table.created_ms, table.last_changed_ms);
  }

  Result<void> operator()(const DropTableChange& change) {
    TRY_VOID(connection_.Run(
        "INSERT OR REPLACE INTO dropped_locations (project_id, location, dropped_served_ms)"
        " SELECT project_id, location, ? FROM tables"
        " WHERE project_id = ? AND database = ? AND name = ?",
        served_ms_, change.project.value(), change.database, change.name));
    TRY_VOID(
        connection_.Run("DELETE FROM tables WHERE project_id = ? AND database = ? AND name = ?",
                        change.project.value(), change.database, change.name));
    TRY_VOID(RequireChanged(change.name));
    return ForgetFilesOfDropped();
  }

  Result<void> operator()(const RenameTableChange& change) {
    TRY_VOID(RequireDatabase(connection_, change.project, change.new_database));
    TRY_VOID(RequireNoTable(connection_, change.project, change.new_database, change.new_name));
    TRY_VOID(
        connection_.Run("UPDATE tables SET database = ?, name = ?"
                        " WHERE project_id = ? AND database = ? AND name = ?",
                        change.new_database, change.new_name, change.project.value(),
                        change.database, change.name));
    return RequireChanged(change.name);
  }

  Result<void> operator()(const MoveTablePointerChange& change) {
    TRY_VOID(
        connection_.Run("UPDATE tables SET metadata_location = ?, last_changed_ms = ?,"
                        " declared_schema = iif(? = '', declared_schema, ?)"
                        " WHERE project_id = ? AND uuid = ? AND metadata_location = ?",
                        change.new_metadata_location, change.changed_ms, change.declared_schema,
                        change.declared_schema, change.project.value(), change.uuid,
                        change.expected_metadata_location));
    if (connection_.changes() == 1) return {};
    return Fail(ErrorCode::kConflict, "The table was changed or dropped meanwhile");
  }

 private:
  /// Their folders go as a whole.
  Result<void> ForgetFilesOfDropped() {
    return connection_.Run(
        "DELETE FROM unreferenced_files WHERE table_uuid <> '' AND NOT EXISTS (SELECT 1 FROM tables"
        " AS t WHERE t.project_id = unreferenced_files.project_id AND t.uuid = table_uuid)");
  }

  Result<void> RequireChanged(const std::string& table) {
    if (connection_.changes() == 1) return {};
    return Fail(ErrorCode::kNotFound, "There is no table named {}", table);
  }

  Connection& connection_;
  const std::int64_t served_ms_;
};

}  // namespace

Result<void> ApplyCatalogChange(Connection& connection, const CatalogChange& change,
                                std::int64_t served_ms) {
  return std::visit(Applier(connection, served_ms), change);
}

}  // namespace sluice
