#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/catalog.h"

namespace sluice::api {

/// Databases and tables of one project in memory; the REST catalog is not served. Not thread-safe.
class FakeCatalog final : public LakeCatalog {
 public:
  FakeCatalog() { databases_["default"].name = "default"; }

  Result<void> CreateDatabase(const DatabaseRecord& database, IfExists,
                              const ChangeContext&) override {
    if (!databases_.emplace(database.name, database).second) {
      return Fail(ErrorCode::kAlreadyExists, "There is a database named {}", database.name);
    }
    return {};
  }
  Result<void> DropDatabase(const ProjectId& project, std::string_view name, bool cascade,
                            IfMissing, const ChangeContext&) override {
    auto found = databases_.find(name);
    if (found == databases_.end()) return NoDatabase(name);
    std::vector<TableRecord> tables = TRY(ListTables(project, name));
    if (!tables.empty() && !cascade) {
      return Fail(ErrorCode::kFailedPrecondition, "The database is not empty: {}", name);
    }
    for (const TableRecord& table : tables) tables_.erase(PathOf(name, table.name));
    databases_.erase(found);
    return {};
  }
  Result<void> CreateTable(const ProjectId& project, const NewTable& table, IfExists,
                           const ChangeContext&) override {
    if (!databases_.contains(table.database)) return NoDatabase(table.database);
    TableDescription made;
    made.columns = table.columns;
    made.partition_columns = table.partition_columns;
    made.record.project = project;
    made.record.database = table.database;
    made.record.name = table.name;
    made.record.owner = table.owner;
    made.record.comment = table.comment;
    made.record.format = table.format;
    if (!tables_.emplace(PathOf(table.database, table.name), made).second) {
      return Fail(ErrorCode::kAlreadyExists, "There is a table named {}", table.name);
    }
    ++databases_[table.database].table_count;
    return {};
  }
  Result<void> DropTable(const ProjectId&, std::string_view database, std::string_view name,
                         IfMissing, const ChangeContext&) override {
    if (tables_.erase(PathOf(database, name)) == 0) {
      return Fail(ErrorCode::kNotFound, "There is no table named {}", name);
    }
    return {};
  }
  Result<void> TruncateTable(const ProjectId&, std::string_view, std::string_view,
                             const ChangeContext&) override {
    return NotServed();
  }

  Result<void> RenameTable(const ProjectId&, std::string_view, std::string_view, std::string_view,
                           std::string_view, const ChangeContext&) override {
    return NotServed();
  }

  Result<bool> HasDatabase(const ProjectId&, std::string_view name) const override {
    return databases_.contains(name);
  }
  Result<std::vector<DatabaseRecord>> ListDatabases(const ProjectId&) const override {
    std::vector<DatabaseRecord> list;
    list.reserve(databases_.size());
    for (const auto& [name, database] : databases_) list.push_back(database);
    return list;
  }
  Result<bool> HasTable(const ProjectId&, std::string_view database,
                        std::string_view name) const override {
    return tables_.contains(PathOf(database, name));
  }
  Result<std::optional<TableDescription>> FindTable(const ProjectId&, std::string_view database,
                                                    std::string_view name) const override {
    auto found = tables_.find(PathOf(database, name));
    if (found == tables_.end()) return std::nullopt;
    return found->second;
  }
  Result<std::vector<TableRecord>> ListTables(const ProjectId&,
                                              std::string_view database) const override {
    std::vector<TableRecord> list;
    for (const auto& [path, table] : tables_) {
      if (table.record.database == database) list.push_back(table.record);
    }
    return list;
  }

  Result<TableSnapshot> ViewTable(const ProjectId&, std::string_view, std::string_view) override {
    return NotServed();
  }
  Result<OpenWrite> BeginWrite(const AttemptFence&, const ProjectId&, std::string_view,
                               std::string_view, WriteMode) override {
    return NotServed();
  }
  Result<OpenWrite> BeginCreate(const AttemptFence&, const ProjectId&, const NewTable&) override {
    return NotServed();
  }
  Result<void> CommitWrite(const OpenWrite&, const std::vector<DataFile>&,
                           const ChangeContext&) override {
    return NotServed();
  }
  void KeepWritten(const OpenWrite&) override {}
  void RemoveWritten(const OpenWrite&) override {}
  Result<void> SettleOpenWrites(const HasCommitted&) override { return {}; }
  Result<std::string> RestLoadTable(const Principal&, std::string_view, std::string_view) override {
    return NotServed();
  }
  Result<std::string> RestCreateTable(const Principal&, std::string_view,
                                      const json::object&) override {
    return NotServed();
  }
  Result<std::string> RestCommitTable(const Principal&, std::string_view, std::string_view,
                                      const json::object&) override {
    return NotServed();
  }
  Result<void> RestCommitTransaction(const Principal&, const json::object&) override {
    return NotServed();
  }
  TableMaintenance& maintenance() override { std::abort(); }  // no handler has to do with it
  Result<int> RemoveDroppedFolders(std::int64_t) override { return NotServed(); }

 private:
  static std::string PathOf(std::string_view database, std::string_view table) {
    return std::string(database) + "/" + std::string(table);
  }
  static tl::unexpected<Error> NoDatabase(std::string_view name) {
    return Fail(ErrorCode::kNotFound, "There is no database named {}", name);
  }
  static tl::unexpected<Error> NotServed() {
    return Fail(ErrorCode::kInternal, "The fake catalog does not serve this");
  }

  std::map<std::string, DatabaseRecord, std::less<>> databases_;
  std::map<std::string, TableDescription> tables_;
};

}  // namespace sluice::api
