#pragma once

#include <cstdint>
#include <optional>

#include "base/json.h"
#include "base/result.h"
#include "lake/table_metadata.h"

namespace sluice {

/// Applies the updates of an Iceberg commit to a table's metadata, in order. Not thread-safe.
///
///     MetadataUpdater updater(&metadata);
///     for (const json::value& update : updates) TRY_VOID(updater.Apply(update.get_object()));
///
/// kInvalidArgument for a malformed update, kUnsupported for one Sluice does not take (format
/// version 3, sort orders, types Spark cannot read), kConflict for a snapshot that does not follow
/// the table's last one.
class MetadataUpdater {
 public:
  /// `metadata` must outlive the updater.
  explicit MetadataUpdater(TableMetadata* metadata) : metadata_(metadata) {}

  Result<void> Apply(const json::object& update);

  /// The snapshot a commit added last; null when it added none.
  const json::object* added_snapshot() const;

 private:
  using Action = Result<void> (MetadataUpdater::*)(const json::object&);
  static Action FindAction(std::string_view name);

  Result<void> AssignUuid(const json::object& update);
  Result<void> UpgradeFormatVersion(const json::object& update);
  Result<void> AddSchema(const json::object& update);
  Result<void> SetCurrentSchema(const json::object& update);
  Result<void> RemoveSchemas(const json::object& update);
  Result<void> AddSpec(const json::object& update);
  Result<void> SetDefaultSpec(const json::object& update);
  Result<void> RemoveSpecs(const json::object& update);
  Result<void> AddSortOrder(const json::object& update);
  Result<void> SetDefaultSortOrder(const json::object& update);
  Result<void> AddSnapshot(const json::object& update);
  Result<void> SetSnapshotRef(const json::object& update);
  Result<void> RemoveSnapshots(const json::object& update);
  Result<void> RemoveSnapshotRef(const json::object& update);
  Result<void> SetLocation(const json::object& update);
  Result<void> SetProperties(const json::object& update);
  Result<void> RemoveProperties(const json::object& update);
  Result<void> SetStatistics(const json::object& update);
  Result<void> RemoveStatistics(const json::object& update);
  Result<void> SetPartitionStatistics(const json::object& update);
  Result<void> RemovePartitionStatistics(const json::object& update);

  Result<void> PutStatistics(std::string_view list, const json::object* statistics);
  void DropStatistics(std::string_view list, std::int64_t snapshot_id);
  Result<void> RemoveById(const json::object& update, std::string_view ids, std::string_view list,
                          std::string_view key, std::int64_t current);

  TableMetadata* metadata_;
  // What -1 stands for in the set-… updates.
  std::optional<std::int64_t> last_schema_;
  std::optional<std::int64_t> last_spec_;
  std::optional<std::int64_t> last_sort_order_;
  std::optional<std::int64_t> last_snapshot_;
};

/// Whether a table may carry the property: not those that would lead writers out of its folder or
/// to another format. kUnsupported says which.
Result<void> CheckTableProperty(std::string_view key, std::string_view value);

}  // namespace sluice
