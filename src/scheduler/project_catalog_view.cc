#include "scheduler/project_catalog_view.h"

#include <utility>

#include "base/allocation_limit.h"

namespace sluice {

// The catalog is everybody's: a statement that has used up its memory must not break off there.

ProjectCatalogView::ProjectCatalogView(const LakeCatalog* catalog, ProjectId project)
    : catalog_(catalog), project_(std::move(project)) {}

Result<bool> ProjectCatalogView::HasDatabase(std::string_view database) const {
  const UncountedAllocations uncounted;
  return catalog_->HasDatabase(project_, database);
}

Result<bool> ProjectCatalogView::HasTable(std::string_view database, std::string_view table) const {
  const UncountedAllocations uncounted;
  return catalog_->HasTable(project_, database, table);
}

Result<std::optional<sql::TableView>> ProjectCatalogView::FindTable(std::string_view database,
                                                                    std::string_view table) const {
  Result<std::optional<sql::TableView>> found;
  {
    const UncountedAllocations uncounted;
    found = Load(database, table);
  }
  // What the statement keeps is its own, and counted.
  Result<std::optional<sql::TableView>> kept = found;
  const UncountedAllocations uncounted;
  found = std::optional<sql::TableView>();
  return kept;
}

Result<std::optional<sql::TableView>> ProjectCatalogView::Load(std::string_view database,
                                                               std::string_view table) const {
  auto found = TRY(catalog_->FindTable(project_, database, table));
  if (!found) return std::optional<sql::TableView>();
  sql::TableView view;
  view.database = found->record.database;
  view.table = found->record.name;
  view.columns = std::move(found->columns);
  view.partition_columns = std::move(found->partition_columns);
  return std::optional(std::move(view));
}

}  // namespace sluice
