#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/avro_file.h"

namespace sluice {

/// `status` of a manifest's entry.
enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// `content` of a manifest: what its files are.
enum class ManifestContent { kData = 0, kDeletes = 1 };

/// A file of a table as its manifest tells of it.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  // Empty: those of the manifest in its list.
  std::optional<std::int64_t> snapshot_id;
  std::optional<std::int64_t> sequence_number;
  std::optional<std::int64_t> file_sequence_number;
  std::string uri;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  AvroRecord record;
};

/// A manifest: some files of a table, all of one partition spec.
struct Manifest {
  AvroFile file;  ///< its head and schema; the records have moved into the entries
  std::vector<ManifestEntry> entries;
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
  AvroRecord record;  ///< empty: it was made here, not read

  bool has_live_files() const { return added_files + existing_files > 0; }
};

struct ManifestList {
  AvroFile file;
  std::vector<ListedManifest> manifests;
};

/// Reads what Iceberg v2 writers write without compression. kUnsupported for anything else,
/// kInvalidArgument for broken bytes. These functions are pure.
Result<Manifest> ReadManifest(std::string_view bytes);
Result<ManifestList> ReadManifestList(std::string_view bytes);

/// The entries as a manifest with the head of `like`, whose schema they were read by. kUnsupported
/// when that schema has no room for an entry's numbers.
Result<std::string> WriteManifest(const Manifest& like, const std::vector<ManifestEntry>& entries);

/// The manifests as a list with the schema of `like`; those that were read keep their bytes.
/// `head` replaces members of the head (snapshot-id, parent-snapshot-id, sequence-number).
Result<std::string> WriteManifestList(const ManifestList& like,
                                      const std::map<std::string, std::string>& head,
                                      const std::vector<ListedManifest>& manifests);

}  // namespace sluice
