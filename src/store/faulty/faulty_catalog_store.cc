#include "store/faulty/faulty_catalog_store.h"

namespace sluice {

Result<void> FaultyCatalogStore::ApplyTogether(const std::vector<CatalogChange>& changes,
                                               const std::vector<ChangeContext>& contexts) {
  return plan_.Run([&] { return target_.ApplyTogether(changes, contexts); });
}

Result<std::optional<DatabaseRecord>> FaultyCatalogStore::FindDatabase(
    const ProjectId& project, std::string_view name) const {
  return target_.FindDatabase(project, name);
}

Result<std::vector<DatabaseRecord>> FaultyCatalogStore::ListDatabases(
    const ProjectId& project) const {
  return target_.ListDatabases(project);
}

Result<std::optional<TableRecord>> FaultyCatalogStore::FindTable(const ProjectId& project,
                                                                 std::string_view database,
                                                                 std::string_view name) const {
  return target_.FindTable(project, database, name);
}

Result<std::optional<TableRecord>> FaultyCatalogStore::FindTableByUuid(
    const ProjectId& project, std::string_view uuid) const {
  return target_.FindTableByUuid(project, uuid);
}

Result<std::vector<TableRecord>> FaultyCatalogStore::ListTables(const ProjectId& project,
                                                                std::string_view database) const {
  return target_.ListTables(project, database);
}

Result<std::vector<TableKey>> FaultyCatalogStore::ListTableKeys() const {
  return target_.ListTableKeys();
}

Result<std::vector<std::string>> FaultyCatalogStore::KeepUnreferenced(
    const TableKey& table, const std::vector<std::string>& files, std::int64_t now_wall_ms,
    std::int64_t since_before_wall_ms) {
  return plan_.Run(
      [&] { return target_.KeepUnreferenced(table, files, now_wall_ms, since_before_wall_ms); });
}

Result<std::vector<std::string>> FaultyCatalogStore::ListDroppedLocations(
    std::int64_t dropped_before_ms) const {
  return target_.ListDroppedLocations(dropped_before_ms);
}

Result<void> FaultyCatalogStore::ForgetDroppedLocation(const std::string& location) {
  return plan_.Run([&] { return target_.ForgetDroppedLocation(location); });
}

}  // namespace sluice
