#include <filesystem>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/iceberg_catalog.h"
#include "lake/iceberg_types.h"
#include "lake/json_access.h"
#include "lake/manifest_check.h"
#include "lake/metadata_update.h"
#include "lake/snapshot_files.h"
#include "lake/table_schema.h"

namespace sluice {
namespace {

/// Past this many, the staged tables of users that were never committed are forgotten.
constexpr std::size_t kStagedByUsersMax = 10'000;
constexpr std::size_t kTablesOfCommitMax = 100;

tl::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, "The request is malformed: {}", what);
}

/// Where a snapshot's summary tells the list that the client sent, when it was mended.
constexpr const char* kSentListSummary = "sluice-sent-manifest-list";

/// Whether the commit is one that was made before: all that it adds is there.
bool IsRepeated(const TableCommit& commit, const TableMetadata& metadata) {
  bool adds = false;
  for (const json::value& item : *commit.updates) {
    const json::object& update = item.get_object();
    if (FindText(update, "action") != "add-snapshot") continue;
    const json::object* sent = FindObject(update, "snapshot");
    if (sent == nullptr) return false;
    const json::object* known = metadata.FindSnapshot(FindInt(*sent, "snapshot-id").value_or(0));
    if (known == nullptr) return false;
    const json::object* summary = FindObject(*known, "summary");
    const std::string list = FindText(*sent, "manifest-list");
    const bool is_same = FindText(*known, "manifest-list") == list ||
                         (summary != nullptr && FindText(*summary, kSentListSummary) == list);
    if (!is_same) return false;
    adds = true;
  }
  return adds;
}

/// The partition spec of a creation, with its columns' new ids, as an add-spec update wants it.
Result<json::object> RemapSpec(const json::object& spec, const FreshSchema& fresh) {
  json::object out = spec;
  json::value* fields = out.if_contains("fields");
  if (fields == nullptr || !fields->is_array()) return Malformed("partition-spec");
  for (json::value& item : fields->get_array()) {
    json::object* field = item.if_object();
    if (field == nullptr) return Malformed("partition-spec");
    auto id = fresh.new_ids.find(FindInt(*field, "source-id").value_or(-1));
    if (id == fresh.new_ids.end()) return Malformed("partition-spec");
    (*field)["source-id"] = id->second;
    field->erase("field-id");
  }
  return out;
}

/// A CreateTableRequest as the updates that make its table out of nothing.
Result<json::array> UpdatesOfCreation(const json::object& request) {
  const json::object* schema = FindObject(request, "schema");
  if (schema == nullptr) return Malformed("schema");
  TRY_VOID(FromIcebergSchema(*schema).map([](const Schema&) {}));
  FreshSchema fresh = TRY(AssignFreshIds(*schema));
  const json::object* given_spec = FindObject(request, "partition-spec");
  const json::object* order = FindObject(request, "write-order");
  const json::object unpartitioned{{"fields", json::array()}};
  json::object spec = TRY(RemapSpec(given_spec == nullptr ? unpartitioned : *given_spec, fresh));
  json::array updates;
  updates.push_back(json::object{{"action", "add-schema"}, {"schema", std::move(fresh.schema)}});
  updates.push_back(json::object{{"action", "set-current-schema"}, {"schema-id", -1}});
  updates.push_back(json::object{{"action", "add-spec"}, {"spec", std::move(spec)}});
  updates.push_back(json::object{{"action", "set-default-spec"}, {"spec-id", -1}});
  updates.push_back(json::object{{"action", "add-sort-order"},
                                 {"sort-order", order == nullptr ? unpartitioned : *order}});
  updates.push_back(json::object{{"action", "set-default-sort-order"}, {"sort-order-id", -1}});
  if (const json::object* properties = FindObject(request, "properties")) {
    updates.push_back(json::object{{"action", "set-properties"}, {"updates", *properties}});
  }
  return updates;
}

