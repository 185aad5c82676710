#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/table_schema.h"

namespace sluice {

/// Ids of partition fields start above this.
inline constexpr std::int64_t kPartitionIdBase = 999;
/// The catalog keeps the newest snapshots of a table and forgets the rest.
inline constexpr std::size_t kSnapshotsMax = 100;
/// Old metadata files a table keeps besides the current one.
inline constexpr std::size_t kOldMetadataFilesMax = 20;
inline constexpr std::string_view kMainBranch = "main";

using TableProperties = std::vector<std::pair<std::string, std::string>>;

/// What the current snapshot says of the table.
struct SnapshotTotals {
  std::int64_t snapshot_id = 0;  ///< 0: no current snapshot
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t files = 0;
};

/// Iceberg v2 table metadata: the JSON document with names for its parts. A value; members the
/// class does not know stay as they are. Not thread-safe.
class TableMetadata {
 public:
  /// A table without a snapshot. `location` is the URI readers see.
  static Result<TableMetadata> Make(std::string_view uuid, std::string_view location,
                                    const DeclaredTable& table, const TableProperties& properties,
                                    std::int64_t now_ms);
  /// The start of a commit that creates a table: every part but uuid and location still missing.
  static TableMetadata Empty(std::int64_t now_ms);
  /// kInternal for text that is no metadata of format version 2.
  static Result<TableMetadata> Parse(std::string_view text);

  std::string Serialize() const { return json::serialize(document_); }

  json::object& document() { return document_; }
  const json::object& document() const { return document_; }
  std::string uuid() const;
  std::string location() const;
  std::int64_t Number(std::string_view name) const;  ///< 0 when absent
  std::optional<std::int64_t> current_snapshot_id() const;

  json::array& Array(std::string_view name);  ///< made when absent
  json::object& Object(std::string_view name);

  const json::object* FindSnapshot(std::int64_t id) const;
  json::object* FindSnapshot(std::int64_t id);
  /// The snapshot a branch or tag points at.
  std::optional<std::int64_t> FindRef(std::string_view name) const;
  const json::object* FindSchema(std::int64_t id) const;
  /// Empty objects while a creation has not set them.
  json::object CurrentSchema() const;
  json::object DefaultSpec() const;
  SnapshotTotals Totals() const;

  /// Takes the current snapshot away: ref main and current-snapshot-id.
  void ClearMain();
  /// Forgets snapshots past kSnapshotsMax that no ref needs, the oldest first.
  void ExpireSnapshots();
  /// Removes snapshots and what the history says of them.
  void RemoveSnapshots(const std::vector<std::int64_t>& ids);
  /// Notes the file this metadata replaces; the files that thereby fall out of the log.
  std::vector<std::string> LogPreviousFile(std::string_view file, std::int64_t written_ms);
  /// last-updated-ms, which never goes back.
  void Touch(std::int64_t now_ms);

  /// The document with no more than a reader of the current data needs: the current snapshot, no
  /// history. Its size does not grow with the table's age. Every time in it is 1970: DuckDB does
  /// not see a snapshot younger than its own clock, and clocks step back.
  TableMetadata CurrentView() const;

 private:
  explicit TableMetadata(json::object document) : document_(std::move(document)) {}

  json::object document_;
};

/// A number of a snapshot's summary, whose values are texts; absent when no count can be so.
std::optional<std::int64_t> SummaryNumber(const json::object& snapshot, std::string_view name);

}  // namespace sluice
