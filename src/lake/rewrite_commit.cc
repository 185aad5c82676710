#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/random.h"
#include "lake/iceberg_catalog.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

/// Tables whose activity is remembered; past it the notes are dropped, and later ones count anew.
constexpr std::size_t kTablesNotedMax = 100'000;
/// How long after its last call a client may still be about to commit.
constexpr std::int64_t kClientActiveMs = 60'000;

}  // namespace

void IcebergCatalog::NoteActivity(const PendingCommit& commit) {
  if (commit.added.files == 0) return;
  MutexLock lock(mutex_);
  if (activity_.size() >= kTablesNotedMax) activity_.clear();
  TableActivity& activity = activity_[commit.record.uuid];
  activity.table = {commit.record.project, commit.record.uuid};
  activity.files += commit.added.files;
}

Result<std::vector<TableKey>> IcebergCatalog::ListTables() const {
  return options_.store->ListTableKeys();
}

std::vector<TableActivity> IcebergCatalog::TakeActivity() {
  MutexLock lock(mutex_);
  std::vector<TableActivity> taken;
  taken.reserve(activity_.size());
  for (auto& [uuid, activity] : activity_) taken.push_back(std::move(activity));
  activity_.clear();
  return taken;
}

void IcebergCatalog::NoteClient(const std::string& uuid) {
  const std::int64_t now_ms = options_.clock->MonotonicMs();
  MutexLock lock(mutex_);
  if (clients_seen_ms_.size() >= kTablesNotedMax) {
    std::erase_if(clients_seen_ms_,
                  [&](const auto& seen) { return now_ms - seen.second > kClientActiveMs; });
  }
  clients_seen_ms_[uuid] = now_ms;
}

bool IcebergCatalog::IsClientActive(const TableKey& table) const {
  MutexLock lock(mutex_);
  auto seen = clients_seen_ms_.find(table.uuid);
  return seen != clients_seen_ms_.end() &&
         options_.clock->MonotonicMs() - seen->second <= kClientActiveMs;
}

Result<std::shared_ptr<TableRewrite>> IcebergCatalog::StageRewrite(const TableKey& table,
                                                                   TablePace pace) {
  std::optional<TableRecord> record =
      TRY(options_.store->FindTableByUuid(table.project, table.uuid));
  if (!record) return std::shared_ptr<TableRewrite>();
  auto stored = TRY(metadata_files_.Load(record->metadata_location));
  if (stored->totals.files < static_cast<std::int64_t>(kQuietFilesMin)) {
    return std::shared_ptr<TableRewrite>();
  }
  const std::shared_ptr<const TableMetadata> metadata = TRY(LoadMetadata(*record));
  std::shared_ptr<TableRewrite> rewrite =
      TRY(StageTableRewrite(options_.files, *record, *metadata, stored->current_text, pace));
  if (rewrite == nullptr) return rewrite;
  // A rewrite has no job; its number is in nobody's list.
  const AttemptFence attempt{JobId(MakeUuidV7(options_.clock->WallMs())), 1};
  rewrite->snapshot_id = MakeSnapshotId();
  rewrite->open.attempt = attempt;
  rewrite->open.record = *record;
  rewrite->open.write = WriteOf(*metadata, attempt, record->location);
  Result<void> noted = write_notes_.Add(
      {attempt, {record->project, record->uuid}, rewrite->open.write.folder, rewrite->snapshot_id});
  if (noted) return rewrite;
  for (const std::string& path : rewrite->own_files) (void)options_.files->RemoveAll(path);
  return Fail(std::move(noted.error()));
}

Result<void> IcebergCatalog::CommitRewrite(const TableRewrite& rewrite,
                                           const std::vector<DataFile>& written, bool* asked) {
  if (asked != nullptr) *asked = false;
  std::vector<std::string> paths;
  for (const DataFile& file : written) {
    paths.push_back(TRY(PathBelow(file.uri, rewrite.open.write.folder)));
  }
  TRY_VOID(SyncFiles(paths, rewrite.record.location));
  // What was added meanwhile is read before the others have to wait.
  KnownManifests known = rewrite.known;
  const TableRecord record = TRY(FindRewritten(rewrite));
  const std::shared_ptr<const TableMetadata> metadata = TRY(LoadMetadata(record));
  TRY_VOID(
      ReadLiveFiles(options_.files, *metadata, record.location, &known).map([](const LiveFiles&) {
      }));
  WaitingWrite write;
  write.open = &rewrite.open;
  write.files = &written;
  write.rewrite = &rewrite;
  write.known = &known;
  Result<void> committed = commit_line_.Commit(
      &write, [this](const std::vector<WaitingWrite*>& group) { CommitGroup(group); });
  if (asked != nullptr) *asked = write.asked;
  return committed;
}

Result<TableRecord> IcebergCatalog::FindRewritten(const TableRewrite& rewrite) const {
  std::optional<TableRecord> record =
      TRY(options_.store->FindTableByUuid(rewrite.record.project, rewrite.record.uuid));
  if (!record) return Fail(ErrorCode::kNotFound, "The table was dropped");
  return *std::move(record);
}

Result<void> IcebergCatalog::StoreRewrite(WaitingWrite* write) {
  TableRecord record = TRY(FindRewritten(*write->rewrite));
  TableMetadata metadata = *TRY(LoadMetadata(record));
  RewrittenSnapshot rewritten = TRY(BuildRewrittenSnapshot(options_.files, *write->rewrite,
                                                           *write->files, metadata, write->known));
  Result<void> stored =
      StoreRewritten(std::move(record), std::move(metadata), rewritten, &write->asked);
  if (stored) manifest_lists_.Remember(rewritten.list_path, std::move(rewritten.manifests));
  // Only a refusal says for certain that nothing names the files; else the sweep finds out.
  if (!stored && (!write->asked || SaysNothingChanged(stored.error().code))) {
    for (const std::string& file : rewritten.new_files) (void)options_.files->RemoveAll(file);
  }
  return stored;
}

Result<void> IcebergCatalog::StoreRewritten(TableRecord record, TableMetadata metadata,
                                            const RewrittenSnapshot& rewritten, bool* asked) {
  CrashPoint("rewritten");
  TRY_VOID(ApplySnapshot(rewritten.snapshot, options_.clock->WallMs(), &metadata));
  std::vector<PendingCommit> commits;
  commits.push_back({std::move(record), false, std::move(metadata), {}, {}, {}, {}});
  return StoreCommits(&commits, {ChangeContext{}}, asked);
}

void IcebergCatalog::EndRewrite(const TableRewrite& rewrite, RewriteEnd end) {
  for (const std::string& path : rewrite.own_files) {
    Result<void> removed = options_.files->RemoveAll(path);
    if (!removed) LogError(LogLevel::kWarning, "a rewrite's input stays", removed.error());
  }
  switch (end) {
    case RewriteEnd::kCommitted:
      return KeepWritten(rewrite.open);
    case RewriteEnd::kGivenUp:
      return RemoveWritten(rewrite.open);
    case RewriteEnd::kUnknown:  // the note tells the next start
      return;
  }
}

}  // namespace sluice
