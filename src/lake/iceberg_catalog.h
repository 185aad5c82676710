#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "lake/catalog.h"
#include "lake/metadata_files.h"
#include "lake/table_commit.h"
#include "lake/table_metadata.h"

namespace sluice {

/// The LakeCatalog: Iceberg v2 metadata in files, pointers in the store. How a commit stays whole
/// is told in docs/design/0003-commit-protocol.md. Thread-safe: what is written is checked by the
/// store's compare-and-swap, not by locks here.
class IcebergCatalog final : public LakeCatalog, private TableMaintenance {
 public:
  explicit IcebergCatalog(Options options);

  Result<void> CreateDatabase(const DatabaseRecord& database, IfExists if_exists,
                              const ChangeContext& context) override;
  Result<void> DropDatabase(const ProjectId& project, std::string_view name, bool cascade,
                            IfMissing if_missing, const ChangeContext& context) override;
  Result<void> CreateTable(const ProjectId& project, const NewTable& table, IfExists if_exists,
                           const ChangeContext& context) override;
  Result<void> DropTable(const ProjectId& project, std::string_view database, std::string_view name,
                         IfMissing if_missing, const ChangeContext& context) override;
  Result<void> TruncateTable(const ProjectId& project, std::string_view database,
                             std::string_view name, const ChangeContext& context) override;
  Result<void> RenameTable(const ProjectId& project, std::string_view database,
                           std::string_view name, std::string_view new_database,
                           std::string_view new_name, const ChangeContext& context) override;

  Result<bool> HasDatabase(const ProjectId& project, std::string_view name) const override;
  Result<std::vector<DatabaseRecord>> ListDatabases(const ProjectId& project) const override;
  Result<bool> HasTable(const ProjectId& project, std::string_view database,
                        std::string_view name) const override;
  Result<std::optional<TableDescription>> FindTable(const ProjectId& project,
                                                    std::string_view database,
                                                    std::string_view name) const override;
  Result<std::vector<TableRecord>> ListTables(const ProjectId& project,
                                              std::string_view database) const override;

  Result<StagedTable> StageTable(const ProjectId& project, const NewTable& table) override;
  Result<void> RegisterStaged(const StagedTable& staged, const ChangeContext& context) override;
  void DiscardStaged(const StagedTable& staged) override;

  Result<std::string> RestLoadTable(const CatalogCaller& caller, std::string_view database,
                                    std::string_view name) override;
  Result<std::string> RestCreateTable(const CatalogCaller& caller, std::string_view database,
                                      const json::object& request) override;
  Result<std::string> RestCommitTable(const CatalogCaller& caller, std::string_view database,
                                      std::string_view name, const json::object& request) override;
  Result<void> RestCommitTransaction(const CatalogCaller& caller,
                                     const json::object& request) override;

  TableMaintenance& maintenance() override { return *this; }
  Result<int> RemoveDroppedFolders(std::int64_t dropped_before_served_ms) override;

 private:
  /// One table of a commit on its way into the store.
  struct PendingCommit {
    TableRecord record;  ///< as it was; of a new table, as it will be
    bool is_new = false;
    TableMetadata metadata;
    AddedData added;
    std::string new_declared_schema;          ///< empty: stays
    std::string new_metadata_location;        ///< once written
    std::vector<std::string> replaced_files;  ///< old metadata files that fell out of the log
  };

  // iceberg_catalog.cc
  Result<void> EnsureDatabase(const ProjectId& project, std::string_view name);
  Result<TableRecord> GetTable(const ProjectId& project, std::string_view database,
                               std::string_view name) const;
  Result<TableMetadata> LoadMetadata(const TableRecord& record) const;
  Result<void> CheckNewTable(const ProjectId& project, std::string_view database,
                             std::string_view name);
  TableRecord MakeRecord(const ProjectId& project, std::string_view database, std::string_view name,
                         std::string_view owner) const;
  Result<StagedTable> BuildTable(const ProjectId& project, const NewTable& table) const;
  Result<void> MakeTableFolders(const std::string& location);
  Result<void> TruncateOnce(const TableRecord& record, const ChangeContext& context);
  Result<void> ApplyUnlessEmpty(const std::vector<CatalogChange>& changes,
                                const ChangeContext& context);

