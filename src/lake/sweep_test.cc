#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lake/lake_test_world.h"

namespace sluice {
namespace {

constexpr std::int64_t kGuardMs = 1'000'000;

class SweepTest : public LakeTestWorld {
 protected:
  std::filesystem::path TableFolder() { return PathOfUri(Load(kUser, "t").location()); }
  void Put(const std::filesystem::path& path) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "left over";
  }
  int Sweep(const std::string& table = "t") {
    Result<int> swept = tables().SweepTable(Key(table), clock_.WallMs(), kGuardMs);
    EXPECT_TRUE(swept) << swept.error().message;
    return swept.value_or(-1);
  }
  /// A first look, the guard's time, a second look.
  int SweepTwice() {
    EXPECT_EQ(Sweep(), 0) << "nothing goes at first sight";
    clock_.Advance(kGuardMs + 1);
    return Sweep();
  }
};

TEST_F(SweepTest, FilesOfCommitsThatNeverHappenedGoAfterTheGuard) {
  AppendMany(3);
  const std::vector<std::string> named = *local_.ListTree(TableFolder());
  // A data file of a lost attempt, one in a partition's folder, a manifest, an unused metadata
  // file.
  for (const char* name : {"data/lost.parquet", "data/day=1/lost.parquet", "metadata/lost-m0.avro",
                           "metadata/00009-lost.metadata.json"}) {
    Put(TableFolder() / name);
  }
  EXPECT_EQ(Sweep(), 0);
  clock_.Advance(kGuardMs - 1);
  EXPECT_EQ(Sweep(), 0);
  clock_.Advance(2);
  EXPECT_EQ(Sweep(), 4);
  EXPECT_EQ(*local_.ListTree(TableFolder()), named);
  EXPECT_EQ(Content().first, 6);
}

TEST_F(SweepTest, AFileThatIsCommittedInTimeStays) {
  AppendMany(1);
  const json::object commit = writer_.Append(Load(kUser, "t"), "db", "t", {{.rows = 5}});
  EXPECT_EQ(Sweep(), 0) << "written and not committed: an orphan for now";
  clock_.Advance(kGuardMs - 1);
  ASSERT_TRUE(catalog_->RestCommitTransaction(kUser, Transaction(commit)));
  clock_.Advance(kGuardMs);
  EXPECT_EQ(Sweep(), 0);
  EXPECT_EQ(Content(), std::pair(std::int64_t{6}, 2));
}

TEST_F(SweepTest, FilesOfReplacedSnapshotsStayUntilTheSnapshotsAreForgotten) {
  AppendMany(8);
  auto rewrite = Stage();
  ASSERT_TRUE(tables().CommitRewrite(**rewrite, RunWorker(**rewrite)));
  tables().EndRewrite(**rewrite, RewriteEnd::kCommitted);
  EXPECT_EQ(SweepTwice(), 0);
  EXPECT_EQ(CountFiles("data"), 9) << "eight files and the folder of their rewrite";
  AppendMany(static_cast<int>(kSnapshotsMax));
  EXPECT_EQ(SweepTwice(), 8 + 8 + 8 + 1) << "eight files, their manifests and lists, one list more";
  EXPECT_EQ(Content().second, 1 + static_cast<int>(kSnapshotsMax));
}

TEST_F(SweepTest, ATableThatAnAttemptWritesKeepsEverything) {
  AppendMany(1);
  Put(TableFolder() / "data/lost.parquet");
  const OpenWrite open =
      *catalog_->BeginWrite({JobId("j"), 1}, kProject, "db", "t", WriteMode::kAppend);
  (void)WriteFakeDataFile(open.write, 1);
  EXPECT_EQ(SweepTwice(), 0);
  EXPECT_TRUE(std::filesystem::exists(open.write.folder));
  catalog_->RemoveWritten(open);
  EXPECT_EQ(Sweep(), 1);
}

TEST_F(SweepTest, ATableThatCannotBeToldForCertainKeepsEverything) {
  AppendMany(2);
  Put(TableFolder() / "data/lost.parquet");
  ASSERT_TRUE(Append({{.rows = 7}}));
  writer_.SpoilLastManifest();
  EXPECT_EQ(SweepTwice(), 0);
}

TEST_F(SweepTest, AMissingFileKeepsEverything) {
  AppendMany(2);
  Put(TableFolder() / "data/lost.parquet");
  const std::string one = local_.List(TableFolder() / "data")->front();
  std::filesystem::rename(TableFolder() / "data" / one, TableFolder() / "data" / "moved.parquet");
  EXPECT_EQ(SweepTwice(), 0);
  EXPECT_TRUE(std::filesystem::exists(TableFolder() / "data" / "moved.parquet"));
}

TEST_F(SweepTest, FoldersOfNoTableGoAfterTheGuard) {
  AppendMany(1);
  const std::filesystem::path project = TableFolder().parent_path();
  const std::filesystem::path stray = project / MakeUuidV4();
  Put(stray / "data" / "x.parquet");
  Put(project / "notes" / "of-somebody");
  NewTable table;
  table.database = "db";
  table.name = "dropped";
  table.columns = {{"id", TypeId::kBigInt, true, ""}};
  ASSERT_TRUE(catalog_->CreateTable(kProject, table, IfExists::kFail, {}));
  const std::filesystem::path dropped = project / Key("dropped").uuid;
  ASSERT_TRUE(catalog_->DropTable(kProject, "db", "dropped", IfMissing::kFail, {}));
  EXPECT_EQ(*tables().SweepFolders(clock_.WallMs(), kGuardMs), 0);
  clock_.Advance(kGuardMs + 1);
  EXPECT_EQ(*tables().SweepFolders(clock_.WallMs(), kGuardMs), 1);
  EXPECT_FALSE(std::filesystem::exists(stray));
  EXPECT_TRUE(std::filesystem::exists(project / "notes" / "of-somebody"));
  EXPECT_TRUE(std::filesystem::exists(dropped)) << "its own guard counts";
  EXPECT_TRUE(std::filesystem::exists(TableFolder()));
}

TEST_F(SweepTest, ABreakingDiskRemovesNothingThatIsNamed) {
  AppendMany(3);
  for (int i = 0; i < 5; ++i) Put(TableFolder() / "data" / fmt::format("lost-{}.parquet", i));
  EXPECT_EQ(Sweep(), 0);
  clock_.Advance(kGuardMs + 1);
  for (int call = 0; call < 40; ++call) {
    files_.FailAfter(call);
    (void)tables().SweepTable(Key(), clock_.WallMs(), kGuardMs);
    files_.Heal();
    EXPECT_EQ(Content(), std::pair(std::int64_t{6}, 3));
  }
  EXPECT_EQ(CountFiles("data"), 3);
}

}  // namespace
}  // namespace sluice
