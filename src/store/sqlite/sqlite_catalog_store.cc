#include "store/sqlite/sqlite_catalog_store.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "store/sqlite/catalog_changes.h"
#include "store/sqlite/job_changes.h"
#include "store/sqlite/job_rows.h"

namespace sluice {

namespace {

// The preprocessor joins the texts, so that each statement is one constant.
#define SLUICE_SELECT_DATABASE                                                            \
  "SELECT d.project_id, d.name, d.owner, d.description, d.enterprise_project_id, d.tags," \
  " d.created_ms, (SELECT count(*) FROM tables AS t WHERE t.project_id = d.project_id"    \
  " AND t.database = d.name) FROM databases AS d "
#define SLUICE_SELECT_TABLE                                                           \
  "SELECT project_id, database, name, uuid, owner, comment, declared_schema, format," \
  " location, metadata_location, properties, created_ms, last_changed_ms FROM tables "

/// The job of the fence, when the attempt still has the right to an effect; else kConflict.
Result<JobGate> PassFence(Connection& connection, const AttemptFence& fence) {
  Result<JobGate> gate = LoadGate(connection, fence.job);
  if (!gate && gate.error().code != ErrorCode::kNotFound) return gate;
  if (gate && gate->Admits(fence) && !gate->is_marked) return gate;
  return Fail(ErrorCode::kConflict, "The attempt may not change anything any more: job {}",
              fence.job);
}

/// The files of a table that are known to be named by nothing, and since when.
Result<std::map<std::string, std::int64_t>> FindUnreferenced(Connection& connection,
                                                             const TableKey& table) {
  Query rows =
      TRY(connection.Prepare("SELECT path, since_served_ms FROM unreferenced_files"
                             " WHERE project_id = ? AND table_uuid = ?",
                             table.project.value(), table.uuid));
  std::map<std::string, std::int64_t> known;
  while (TRY(rows.Step())) known.emplace(rows.String(0), rows.Int(1));
  return known;
}

}  // namespace

Result<void> SqliteCatalogStore::ApplyTogether(const std::vector<CatalogChange>& changes,
                                               const std::vector<ChangeContext>& contexts) {
  const std::int64_t served_ms = session_.served->NowMs();
  std::vector<std::optional<JobGate>> gates(contexts.size());
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const ChangeContext& context = contexts[i];
      CHECK(context.fence || (!context.marker && !context.finish));
      if (context.fence) gates[i] = TRY(PassFence(connection, *context.fence));
    }
    for (const CatalogChange& change : changes) {
      TRY_VOID(ApplyCatalogChange(connection, change, served_ms));
    }
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const ChangeContext& context = contexts[i];
      if (context.marker) TRY_VOID(InsertMarker(connection, *gates[i], *context.marker));
      if (!context.finish) continue;
      TRY_VOID(FinishJob(connection, *gates[i], *context.fence, *context.finish, served_ms));
    }
    return {};
  };
  task.committed = [&] {
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      if (!contexts[i].finish) continue;
      const JobFinish& finish = *contexts[i].finish;
      session_.index->Finish(gates[i]->seq, finish.state, finish.duration_ms,
                             finish.result.has_value(), served_ms);
    }
  };
  return session_.Write(std::move(task));
}

std::optional<DatabaseRecord> SqliteCatalogStore::DecodeDatabase(const Query& row) const {
  DatabaseRecord database;
  database.project = ProjectId(row.String(0));
  database.name = row.String(1);
  Result<std::vector<Tag>> tags = DecodeTags(row.Text(5));
  if (!tags) {
    session_.quarantine->Add("database " + database.name, tags.error());
    return std::nullopt;
  }
  database.owner = row.String(2);
  database.description = row.String(3);
  database.enterprise_project_id = row.String(4);
  database.tags = *std::move(tags);
  database.created_ms = row.Int(6);
  database.table_count = row.Int(7);
  return database;
}

std::optional<TableRecord> SqliteCatalogStore::DecodeTable(const Query& row) const {
  TableRecord table;
  table.project = ProjectId(row.String(0));
  table.database = row.String(1);
  table.name = row.String(2);
  auto properties = DecodePairs(row.Text(10));
  if (!properties) {
    session_.quarantine->Add("table " + table.database + "." + table.name, properties.error());
    return std::nullopt;
  }
  table.uuid = row.String(3);
  table.owner = row.String(4);
  table.comment = row.String(5);
  table.declared_schema = row.String(6);
  table.format = row.String(7);
  table.location = row.String(8);
  table.metadata_location = row.String(9);
  table.properties = *std::move(properties);
  table.created_ms = row.Int(11);
  table.last_changed_ms = row.Int(12);
  return table;
}

