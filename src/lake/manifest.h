#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/data_file.h"

namespace sluice {

// Iceberg v2's manifests and lists of manifests (table specification, "Manifests" and "Manifest
// Lists"). These functions are pure.

/// `status` of a manifest's entry.
enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// `content` of a manifest: what its files are.
enum class ManifestContent { kData = 0, kDeletes = 1 };

/// A file of a table and what happened to it.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  // Empty: those of the manifest in its list.
  std::optional<std::int64_t> snapshot_id;
  std::optional<std::int64_t> sequence_number;
  std::optional<std::int64_t> file_sequence_number;
  DataFile file;
};

/// What all entries of a manifest have in common.
struct ManifestShape {
  std::string schema_json;  ///< the table's schema when it was written
  std::string spec_json;    ///< fields of its partition spec, a JSON array
  std::int64_t spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  json::value partition;  ///< Avro schema of the partition's record

  bool operator==(const ManifestShape& other) const = default;
};

/// A manifest: some files of a table, all of one partition spec.
struct Manifest {
  ManifestShape shape;
  std::vector<ManifestEntry> entries;
};

/// A partition field's values in a manifest, so that readers may pass it over.
struct PartitionSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan;
  std::optional<std::string> lower;  ///< single-value serialization
  std::optional<std::string> upper;

  bool operator==(const PartitionSummary& other) const = default;
};

/// A manifest as the list of a snapshot tells of it.
struct ListedManifest {
  std::string uri;
  std::int64_t bytes = 0;
  std::int64_t spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  std::int64_t sequence_number = 0;
  std::int64_t min_sequence_number = 0;
  std::int64_t added_snapshot_id = 0;
  std::int64_t added_files = 0, existing_files = 0, deleted_files = 0;
  std::int64_t added_rows = 0, existing_rows = 0, deleted_rows = 0;
  std::optional<std::vector<PartitionSummary>> partitions;
  std::optional<std::string> key_metadata;

  bool has_live_files() const { return added_files + existing_files > 0; }
};

/// Sets the numbers of files and rows that a list tells of a manifest.
void CountEntries(const std::vector<ManifestEntry>& entries, ListedManifest* listed);

/// Reads what Iceberg v2 writers write, plain or deflated. kUnsupported for anything else,
/// kInvalidArgument for broken bytes.
Result<Manifest> ReadManifest(std::string_view bytes);
Result<std::vector<ListedManifest>> ReadManifestList(std::string_view bytes);

/// The entries as a manifest, deflated. Entries' partitions have the shape's fields;
/// kInvalidArgument when a value is of another type.
Result<std::string> WriteManifest(const Manifest& manifest);

/// The snapshot whose list it is.
struct ListHead {
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_snapshot_id;
  std::int64_t sequence_number = 0;
};
std::string WriteManifestList(const ListHead& head, const std::vector<ListedManifest>& manifests);

}  // namespace sluice
