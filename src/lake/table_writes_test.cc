#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>
#include <map>
#include <thread>

#include "lake/lake_test_world.h"
#include "lake/manifest_check.h"
#include "store/faulty/faulty_catalog_store.h"

namespace sluice {
namespace {

using Rows = std::vector<std::int64_t>;

/// Attempts that write the table "t", or make the table "c".
class TableWritesTest : public LakeTestWorld {
 protected:
  OpenWrite Begin(WriteMode mode, const std::string& table = "t") {
    const AttemptFence attempt = StartJob(store_->jobs(), clock_);
    if (mode == WriteMode::kCreate) return *catalog_->BeginCreate(attempt, kProject, NewTableC());
    return *catalog_->BeginWrite(attempt, kProject, "db", table, mode);
  }
  static NewTable NewTableC() {
    NewTable table;
    table.database = "db";
    table.name = "c";
    table.columns = {{"id", TypeId::kBigInt, true, ""}};
    return table;
  }
  static ChangeContext EndOf(const OpenWrite& open) {
    ChangeContext context;
    context.fence = open.attempt;
    context.finish = JobFinish{};
    return context;
  }
  static std::vector<DataFile> WriteFiles(const OpenWrite& open, const Rows& rows) {
    std::vector<DataFile> files;
    for (std::int64_t count : rows) files.push_back(WriteFakeDataFile(open.write, count));
    return files;
  }
  Result<void> Commit(const OpenWrite& open, const Rows& rows) {
    return catalog_->CommitWrite(open, WriteFiles(open, rows), EndOf(open));
  }
  ErrorCode RefusalOf(const OpenWrite& open, const Rows& rows) {
    Result<void> committed = Commit(open, rows);
    EXPECT_FALSE(committed);
    return committed ? ErrorCode::kInternal : committed.error().code;
  }
  std::optional<CommitMarker> MarkerOf(const OpenWrite& open) {
    return *store_->jobs().FindMarker(open.attempt.job);
  }
  bool IsFinished(const OpenWrite& open) {
    return store_->jobs().Get(kProject, open.attempt.job)->state == JobState::kFinished;
  }
  void Cancel(const OpenWrite& open) {
    EXPECT_TRUE(store_->jobs().RequestCancel(kProject, open.attempt.job, "no", 1, 1));
  }
  std::int64_t Snapshots() {
    return static_cast<std::int64_t>(Load(kUser, "t").Array("snapshots").size());
  }
  bool IsRegistered(const std::string& table) {
    return catalog_->FindTable(kProject, "db", table)->has_value();
  }