Result<std::optional<DatabaseRecord>> SqliteCatalogStore::FindDatabase(
    const ProjectId& project, std::string_view name) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(
      SLUICE_SELECT_DATABASE "WHERE d.project_id = ? AND d.name = ?", project.value(), name));
  if (!TRY(row.Step())) return std::optional<DatabaseRecord>();
  return DecodeDatabase(row);
}

Result<std::vector<DatabaseRecord>> SqliteCatalogStore::ListDatabases(
    const ProjectId& project) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query rows = TRY(connection->Prepare(
      SLUICE_SELECT_DATABASE "WHERE d.project_id = ? ORDER BY d.name", project.value()));
  std::vector<DatabaseRecord> databases;
  while (TRY(rows.Step())) {
    std::optional<DatabaseRecord> database = DecodeDatabase(rows);
    if (database) databases.push_back(*std::move(database));
  }
  return databases;
}

Result<std::optional<TableRecord>> SqliteCatalogStore::FindTable(const ProjectId& project,
                                                                 std::string_view database,
                                                                 std::string_view name) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(SLUICE_SELECT_TABLE
                                      "WHERE project_id = ? AND database = ? AND name = ?",
                                      project.value(), database, name));
  if (!TRY(row.Step())) return std::optional<TableRecord>();
  return DecodeTable(row);
}

Result<std::optional<TableRecord>> SqliteCatalogStore::FindTableByUuid(
    const ProjectId& project, std::string_view uuid) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(SLUICE_SELECT_TABLE "WHERE project_id = ? AND uuid = ?",
                                      project.value(), uuid));
  if (!TRY(row.Step())) return std::optional<TableRecord>();
  return DecodeTable(row);
}

Result<std::vector<TableRecord>> SqliteCatalogStore::ListTables(const ProjectId& project,
                                                                std::string_view database) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query rows = TRY(connection->Prepare(SLUICE_SELECT_TABLE
                                       "WHERE project_id = ? AND database = ? ORDER BY name",
                                       project.value(), database));
  std::vector<TableRecord> tables;
  while (TRY(rows.Step())) {
    std::optional<TableRecord> table = DecodeTable(rows);
    if (table) tables.push_back(*std::move(table));
  }
  return tables;
}

Result<std::vector<TableKey>> SqliteCatalogStore::ListTableKeys() const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query rows =
      TRY(connection->Prepare("SELECT project_id, uuid FROM tables ORDER BY project_id, uuid"));
  std::vector<TableKey> keys;
  while (TRY(rows.Step())) keys.push_back({ProjectId(rows.String(0)), rows.String(1)});
  return keys;
}

Result<std::vector<std::string>> SqliteCatalogStore::KeepUnreferenced(
    const TableKey& table, const std::vector<std::string>& files, std::int64_t now_served_ms,
    std::int64_t since_before_served_ms) {
  std::vector<std::string> old;
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    std::map<std::string, std::int64_t> known = TRY(FindUnreferenced(connection, table));
    for (const std::string& file : files) {
      auto since = known.find(file);
      if (since == known.end()) {
        TRY_VOID(
            connection.Run("INSERT INTO unreferenced_files (project_id, table_uuid, path,"
                           " since_served_ms)"
                           " VALUES (?, ?, ?, ?)",
                           table.project.value(), table.uuid, file, now_served_ms));
        continue;
      }
      if (since->second < since_before_served_ms) old.push_back(file);
      known.erase(since);
    }
    for (const auto& [file, since_ms] : known) {
      TRY_VOID(connection.Run(
          "DELETE FROM unreferenced_files WHERE project_id = ? AND table_uuid = ? AND path = ?",
          table.project.value(), table.uuid, file));
    }
    return {};
  };
  TRY_VOID(session_.Write(std::move(task)));
  std::sort(old.begin(), old.end());
  return old;
}

Result<std::vector<std::string>> SqliteCatalogStore::ListDroppedLocations(
    std::int64_t dropped_before_served_ms) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query rows =
      TRY(connection->Prepare("SELECT location FROM dropped_locations WHERE dropped_served_ms < ?"
                              " ORDER BY dropped_served_ms, location",
                              dropped_before_served_ms));
  std::vector<std::string> locations;
  while (TRY(rows.Step())) locations.push_back(rows.String(0));
  return locations;
}

Result<void> SqliteCatalogStore::ForgetDroppedLocation(const std::string& location) {
  WriteTask task;
  task.apply = [&](Connection& connection) {
    return connection.Run("DELETE FROM dropped_locations WHERE location = ?", location);
  };
  return session_.Write(std::move(task));
}

#undef SLUICE_SELECT_DATABASE
#undef SLUICE_SELECT_TABLE

}  // namespace sluice
