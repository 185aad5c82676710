#include <utility>

#include "lake/iceberg_catalog.h"
#include "lake/manifest_check.h"

namespace sluice {
namespace {

/// Tables whose view is kept in mind; past it all are made anew.
constexpr std::size_t kViewsMax = 10'000;

}  // namespace

Result<TableSnapshot> IcebergCatalog::ViewTable(const ProjectId& project, std::string_view database,
                                                std::string_view name) {
  const TableRecord record = TRY(GetTable(project, database, name));
  auto stored = TRY(metadata_files_.Load(record.metadata_location));
  TableSnapshot table{stored->current_text, stored->can_have_nan, stored->guarded_columns,
                      stored->totals.bytes, nullptr};
  if (!stored->needs_view) return table;
  table.view = TRY(FindView(record, *stored));
  if (table.view != nullptr) table.metadata_json = table.view->metadata_json();
  return table;
}

Result<std::shared_ptr<const ReaderView>> IcebergCatalog::FindView(const TableRecord& record,
                                                                   const StoredMetadata& stored) {
  MutexLock lock(views_mutex_);
  auto known = views_.find(record.uuid);
  if (known != views_.end() && known->second.metadata_location == record.metadata_location) {
    return known->second.view;
  }
  const std::shared_ptr<const TableMetadata> metadata = TRY(LoadMetadata(record));
  auto view =
      TRY(ReaderView::Make(options_.files, record.location, *metadata, stored.current_text));
  if (views_.size() >= kViewsMax) views_.clear();
  views_[record.uuid] = {record.metadata_location, view};
  return view;
}

}  // namespace sluice