  // pending_commit.cc
  /// Writes every metadata file, moves every pointer in one transaction, removes what fell out.
  /// On a refusal the written files go again; when the outcome is unknown they stay.
  Result<void> StoreCommits(std::vector<PendingCommit>* commits, const ChangeContext& context);
  Result<void> WriteMetadata(PendingCommit* commit);
  CatalogChange ChangeOf(const PendingCommit& commit) const;

  // rewrite_commit.cc
  Result<std::vector<TableKey>> ListTables() const override;
  std::vector<TableActivity> TakeActivity() override EXCLUDES(mutex_);
  bool IsClientActive(const TableKey& table) const override EXCLUDES(mutex_);
  Result<std::shared_ptr<TableRewrite>> StageRewrite(const TableKey& table,
                                                     TablePace pace) override;
  Result<void> CommitRewrite(const TableRewrite& rewrite) override;
  void RemoveRewriteInput(const TableRewrite& rewrite) override;
  void RemoveRewriteOutput(const TableRewrite& rewrite) override;
  Result<void> StoreRewrite(TableRecord record, TableMetadata metadata,
                            const RewrittenSnapshot& rewritten);
  Result<std::string> LoadForRewrite(const TableRewrite& rewrite, const std::string& database,
                                     const std::string& name) const;
  static Result<void> TakeRewriteOutput(TableRewrite* rewrite,
                                        const std::vector<TableCommit>& commits);
  // sweep.cc
  Result<int> SweepTable(const TableKey& table, std::int64_t now_served_ms,
                         std::int64_t guard_ms) override;
  Result<int> SweepFolders(std::int64_t now_served_ms, std::int64_t guard_ms) override;
  Result<int> SweepProject(const ProjectId& project, std::int64_t now_served_ms,
                           std::int64_t guard_ms);
  void NoteActivity(const PendingCommit& commit) EXCLUDES(mutex_);
  void NoteClient(const std::string& uuid) EXCLUDES(mutex_);

  // rest_catalog.cc
  Result<PendingCommit> PrepareForAttempt(const AttemptGrant& grant, const TableCommit& commit);
  Result<PendingCommit> PrepareForUser(const Principal& user, const TableCommit& commit);
  /// Looks into the new manifests for what the writer's summary leaves out.
  Result<void> SettleFiles(const std::string& table_folder, CommittedTable* committed) const;
  /// Syncs the files, and the folders below the table's that name them, but for metadata/: the
  /// commit that follows syncs that one.
  Result<void> SyncFiles(const std::vector<std::string>& paths,
                         const std::filesystem::path& table_folder) const;
  Result<PendingCommit> PrepareCreation(const Principal& user, const TableCommit& commit);
  Result<std::string> LoadForAttempt(const AttemptGrant& grant, const std::string& database,
                                     const std::string& name);
  Result<PendingCommit> MakeRequested(const Principal& user, std::string_view database,
                                      std::string_view name, const json::object& request);
  Result<void> CommitForCaller(const CatalogCaller& caller,
                               const std::vector<TableCommit>& commits);
  void RememberStaged(const std::string& uuid, const ProjectId& project) EXCLUDES(mutex_);

  const Options options_;
  mutable MetadataFiles metadata_files_;
  mutable Mutex mutex_;
  /// Tables that users have staged and not committed, by uuid: only these may be created by a
  /// commit, so that nobody claims the folder of another table.
  std::unordered_map<std::string, ProjectId> staged_by_users_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, TableActivity> activity_ GUARDED_BY(mutex_);  ///< by uuid
  /// When a client outside last saw the table, on the monotonic clock, by uuid.
  std::unordered_map<std::string, std::int64_t> clients_seen_ms_ GUARDED_BY(mutex_);
};

}  // namespace sluice