std::vector<std::pair<std::string, std::string>> PropertiesOf(const TableMetadata& metadata) {
  std::vector<std::pair<std::string, std::string>> properties;
  const json::object* object = FindObject(metadata.document(), "properties");
  if (object == nullptr) return properties;
  for (const auto& property : *object) {
    const json::string* value = property.value().if_string();
    if (value != nullptr) properties.emplace_back(std::string(property.key()), std::string(*value));
  }
  return properties;
}

/// What a new table's record takes from the metadata its client made.
Result<void> DescribeNew(const TableMetadata& metadata, TableRecord* record) {
  if (metadata.CurrentSchema().empty() || metadata.DefaultSpec().empty() ||
      !FindInt(metadata.document(), "default-sort-order-id")) {
    return Malformed("schema, partition spec and sort order are needed");
  }
  record->declared_schema = EncodeDeclaredTable(
      TRY(DeclareFromIceberg(metadata.CurrentSchema(), metadata.DefaultSpec())));
  record->properties = PropertiesOf(metadata);
  for (const auto& [key, value] : record->properties) {
    if (key == "comment") record->comment = value;
  }
  return {};
}

}  // namespace

Result<std::string> IcebergCatalog::RestLoadTable(const Principal& caller,
                                                  std::string_view database,
                                                  std::string_view name) {
  TableRecord record = TRY(GetTable(caller.project, ToLower(database), ToLower(name)));
  NoteClient(record.uuid);
  return LoadTableResult(record.metadata_location,
                         TRY(metadata_files_.Load(record.metadata_location))->text);
}

Result<std::string> IcebergCatalog::RestCreateTable(const Principal& user,
                                                    std::string_view database,
                                                    const json::object& request) {
  const std::string folded_database = ToLower(database);
  const std::string name = ToLower(FindText(request, "name"));
  TRY_VOID(CheckNewTable(user.project, folded_database, name));
  if (!FindText(request, "location").empty()) {
    return Fail(ErrorCode::kUnsupported, "The location of a managed table cannot be chosen");
  }
  PendingCommit pending = TRY(MakeRequested(user, folded_database, name, request));
  TRY_VOID(MakeTableFolders(pending.record.location));
  const json::value* stage = FindMember(request, "stage-create");
  if (stage != nullptr && stage->is_bool() && stage->get_bool()) {
    RememberStaged(pending.record.uuid, user.project);
    return LoadTableResult({}, pending.metadata.Serialize());
  }
  std::vector<PendingCommit> commits;
  commits.push_back(std::move(pending));
  TRY_VOID(StoreCommits(&commits, {ChangeContext{}}));
  const std::string& location = commits.front().new_metadata_location;
  return LoadTableResult(location, TRY(metadata_files_.Load(location))->text);
}

Result<IcebergCatalog::PendingCommit> IcebergCatalog::MakeRequested(const Principal& user,
                                                                    std::string_view database,
                                                                    std::string_view name,
                                                                    const json::object& request) {
  TableRecord record = MakeRecord(user.project, database, name, user.user_name);
  TableMetadata metadata = TableMetadata::Empty(record.created_ms);
  metadata.document()["table-uuid"] = JsonText(record.uuid);
  metadata.document()["location"] = JsonText(FileUri(record.location));
  MetadataUpdater updater(&metadata);
  for (const json::value& update : TRY(UpdatesOfCreation(request))) {
    TRY_VOID(updater.Apply(update.get_object()));
  }
  TRY_VOID(DescribeNew(metadata, &record));
  return PendingCommit{std::move(record), true, std::move(metadata), {}, {}, {}, {}};
}

Result<std::string> IcebergCatalog::RestCommitTable(const Principal& caller,
                                                    std::string_view database,
                                                    std::string_view name,
                                                    const json::object& request) {
  TableCommit commit = TRY(ParseTableCommit(request));
  commit.database = ToLower(database);
  commit.table = ToLower(name);
  TRY_VOID(CommitForUser(caller, {commit}));
  return RestLoadTable(caller, database, name);
}

