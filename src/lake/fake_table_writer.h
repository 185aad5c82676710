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
#include "lake/table_metadata.h"

namespace sluice {

/// Writes to tables as engines do, for tests: data files (of zeros), a manifest, a list, and the
/// commit request that names them. For one thread.
class FakeTableWriter {
 public:
  struct File {
    std::int64_t rows = 1;
    std::int64_t bytes = 100;
  };
  enum class Codec { kPlain, kSaysDeflate };

  /// Snapshot ids go up from `first_snapshot`; `files` must outlive the writer.
  explicit FakeTableWriter(FileSystem* files, std::int64_t first_snapshot = 1'000)
      : files_(files), last_snapshot_(first_snapshot) {}

  /// What the next manifests say of their compression. Nobody here can read compressed ones.
  void set_codec(Codec codec) { codec_ = codec; }
  void set_content(ManifestContent content) { content_ = content; }

  /// One append of these files to the table as `seen`; answers a commit request with identifier.
  json::object Append(const TableMetadata& seen, const std::string& database,
                      const std::string& table, const std::vector<File>& added) {
    const std::string folder = PathOfUri(seen.location());
    const std::int64_t id = ++last_snapshot_;
    const std::int64_t sequence = seen.Number("last-sequence-number") + 1;
    ListedManifest listed = WriteManifestOf(folder, added);
    listed.content = content_;
    listed.sequence_number = listed.min_sequence_number = sequence;
    listed.added_snapshot_id = id;
    ManifestList list = ListOf(seen);
    list.manifests.push_back(listed);
    const std::string list_path = fmt::format("{}/metadata/snap-{}.avro", folder, id);
    Put(list_path, *WriteManifestList(list, {}, list.manifests));
    return Request(seen, database, table,
                   json::object{{"snapshot-id", id},
                                {"sequence-number", sequence},
                                {"timestamp-ms", 2000},
                                {"manifest-list", JsonText(FileUri(list_path))},
                                {"summary", SummaryOf(added)}});
  }

 private:
  static constexpr const char* kManifestSchema =
      R"({"type":"record","name":"manifest_entry","fields":[
      {"name":"status","type":{"type":"int"},"field-id":0},
      {"name":"snapshot_id","type":["null",{"type":"long"}],"field-id":1},
      {"name":"sequence_number","type":["null","long"],"field-id":3},
      {"name":"file_sequence_number","type":["null",{"type":"long"}],"field-id":4},
      {"name":"data_file","type":{"type":"record","name":"data_file","fields":[
        {"name":"content","type":"int","field-id":134},
        {"name":"file_path","type":"string","field-id":100},
        {"name":"file_format","type":"string","field-id":101},
        {"name":"partition","type":{"type":"record","name":"partition","fields":[]},"field-id":102},
        {"name":"record_count","type":"long","field-id":103},
        {"name":"file_size_in_bytes","type":"long","field-id":104}]},"field-id":2}]})";
  static constexpr const char* kListSchema =
      R"({"type":"record","name":"manifest_file","fields":[
      {"name":"manifest_path","type":"string"},{"name":"manifest_length","type":"long"},
      {"name":"partition_spec_id","type":"int"},{"name":"content","type":"int"},
      {"name":"sequence_number","type":"long"},{"name":"min_sequence_number","type":"long"},
      {"name":"added_snapshot_id","type":"long"},{"name":"added_files_count","type":"int"},
      {"name":"existing_files_count","type":"int"},{"name":"deleted_files_count","type":"int"},
      {"name":"added_rows_count","type":"long"},{"name":"existing_rows_count","type":"long"},
      {"name":"deleted_rows_count","type":"long"},
      {"name":"partitions","type":["null",{"type":"array","items":"bytes"}]}]})";

  void Put(const std::string& path, std::string_view bytes) {
    (void)files_->WriteDurably(path, bytes);
  }

  ListedManifest WriteManifestOf(const std::string& folder, const std::vector<File>& added) {
    ListedManifest listed;
    std::vector<std::string> records;
    for (const File& file : added) {
      const std::string path = fmt::format("{}/data/{}.parquet", folder, MakeUuidV4());
      Put(path, std::string(static_cast<std::size_t>(file.bytes), '\0'));
      const std::string null = EncodeAvroLong(0);
      records.push_back(EncodeAvroLong(1) + null + null + null + EncodeAvroLong(0) +
                        EncodeAvroText(FileUri(path)) + EncodeAvroText("parquet") +
                        EncodeAvroLong(file.rows) + EncodeAvroLong(file.bytes));
      ++listed.added_files;
      listed.added_rows += file.rows;
    }
    const std::string path = fmt::format("{}/metadata/{}-m0.avro", folder, MakeUuidV4());
    const std::string bytes =
        WriteAvroFile({{"avro.schema", kManifestSchema},
                       {"avro.codec", codec_ == Codec::kPlain ? "null" : "deflate"},
                       {"format-version", "2"}},
                      records);
    Put(path, bytes);
    listed.uri = FileUri(path);
    listed.bytes = static_cast<std::int64_t>(bytes.size());
    return listed;
  }

  /// The list of the snapshot that the writer sees; an empty one for a table without.
  ManifestList ListOf(const TableMetadata& seen) {
    const std::string empty = WriteAvroFile({{"avro.schema", kListSchema}}, {});
    const std::optional<std::int64_t> current = seen.current_snapshot_id();
    const json::object* snapshot = current ? seen.FindSnapshot(*current) : nullptr;
    if (snapshot == nullptr) return *ReadManifestList(empty);
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
  Codec codec_ = Codec::kPlain;
  ManifestContent content_ = ManifestContent::kData;
};

}  // namespace sluice
