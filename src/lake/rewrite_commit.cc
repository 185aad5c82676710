#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/iceberg_catalog.h"
#include "lake/json_access.h"
#include "lake/metadata_update.h"

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
  const TableMetadata metadata = TRY(TableMetadata::Parse(stored->text));
  return StageTableRewrite(options_.files, *record, metadata, stored->current_text, pace);
}

Result<std::string> IcebergCatalog::LoadForRewrite(const TableRewrite& rewrite,
                                                   const std::string& database,
                                                   const std::string& name) const {
  const bool is_source = name == rewrite.source_table;
  if (database != rewrite.record.database || (!is_source && name != rewrite.target_table)) {
    return Fail(ErrorCode::kNotFound, "There is no table named {}.{}", database, name);
  }
  return LoadTableResult(rewrite.record.metadata_location,
                         is_source ? rewrite.source_view : rewrite.target_view);
}

Result<void> IcebergCatalog::TakeRewriteOutput(TableRewrite* rewrite,
                                               const std::vector<TableCommit>& commits) {
  const TableCommit& commit = commits.front();
  if (commits.size() != 1 || commit.database != rewrite->record.database ||
      commit.table != rewrite->target_table) {
    return Fail(ErrorCode::kPermissionDenied, "An attempt may change its target only");
  }
  for (const json::value& update : *commit.updates) {
    if (FindText(update.get_object(), "action") != "add-snapshot") continue;
    if (const json::object* snapshot = FindObject(update.get_object(), "snapshot")) {
      rewrite->SetOutput(*snapshot);
    }
  }
  return {};
}

Result<void> IcebergCatalog::CommitRewrite(const TableRewrite& rewrite) {
  std::optional<TableRecord> record =
      TRY(options_.store->FindTableByUuid(rewrite.record.project, rewrite.record.uuid));
  if (!record) return Fail(ErrorCode::kNotFound, "The table was dropped");
  TableMetadata metadata = TRY(LoadMetadata(*record));
  const RewrittenSnapshot rewritten =
      TRY(BuildRewrittenSnapshot(options_.files, rewrite, metadata));
  Result<void> stored = StoreRewrite(*std::move(record), std::move(metadata), rewritten);
  // Only a refusal says for certain that nothing names the files; else the sweep finds out.
  if (!stored && stored.error().code == ErrorCode::kConflict) {
    for (const std::string& file : rewritten.new_files) (void)options_.files->RemoveAll(file);
  }
  return stored;
}

Result<void> IcebergCatalog::StoreRewrite(TableRecord record, TableMetadata metadata,
                                          const RewrittenSnapshot& rewritten) {
  TRY_VOID(SyncFiles(rewritten.to_sync, record.location));
  CrashPoint("rewritten");
  MetadataUpdater updater(&metadata);
  TRY_VOID(updater.Apply({{"action", "add-snapshot"}, {"snapshot", rewritten.snapshot}}));
  TRY_VOID(updater.Apply({{"action", "set-snapshot-ref"},
                          {"ref-name", "main"},
                          {"type", "branch"},
                          {"snapshot-id", rewritten.snapshot.at("snapshot-id")}}));
  metadata.Touch(options_.clock->WallMs());
  metadata.ExpireSnapshots();
  std::vector<PendingCommit> commits;
  commits.push_back({std::move(record), false, std::move(metadata), {}, {}, {}, {}});
  return StoreCommits(&commits, {});
}

void IcebergCatalog::RemoveRewriteInput(const TableRewrite& rewrite) {
  for (const std::string& path : rewrite.own_files) {
    Result<void> removed = options_.files->RemoveAll(path);
    if (!removed) LogError(LogLevel::kWarning, "a rewrite's input stays", removed.error());
  }
}

void IcebergCatalog::RemoveRewriteOutput(const TableRewrite& rewrite) {
  auto paths = ListRewriteOutput(options_.files, rewrite);
  if (!paths) return LogError(LogLevel::kWarning, "a rewrite's output stays", paths.error());
  for (const std::string& path : *paths) (void)options_.files->RemoveAll(path);
}

}  // namespace sluice
