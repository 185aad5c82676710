#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/manifest.h"
#include "lake/metadata_files.h"
#include "lake/partition_spec.h"
#include "lake/table_metadata.h"
#include "lake/table_write.h"

namespace sluice {

/// A file of zeros in the write's folder, as a worker would leave one and tell of it.
inline DataFile WriteFakeDataFile(const TableWrite& write, std::int64_t rows,
                                  std::int64_t bytes = 100) {
  LocalFileSystem local;
  DataFile file;
  const std::string path = fmt::format("{}/{}.parquet", write.folder, MakeUuidV4());
  (void)local.MakeFolders(write.folder);
  (void)local.Write(path, std::string(static_cast<std::size_t>(bytes), '\0'), FileSync::kLater);
  file.uri = FileUri(path);
  file.rows = rows;
  file.bytes = bytes;
  return file;
}

/// Writes to tables as clients outside do, for tests: data files (of zeros), a manifest, a list,
/// and the commit request that names them. For one thread.
class FakeTableWriter {
 public:
  struct File {
    std::int64_t rows = 1;
    std::int64_t bytes = 100;
  };
  /// Snapshot ids go up from `first_snapshot`; `files` must outlive the writer.
  explicit FakeTableWriter(FileSystem* files, std::int64_t first_snapshot = 1'000)
      : files_(files), last_snapshot_(first_snapshot) {}

  /// Compresses the last manifest in a way that nobody here can read, as a table of before may have
  /// one: none is taken in any more.
  void SpoilLastManifest() {
    std::string bytes = *files_->Read(last_manifest_, kManifestBytesMax);
    const std::string deflate = EncodeAvroText("deflate");
    bytes.replace(bytes.find(deflate), deflate.size(), EncodeAvroText("zstandard"));
    Put(last_manifest_, bytes);
  }
  void set_content(ManifestContent content) { content_ = content; }

  /// One append of these files to the table as `seen`; answers a commit request with identifier.
  json::object Append(const TableMetadata& seen, const std::string& database,
                      const std::string& table, const std::vector<File>& added) {
    const std::string folder = PathOfUri(seen.location());
    const std::int64_t id = ++last_snapshot_;
    const std::int64_t sequence = seen.Number("last-sequence-number") + 1;
    ListedManifest listed = WriteManifestOf(seen, folder, added);
    listed.sequence_number = listed.min_sequence_number = sequence;
    listed.added_snapshot_id = id;
    std::vector<ListedManifest> list = ListOf(seen);
    list.push_back(listed);
    const std::string list_path = fmt::format("{}/metadata/snap-{}.avro", folder, id);
    Put(list_path, WriteManifestList({id, seen.current_snapshot_id(), sequence}, list));
    return Request(seen, database, table,
                   json::object{{"snapshot-id", id},
                                {"sequence-number", sequence},
                                {"timestamp-ms", 2000},
                                {"manifest-list", JsonText(FileUri(list_path))},
                                {"summary", SummaryOf(added)}});
  }

 private:
  void Put(const std::string& path, std::string_view bytes) {
    (void)files_->WriteDurably(path, bytes);
  }

  ListedManifest WriteManifestOf(const TableMetadata& seen, const std::string& folder,
                                 const std::vector<File>& added) {
    ListedManifest listed;
    Manifest manifest;
    manifest.shape.schema_json = R"({"schema-id":0})";
    manifest.shape.spec_json = "[]";
    manifest.shape.content = listed.content = content_;
    const std::vector<PartitionField> fields =
        *ReadPartitionSpec(seen.DefaultSpec(), LeavesOf(seen.CurrentSchema()));
    manifest.shape.partition = PartitionAvroSchema(fields);
    for (const File& file : added) {
      const std::string path = fmt::format("{}/data/{}.parquet", folder, MakeUuidV4());
      Put(path, std::string(static_cast<std::size_t>(file.bytes), '\0'));
      ManifestEntry& entry = manifest.entries.emplace_back();
      if (content_ == ManifestContent::kDeletes) {
        entry.file.content = FileContent::kPositionDeletes;
      }
      entry.file.partition.resize(fields.size());  // NULL in each
      entry.file.uri = FileUri(path);
      entry.file.rows = file.rows;
      entry.file.bytes = file.bytes;
      ++listed.added_files;
      listed.added_rows += file.rows;
    }
    const std::string path = fmt::format("{}/metadata/{}-m0.avro", folder, MakeUuidV4());
    const std::string bytes = *WriteManifest(manifest);
    Put(path, bytes);
    last_manifest_ = path;
    listed.uri = FileUri(path);
    listed.bytes = static_cast<std::int64_t>(bytes.size());
    return listed;
  }

  /// The list of the snapshot that the writer sees; an empty one for a table without.
  std::vector<ListedManifest> ListOf(const TableMetadata& seen) {
    const std::optional<std::int64_t> current = seen.current_snapshot_id();
    const json::object* snapshot = current ? seen.FindSnapshot(*current) : nullptr;
    if (snapshot == nullptr) return {};
    return *ReadManifestList(
        *files_->Read(PathOfUri(FindText(*snapshot, "manifest-list")), kManifestBytesMax));
  }

  static json::object SummaryOf(const std::vector<File>& added) {
    File sum{0, 0};
    for (const File& file : added) {
      sum.rows += file.rows;
      sum.bytes += file.bytes;
    }
    auto text = [](std::int64_t number) { return JsonText(fmt::format("{}", number)); };
    return json::object{{"operation", "append"},
                        {"added-records", text(sum.rows)},
                        {"added-data-files", text(static_cast<std::int64_t>(added.size()))},
                        {"added-files-size", text(sum.bytes)}};
  }

  static json::object Request(const TableMetadata& seen, const std::string& database,
                              const std::string& table, json::object snapshot) {
    const std::optional<std::int64_t> parent = seen.current_snapshot_id();
    if (parent) snapshot["parent-snapshot-id"] = *parent;
    json::object requirement{{"type", "assert-ref-snapshot-id"}, {"ref", "main"}};
    requirement["snapshot-id"] = parent ? json::value(*parent) : json::value();
    const json::value id = snapshot.at("snapshot-id");
    json::array updates;
    updates.push_back(json::object{{"action", "add-snapshot"}, {"snapshot", std::move(snapshot)}});
    updates.push_back(json::object{{"action", "set-snapshot-ref"},
                                   {"ref-name", "main"},
                                   {"type", "branch"},
                                   {"snapshot-id", id}});
    json::array levels;
    levels.push_back(JsonText(database));
    json::array requirements;
    requirements.push_back(std::move(requirement));
    return json::object{
        {"identifier", json::object{{"namespace", std::move(levels)}, {"name", JsonText(table)}}},
        {"requirements", std::move(requirements)},
        {"updates", std::move(updates)}};
  }

  FileSystem* files_;
  std::int64_t last_snapshot_;
  std::string last_manifest_;
  ManifestContent content_ = ManifestContent::kData;
};

}  // namespace sluice