  /// What a crash leaves is for a catalog that starts afterwards.
  void Restart() {
    catalog_ = *LakeCatalog::Create(
        {&files_, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
    ASSERT_TRUE(catalog_->SettleOpenWrites([this](const AttemptFence& attempt) -> Result<bool> {
      const auto marker = TRY(store_->jobs().FindMarker(attempt.job));
      return marker && marker->attempt == attempt.attempt;
    }));
  }
};

TEST_F(TableWritesTest, ACommitIsASnapshotAMarkerAndTheEndOfItsJob) {
  const OpenWrite open = Begin(WriteMode::kAppend);
  EXPECT_EQ(Notes().size(), 1u);
  Result<void> committed = Commit(open, {3, 4});
  ASSERT_TRUE(committed) << committed.error().message;
  catalog_->KeepWritten(open);
  EXPECT_EQ(Content(), std::pair(std::int64_t{7}, 2));
  EXPECT_EQ(Operation(), "append");
  EXPECT_TRUE(IsFinished(open));
  const std::optional<CommitMarker> marker = MarkerOf(open);
  ASSERT_TRUE(marker);
  EXPECT_EQ(marker->attempt, 1);
  EXPECT_EQ(marker->rows, 7);
  EXPECT_EQ(marker->files, 2);
  EXPECT_EQ(marker->bytes, 200);
  EXPECT_EQ(marker->snapshot_id, Load(kUser, "t").current_snapshot_id());
  EXPECT_TRUE(Notes().empty());
  const TableDescription described = **catalog_->FindTable(kProject, "db", "t");
  EXPECT_EQ(described.total_rows, 7);
  EXPECT_EQ(described.total_files, 2);
  EXPECT_EQ(described.total_bytes, 200);
}

TEST_F(TableWritesTest, AnAttemptCommitsOnce) {
  const OpenWrite open = Begin(WriteMode::kAppend);
  ASSERT_TRUE(Commit(open, {7}));
  const int metadata_files = CountFiles("metadata");
  EXPECT_EQ(RefusalOf(open, {7}), ErrorCode::kConflict);
  EXPECT_EQ(Content(), std::pair(std::int64_t{7}, 1));
  EXPECT_EQ(CountFiles("metadata"), metadata_files) << "a refusal leaves no manifest";
}

TEST_F(TableWritesTest, ACancelledAttemptHasNoEffect) {
  for (WriteMode mode : {WriteMode::kAppend, WriteMode::kOverwrite, WriteMode::kCreate}) {
    const OpenWrite open = Begin(mode);
    const int metadata_files = CountFiles("metadata");
    Cancel(open);
    EXPECT_EQ(RefusalOf(open, {7}), ErrorCode::kConflict);
    EXPECT_EQ(RefusalOf(open, {}), ErrorCode::kConflict);
    catalog_->RemoveWritten(open);
    EXPECT_FALSE(std::filesystem::exists(open.write.folder));
    EXPECT_EQ(CountFiles("metadata"), metadata_files);
    EXPECT_FALSE(MarkerOf(open));
    EXPECT_TRUE(Notes().empty());
  }
  EXPECT_EQ(Content(), std::pair(std::int64_t{0}, 0));
  EXPECT_FALSE(IsRegistered("c"));
}

TEST_F(TableWritesTest, FilesOutsideTheAttemptsFolderAreRefused) {
  const OpenWrite open = Begin(WriteMode::kAppend);
  const OpenWrite other = Begin(WriteMode::kAppend);
  for (const std::string& path :
       {other.write.folder + "/x.parquet", open.write.folder + "/../x.parquet",
        open.write.folder + "x/y.parquet", std::string("/etc/passwd"), std::string()}) {
    DataFile file;
    file.uri = FileUri(path);
    file.rows = 1;
    Result<void> refused = catalog_->CommitWrite(open, {file}, EndOf(open));
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << path;
  }
  EXPECT_EQ(Snapshots(), 0);
  EXPECT_FALSE(MarkerOf(open));
}

TEST_F(TableWritesTest, ATableThatIsNotThereCannotBeWritten) {
  auto open = catalog_->BeginWrite({JobId("j"), 1}, kProject, "db", "no", WriteMode::kAppend);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Notes().empty());
}

TEST_F(TableWritesTest, ATableThatWasDroppedMeanwhileIsNotFound) {
  for (WriteMode mode : {WriteMode::kAppend, WriteMode::kOverwrite}) {
    CreateTable("gone", {});
    const OpenWrite open = Begin(mode, "gone");
    ASSERT_TRUE(catalog_->DropTable(kProject, "db", "gone", IfMissing::kFail, {}));
    EXPECT_EQ(RefusalOf(open, {7}), ErrorCode::kNotFound);
    CreateTable("gone", {});
    EXPECT_EQ(RefusalOf(open, {7}), ErrorCode::kNotFound) << "another table of its name";
    catalog_->RemoveWritten(open);
    EXPECT_FALSE(std::filesystem::exists(open.write.folder));
    ASSERT_TRUE(catalog_->DropTable(kProject, "db", "gone", IfMissing::kFail, {}));
  }
}

TEST_F(TableWritesTest, ARenamedTableIsWrittenAllTheSame) {
  const OpenWrite open = Begin(WriteMode::kAppend);
  ASSERT_TRUE(catalog_->RenameTable(kProject, "db", "t", "db", "u", {}));
  ASSERT_TRUE(Commit(open, {7}));
  EXPECT_EQ(Content("u"), std::pair(std::int64_t{7}, 1));
}

TEST_F(TableWritesTest, AnAppendGoesOntoTheTableAsItIsNow) {
  const OpenWrite first = Begin(WriteMode::kAppend);
  const OpenWrite second = Begin(WriteMode::kAppend);
  ASSERT_TRUE(Append({{.rows = 100}}));
  ASSERT_TRUE(Commit(second, {2}));
  ASSERT_TRUE(Commit(first, {1}));
  EXPECT_EQ(Content(), std::pair(std::int64_t{103}, 3));
  ASSERT_TRUE(catalog_->TruncateTable(kProject, "db", "t", {}));
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {5}));
  EXPECT_EQ(Content(), std::pair(std::int64_t{5}, 1));
}

TEST_F(TableWritesTest, FilesOfAnOlderSchemaAreAddedUnderThatSchema) {
  const OpenWrite open = Begin(WriteMode::kAppend);
  json::object schema = Load(kUser, "t").CurrentSchema();
  json::array& fields = schema.at("fields").as_array();
  fields.push_back(
      json::object{{"id", 3}, {"name", "later"}, {"required", false}, {"type", "string"}});
  json::array updates;
  updates.push_back(
      json::object{{"action", "add-schema"}, {"schema", schema}, {"last-column-id", 3}});
  updates.push_back(json::object{{"action", "set-current-schema"}, {"schema-id", -1}});
  ASSERT_TRUE(catalog_->RestCommitTable(
      kUser, "db", "t", {{"requirements", json::array()}, {"updates", std::move(updates)}}));
  ASSERT_TRUE(Commit(open, {7}));
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {8}));
  const TableMetadata metadata = Load(kUser, "t");
  const LiveFiles live = Live(metadata);
  ASSERT_EQ(live.manifests.size(), 2u);
  EXPECT_EQ(live.manifests[0].manifest->shape.schema_json, open.write.schema_json);
  EXPECT_EQ(*ParseJson(live.manifests[1].manifest->shape.schema_json), metadata.CurrentSchema());
  EXPECT_EQ(Sum(live), std::pair(std::int64_t{15}, 2));
}

