#include <filesystem>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/log.h"
#include "lake/iceberg_catalog.h"
#include "lake/iceberg_types.h"
#include "lake/json_access.h"
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
  return LoadTableResult(commits.front().new_metadata_location,
                         commits.front().metadata.Serialize());
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
  return StoreCommits(&pending, {ChangeContext{}});
}

Result<IcebergCatalog::PendingCommit> IcebergCatalog::PrepareForUser(const Principal& user,
                                                                     const TableCommit& commit) {
  if (commit.creates_table()) return PrepareCreation(user, commit);
  TableRecord record = TRY(GetTable(user.project, commit.database, commit.table));
  TableMetadata base = TRY(LoadMetadata(record));
  const json::object old_schema = base.CurrentSchema();
  const json::object old_spec = base.DefaultSpec();
  CommittedTable committed = TRY(ApplyTableCommit(commit, std::move(base), options_.clock->WallMs()));
  TRY_VOID(SettleFiles(record.location, &committed));
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
  TRY_VOID(SettleFiles(record.location, &committed));
  return PendingCommit{
      std::move(record), true, std::move(committed.metadata), committed.added, {}, {}, {}};
}

// The engines write files and do not sync them; the catalog does, before its pointer says they are
// there.
Result<void> IcebergCatalog::SettleFiles(const std::string& table_folder,
                                         CommittedTable* committed) const {
  const json::object* snapshot = committed->metadata.FindSnapshot(committed->added.snapshot_id);
  if (snapshot == nullptr) return {};
  Result<AddedFiles> added = ReadAddedFiles(options_.files, *snapshot, table_folder);
  if (!added && added.error().code != ErrorCode::kUnsupported) {
    return FailWithDetail(added.error().code == ErrorCode::kUnavailable
                              ? ErrorCode::kUnavailable
                              : ErrorCode::kInvalidArgument,
                          added.error().detail, "The files of the snapshot cannot be used: {}",
                          added.error().message);
  }
  if (!added) {
    // Written by somebody's client in a way we do not read: the data is as good without its size.
    LogError(LogLevel::kWarning, "files of a commit are not known", added.error());
    return {};
  }
  if (LacksFileSizes(*committed)) SetAddedBytes(added->bytes, committed);
  return SyncFiles(added->paths, table_folder);
}

Result<void> IcebergCatalog::SyncFiles(const std::vector<std::string>& paths,
                                       const std::filesystem::path& table_folder) const {
  std::set<std::filesystem::path> folders;
  for (const std::string& path : paths) {
    TRY_VOID(options_.files->Sync(path));
    // Folders of partitions may be as new as the files in them.
    std::filesystem::path folder = std::filesystem::path(path).parent_path();
    for (; folder != table_folder && folder.has_relative_path(); folder = folder.parent_path()) {
      folders.insert(folder);
    }
  }
  // The new metadata file is written into this one next, before the pointer moves, and syncs it.
  folders.erase(table_folder / "metadata");
  for (const std::filesystem::path& folder : folders) TRY_VOID(options_.files->Sync(folder));
  return {};
}

void IcebergCatalog::RememberStaged(const std::string& uuid, const ProjectId& project) {
  MutexLock lock(mutex_);
  if (staged_by_users_.size() >= kStagedByUsersMax) staged_by_users_.clear();
  staged_by_users_.emplace(uuid, project);
}

}  // namespace sluice
