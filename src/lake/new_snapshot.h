#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/result.h"
#include "lake/data_file.h"
#include "lake/manifest.h"
#include "lake/table_metadata.h"
#include "lake/table_write.h"
#include "store/job_store.h"

namespace sluice {

/// How the attempt writes the table as it is: into a folder of its own.
TableWrite WriteOf(const TableMetadata& metadata, const AttemptFence& attempt,
                   const std::string& table_folder);

/// Files that a snapshot is made of, in one partition spec, and their manifest.
struct AddedManifest {
  ListedManifest listed;  ///< its sequence numbers are the snapshot's, which is not known yet
  std::string path;       ///< written, synced; its folder is not
};

/// What a snapshot adds to its table or takes from it, as its summary tells.
struct SnapshotChange {
  std::int64_t added_files = 0, added_rows = 0, added_bytes = 0;
  std::int64_t removed_files = 0, removed_rows = 0, removed_bytes = 0;
};

/// A number for a new snapshot that nobody else will take.
std::int64_t MakeSnapshotId();

/// Where a table's manifests lie, and where the folders of its writes.
std::string MetadataFolder(const std::string& table_folder);
std::string DataFolder(const std::string& table_folder);

/// Writes the manifest of files that were added, as `plan` had them written.
Result<AddedManifest> WriteAddedManifest(FileSystem* files, const std::string& table_folder,
                                         const TableWrite& write, std::int64_t snapshot_id,
                                         const std::vector<DataFile>& added);

/// Where the list of the table's current snapshot is; empty without one. Below `table_folder`
/// alone: kInvalidArgument.
Result<std::string> CurrentListPath(const TableMetadata& metadata, const std::string& table_folder);

/// The manifests that the table's current snapshot lists; none without one. Below `table_folder`
/// alone: kInvalidArgument.
Result<std::vector<ListedManifest>> ReadCurrentList(FileSystem* files,
                                                    const TableMetadata& metadata,
                                                    const std::string& table_folder);

/// A snapshot that follows the table's current one, with its list written and synced.
struct NewSnapshot {
  json::object snapshot;  ///< as an add-snapshot update has it
  std::string list_path;
  std::vector<ListedManifest> manifests;  ///< as the list has them
};
/// `operation` is append, overwrite or replace; `manifests` are all of the new snapshot. `extra`
/// goes into the summary.
Result<NewSnapshot> WriteSnapshot(FileSystem* files, const std::string& table_folder,
                                  const TableMetadata& metadata, std::int64_t snapshot_id,
                                  std::string_view operation, std::vector<ListedManifest> manifests,
                                  const SnapshotChange& change, json::object extra);

/// The change of a snapshot that replaces all that is in the table.
SnapshotChange ReplacingAll(const TableMetadata& metadata);

/// Adds the snapshot and makes it the current one.
Result<void> ApplySnapshot(const json::object& snapshot, std::int64_t now_ms,
                           TableMetadata* metadata);

}  // namespace sluice
