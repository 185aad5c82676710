#include "lake/iceberg_catalog.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "lake/metadata_update.h"
#include "lake/table_schema.h"

namespace sluice {
namespace {

constexpr std::string_view kDefaultDatabase = "default";
constexpr int kTruncateTries = 5;
/// Arrays, maps and structs inside one another; the engine writes and reads so many in a file.
constexpr int kColumnDepthMax = 16;

tl::unexpected<Error> NoDatabase(std::string_view name) {
  return Fail(ErrorCode::kNotFound, "There is no database named {}", name);
}

tl::unexpected<Error> NoTable(std::string_view database, std::string_view name) {
  return Fail(ErrorCode::kNotFound, "There is no table named {}.{}", database, name);
}

bool Failed(const Result<void>& result, ErrorCode code) {
  return !result && result.error().code == code;
}

/// An absolute path below the warehouse, without a way out.
bool IsBelow(const std::filesystem::path& folder, const std::filesystem::path& root) {
  const std::filesystem::path relative = folder.lexically_relative(root);
  return !relative.empty() && relative != "." && *relative.begin() != "..";
}

}  // namespace

Result<std::unique_ptr<LakeCatalog>> LakeCatalog::Create(Options options) {
  CHECK(options.files != nullptr);
  CHECK(options.store != nullptr);
  CHECK(options.clock != nullptr);
  CHECK(options.warehouse.is_absolute() && options.notes.is_absolute());
  options.warehouse = options.warehouse.lexically_normal();
  TRY_VOID(options.files->MakeFolders(options.warehouse));
  return std::unique_ptr<LakeCatalog>(std::make_unique<IcebergCatalog>(std::move(options)));
}

IcebergCatalog::IcebergCatalog(Options options)
    : options_(std::move(options)),
      write_notes_(options_.files, options_.notes),
      metadata_files_(options_.files),
      manifest_lists_(options_.files) {}

Result<void> IcebergCatalog::CreateDatabase(const DatabaseRecord& database, IfExists if_exists,
                                            const ChangeContext& context) {
  bool exists = TRY(HasDatabase(database.project, database.name));
  if (!exists) {
    Result<void> created = options_.store->Apply({CreateDatabaseChange{database}}, context);
    if (!Failed(created, ErrorCode::kAlreadyExists)) return created;
  }
  if (if_exists == IfExists::kSkip) return ApplyUnlessEmpty({}, context);
  return Fail(ErrorCode::kAlreadyExists, "The database already exists: {}", database.name);
}

Result<void> IcebergCatalog::DropDatabase(const ProjectId& project, std::string_view name,
                                          bool cascade, IfMissing if_missing,
                                          const ChangeContext& context) {
  if (name == kDefaultDatabase) {
    return Fail(ErrorCode::kUnsupported, "The database default cannot be dropped");
  }
  Result<void> dropped =
      options_.store->Apply({DropDatabaseChange{project, std::string(name), cascade}}, context);
  if (if_missing == IfMissing::kSkip && Failed(dropped, ErrorCode::kNotFound)) {
    return ApplyUnlessEmpty({}, context);
  }
  return dropped;
}

Result<void> IcebergCatalog::CreateTable(const ProjectId& project, const NewTable& table,
                                         IfExists if_exists, const ChangeContext& context) {
  Result<void> free = CheckNewTable(project, table.database, table.name);
  if (free) {
    const StagedTable staged = TRY(BuildTable(project, table));
    TRY_VOID(MakeTableFolders(staged.record.location));
    free = RegisterStaged(staged, context);
  }
  if (if_exists == IfExists::kSkip && Failed(free, ErrorCode::kAlreadyExists)) {
    return ApplyUnlessEmpty({}, context);
  }
  return free;
}

Result<void> IcebergCatalog::DropTable(const ProjectId& project, std::string_view database,
                                       std::string_view name, IfMissing if_missing,
                                       const ChangeContext& context) {
  Result<void> dropped = options_.store->Apply(
      {DropTableChange{project, std::string(database), std::string(name)}}, context);
  if (if_missing == IfMissing::kSkip && Failed(dropped, ErrorCode::kNotFound)) {
    return ApplyUnlessEmpty({}, context);
  }
  return dropped;
}

Result<void> IcebergCatalog::TruncateTable(const ProjectId& project, std::string_view database,
                                           std::string_view name, const ChangeContext& context) {
  return TruncateTable(TRY(GetTable(project, database, name)), context);
}

Result<void> IcebergCatalog::TruncateTable(const TableRecord& table, const ChangeContext& context) {
  // A commit in between moves the pointer; the truncation then is of the newer table. A broken
  // fence is the same code and leaves the pointer where it was.
  std::string seen;
  for (int tries = 0;; ++tries) {
    auto found = TRY(options_.store->FindTableByUuid(table.project, table.uuid));
    if (!found) return NoTable(table.database, table.name);
    const TableRecord& record = *found;
    const bool moved = seen != record.metadata_location;
    seen = record.metadata_location;
    if (!moved) return Fail(ErrorCode::kConflict, "The job may not change the table any more");
    Result<void> truncated = TruncateOnce(record, context);
    if (!Failed(truncated, ErrorCode::kConflict) || tries == kTruncateTries) return truncated;
  }
}

Result<void> IcebergCatalog::TruncateOnce(const TableRecord& record, const ChangeContext& context) {
  TableMetadata metadata = *TRY(LoadMetadata(record));
  if (!metadata.current_snapshot_id()) return ApplyUnlessEmpty({}, context);
  metadata.ClearMain();
  metadata.Touch(options_.clock->WallMs());
  std::vector<PendingCommit> commits;
  commits.push_back({record, false, std::move(metadata), {}, {}, {}, {}});
  return StoreCommits(&commits, {context});
}

Result<void> IcebergCatalog::RenameTable(const ProjectId& project, std::string_view database,
                                         std::string_view name, std::string_view new_database,
                                         std::string_view new_name, const ChangeContext& context) {
  TRY_VOID(GetTable(project, database, name).map([](const TableRecord&) {}));
  TRY_VOID(CheckNewTable(project, new_database, new_name));
  return options_.store->Apply(
      {RenameTableChange{project, std::string(database), std::string(name),
                         std::string(new_database), std::string(new_name)}},
      context);
}

Result<bool> IcebergCatalog::HasDatabase(const ProjectId& project, std::string_view name) const {
  if (name == kDefaultDatabase) return true;
  return TRY(options_.store->FindDatabase(project, name)).has_value();
}

Result<std::vector<DatabaseRecord>> IcebergCatalog::ListDatabases(const ProjectId& project) const {
  std::vector<DatabaseRecord> databases = TRY(options_.store->ListDatabases(project));
  auto place = std::lower_bound(
      databases.begin(), databases.end(), kDefaultDatabase,
      [](const DatabaseRecord& database, std::string_view name) { return database.name < name; });
  if (place == databases.end() || place->name != kDefaultDatabase) {
    DatabaseRecord record;
    record.project = project;
    record.name = kDefaultDatabase;
    databases.insert(place, std::move(record));
  }
  return databases;
}

Result<bool> IcebergCatalog::HasTable(const ProjectId& project, std::string_view database,
                                      std::string_view name) const {
  return TRY(options_.store->FindTable(project, database, name)).has_value();
}

Result<std::optional<TableDescription>> IcebergCatalog::FindTable(const ProjectId& project,
                                                                  std::string_view database,
                                                                  std::string_view name) const {
  std::optional<TableRecord> record = TRY(options_.store->FindTable(project, database, name));
  if (!record) return std::optional<TableDescription>();
  DeclaredTable declared = TRY(DecodeDeclaredTable(record->declared_schema));
  auto stored = TRY(metadata_files_.Load(record->metadata_location));
  TableDescription description;
  description.record = std::move(*record);
  description.columns = std::move(declared.columns);
  description.partition_columns = std::move(declared.partition_columns);
  description.snapshot_id = stored->totals.snapshot_id;
  description.total_rows = stored->totals.rows;
  description.total_bytes = stored->totals.bytes;
  description.total_files = stored->totals.files;
  return std::optional<TableDescription>(std::move(description));
}

Result<std::vector<TableRecord>> IcebergCatalog::ListTables(const ProjectId& project,
                                                            std::string_view database) const {
  if (!TRY(HasDatabase(project, database))) return NoDatabase(database);
  return options_.store->ListTables(project, database);
}

Result<int> IcebergCatalog::RemoveDroppedFolders(std::int64_t dropped_before_served_ms) {
  int removed = 0;
  for (const std::string& location :
       TRY(options_.store->ListDroppedLocations(dropped_before_served_ms))) {
    const std::filesystem::path folder = std::filesystem::path(location).lexically_normal();
    if (!IsBelow(folder, options_.warehouse)) {
      Log(LogLevel::kError, "dropped folder lies outside the warehouse", {{"detail", location}});
      continue;
    }
    TRY_VOID(options_.files->RemoveAll(folder));
    TRY_VOID(options_.store->ForgetDroppedLocation(location));
    ++removed;
  }
  return removed;
}

Result<void> IcebergCatalog::EnsureDatabase(const ProjectId& project, std::string_view name) {
  if (TRY(options_.store->FindDatabase(project, name))) return {};
  if (name != kDefaultDatabase) return NoDatabase(name);
  DatabaseRecord record;
  record.project = project;
  record.name = kDefaultDatabase;
  record.created_ms = options_.clock->WallMs();
  Result<void> created = options_.store->Apply({CreateDatabaseChange{std::move(record)}}, {});
  if (Failed(created, ErrorCode::kAlreadyExists)) return {};
  return created;
}

Result<TableRecord> IcebergCatalog::GetTable(const ProjectId& project, std::string_view database,
                                             std::string_view name) const {
  std::optional<TableRecord> record = TRY(options_.store->FindTable(project, database, name));
  if (!record) return NoTable(database, name);
  return std::move(*record);
}

Result<std::shared_ptr<const TableMetadata>> IcebergCatalog::LoadMetadata(
    const TableRecord& record) const {
  return metadata_files_.LoadParsed(record.metadata_location);
}

Result<void> IcebergCatalog::CheckNewTable(const ProjectId& project, std::string_view database,
                                           std::string_view name) {
  if (!IsValidTableName(name)) {
    return Fail(ErrorCode::kInvalidArgument, "The table name is not valid: {}", name);
  }
  TRY_VOID(EnsureDatabase(project, database));
  if (TRY(options_.store->FindTable(project, database, name))) {
    return Fail(ErrorCode::kAlreadyExists, "The table already exists: {}.{}", database, name);
  }
  return {};
}

TableRecord IcebergCatalog::MakeRecord(const ProjectId& project, std::string_view database,
                                       std::string_view name, std::string_view owner) const {
  TableRecord record;
  record.project = project;
  record.database = database;
  record.name = name;
  record.owner = owner;
  record.format = "parquet";
  record.created_ms = options_.clock->WallMs();
  record.last_changed_ms = record.created_ms;
  record.uuid = MakeUuidV7(record.created_ms);
  record.location = options_.warehouse / project.value() / record.uuid;
  return record;
}

Result<StagedTable> IcebergCatalog::BuildTable(const ProjectId& project,
                                               const NewTable& table) const {
  for (const auto& [key, value] : table.properties) TRY_VOID(CheckTableProperty(key, value));
  for (const StructField& column : table.columns) {
    if (column.type.Depth() > kColumnDepthMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  "[LIMIT_EXCEEDED.COLUMN_DEPTH] The type of the column {} is nested more than {} "
                  "levels deep",
                  column.name, kColumnDepthMax);
    }
  }
  const DeclaredTable declared{table.columns, table.partition_columns};
  TableRecord record = MakeRecord(project, table.database, table.name, table.owner);
  TableMetadata metadata = TRY(TableMetadata::Make(record.uuid, FileUri(record.location), declared,
                                                   table.properties, record.created_ms));
  record.comment = table.comment;
  if (!table.format.empty()) record.format = table.format;
  record.declared_schema = EncodeDeclaredTable(declared);
  record.properties = table.properties;
  return StagedTable{std::move(record), metadata.Serialize()};
}

Result<void> IcebergCatalog::MakeTableFolders(const std::string& location) {
  // Engines write into both folders and make neither.
  const std::filesystem::path folder = location;
  TRY_VOID(options_.files->MakeFolders(folder / "metadata"));
  TRY_VOID(options_.files->MakeFolders(folder / "data"));
  // What is synced inside them later must be found again after a power cut.
  TRY_VOID(options_.files->Sync(folder));
  TRY_VOID(options_.files->Sync(folder.parent_path()));
  return options_.files->Sync(folder.parent_path().parent_path());
}

Result<void> IcebergCatalog::ApplyUnlessEmpty(const std::vector<CatalogChange>& changes,
                                              const ChangeContext& context) {
  bool is_empty = changes.empty() && !context.fence && !context.marker && !context.finish;
  if (is_empty) return {};
  return options_.store->Apply(changes, context);
}

}  // namespace sluice
