#include "scheduler/project_catalog_view.h"

#include <utility>

namespace sluice {

ProjectCatalogView::ProjectCatalogView(const LakeCatalog* catalog, ProjectId project)
    : catalog_(catalog), project_(std::move(project)) {}

Result<bool> ProjectCatalogView::HasDatabase(std::string_view database) const {
  return catalog_->HasDatabase(project_, database);
}

Result<bool> ProjectCatalogView::HasTable(std::string_view database, std::string_view table) const {
  return catalog_->HasTable(project_, database, table);
}

Result<std::optional<sql::TableView>> ProjectCatalogView::FindTable(std::string_view database,
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
