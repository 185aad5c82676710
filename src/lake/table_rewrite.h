#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/result.h"
#include "lake/data_file.h"
#include "lake/manifest.h"
#include "lake/open_write.h"
#include "lake/small_files.h"
#include "lake/table_metadata.h"
#include "store/catalog_store.h"

namespace sluice {

/// Manifests that were read, by URI; null for one in a form that is not read here. A rewrite reads
/// those of a large table once: to read all of them again for its commit would take so long that
/// other commits are always faster.
struct KnownManifests {
  std::map<std::string, std::shared_ptr<const Manifest>> by_uri;
  std::size_t memory_bytes = 0;  ///< about what they take
};

/// Small files of a table that a worker joins into one: what it reads and where it writes.
/// docs/design/0007-compaction.md. A value.
struct TableRewrite {
  TableRecord record;            ///< the table when it was staged
  std::string source_view;       ///< what shows the small files alone: metadata as JSON text
  OpenWrite open;                ///< where their rows go
  std::int64_t snapshot_id = 0;  ///< that will replace them
  std::map<std::string, std::int64_t> replaced;  ///< URI of each small file, and its rows
  std::int64_t rows = 0;                         ///< in all of them
  std::int64_t bytes = 0;
  std::int64_t schema_id = 0;
  std::int64_t spec_id = 0;
  std::vector<std::string> own_files;  ///< paths that only the source view names
  KnownManifests known;
};

/// Files of a table as its current snapshot names them.
struct LiveFiles {
  struct OneManifest {
    ListedManifest listed;
    std::shared_ptr<const Manifest> manifest;  ///< null when it is in a form that is not read here
  };
  std::vector<OneManifest> manifests;
};

/// Reads the current snapshot's list and manifests, but for those that are known, and adds them to
/// `known`. kUnsupported for a list in a form that is not read here, and for a table with delete
/// files: those name data files by their place.
Result<LiveFiles> ReadLiveFiles(FileSystem* files, const TableMetadata& metadata,
                                const std::string& table_folder, KnownManifests* known);

/// Chooses small files and writes what shows them alone; where the rows go is for the caller to
/// say. Null when a rewrite is not worth while, or not done for this kind of table (partitioned,
/// with delete files, of other forms).
Result<std::shared_ptr<TableRewrite>> StageTableRewrite(FileSystem* files,
                                                        const TableRecord& record,
                                                        const TableMetadata& metadata,
                                                        const std::string& current_view,
                                                        TablePace pace);

/// What a rewrite puts in the place of the small files.
struct RewrittenSnapshot {
  json::object snapshot;               ///< an add-snapshot update's
  std::vector<std::string> new_files;  ///< manifests and the list, written and synced
  std::string list_path;
  std::vector<ListedManifest> manifests;  ///< as the list has them
};

/// Writes manifests and list of the replacing snapshot, against the table as it is now. `written`
/// are the worker's files. kConflict when one of the small files is no longer in it or the table
/// has another shape, kFailedPrecondition when the worker's rows are not as many. Reads manifests
/// that are not `known`.
Result<RewrittenSnapshot> BuildRewrittenSnapshot(FileSystem* files, const TableRewrite& rewrite,
                                                 const std::vector<DataFile>& written,
                                                 const TableMetadata& metadata,
                                                 KnownManifests* known);

}  // namespace sluice
