#include "lake/new_snapshot.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/metadata_files.h"
#include "lake/metadata_update.h"
#include "lake/partition_spec.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

json::string NumberText(std::int64_t number) { return JsonText(fmt::format("{}", number)); }

const json::object* CurrentSnapshot(const TableMetadata& metadata) {
  std::optional<std::int64_t> id = metadata.current_snapshot_id();
  return id ? metadata.FindSnapshot(*id) : nullptr;
}

std::int64_t TotalBefore(const json::object* before, const char* name) {
  return before == nullptr ? 0 : SummaryNumber(*before, name).value_or(0);
}

void SetIfSome(json::object* summary, const char* name, std::int64_t number) {
  if (number > 0) (*summary)[name] = NumberText(number);
}

/// The summary of the specification's table "Snapshot Summary".
json::object MakeSummary(std::string_view operation, const SnapshotChange& change,
                         const json::object* before) {
  json::object summary{{"operation", JsonText(operation)}};
  SetIfSome(&summary, "added-data-files", change.added_files);
  SetIfSome(&summary, "added-records", change.added_rows);
  SetIfSome(&summary, "added-files-size", change.added_bytes);
  SetIfSome(&summary, "deleted-data-files", change.removed_files);
  SetIfSome(&summary, "deleted-records", change.removed_rows);
  SetIfSome(&summary, "removed-files-size", change.removed_bytes);
  auto total = [&](const char* name, std::int64_t added, std::int64_t removed) {
    summary[name] =
        NumberText(std::max<std::int64_t>(TotalBefore(before, name) + added - removed, 0));
  };
  total("total-records", change.added_rows, change.removed_rows);
  total("total-data-files", change.added_files, change.removed_files);
  total("total-files-size", change.added_bytes, change.removed_bytes);
  for (const char* deletes :
       {"total-delete-files", "total-position-deletes", "total-equality-deletes"}) {
    // What replaces everything leaves no delete behind.
    summary[deletes] = NumberText(operation == "overwrite" ? 0 : TotalBefore(before, deletes));
  }
  return summary;
}

}  // namespace

std::int64_t MakeSnapshotId() {
  std::int64_t id = 0;
  const std::string bytes = SecureRandomBytes(sizeof id);
  std::memcpy(&id, bytes.data(), sizeof id);
  id &= INT64_MAX;
  return id == 0 ? 1 : id;
}

TableWrite WriteOf(const TableMetadata& metadata, const AttemptFence& attempt,
                   const std::string& table_folder) {
  TableWrite write;
  write.folder =
      fmt::format("{}/{}-{}", DataFolder(table_folder), attempt.job.value(), attempt.attempt);
  write.schema_json = json::serialize(metadata.CurrentSchema());
  write.spec_json = json::serialize(metadata.DefaultSpec());
  const json::object* properties = FindObject(metadata.document(), "properties");
  write.properties_json = properties == nullptr ? "{}" : json::serialize(*properties);
  return write;
}

std::string MetadataFolder(const std::string& table_folder) { return table_folder + "/metadata"; }

std::string DataFolder(const std::string& table_folder) { return table_folder + "/data"; }

Result<AddedManifest> WriteAddedManifest(FileSystem* files, const std::string& table_folder,
                                         const TableWrite& write, std::int64_t snapshot_id,
                                         const std::vector<DataFile>& added) {
  const WritePlan plan = TRY(ReadTableWrite(write));
  const json::value spec = TRY(ParseJson(write.spec_json));
  Manifest manifest;
  manifest.shape.schema_json = write.schema_json;
  const json::array* fields = FindArray(spec.get_object(), "fields");
  manifest.shape.spec_json = fields == nullptr ? "[]" : json::serialize(*fields);
  manifest.shape.spec_id = FindInt(spec.get_object(), "spec-id").value_or(0);
  manifest.shape.partition = PartitionAvroSchema(plan.partition);
  for (const DataFile& file : added) {
    // The sequence numbers come from the list: a commit that is made again on a newer snapshot
    // keeps its manifest.
    manifest.entries.push_back({EntryStatus::kAdded, snapshot_id, {}, {}, file});
  }
  AddedManifest result;
  const std::string bytes = TRY(WriteManifest(manifest));
  result.path = fmt::format("{}/{}-m0.avro", MetadataFolder(table_folder), MakeUuidV4());
  TRY_VOID(files->Write(result.path, bytes, FileSync::kNow));
  ListedManifest& listed = result.listed;
  listed.uri = FileUri(result.path);
  listed.bytes = static_cast<std::int64_t>(bytes.size());
  listed.spec_id = manifest.shape.spec_id;
  listed.added_snapshot_id = snapshot_id;
  CountEntries(manifest.entries, &listed);
  listed.partitions = SummarizePartitions(plan.partition, manifest.entries);
  return result;
}

