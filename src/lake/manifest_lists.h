#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"
#include "lake/manifest.h"
#include "lake/table_metadata.h"

namespace sluice {

/// Lists of manifests kept in memory, and manifests that all of them name together.
inline constexpr std::size_t kListsMax = 64;
inline constexpr std::size_t kListedMax = 20'000;

/// The lists of manifests that commits go on from, the newest in memory: a table that takes one row
/// after the other would read and decode all of its list for each. Thread-safe.
class ManifestLists {
 public:
  using List = std::shared_ptr<const std::vector<ListedManifest>>;

  /// `files` must outlive this.
  explicit ManifestLists(FileSystem* files) : files_(files) {}

  /// The list of the table's current snapshot, as ReadCurrentList has it.
  Result<List> ReadCurrent(const TableMetadata& metadata, const std::string& table_folder)
      EXCLUDES(mutex_);
  /// What has just been written to `path`.
  void Remember(const std::string& path, std::vector<ListedManifest> manifests) EXCLUDES(mutex_);

 private:
  FileSystem* files_;
  Mutex mutex_;
  std::list<std::pair<std::string, List>> newest_first_ GUARDED_BY(mutex_);
  std::size_t listed_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice
