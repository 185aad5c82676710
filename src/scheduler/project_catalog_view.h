#pragma once

#include "lake/catalog.h"
#include "sql/catalog_view.h"

namespace sluice {

/// The binder's view of one project's part of the lake. Thread-safe as the catalog is.
class ProjectCatalogView final : public sql::CatalogView {
 public:
  /// `catalog` must outlive the view.
  ProjectCatalogView(const LakeCatalog* catalog, ProjectId project);

  Result<bool> HasDatabase(std::string_view database) const override;
  Result<bool> HasTable(std::string_view database, std::string_view table) const override;
  Result<std::optional<sql::TableView>> FindTable(std::string_view database,
                                                  std::string_view table) const override;

 private:
  Result<std::optional<sql::TableView>> Load(std::string_view database,
                                             std::string_view table) const;

  const LakeCatalog* catalog_;
  ProjectId project_;
};

}  // namespace sluice
