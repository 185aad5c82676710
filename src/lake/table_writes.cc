#include <algorithm>
#include <map>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/iceberg_catalog.h"
#include "lake/json_access.h"
#include "lake/manifest_check.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

/// Commits of clients outside that may come in between before a write is given up for now.
constexpr int kCommitTries = 50;

CommitMarker MarkerOf(const WaitingWrite& write, std::int64_t snapshot_id) {
  CommitMarker marker{write.open->attempt.job, write.open->attempt.attempt, snapshot_id, 0, 0, 0};
  for (const DataFile& file : *write.files) {
    marker.rows += file.rows;
    marker.bytes += file.bytes;
    ++marker.files;
  }
  return marker;
}

/// The files that attempts of one group wrote by the same schema and partition spec.
using FilesByShape = std::map<std::pair<std::string, std::string>, std::vector<DataFile>>;

SnapshotChange ChangeOfFiles(const std::vector<WaitingWrite*>& group) {
  SnapshotChange change;
  for (const WaitingWrite* write : group) {
    for (const DataFile& file : *write->files) {
      ++change.added_files;
      change.added_rows += file.rows;
      change.added_bytes += file.bytes;
    }
  }
  return change;
}

}  // namespace

Result<OpenWrite> IcebergCatalog::BeginWrite(const AttemptFence& attempt, const ProjectId& project,
                                             std::string_view database, std::string_view name,
                                             WriteMode mode) {
  OpenWrite open{attempt, mode, TRY(GetTable(project, database, name)), std::nullopt, {}};
  open.write = WriteOf(*TRY(LoadMetadata(open.record)), attempt, open.record.location);
  TRY_VOID(ReadTableWrite(open.write).map([](const WritePlan&) {}));
  TRY_VOID(write_notes_.Add({attempt, {project, open.record.uuid}, open.write.folder, 0}));
  return open;
}

Result<OpenWrite> IcebergCatalog::BeginCreate(const AttemptFence& attempt, const ProjectId& project,
                                              const NewTable& table) {
  TRY_VOID(CheckNewTable(project, table.database, table.name));
  StagedTable staged = TRY(BuildTable(project, table));
  const TableMetadata metadata = TRY(TableMetadata::Parse(staged.metadata_json));
  OpenWrite open{attempt, WriteMode::kCreate, staged.record, std::nullopt, {}};
  open.write = WriteOf(metadata, attempt, open.record.location);
  // The folder of the table itself is what goes if it is never registered.
  TRY_VOID(write_notes_.Add({attempt, {project, open.record.uuid}, open.record.location, 0}));
  open.staged = std::move(staged);
  Result<void> made = MakeTableFolders(open.record.location);
  if (!made) {
    RemoveWritten(open);
    return Fail(std::move(made.error()));
  }
  return open;
}

Result<void> IcebergCatalog::RegisterStaged(const StagedTable& staged,
                                            const ChangeContext& context) {
  std::vector<PendingCommit> commits;
  commits.push_back(
      {staged.record, true, TRY(TableMetadata::Parse(staged.metadata_json)), {}, {}, {}, {}});
  return StoreCommits(&commits, {context});
}

Result<void> IcebergCatalog::CommitNothing(const OpenWrite& open, const ChangeContext& context) {
  (void)options_.files->RemoveAll(open.write.folder);  // an empty one, if it is there at all
  switch (open.mode) {
    case WriteMode::kAppend:
      return ApplyUnlessEmpty({}, context);
    case WriteMode::kOverwrite:
      return TruncateTable(open.record, context);
    case WriteMode::kCreate:
      return RegisterStaged(*open.staged, context);
  }
  return {};
}

Result<void> IcebergCatalog::CommitWrite(const OpenWrite& open, const std::vector<DataFile>& files,
                                         const ChangeContext& context) {
  if (files.empty()) return CommitNothing(open, context);
  std::vector<std::string> paths;
  for (const DataFile& file : files) paths.push_back(TRY(PathBelow(file.uri, open.write.folder)));
  TRY_VOID(SyncFiles(paths, DataFolder(open.record.location)));
  CrashPoint("synced");
  WaitingWrite write;
  write.open = &open;
  write.files = &files;
  write.context = &context;
  return commit_line_.Commit(
      &write, [this](const std::vector<WaitingWrite*>& group) { CommitGroup(group); });
}

