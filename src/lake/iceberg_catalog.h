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
#include "lake/commit_line.h"
#include "lake/manifest_lists.h"
#include "lake/metadata_files.h"
#include "lake/new_snapshot.h"
#include "lake/table_commit.h"
#include "lake/table_metadata.h"
#include "lake/write_notes.h"

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

  Result<TableSnapshot> ViewTable(const ProjectId& project, std::string_view database,
                                  std::string_view name) override;

  Result<OpenWrite> BeginWrite(const AttemptFence& attempt, const ProjectId& project,
                               std::string_view database, std::string_view name,
                               WriteMode mode) override;
  Result<OpenWrite> BeginCreate(const AttemptFence& attempt, const ProjectId& project,
                                const NewTable& table) override;
  Result<void> CommitWrite(const OpenWrite& open, const std::vector<DataFile>& files,
                           const ChangeContext& context) override;
  void KeepWritten(const OpenWrite& open) override;
  void RemoveWritten(const OpenWrite& open) override;
  Result<void> SettleOpenWrites(const HasCommitted& has_committed) override;

  Result<std::string> RestLoadTable(const Principal& caller, std::string_view database,
                                    std::string_view name) override;
  Result<std::string> RestCreateTable(const Principal& caller, std::string_view database,
                                      const json::object& request) override;
  Result<std::string> RestCommitTable(const Principal& caller, std::string_view database,
                                      std::string_view name, const json::object& request) override;
  Result<void> RestCommitTransaction(const Principal& caller, const json::object& request) override;

  TableMaintenance& maintenance() override { return *this; }
  Result<int> RemoveDroppedFolders(std::int64_t dropped_before_served_ms) override;

 private:
  /// One table of a commit on its way into the store.
  struct PendingCommit {
    TableRecord record;  ///< as it was; of a new table, as it will be
    bool is_new = false;
    TableMetadata metadata;  ///< given away once written
    AddedData added;
    std::string new_declared_schema;          ///< empty: stays
    std::string new_metadata_location;        ///< once written
    std::vector<std::string> replaced_files;  ///< old metadata files that fell out of the log
    bool is_repeated = false;                 ///< a client's, made before: nothing to do
  };

  // iceberg_catalog.cc
  Result<void> EnsureDatabase(const ProjectId& project, std::string_view name);
  Result<TableRecord> GetTable(const ProjectId& project, std::string_view database,
                               std::string_view name) const;
  Result<std::shared_ptr<const TableMetadata>> LoadMetadata(const TableRecord& record) const;
  Result<void> CheckNewTable(const ProjectId& project, std::string_view database,
                             std::string_view name);
  TableRecord MakeRecord(const ProjectId& project, std::string_view database, std::string_view name,
                         std::string_view owner) const;
  Result<StagedTable> BuildTable(const ProjectId& project, const NewTable& table) const;
  Result<void> MakeTableFolders(const std::string& location);
  Result<void> TruncateTable(const TableRecord& table, const ChangeContext& context);
  Result<void> TruncateOnce(const TableRecord& record, const ChangeContext& context);
  Result<void> ApplyUnlessEmpty(const std::vector<CatalogChange>& changes,
                                const ChangeContext& context);

  // pending_commit.cc
  /// Writes every metadata file, moves every pointer in one transaction, removes what fell out.
  /// On a refusal the written files go again; when the outcome is unknown they stay. `asked` tells
  /// whether the store was asked at all.
  Result<void> StoreCommits(std::vector<PendingCommit>* commits,
                            const std::vector<ChangeContext>& contexts, bool* asked = nullptr);
  Result<void> WriteMetadata(PendingCommit* commit);
  CatalogChange ChangeOf(const PendingCommit& commit) const;

  // rewrite_commit.cc
  Result<std::vector<TableKey>> ListTables() const override;
  std::vector<TableActivity> TakeActivity() override EXCLUDES(mutex_);
  bool IsClientActive(const TableKey& table) const override EXCLUDES(mutex_);
  Result<std::shared_ptr<TableRewrite>> StageRewrite(const TableKey& table,
                                                     TablePace pace) override;
  Result<void> CommitRewrite(const TableRewrite& rewrite, const std::vector<DataFile>& written,
                             bool* asked) override;
  void EndRewrite(const TableRewrite& rewrite, RewriteEnd end) override;
  Result<TableRecord> FindRewritten(const TableRewrite& rewrite) const;
  /// When it is its turn in the line of the table's commits.
  Result<void> StoreRewrite(WaitingWrite* write);
  Result<void> StoreRewritten(TableRecord record, TableMetadata metadata,
                              const RewrittenSnapshot& rewritten, bool* asked);
  // sweep.cc
  Result<int> SweepTable(const TableKey& table, std::int64_t now_served_ms,
                         std::int64_t guard_ms) override;
  Result<int> SweepFolders(std::int64_t now_served_ms, std::int64_t guard_ms) override;
  Result<int> SweepProject(const ProjectId& project, std::int64_t now_served_ms,
                           std::int64_t guard_ms);
  void NoteActivity(const PendingCommit& commit) EXCLUDES(mutex_);
  void NoteClient(const std::string& uuid) EXCLUDES(mutex_);

  // table_reads.cc
  /// What the engine needs to be shown instead of the table's own manifests; null for nothing.
  Result<std::shared_ptr<const ReaderView>> FindView(const TableRecord& record,
                                                     const StoredMetadata& stored)
      EXCLUDES(views_mutex_);

  // table_writes.cc
  /// The manifests a new snapshot keeps of the current one, each of them checked.
  Result<std::vector<ListedManifest>> KeptManifests(const TableRecord& record,
                                                    const TableMetadata& metadata,
                                                    std::vector<std::string>* written);
  Result<void> RegisterStaged(const StagedTable& staged, const ChangeContext& context);
  Result<void> CommitNothing(const OpenWrite& open, const ChangeContext& context);
  void CommitGroup(const std::vector<WaitingWrite*>& group);
  /// Writes the group's manifest and commits it, on newer and newer snapshots if clients outside
  /// commit meanwhile.
  Result<void> StoreGroup(const std::vector<WaitingWrite*>& group);
  /// What one try of a commit did.
  struct CommitTry {
    bool moved = false;                ///< somebody else's commit came first: kConflict
    bool asked = false;                ///< the store; before that nothing has happened
    std::vector<std::string> written;  ///< files of this try alone
  };
  Result<void> StoreGroupOnce(const std::vector<WaitingWrite*>& group,
                              const std::vector<AddedManifest>& added, std::int64_t snapshot_id,
                              CommitTry* tried);
  Result<void> SettleOpenWrite(const WriteNote& note, const HasCommitted& has_committed);
  Result<bool> IsNamed(const WriteNote& note, const HasCommitted& has_committed) const;

  // rest_catalog.cc
  Result<PendingCommit> PrepareForUser(const Principal& user, const TableCommit& commit);
  /// Looks into the new manifests: checks them, puts what had to be mended in their place, and
  /// finds what the writer's summary leaves out. `before` is the table as it was.
  Result<void> SettleFiles(const std::string& table_folder, const TableMetadata& before,
                           CommittedTable* committed) const;
  Result<void> CheckManifests(const std::string& table_folder, const TableMetadata& before,
                              const TableMetadata& metadata, json::object* snapshot) const;
  /// Syncs the files, and the folders below `folder` that name them, but for metadata/: the
  /// commit that follows syncs that one.
  Result<void> SyncFiles(const std::vector<std::string>& paths,
                         const std::filesystem::path& folder) const;
  Result<PendingCommit> PrepareCreation(const Principal& user, const TableCommit& commit);
  Result<PendingCommit> MakeRequested(const Principal& user, std::string_view database,
                                      std::string_view name, const json::object& request);
  Result<void> CommitForUser(const Principal& user, const std::vector<TableCommit>& commits);
  void RememberStaged(const std::string& uuid, const ProjectId& project) EXCLUDES(mutex_);

  const Options options_;
  WriteNotes write_notes_;
  CommitLine commit_line_;
  mutable MetadataFiles metadata_files_;
  ManifestLists manifest_lists_;
  /// The newest view of a table, by uuid. Made under the lock: one reader of a table that needs one
  /// makes it for all.
  struct KnownView {
    std::string metadata_location;
    std::shared_ptr<const ReaderView> view;
  };
  Mutex views_mutex_;
  std::unordered_map<std::string, KnownView> views_ GUARDED_BY(views_mutex_);

  mutable Mutex mutex_;
  /// Tables that users have staged and not committed, by uuid: only these may be created by a
  /// commit, so that nobody claims the folder of another table.
  std::unordered_map<std::string, ProjectId> staged_by_users_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, TableActivity> activity_ GUARDED_BY(mutex_);  ///< by uuid
  /// When a client outside last saw the table, on the monotonic clock, by uuid.
  std::unordered_map<std::string, std::int64_t> clients_seen_ms_ GUARDED_BY(mutex_);
};

}  // namespace sluice