TEST_F(TableWritesTest, AnEarlierWritersNewestFilesCountTheirSequenceFromTheList) {
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {1}));
  ASSERT_TRUE(Append({{.rows = 2}}));
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {3}));
  const TableMetadata metadata = Load(kUser, "t");
  const LiveFiles live = Live(metadata);
  ASSERT_EQ(live.manifests.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(live.manifests[i].listed.sequence_number, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(live.manifests[i].listed.min_sequence_number, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(live.manifests[i].listed.bytes, static_cast<std::int64_t>(std::filesystem::file_size(
                                                  PathOfUri(live.manifests[i].listed.uri))));
  }
  EXPECT_EQ(metadata.Number("last-sequence-number"), 3);
}

TEST_F(TableWritesTest, TenOverwritesLeaveTheRowsOfTheLast) {
  for (int i = 1; i <= 10; ++i) {
    const OpenWrite open = Begin(WriteMode::kOverwrite);
    ASSERT_TRUE(Commit(open, {i}));
    EXPECT_EQ(Content(), std::pair(std::int64_t{i}, 1));
    EXPECT_EQ(Operation(), "overwrite");
    EXPECT_EQ(MarkerOf(open)->rows, i);
    const TableDescription described = **catalog_->FindTable(kProject, "db", "t");
    EXPECT_EQ(described.total_rows, i);
    EXPECT_EQ(described.total_files, 1);
  }
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {5}));
  EXPECT_EQ(Content(), std::pair(std::int64_t{15}, 2));
}

TEST_F(TableWritesTest, AnOverwriteReplacesWhatIsThereWhenItCommits) {
  ASSERT_TRUE(Append({{.rows = 1}}));
  const OpenWrite open = Begin(WriteMode::kOverwrite);
  ASSERT_TRUE(Append({{.rows = 10}}));
  ASSERT_TRUE(Commit(open, {100}));
  EXPECT_EQ(Content(), std::pair(std::int64_t{100}, 1));
  const TableMetadata metadata = Load(kUser, "t");
  const json::object& summary =
      *FindObject(*metadata.FindSnapshot(*metadata.current_snapshot_id()), "summary");
  EXPECT_EQ(FindText(summary, "deleted-records"), "11");
  EXPECT_EQ(FindText(summary, "deleted-data-files"), "2");
  EXPECT_EQ(FindText(summary, "total-delete-files"), "0");
}

