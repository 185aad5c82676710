#include <utility>

#include "base/crash_point.h"
#include "lake/iceberg_catalog.h"

namespace sluice {
Result<void> IcebergCatalog::StoreCommits(std::vector<PendingCommit>* commits,
                                          const std::vector<ChangeContext>& contexts, bool* asked) {
  auto remove_written = [&] {
    for (const PendingCommit& commit : *commits) {
      if (!commit.new_metadata_location.empty()) {
        metadata_files_.Remove(commit.new_metadata_location);
      }
    }
  };
  std::vector<CatalogChange> changes;
  for (PendingCommit& commit : *commits) {
    Result<void> written = WriteMetadata(&commit);
    if (!written) {
      remove_written();
      return written;
    }
    changes.push_back(ChangeOf(commit));
  }
  CrashPoint("staged");
  if (asked != nullptr) *asked = true;
  Result<void> applied = options_.store->ApplyTogether(changes, contexts);
  if (!applied) {
    if (SaysNothingChanged(applied.error().code)) remove_written();
    return applied;
  }
  CrashPoint("committed");
  for (const PendingCommit& commit : *commits) {
    NoteActivity(commit);
    for (const std::string& file : commit.replaced_files) metadata_files_.Remove(file);
  }
  return {};
}

Result<void> IcebergCatalog::WriteMetadata(PendingCommit* commit) {
  const std::string& previous = commit->record.metadata_location;
  if (!previous.empty()) {
    const std::int64_t written_ms = commit->record.last_changed_ms;
    for (const std::string& uri : commit->metadata.LogPreviousFile(FileUri(previous), written_ms)) {
      // The log names files the catalog wrote; anything else is not ours to remove.
      std::string path = PathOfUri(uri);
      if (path.starts_with(commit->record.location + "/metadata/")) {
        commit->replaced_files.push_back(std::move(path));
      }
    }
  }
  commit->new_metadata_location =
      TRY(metadata_files_.Write(commit->metadata, commit->record.location, previous));
  return {};
}

CatalogChange IcebergCatalog::ChangeOf(const PendingCommit& commit) const {
  if (commit.is_new) {
    TableRecord record = commit.record;
    record.metadata_location = commit.new_metadata_location;
    return CreateTableChange{std::move(record)};
  }
  MoveTablePointerChange change;
  change.project = commit.record.project;
  change.uuid = commit.record.uuid;
  change.expected_metadata_location = commit.record.metadata_location;
  change.new_metadata_location = commit.new_metadata_location;
  change.declared_schema = commit.new_declared_schema;
  change.changed_ms = options_.clock->WallMs();
  return change;
}

}  // namespace sluice