Result<void> IcebergCatalog::RestCommitTransaction(const Principal& caller,
                                                   const json::object& request) {
  const json::array* changes = FindArray(request, "table-changes");
  if (changes == nullptr || changes->empty() || changes->size() > kTablesOfCommitMax) {
    return Malformed("table-changes");
  }
  std::vector<TableCommit> commits;
  for (const json::value& change : *changes) {
    if (!change.is_object()) return Malformed("table-changes");
    commits.push_back(TRY(ParseTableCommit(change.get_object())));
    if (commits.back().table.empty()) return Malformed("identifier");
  }
  return CommitForUser(caller, commits);
}

Result<void> IcebergCatalog::CommitForUser(const Principal& user,
                                           const std::vector<TableCommit>& commits) {
  std::vector<PendingCommit> pending;
  for (const TableCommit& commit : commits) {
    pending.push_back(TRY(PrepareForUser(user, commit)));
    NoteClient(pending.back().record.uuid);
  }
  // A client that did not hear the first answer gets it now.
  std::erase_if(pending, [](const PendingCommit& commit) { return commit.is_repeated; });
  if (pending.empty()) return {};
  return StoreCommits(&pending, {ChangeContext{}});
}

Result<IcebergCatalog::PendingCommit> IcebergCatalog::PrepareForUser(const Principal& user,
                                                                     const TableCommit& commit) {
  if (commit.creates_table()) return PrepareCreation(user, commit);
  TableRecord record = TRY(GetTable(user.project, commit.database, commit.table));
  const std::shared_ptr<const TableMetadata> before = TRY(LoadMetadata(record));
  if (IsRepeated(commit, *before)) {
    PendingCommit repeated{std::move(record), false, *before, {}, {}, {}, {}};
    repeated.is_repeated = true;
    return repeated;
  }
  const json::object old_schema = before->CurrentSchema();
  const json::object old_spec = before->DefaultSpec();
  CommittedTable committed = TRY(ApplyTableCommit(commit, *before, options_.clock->WallMs()));
  TRY_VOID(SettleFiles(record.location, *before, &committed));
  PendingCommit pending{
      std::move(record), false, std::move(committed.metadata), committed.added, {}, {}, {}};
  const json::object schema = pending.metadata.CurrentSchema();
  const json::object spec = pending.metadata.DefaultSpec();
  if (schema != old_schema || spec != old_spec) {
    DeclaredTable declared = TRY(DecodeDeclaredTable(pending.record.declared_schema));
    pending.new_declared_schema =
        EncodeDeclaredTable(TRY(EvolveDeclared(declared, old_schema, schema, spec)));
  }
  return pending;
}

Result<IcebergCatalog::PendingCommit> IcebergCatalog::PrepareCreation(const Principal& user,
                                                                      const TableCommit& commit) {
  TRY_VOID(CheckNewTable(user.project, commit.database, commit.table));
  CommittedTable committed = TRY(ApplyTableCommit(
      commit, TableMetadata::Empty(options_.clock->WallMs()), options_.clock->WallMs()));
  TableRecord record = MakeRecord(user.project, commit.database, commit.table, user.user_name);
  record.uuid = committed.metadata.uuid();
  record.location = options_.warehouse / user.project.value() / record.uuid;
  {
    MutexLock lock(mutex_);
    auto staged = staged_by_users_.find(record.uuid);
    if (staged == staged_by_users_.end() || staged->second != user.project) {
      return Fail(ErrorCode::kConflict, "The table was not staged, or too long ago");
    }
  }
  if (committed.metadata.location() != FileUri(record.location)) return Malformed("location");
  TRY_VOID(DescribeNew(committed.metadata, &record));
  TRY_VOID(SettleFiles(record.location, TableMetadata::Empty(0), &committed));
  return PendingCommit{
      std::move(record), true, std::move(committed.metadata), committed.added, {}, {}, {}};
}