TEST_F(TableWritesTest, AWriteWithoutRowsEndsItsJob) {
  ASSERT_TRUE(Append({{.rows = 3}}));
  const OpenWrite append = Begin(WriteMode::kAppend);
  std::filesystem::create_directories(append.write.folder);
  ASSERT_TRUE(Commit(append, {}));
  EXPECT_TRUE(IsFinished(append));
  EXPECT_EQ(Content(), std::pair(std::int64_t{3}, 1));
  EXPECT_EQ(Snapshots(), 1);
  EXPECT_FALSE(std::filesystem::exists(append.write.folder));
  const OpenWrite overwrite = Begin(WriteMode::kOverwrite);
  ASSERT_TRUE(Commit(overwrite, {}));
  EXPECT_TRUE(IsFinished(overwrite));
  EXPECT_EQ(Content(), std::pair(std::int64_t{0}, 0));
  const OpenWrite create = Begin(WriteMode::kCreate);
  ASSERT_TRUE(Commit(create, {}));
  EXPECT_TRUE(IsFinished(create));
  EXPECT_EQ(Content("c"), std::pair(std::int64_t{0}, 0));
}

TEST_F(TableWritesTest, ANewTableIsSeenByNobodyUntilItsCommit) {
  const OpenWrite open = Begin(WriteMode::kCreate);
  EXPECT_FALSE(IsRegistered("c"));
  EXPECT_FALSE(catalog_->RestLoadTable(kUser, "db", "c"));
  ASSERT_TRUE(Commit(open, {3}));
  catalog_->KeepWritten(open);
  EXPECT_EQ(Content("c"), std::pair(std::int64_t{3}, 1));
  EXPECT_EQ(Load(kUser, "c").uuid(), open.record.uuid);
  EXPECT_EQ((*catalog_->FindTable(kProject, "db", "c"))->columns, NewTableC().columns);
  EXPECT_EQ(MarkerOf(open)->rows, 3);
  EXPECT_TRUE(IsFinished(open));
  EXPECT_TRUE(Notes().empty());
}

TEST_F(TableWritesTest, ANewTableLosesAgainstOneOfItsName) {
  for (const Rows& rows : {Rows{3}, Rows{}}) {
    const OpenWrite open = Begin(WriteMode::kCreate);
    ASSERT_TRUE(catalog_->CreateTable(kProject, NewTableC(), IfExists::kFail, {}));
    EXPECT_EQ(RefusalOf(open, rows), ErrorCode::kAlreadyExists);
    EXPECT_FALSE(MarkerOf(open));
    EXPECT_FALSE(IsFinished(open));
    catalog_->RemoveWritten(open);
    EXPECT_FALSE(std::filesystem::exists(open.record.location));
    EXPECT_EQ(Content("c"), std::pair(std::int64_t{0}, 0));
    auto taken = catalog_->BeginCreate(open.attempt, kProject, NewTableC());
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::kAlreadyExists);
    ASSERT_TRUE(catalog_->DropTable(kProject, "db", "c", IfMissing::kFail, {}));
  }
  EXPECT_TRUE(Notes().empty());
}

/// Lets the first manifest be written when so many other writes have synced their files.
class GatedFileSystem final : public FileSystem {
 public:
  GatedFileSystem(FileSystem* below, std::ptrdiff_t writers) : below_(below), synced_(writers) {}

