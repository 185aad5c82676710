#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/result.h"
#include "lake/manifest.h"
#include "lake/partition_spec.h"
#include "lake/schema_leaves.h"
#include "lake/table_metadata.h"

namespace sluice {

/// Takes out of the entries what would mislead readers: bounds that are no values of their columns,
/// or the wrong way round, or lie beside NaN; numbers that contradict each other; whatever is told
/// of columns below lists and maps. A bound that was cut inside a character is cut before it.
/// Answers whether anything had to be changed. Pure.
bool MendEntries(const std::vector<SchemaLeaf>& leaves, std::vector<ManifestEntry>* entries);

/// Whether a manifest's partition record is that of the spec's fields: readers trust it to be.
bool IsPartitionOf(const json::value& avro_schema, const std::vector<PartitionField>& fields);

/// The catalog's own word, in a snapshot's summary, that all its manifests have been checked.
void MarkChecked(json::object* snapshot);
bool IsChecked(const TableMetadata& metadata, std::int64_t snapshot_id);

/// The catalog's own word that none of the snapshot's files has Bloom filters: the engine asks them
/// for other bytes than writers put in, where BINARY and zeros with a sign are concerned, and
/// passes over rows that are there. Files of other writers, and of earlier releases, may have them.
void MarkWithoutBloomFilters(json::object* snapshot);
/// Whoever sends a snapshot does not give that word.
void UnmarkWithoutBloomFilters(json::object* snapshot);
/// True of a table without a snapshot too.
bool IsWithoutBloomFilters(const TableMetadata& metadata);

/// Checks manifests of a table that other writers, or earlier releases, have written. For one
/// snapshot; not thread-safe.
class ManifestCheck {
 public:
  /// `files` must outlive the check, and `metadata` too.
  ManifestCheck(FileSystem* files, std::string table_folder, const TableMetadata& metadata);

  /// The manifests with what had to be mended written anew, synced but for their folder. A
  /// manifest of which `is_known` is true is taken as it is. kUnsupported for what readers here
  /// cannot have: equality deletes, compression that is not known; kInvalidArgument for a manifest
  /// that contradicts the table.
  Result<std::vector<ListedManifest>> Run(
      const std::vector<ListedManifest>& list,
      const std::function<bool(const ListedManifest&)>& is_known);

  bool has_changed() const { return has_changed_; }
  /// Files it wrote; the caller's to remove when nothing comes to name them.
  const std::vector<std::string>& written() const { return written_; }

 private:
  Result<ListedManifest> CheckOne(const ListedManifest& listed);
  Result<std::vector<PartitionField>> FieldsOf(std::int64_t spec_id) const;

  FileSystem* files_;
  const std::string folder_;
  const TableMetadata& metadata_;
  std::vector<SchemaLeaf> leaves_;  ///< of every schema the table had; the current one first
  bool has_changed_ = false;
  std::vector<std::string> written_;
};

}  // namespace sluice