void IcebergCatalog::CommitGroup(const std::vector<WaitingWrite*>& group) {
  WaitingWrite& first = *group.front();
  if (first.rewrite != nullptr) {
    first.outcome = StoreRewrite(&first);
    return;
  }
  const Result<void> stored = StoreGroup(group);
  // One of them may have been cancelled or have lost its right: that one fails, alone.
  if (!stored && group.size() > 1 && SaysNothingChanged(stored.error().code)) {
    for (WaitingWrite* write : group) write->outcome = StoreGroup({write});
    return;
  }
  for (WaitingWrite* write : group) write->outcome = stored;
}

Result<void> IcebergCatalog::StoreGroup(const std::vector<WaitingWrite*>& group) {
  const std::string& location = group.front()->open->record.location;
  FilesByShape by_shape;
  for (const WaitingWrite* write : group) {
    const TableWrite& shape = write->open->write;
    std::vector<DataFile>& files = by_shape[{shape.schema_json, shape.spec_json}];
    files.insert(files.end(), write->files->begin(), write->files->end());
  }
  // Names the folders of all their attempts.
  TRY_VOID(options_.files->Sync(DataFolder(location)));
  const std::int64_t snapshot_id = MakeSnapshotId();
  std::vector<AddedManifest> added;
  auto remove_added = [&] {
    for (const AddedManifest& manifest : added) (void)options_.files->RemoveAll(manifest.path);
  };
  for (const auto& [shape, files] : by_shape) {
    Result<AddedManifest> written = WriteAddedManifest(
        options_.files, location, {{}, shape.first, shape.second, "{}"}, snapshot_id, files);
    if (!written) {
      remove_added();
      return Fail(std::move(written.error()));
    }
    added.push_back(*std::move(written));
  }
  CrashPoint("manifested");
  Result<void> stored;
  CommitTry last;
  last.moved = true;
  bool is_unnamed = false;  // for certain nothing names what was written
  for (int tries = 0; last.moved && tries < kCommitTries; ++tries) {
    last = {};
    stored = StoreGroupOnce(group, added, snapshot_id, &last);
    is_unnamed = !stored && (!last.asked || SaysNothingChanged(stored.error().code));
    if (!is_unnamed) continue;
    for (const std::string& path : last.written) (void)options_.files->RemoveAll(path);
  }
  if (is_unnamed) remove_added();
  // Nobody's fault: the same commit may pass in a moment.
  if (last.moved) return Fail(ErrorCode::kUnavailable, "Other writers keep changing the table");
  return stored;
}

Result<void> IcebergCatalog::StoreGroupOnce(const std::vector<WaitingWrite*>& group,
                                            const std::vector<AddedManifest>& added,
                                            std::int64_t snapshot_id, CommitTry* tried) {
  const OpenWrite& first = *group.front()->open;
  const bool is_new = first.mode == WriteMode::kCreate;
  TableRecord record = first.record;
  if (!is_new) {
    auto found = TRY(options_.store->FindTableByUuid(record.project, record.uuid));
    if (!found)
      return Fail(ErrorCode::kNotFound, "The table was dropped: {}.{}", record.database,
                  record.name);
    record = *std::move(found);
  }
  TableMetadata metadata =
      is_new ? TRY(TableMetadata::Parse(first.staged->metadata_json)) : *TRY(LoadMetadata(record));
  SnapshotChange change = ChangeOfFiles(group);
  std::vector<ListedManifest> manifests;
  if (first.mode == WriteMode::kAppend) {
    manifests = TRY(KeptManifests(record, metadata, &tried->written));
  } else if (first.mode == WriteMode::kOverwrite) {
    const SnapshotChange replaced = ReplacingAll(metadata);
    change.removed_files = replaced.removed_files;
    change.removed_rows = replaced.removed_rows;
    change.removed_bytes = replaced.removed_bytes;
  }
  for (const AddedManifest& manifest : added) manifests.push_back(manifest.listed);
  NewSnapshot made =
      TRY(WriteSnapshot(options_.files, record.location, metadata, snapshot_id,
                        first.mode == WriteMode::kOverwrite ? "overwrite" : "append",
                        std::move(manifests), change, json::object{{"engine-name", "sluice"}}));
  MarkChecked(&made.snapshot);
  if (first.mode != WriteMode::kAppend || IsWithoutBloomFilters(metadata)) {
    MarkWithoutBloomFilters(&made.snapshot);
  }
  tried->written.push_back(made.list_path);
  std::vector<ChangeContext> contexts;
  for (const WaitingWrite* write : group) {
    contexts.push_back(*write->context);
    contexts.back().marker = MarkerOf(*write, snapshot_id);
  }
  Result<void> stored = ApplySnapshot(made.snapshot, options_.clock->WallMs(), &metadata);
  if (stored) {
    std::vector<PendingCommit> commits;
    const std::string seen = record.metadata_location;
    PendingCommit pending{record, is_new, std::move(metadata), {}, {}, {}, {}};
    pending.added = {snapshot_id, change.added_rows, change.added_files, change.added_bytes};
    commits.push_back(std::move(pending));
    stored = StoreCommits(&commits, contexts, &tried->asked);
    if (stored) manifest_lists_.Remember(made.list_path, std::move(made.manifests));
    if (!stored && stored.error().code == ErrorCode::kConflict && !is_new) {
      auto now = options_.store->FindTableByUuid(record.project, record.uuid);
      tried->moved = now && *now && (*now)->metadata_location != seen;
    }
  }
  return stored;
}

