#include "lake/manifest_lists.h"

#include <algorithm>

#include "lake/avro_file.h"
#include "lake/new_snapshot.h"

namespace sluice {

Result<ManifestLists::List> ManifestLists::ReadCurrent(const TableMetadata& metadata,
                                                       const std::string& table_folder) {
  const std::string path = TRY(CurrentListPath(metadata, table_folder));
  if (path.empty()) return std::make_shared<const std::vector<ListedManifest>>();
  {
    MutexLock lock(mutex_);
    auto found = std::find_if(newest_first_.begin(), newest_first_.end(),
                              [&path](const auto& known) { return known.first == path; });
    if (found != newest_first_.end()) {
      newest_first_.splice(newest_first_.begin(), newest_first_, found);
      return found->second;
    }
  }
  const std::string list_bytes = TRY(files_->Read(path, kManifestBytesMax));
  return std::make_shared<const std::vector<ListedManifest>>(TRY(ReadManifestList(list_bytes)));
}

void ManifestLists::Remember(const std::string& path, std::vector<ListedManifest> manifests) {
  if (manifests.size() > kListedMax) return;  // it would only drive the others out
  MutexLock lock(mutex_);
  listed_ += manifests.size();
  newest_first_.emplace_front(
      path, std::make_shared<const std::vector<ListedManifest>>(std::move(manifests)));
  while (newest_first_.size() > kListsMax || listed_ > kListedMax) {
    listed_ -= newest_first_.back().second->size();
    newest_first_.pop_back();
  }
}

}  // namespace sluice