// The engines write files and do not sync them; the catalog does, before its pointer says they are
// there.
Result<void> IcebergCatalog::SettleFiles(const std::string& table_folder,
                                         const TableMetadata& before,
                                         CommittedTable* committed) const {
  json::object* snapshot = committed->metadata.FindSnapshot(committed->added.snapshot_id);
  if (snapshot == nullptr) return {};
  UnmarkWithoutBloomFilters(snapshot);
  Result<AddedFiles> added = ReadAddedFiles(options_.files, *snapshot, table_folder);
  Result<void> checked;
  if (added) checked = CheckManifests(table_folder, before, committed->metadata, snapshot);
  const Error* error = !added ? &added.error() : (!checked ? &checked.error() : nullptr);
  if (error != nullptr) {
    return FailWithDetail(
        error->code == ErrorCode::kUnavailable || error->code == ErrorCode::kUnsupported
            ? error->code
            : ErrorCode::kInvalidArgument,
        error->detail, "The files of the snapshot cannot be used: {}", error->message);
  }
  if (LacksFileSizes(*committed)) SetAddedBytes(added->bytes, committed);
  return SyncFiles(added->paths, table_folder);
}

Result<void> IcebergCatalog::CheckManifests(const std::string& table_folder,
                                            const TableMetadata& before,
                                            const TableMetadata& metadata,
                                            json::object* snapshot) const {
  const std::string path = TRY(PathBelow(FindText(*snapshot, "manifest-list"), table_folder));
  const std::string bytes = TRY(options_.files->Read(path, kManifestBytesMax));
  const std::vector<ListedManifest> list = TRY(ReadManifestList(bytes));
  const std::optional<std::int64_t> parent = FindInt(*snapshot, "parent-snapshot-id");
  std::set<std::string> known;
  if (parent && IsChecked(before, *parent)) {
    const std::string parent_path =
        TRY(PathBelow(FindText(*before.FindSnapshot(*parent), "manifest-list"), table_folder));
    const std::string parent_bytes = TRY(options_.files->Read(parent_path, kManifestBytesMax));
    for (const ListedManifest& listed : TRY(ReadManifestList(parent_bytes))) {
      known.insert(listed.uri);
    }
  }
  ManifestCheck check(options_.files, table_folder, metadata);
  const auto is_known = [&known](const ListedManifest& listed) {
    return known.contains(listed.uri);
  };
  const std::vector<ListedManifest> checked = TRY(check.Run(list, is_known));
  if (check.has_changed()) {
    const ListHead head{FindInt(*snapshot, "snapshot-id").value_or(0), parent,
                        FindInt(*snapshot, "sequence-number").value_or(0)};
    const std::string mended = fmt::format("{}/snap-{}-{}.avro", MetadataFolder(table_folder),
                                           head.snapshot_id, MakeUuidV4());
    TRY_VOID(options_.files->Write(mended, WriteManifestList(head, checked), FileSync::kNow));
    (*snapshot)["manifest-list"] = JsonText(FileUri(mended));
    (*snapshot)["summary"].get_object()[kSentListSummary] = JsonText(FileUri(path));
  }
  MarkChecked(snapshot);
  return {};
}

Result<void> IcebergCatalog::SyncFiles(const std::vector<std::string>& paths,
                                       const std::filesystem::path& folder) const {
  std::set<std::filesystem::path> folders;
  for (const std::string& path : paths) {
    TRY_VOID(options_.files->Sync(path));
    // Folders of partitions may be as new as the files in them.
    std::filesystem::path parent = std::filesystem::path(path).parent_path();
    for (; parent != folder && parent.has_relative_path(); parent = parent.parent_path()) {
      folders.insert(parent);
    }
  }
  // The new metadata file is written into this one next, before the pointer moves, and syncs it.
  folders.erase(folder / "metadata");
  for (const std::filesystem::path& parent : folders) TRY_VOID(options_.files->Sync(parent));
  return {};
}

void IcebergCatalog::RememberStaged(const std::string& uuid, const ProjectId& project) {
  MutexLock lock(mutex_);
  if (staged_by_users_.size() >= kStagedByUsersMax) staged_by_users_.clear();
  staged_by_users_.emplace(uuid, project);
}

}  // namespace sluice