  Result<std::string> Read(const std::filesystem::path& path, std::size_t bytes_max) override {
    return below_->Read(path, bytes_max);
  }
  Result<std::unique_ptr<ReadableFile>> Open(const std::filesystem::path& path,
                                             std::size_t bytes_max) override {
    return below_->Open(path, bytes_max);
  }
  Result<void> WriteDurably(const std::filesystem::path& path, std::string_view bytes) override {
    return below_->WriteDurably(path, bytes);
  }
  Result<void> Write(const std::filesystem::path& path, std::string_view bytes,
                     FileSync sync) override {
    const bool is_first = path.string().ends_with("-m0.avro") && !gated_.exchange(true);
    if (is_first) synced_.wait();
    return below_->Write(path, bytes, sync);
  }
  Result<void> RenameDurably(const std::filesystem::path& from,
                             const std::filesystem::path& to) override {
    return below_->RenameDurably(from, to);
  }
  Result<void> Sync(const std::filesystem::path& path) override {
    Result<void> done = below_->Sync(path);
    if (path.parent_path().filename() == "data") synced_.count_down();  // a write's own folder
    return done;
  }
  Result<void> SyncTree(const std::filesystem::path& folder) override {
    return below_->SyncTree(folder);
  }
  Result<void> MakeFolders(const std::filesystem::path& folder) override {
    return below_->MakeFolders(folder);
  }
  Result<void> RemoveAll(const std::filesystem::path& path) override {
    return below_->RemoveAll(path);
  }
  Result<std::vector<std::string>> List(const std::filesystem::path& folder) override {
    return below_->List(folder);
  }
  Result<std::vector<std::string>> ListTree(const std::filesystem::path& folder) override {
    return below_->ListTree(folder);
  }

 private:
  FileSystem* below_;
  std::atomic<bool> gated_ = false;
  std::latch synced_;
};

TEST_F(TableWritesTest, OneCancelledAppendOfManyFailsAlone) {
  constexpr int kWriters = 8;
  constexpr int kCancelled = 5;
  GatedFileSystem gated(&local_, kWriters);
  catalog_ = *LakeCatalog::Create(
      {&gated, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
  std::vector<OpenWrite> writes;
  for (int i = 0; i < kWriters; ++i) writes.push_back(Begin(WriteMode::kAppend));
  Cancel(writes[kCancelled]);
  std::vector<Result<void>> outcomes(kWriters);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kWriters; ++i) {
      threads.emplace_back([&, i] { outcomes[i] = Commit(writes[i], {1 << i}); });
    }
  }
  for (int i = 0; i < kWriters; ++i) {
    EXPECT_EQ(outcomes[i].has_value(), i != kCancelled) << i;
    const std::optional<CommitMarker> marker = MarkerOf(writes[i]);
    EXPECT_EQ(marker.has_value(), i != kCancelled) << i;
    EXPECT_EQ(marker ? marker->rows : 0, i != kCancelled ? 1 << i : 0) << i;
  }
  EXPECT_EQ(outcomes[kCancelled].error().code, ErrorCode::kConflict);
  EXPECT_EQ(Content(), std::pair(std::int64_t{255 - (1 << kCancelled)}, kWriters - 1));
}

TEST_F(TableWritesTest, WhatOthersWroteMayHaveBloomFiltersUntilItIsGone) {
  EXPECT_TRUE(IsWithoutBloomFilters(Load(kUser, "t")));
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {1}));
  EXPECT_TRUE(IsWithoutBloomFilters(Load(kUser, "t")));
  ASSERT_TRUE(Append({{.rows = 1}}));  // a client's
  EXPECT_FALSE(IsWithoutBloomFilters(Load(kUser, "t")));
  ASSERT_TRUE(Commit(Begin(WriteMode::kAppend), {1}));
  EXPECT_FALSE(IsWithoutBloomFilters(Load(kUser, "t")));
  ASSERT_TRUE(Commit(Begin(WriteMode::kOverwrite), {1}));
  EXPECT_TRUE(IsWithoutBloomFilters(Load(kUser, "t")));
}

