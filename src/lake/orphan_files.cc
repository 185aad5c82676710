#include "lake/orphan_files.h"

#include <algorithm>
#include <utility>

#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/manifest.h"
#include "lake/metadata_files.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

tl::unexpected<Error> Uncertain(std::string_view what) {
  return FailWithDetail(ErrorCode::kUnsupported, std::string(what),
                        "The files of the table cannot be told for certain");
}

/// Collects what a table's history names, as paths below its folder.
class NamedFiles {
 public:
  NamedFiles(FileSystem* files, const TableRecord& record, const std::vector<std::string>& listed)
      : files_(files), folder_(record.location), listed_(listed.begin(), listed.end()) {}

  Result<void> AddMetadata(const TableRecord& record, const TableMetadata& metadata) {
    TRY_VOID(Add(record.metadata_location).map([](bool) {}));
    for (const char* list : {"statistics", "partition-statistics"}) {
      TRY_VOID(AddEach(metadata, list, "statistics-path"));
    }
    AddLog(metadata);
    const json::array* snapshots = FindArray(metadata.document(), "snapshots");
    if (snapshots == nullptr) return {};
    for (const json::value& item : *snapshots) {
      const json::object* snapshot = item.if_object();
      if (snapshot == nullptr) return Uncertain("snapshot");
      TRY_VOID(AddList(FindText(*snapshot, "manifest-list")));
    }
    return {};
  }

  bool Has(const std::string& path) const { return named_.contains(path); }

 private:
  /// Whether the name is new.
  Result<bool> Add(const std::string& uri) {
    Result<std::string> path = PathBelow(uri, folder_);
    if (!path) return Uncertain(uri);
    std::string below = path->substr(folder_.size() + 1);
    // A name that does not lead to a file we see may be another spelling of one we would remove.
    if (!listed_.contains(below)) return Uncertain(uri);
    return named_.insert(std::move(below)).second;
  }

  Result<void> AddEach(const TableMetadata& metadata, const char* list, const char* member) {
    const json::array* items = FindArray(metadata.document(), list);
    if (items == nullptr) return {};
    for (const json::value& item : *items) {
      const json::object* object = item.if_object();
      if (object == nullptr) return Uncertain(list);
      TRY_VOID(Add(FindText(*object, member)).map([](bool) {}));
    }
    return {};
  }

  /// Earlier metadata files may be gone already.
  void AddLog(const TableMetadata& metadata) {
    const json::array* items = FindArray(metadata.document(), "metadata-log");
    if (items == nullptr) return;
    for (const json::value& item : *items) {
      if (const json::object* object = item.if_object()) {
        (void)Add(FindText(*object, "metadata-file"));
      }
    }
  }

  Result<void> AddList(const std::string& uri) {
    if (!TRY(Add(uri))) return {};
    const std::string bytes = TRY(files_->Read(PathOfUri(uri), kManifestBytesMax));
    for (const ListedManifest& manifest : TRY(ReadManifestList(bytes))) {
      TRY_VOID(AddManifest(manifest.uri));
    }
    return {};
  }

  Result<void> AddManifest(const std::string& uri) {
    if (!TRY(Add(uri))) return {};
    const std::string bytes = TRY(files_->Read(PathOfUri(uri), kManifestBytesMax));
    const Manifest manifest = TRY(ReadManifest(bytes));
    for (const ManifestEntry& entry : manifest.entries) {
      // Snapshots that still read a deleted file name it in manifests of their own.
      if (entry.status == EntryStatus::kDeleted) continue;
      TRY_VOID(Add(entry.file.uri).map([](bool) {}));
    }
    return {};
  }

  FileSystem* files_;
  const std::string folder_;
  const std::set<std::string> listed_;
  std::set<std::string> named_;
};

}  // namespace

Result<std::vector<std::string>> FindOrphans(FileSystem* files, const TableRecord& record,
                                             const TableMetadata& metadata,
                                             const std::vector<std::string>& listed) {
  NamedFiles named(files, record, listed);
  TRY_VOID(named.AddMetadata(record, metadata));
  std::vector<std::string> orphans;
  std::copy_if(listed.begin(), listed.end(), std::back_inserter(orphans),
               [&named](const std::string& path) { return !named.Has(path); });
  return orphans;
}

}  // namespace sluice