Result<std::string> CurrentListPath(const TableMetadata& metadata,
                                    const std::string& table_folder) {
  const json::object* snapshot = CurrentSnapshot(metadata);
  if (snapshot == nullptr) return std::string();
  return PathBelow(FindText(*snapshot, "manifest-list"), table_folder);
}

Result<std::vector<ListedManifest>> ReadCurrentList(FileSystem* files,
                                                    const TableMetadata& metadata,
                                                    const std::string& table_folder) {
  const std::string path = TRY(CurrentListPath(metadata, table_folder));
  if (path.empty()) return std::vector<ListedManifest>();
  return ReadManifestList(TRY(files->Read(path, kManifestBytesMax)));
}

Result<NewSnapshot> WriteSnapshot(FileSystem* files, const std::string& table_folder,
                                  const TableMetadata& metadata, std::int64_t snapshot_id,
                                  std::string_view operation, std::vector<ListedManifest> manifests,
                                  const SnapshotChange& change, json::object extra) {
  const json::object* before = CurrentSnapshot(metadata);
  ListHead head;
  head.snapshot_id = snapshot_id;
  head.parent_snapshot_id = metadata.current_snapshot_id();
  head.sequence_number = metadata.Number("last-sequence-number") + 1;
  for (ListedManifest& listed : manifests) {
    if (listed.added_snapshot_id != snapshot_id || listed.sequence_number != 0) continue;
    listed.sequence_number = head.sequence_number;
    if (listed.min_sequence_number == 0) listed.min_sequence_number = head.sequence_number;
  }
  NewSnapshot result;
  result.list_path =
      fmt::format("{}/snap-{}-{}.avro", MetadataFolder(table_folder), snapshot_id, MakeUuidV4());
  TRY_VOID(files->Write(result.list_path, WriteManifestList(head, manifests), FileSync::kNow));
  result.manifests = std::move(manifests);
  json::object summary = MakeSummary(operation, change, before);
  for (auto& member : extra) summary[member.key()] = std::move(member.value());
  result.snapshot = json::object{{"snapshot-id", snapshot_id},
                                 {"sequence-number", head.sequence_number},
                                 {"timestamp-ms", metadata.Number("last-updated-ms")},
                                 {"manifest-list", JsonText(FileUri(result.list_path))},
                                 {"summary", std::move(summary)},
                                 {"schema-id", metadata.Number("current-schema-id")}};
  if (head.parent_snapshot_id) result.snapshot["parent-snapshot-id"] = *head.parent_snapshot_id;
  return result;
}

SnapshotChange ReplacingAll(const TableMetadata& metadata) {
  const json::object* before = CurrentSnapshot(metadata);
  SnapshotChange change;
  change.removed_files = TotalBefore(before, "total-data-files");
  change.removed_rows = TotalBefore(before, "total-records");
  change.removed_bytes = TotalBefore(before, "total-files-size");
  return change;
}

Result<void> ApplySnapshot(const json::object& snapshot, std::int64_t now_ms,
                           TableMetadata* metadata) {
  metadata->Touch(now_ms);
  MetadataUpdater updater(metadata);
  TRY_VOID(updater.Apply({{"action", "add-snapshot"}, {"snapshot", snapshot}}));
  TRY_VOID(updater.Apply({{"action", "set-snapshot-ref"},
                          {"ref-name", JsonText(kMainBranch)},
                          {"type", "branch"},
                          {"snapshot-id", snapshot.at("snapshot-id")}}));
  metadata->ExpireSnapshots();
  return {};
}

}  // namespace sluice