Result<std::vector<ListedManifest>> IcebergCatalog::KeptManifests(
    const TableRecord& record, const TableMetadata& metadata, std::vector<std::string>* written) {
  const ManifestLists::List list = TRY(manifest_lists_.ReadCurrent(metadata, record.location));
  const std::optional<std::int64_t> current = metadata.current_snapshot_id();
  if (!current || IsChecked(metadata, *current)) return *list;
  ManifestCheck check(options_.files, record.location, metadata);
  auto checked = check.Run(*list, [](const ListedManifest&) { return false; });
  *written = check.written();
  return checked;
}

void IcebergCatalog::KeepWritten(const OpenWrite& open) { write_notes_.Remove(open.attempt); }

void IcebergCatalog::RemoveWritten(const OpenWrite& open) {
  const std::string& folder =
      open.mode == WriteMode::kCreate ? open.record.location : open.write.folder;
  Result<void> removed = options_.files->RemoveAll(folder);
  if (!removed) {
    // The note stays: the next start tries again.
    return LogError(LogLevel::kWarning, "files of an attempt stay", removed.error());
  }
  write_notes_.Remove(open.attempt);
}

Result<void> IcebergCatalog::SettleOpenWrites(const HasCommitted& has_committed) {
  for (const WriteNote& note : TRY(write_notes_.TakeOld())) {
    Result<void> settled = SettleOpenWrite(note, has_committed);
    if (!settled) LogError(LogLevel::kWarning, "files of an attempt stay", settled.error());
  }
  return {};
}

Result<void> IcebergCatalog::SettleOpenWrite(const WriteNote& note,
                                             const HasCommitted& has_committed) {
  const std::filesystem::path folder = std::filesystem::path(note.folder).lexically_normal();
  const std::filesystem::path below = folder.lexically_relative(options_.warehouse);
  // warehouse/{project}/{table} is the least deep folder that a note may name.
  const bool is_ours = std::distance(below.begin(), below.end()) >= 2 && *below.begin() != "..";
  if (is_ours && !TRY(IsNamed(note, has_committed))) {
    TRY_VOID(options_.files->RemoveAll(folder));
    CrashPoint("left_overs_removed");
  }
  write_notes_.Remove(note.attempt);
  return {};
}

/// Whether a snapshot names the files of the note.
Result<bool> IcebergCatalog::IsNamed(const WriteNote& note,
                                     const HasCommitted& has_committed) const {
  const auto record = TRY(options_.store->FindTableByUuid(note.table.project, note.table.uuid));
  if (note.folder.ends_with(note.table.uuid)) return record.has_value();  // a new table's
  if (note.snapshot_id == 0) return has_committed(note.attempt);
  if (!record) return false;
  return TRY(LoadMetadata(*record))->FindSnapshot(note.snapshot_id) != nullptr;
}

}  // namespace sluice
