#pragma once

#include "store/catalog_store.h"
#include "store/sqlite/sqlite_job_store.h"

namespace sluice {

/// CatalogStore on SQLite, in the file of the jobs.
class SqliteCatalogStore final : public CatalogStore {
 public:
  /// `session` and what it points to must outlive the store.
  explicit SqliteCatalogStore(const SqliteSession& session) : session_(session) {}

  Result<void> ApplyTogether(const std::vector<CatalogChange>& changes,
                             const std::vector<ChangeContext>& contexts) override;

  Result<std::optional<DatabaseRecord>> FindDatabase(const ProjectId& project,
                                                     std::string_view name) const override;
  Result<std::vector<DatabaseRecord>> ListDatabases(const ProjectId& project) const override;
  Result<std::optional<TableRecord>> FindTable(const ProjectId& project, std::string_view database,
                                               std::string_view name) const override;
  Result<std::optional<TableRecord>> FindTableByUuid(const ProjectId& project,
                                                     std::string_view uuid) const override;
  Result<std::vector<TableRecord>> ListTables(const ProjectId& project,
                                              std::string_view database) const override;

  Result<std::vector<TableKey>> ListTableKeys() const override;
  Result<std::vector<std::string>> KeepUnreferenced(const TableKey& table,
                                                    const std::vector<std::string>& files,
                                                    std::int64_t now_served_ms,
                                                    std::int64_t since_before_served_ms) override;
  Result<std::vector<std::string>> ListDroppedLocations(
      std::int64_t dropped_before_served_ms) const override;
  Result<void> ForgetDroppedLocation(const std::string& location) override;

 private:
  std::optional<DatabaseRecord> DecodeDatabase(const Query& row) const;
  std::optional<TableRecord> DecodeTable(const Query& row) const;

  const SqliteSession& session_;
};

}  // namespace sluice
