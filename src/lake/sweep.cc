#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "lake/iceberg_catalog.h"
#include "lake/orphan_files.h"

namespace sluice {
namespace {

constexpr std::size_t kUuidLength = 36;

/// Whether the catalog makes folders of such names; others are not ours to remove.
bool IsUuid(std::string_view name) {
  return name.size() == kUuidLength && std::all_of(name.begin(), name.end(), [](char c) {
           return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Result<int> IcebergCatalog::SweepTable(const TableKey& table, std::int64_t now_served_ms,
                                       std::int64_t guard_ms) {
  std::optional<TableRecord> record =
      TRY(options_.store->FindTableByUuid(table.project, table.uuid));
  if (!record) return 0;
  // A writer that has ended by the time its files are looked for has committed them or never will.
  const bool has_writer = write_notes_.HasWriter(table);
  // Files before metadata: whatever is committed after the listing is no candidate.
  const std::vector<std::string> listed = TRY(options_.files->ListTree(record->location));
  record = TRY(options_.store->FindTableByUuid(table.project, table.uuid));
  if (!record) return 0;
  const std::shared_ptr<const TableMetadata> metadata = TRY(LoadMetadata(*record));
  Result<std::vector<std::string>> orphans =
      FindOrphans(options_.files, *record, *metadata, listed);
  if (!orphans && orphans.error().code == ErrorCode::kUnsupported) return 0;
  if (!orphans) return Fail(std::move(orphans.error()));
  const std::vector<std::string> old = TRY(
      options_.store->KeepUnreferenced(table, *orphans, now_served_ms, now_served_ms - guard_ms));
  if (has_writer) return 0;
  int removed = 0;
  for (const std::string& path : old) {
    TRY_VOID(options_.files->RemoveAll(std::filesystem::path(record->location) / path));
    ++removed;
  }
  return removed;
}

Result<int> IcebergCatalog::SweepFolders(std::int64_t now_served_ms, std::int64_t guard_ms) {
  Result<std::vector<std::string>> projects = options_.files->List(options_.warehouse);
  if (!projects && projects.error().code == ErrorCode::kNotFound) return 0;
  if (!projects) return Fail(std::move(projects.error()));
  int removed = 0;
  for (const std::string& project : *projects) {
    removed += TRY(SweepProject(ProjectId(project), now_served_ms, guard_ms));
  }
  return removed;
}

Result<int> IcebergCatalog::SweepProject(const ProjectId& project, std::int64_t now_served_ms,
                                         std::int64_t guard_ms) {
  const std::filesystem::path folder = options_.warehouse / project.value();
  // Folders before tables: a table registered in between is no candidate.
  const std::vector<std::string> listed = TRY(options_.files->List(folder));
  std::set<std::string> known;
  for (const TableKey& table : TRY(options_.store->ListTableKeys())) {
    if (table.project == project) known.insert(table.uuid);
  }
  for (const std::string& dropped :
       TRY(options_.store->ListDroppedLocations(std::numeric_limits<std::int64_t>::max()))) {
    known.insert(std::filesystem::path(dropped).filename().string());
  }
  std::vector<std::string> strays;
  std::copy_if(listed.begin(), listed.end(), std::back_inserter(strays),
               [&known](const std::string& name) { return IsUuid(name) && !known.contains(name); });
  const std::vector<std::string> old = TRY(options_.store->KeepUnreferenced(
      {project, ""}, strays, now_served_ms, now_served_ms - guard_ms));
  for (const std::string& name : old) {
    {
      // Whoever staged it can no longer commit it.
      MutexLock lock(mutex_);
      staged_by_users_.erase(name);
    }
    if (TRY(options_.store->FindTableByUuid(project, name))) continue;
    TRY_VOID(options_.files->RemoveAll(folder / name));
  }
  return static_cast<int>(old.size());
}

}  // namespace sluice