// To commit against a table that others write to all the time it would never be fast enough.
TEST_F(TableWritesTest, ARewriteOfSmallFilesTakesItsTurnAmongAppends) {
  constexpr int kWriters = 4;
  constexpr int kAppends = 6;
  AppendMany(8);
  auto rewrite = Stage();
  ASSERT_TRUE(rewrite && *rewrite);
  const std::vector<DataFile> written = RunWorker(**rewrite);
  std::vector<OpenWrite> writes;
  for (int i = 0; i < kWriters * kAppends; ++i) writes.push_back(Begin(WriteMode::kAppend));
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < kAppends; ++i) EXPECT_TRUE(Commit(writes[writer * kAppends + i], {1}));
      });
    }
    Result<void> joined = tables().CommitRewrite(**rewrite, written);
    EXPECT_TRUE(joined) << joined.error().message;
  }
  EXPECT_EQ(Content(), std::pair(std::int64_t{36 + kWriters * kAppends}, 1 + kWriters * kAppends));
}

TEST_F(TableWritesTest, AppendsThatWaitTogetherAreOneSnapshotWithAMarkerEach) {
  constexpr int kWriters = 8;
  GatedFileSystem gated(&local_, kWriters);
  catalog_ = *LakeCatalog::Create(
      {&gated, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
  std::vector<OpenWrite> writes;
  for (int i = 0; i < kWriters; ++i) writes.push_back(Begin(WriteMode::kAppend));
  {
    std::vector<std::jthread> threads;
    for (const OpenWrite& write : writes) {
      threads.emplace_back([&] { EXPECT_TRUE(Commit(write, {1})); });
    }
  }
  std::map<std::int64_t, std::int64_t> rows_of_snapshot;
  for (const OpenWrite& write : writes) {
    EXPECT_TRUE(IsFinished(write));
    rows_of_snapshot[MarkerOf(write)->snapshot_id] += MarkerOf(write)->rows;
  }
  const TableMetadata metadata = Load(kUser, "t");
  for (const auto& [id, rows] : rows_of_snapshot) {
    const json::object* snapshot = metadata.FindSnapshot(id);
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(FindText(*FindObject(*snapshot, "summary"), "added-records"),
              fmt::format("{}", rows));
  }
  EXPECT_EQ(static_cast<std::int64_t>(rows_of_snapshot.size()), Snapshots());
  EXPECT_EQ(Content(), std::pair(std::int64_t{kWriters}, kWriters));
}

TEST_F(TableWritesTest, ABreakingDiskLeavesAllOfAWriteOrNothing) {
  for (WriteMode mode : {WriteMode::kAppend, WriteMode::kOverwrite, WriteMode::kCreate}) {
    int failures = 1;
    for (int call = 0; failures > 0; ++call) {
      ASSERT_LT(call, 100);
      const std::string table = mode == WriteMode::kCreate ? "c" : "t";
      const std::pair<std::int64_t, int> before =
          IsRegistered(table) ? Content(table) : std::pair(std::int64_t{0}, 0);
      const OpenWrite open = Begin(mode);
      const std::vector<DataFile> files = WriteFiles(open, {1});
      files_.FailAfter(call);
      Result<void> committed = catalog_->CommitWrite(open, files, EndOf(open));
      failures = files_.failures();
      files_.Heal();
      EXPECT_EQ(MarkerOf(open).has_value(), committed.has_value());
      EXPECT_EQ(IsFinished(open), committed.has_value());
      if (!committed) {
        EXPECT_EQ(committed.error().code, ErrorCode::kUnavailable) << call;
        EXPECT_TRUE(catalog_->CommitWrite(open, files, EndOf(open))) << "the same again";
      }
      catalog_->KeepWritten(open);
      const bool replaces = mode != WriteMode::kAppend;
      EXPECT_EQ(Content(table),
                std::pair(replaces ? 1 : before.first + 1, replaces ? 1 : before.second + 1));
      if (mode == WriteMode::kCreate) {
        ASSERT_TRUE(catalog_->DropTable(kProject, "db", "c", IfMissing::kFail, {}));
      }
    }
  }
}

TEST_F(TableWritesTest, ABreakingDiskAtTheBeginningLeavesNoTable) {
  int failures = 1;
  for (int call = 0; failures > 0; ++call) {
    ASSERT_LT(call, 50);
    const AttemptFence attempt = StartJob(store_->jobs(), clock_);
    files_.FailAfter(call);
    auto open = catalog_->BeginCreate(attempt, kProject, NewTableC());
    failures = files_.failures();
    files_.Heal();
    if (open) catalog_->RemoveWritten(*open);
    Restart();
    EXPECT_TRUE(Notes().empty()) << call;
  }
  EXPECT_EQ(local_.List(folder_ / "warehouse" / kProject.value())->size(), 1u) << "that of t";
}

TEST_F(TableWritesTest, WhetherACommitHappenedIsForTheMarkerToSay) {
  FaultPlan plan;
  FaultyCatalogStore faulty(store_->catalog(), plan);
  catalog_ =
      *LakeCatalog::Create({&files_, &faulty, &clock_, folder_ / "warehouse", folder_ / "notes"});
  std::int64_t rows = 0;
  for (const bool happened : {false, true}) {
    const OpenWrite open = Begin(WriteMode::kAppend);
    plan.FailAt(0, happened ? FaultMoment::kAfterEffect : FaultMoment::kBeforeEffect);
    EXPECT_EQ(RefusalOf(open, {1}), ErrorCode::kUnavailable);
    EXPECT_EQ(MarkerOf(open).has_value(), happened);
    Restart();
    EXPECT_TRUE(Notes().empty());
    EXPECT_EQ(std::filesystem::exists(open.write.folder), happened);
    rows += happened ? 1 : 0;
    EXPECT_EQ(Content().first, rows);
    catalog_ =
        *LakeCatalog::Create({&files_, &faulty, &clock_, folder_ / "warehouse", folder_ / "notes"});
  }
}

TEST_F(TableWritesTest, AStartRemovesWhatAWriteLeftAndKeepsWhatWasCommitted) {
  const OpenWrite unwritten = Begin(WriteMode::kAppend);
  const OpenWrite uncommitted = Begin(WriteMode::kOverwrite);
  (void)WriteFiles(uncommitted, {1, 2});
  const OpenWrite committed = Begin(WriteMode::kAppend);
  ASSERT_TRUE(Commit(committed, {5}));
  const OpenWrite lost_table = Begin(WriteMode::kCreate);
  (void)WriteFiles(lost_table, {1});
  const OpenWrite new_table = Begin(WriteMode::kCreate);
  ASSERT_TRUE(Commit(new_table, {6}));
  CreateTable("gone", {});
  const OpenWrite dropped = Begin(WriteMode::kAppend, "gone");
  (void)WriteFiles(dropped, {1});
  ASSERT_TRUE(catalog_->DropTable(kProject, "db", "gone", IfMissing::kFail, {}));
  EXPECT_EQ(Notes().size(), 6u);
  Restart();
  EXPECT_TRUE(Notes().empty());
  EXPECT_FALSE(std::filesystem::exists(uncommitted.write.folder));
  EXPECT_FALSE(std::filesystem::exists(lost_table.record.location));
  EXPECT_FALSE(std::filesystem::exists(dropped.write.folder));
  EXPECT_EQ(Content(), std::pair(std::int64_t{5}, 1));
  EXPECT_EQ(Content("c"), std::pair(std::int64_t{6}, 1));
}

TEST_F(TableWritesTest, AStartSettlesARewriteByItsSnapshot) {
  AppendMany(8);
  auto committed = Stage();
  ASSERT_TRUE(tables().CommitRewrite(**committed, RunWorker(**committed)));
  tables().EndRewrite(**committed, RewriteEnd::kUnknown);
  AppendMany(8);
  auto lost = Stage();
  ASSERT_TRUE(lost && *lost);
  (void)RunWorker(**lost);
  Restart();
  EXPECT_TRUE(Notes().empty());
  EXPECT_FALSE(std::filesystem::exists((*lost)->open.write.folder));
  EXPECT_EQ(Content(), std::pair(std::int64_t{72}, 9));
}

TEST_F(TableWritesTest, AnEarlierAttemptsFilesGoAndALaterOnesStay) {
  OpenWrite first = Begin(WriteMode::kAppend);
  (void)WriteFiles(first, {1});
  const AttemptFence again{first.attempt.job, 2};
  ASSERT_TRUE(store_->jobs().Claim(again));
  const OpenWrite second = *catalog_->BeginWrite(again, kProject, "db", "t", WriteMode::kAppend);
  EXPECT_NE(first.write.folder, second.write.folder);
  EXPECT_EQ(RefusalOf(first, {1}), ErrorCode::kConflict);
  ASSERT_TRUE(Commit(second, {2}));
  Restart();
  EXPECT_FALSE(std::filesystem::exists(first.write.folder));
  EXPECT_EQ(Content(), std::pair(std::int64_t{2}, 1));
}

TEST_F(TableWritesTest, AStartThatCannotTellKeepsFilesAndNotes) {
  const OpenWrite open = Begin(WriteMode::kAppend);
  (void)WriteFiles(open, {1});
  auto cannot = [](const AttemptFence&) -> Result<bool> {
    return Fail(ErrorCode::kUnavailable, "no answer");
  };
  EXPECT_TRUE(catalog_->SettleOpenWrites(cannot));
  EXPECT_TRUE(std::filesystem::exists(open.write.folder));
  EXPECT_EQ(Notes().size(), 1u);
  files_.FailAfter(2);  // what lists and reads notes passes, what removes does not
  (void)catalog_->SettleOpenWrites([](const AttemptFence&) -> Result<bool> { return false; });
  files_.Heal();
  EXPECT_TRUE(std::filesystem::exists(open.write.folder));
  EXPECT_EQ(Notes().size(), 1u);
  Restart();
  EXPECT_FALSE(std::filesystem::exists(open.write.folder));
  EXPECT_TRUE(Notes().empty());
}

TEST_F(TableWritesTest, ANoteThatPointsElsewhereRemovesNothing) {
  ASSERT_TRUE(Append({{.rows = 3}}));
  const std::filesystem::path warehouse = folder_ / "warehouse";
  const std::filesystem::path outside = folder_ / "outside" / "a" / "b";
  std::filesystem::create_directories(outside);
  int number = 0;
  for (const std::filesystem::path& folder :
       {outside, warehouse, warehouse / kProject.value(), warehouse / "p1" / ".." / "..",
        warehouse / "p1" / "x" / ".." / "..", warehouse / ".." / "outside" / "a" / "b",
        std::filesystem::path("relative/a/b"), std::filesystem::path("/")}) {
    const json::object note{{"job", JsonText(fmt::format("j{}", number))},
                            {"attempt", 1},
                            {"project", "p1"},
                            {"table", "none"},
                            {"folder", JsonText(folder.string())},
                            {"snapshot", 0}};
    std::filesystem::create_directories(folder_ / "notes");
    std::ofstream(folder_ / "notes" / fmt::format("j{}-1", number++)) << json::serialize(note);
  }
  std::ofstream(folder_ / "notes" / "torn") << R"({"job":"j","att)";
  std::ofstream(folder_ / "notes" / "empty");
  Restart();
  EXPECT_TRUE(std::filesystem::exists(outside));
  EXPECT_EQ(Content(), std::pair(std::int64_t{3}, 1));
  EXPECT_EQ(Notes(), std::vector<std::string>({"torn"}));
}

TEST_F(TableWritesTest, ManyThreadsLoseNoRow) {
  constexpr int kThreads = 6;
  constexpr int kWrites = 6;
  std::vector<std::vector<OpenWrite>> writes(kThreads);
  for (auto& own : writes) {
    for (int i = 0; i < kWrites; ++i) own.push_back(Begin(WriteMode::kAppend));
  }
  {
    std::vector<std::jthread> threads;
    for (auto& own : writes) {
      threads.emplace_back([&] {
        for (const OpenWrite& open : own) {
          Result<void> committed = Commit(open, {1});
          EXPECT_TRUE(committed) << committed.error().message;
          catalog_->KeepWritten(open);
        }
      });
    }
  }
  EXPECT_EQ(Content(), std::pair(std::int64_t{kThreads * kWrites}, kThreads * kWrites));
  EXPECT_TRUE(Notes().empty());
}

}  // namespace
}  // namespace sluice
