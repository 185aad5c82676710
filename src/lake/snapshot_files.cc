#include "lake/snapshot_files.h"

#include <utility>

#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/metadata_files.h"

namespace sluice {
namespace {

constexpr std::int64_t kEntryAdded = 1;  ///< `status` of a manifest's entry

Result<json::array> ReadManifests(FileSystem* files, const std::string& list) {
  const std::string bytes = TRY(files->Read(list, kManifestBytesMax));
  return ReadAvroFile(bytes, {"manifest_path", "added_snapshot_id"});
}

Result<json::array> ReadEntries(FileSystem* files, const std::string& manifest) {
  const std::string bytes = TRY(files->Read(manifest, kManifestBytesMax));
  return ReadAvroFile(bytes, {"status", "data_file", "file_path", "file_size_in_bytes"});
}

Result<void> AddManifest(FileSystem* files, const std::string& path, const std::string& folder,
                         AddedFiles* added) {
  for (const json::value& item : TRY(ReadEntries(files, path))) {
    const json::object* entry = item.if_object();
    const json::object* file = entry == nullptr ? nullptr : FindObject(*entry, "data_file");
    if (file == nullptr || FindInt(*entry, "status") != kEntryAdded) continue;
    const std::int64_t bytes = FindInt(*file, "file_size_in_bytes").value_or(0);
    if (bytes < 0 || bytes > kDataFileNumberMax) {
      return Fail(ErrorCode::kInvalidArgument, "A file of the manifest cannot be so large");
    }
    added->bytes += bytes;
    added->paths.push_back(TRY(PathBelow(FindText(*file, "file_path"), folder)));
  }
  added->paths.push_back(path);
  return {};
}

}  // namespace

Result<std::string> PathBelow(const std::string& uri, const std::string& folder) {
  std::string path = PathOfUri(uri);
  if (!path.starts_with(folder + "/") || path.find("/../") != std::string::npos ||
      path.ends_with("/..")) {
    return Fail(ErrorCode::kInvalidArgument, "A file lies outside its table's folder");
  }
  return path;
}

Result<AddedFiles> ReadAddedFiles(FileSystem* files, const json::object& snapshot,
                                  const std::string& table_folder) {
  AddedFiles added;
  const std::string list = TRY(PathBelow(FindText(snapshot, "manifest-list"), table_folder));
  const std::optional<std::int64_t> id = FindInt(snapshot, "snapshot-id");
  for (const json::value& item : TRY(ReadManifests(files, list))) {
    const json::object* manifest = item.if_object();
    if (manifest == nullptr) continue;
    const std::string path = TRY(PathBelow(FindText(*manifest, "manifest_path"), table_folder));
    if (FindInt(*manifest, "added_snapshot_id") != id) continue;
    TRY_VOID(AddManifest(files, path, table_folder, &added));
  }
  added.paths.push_back(list);
  return added;
}

}  // namespace sluice
