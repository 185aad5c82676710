#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/result.h"
#include "lake/manifest.h"
#include "lake/small_files.h"
#include "lake/table_metadata.h"
#include "store/catalog_store.h"

namespace sluice {

/// Small files of a table that a worker joins into one: what it reads, under which names, and what
/// it wrote. docs/design/0007-compaction.md. What is written at staging does not change;
/// the output is thread-safe.
class TableRewrite {
 public:
  TableRecord record;        ///< the table when it was staged
  std::string source_table;  ///< by this name the attempt sees the small files alone
  std::string target_table;  ///< by this name it sees the table empty, and writes
  std::string source_view;   ///< metadata as JSON text
  std::string target_view;   ///< metadata as JSON text
  std::map<std::string, std::int64_t> replaced;  ///< URI of each small file, and its rows
  std::int64_t rows = 0;                         ///< in all of them
  std::int64_t bytes = 0;
  std::int64_t schema_id = 0;
  std::int64_t spec_id = 0;
  std::vector<std::string> own_files;  ///< paths that only the source view names

  /// The snapshot that the worker wants to commit, as an add-snapshot update has it.
  void SetOutput(json::object snapshot) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    output_ = std::move(snapshot);
  }
  std::optional<json::object> output() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return output_;
  }

 private:
  mutable Mutex mutex_;
  std::optional<json::object> output_ GUARDED_BY(mutex_);
};

/// Files of a table as its current snapshot names them.
struct LiveFiles {
  struct OneManifest {
    ListedManifest listed;
    std::optional<Manifest> manifest;  ///< empty when it is in a form that is not read here
  };
  ManifestList list;
  std::vector<OneManifest> manifests;
};

/// Reads the current snapshot's list and manifests. kUnsupported for a list in a form that is not
/// read here, and for a table with delete files: those name data files by their place.
Result<LiveFiles> ReadLiveFiles(FileSystem* files, const TableMetadata& metadata,
                                const std::string& table_folder);

/// Chooses small files and writes what shows them alone. Null when a rewrite is not worth while, or
/// not done for this kind of table (partitioned, with delete files, of other forms).
Result<std::shared_ptr<TableRewrite>> StageTableRewrite(FileSystem* files,
                                                        const TableRecord& record,
                                                        const TableMetadata& metadata,
                                                        const std::string& current_view,
                                                        TablePace pace);

/// What a rewrite puts in the place of the small files.
struct RewrittenSnapshot {
  json::object snapshot;               ///< an add-snapshot update's
  std::vector<std::string> new_files;  ///< manifests and the list, written durably
  std::vector<std::string> to_sync;    ///< the worker's files
};

/// Writes manifests and list of the replacing snapshot, against the table as it is now. kConflict
/// when one of the small files is no longer in it or the table has another shape, kInternal when
/// the worker's rows are not as many.
Result<RewrittenSnapshot> BuildRewrittenSnapshot(FileSystem* files, const TableRewrite& rewrite,
                                                 const TableMetadata& metadata);

/// The files that the worker wrote, for a rewrite that is given up.
Result<std::vector<std::string>> ListRewriteOutput(FileSystem* files, const TableRewrite& rewrite);

}  // namespace sluice
