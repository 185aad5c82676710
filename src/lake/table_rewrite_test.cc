#include "lake/table_rewrite.h"

#include <gtest/gtest.h>

#include "lake/lake_test_world.h"

namespace sluice {
namespace {

class TableRewriteTest : public LakeTestWorld {};

TEST_F(TableRewriteTest, SmallFilesBecomeOneWithTheSameRows) {
  AppendMany(10);
  const auto old_id = *Load(kUser, "t").current_snapshot_id();
  auto rewrite = Stage();
  ASSERT_TRUE(rewrite && *rewrite);
  const auto written = RunWorker(**rewrite);
  EXPECT_EQ(Content(), std::pair(std::int64_t{55}, 10)) << "nothing happens before the commit";
  Result<void> committed = tables().CommitRewrite(**rewrite, written);
  ASSERT_TRUE(committed) << committed.error().message << committed.error().detail;
  EXPECT_EQ(Content(), std::pair(std::int64_t{55}, 1));
  EXPECT_EQ(Operation(), "replace");
  auto described = catalog_->FindTable(kProject, "db", "t");
  EXPECT_EQ((*described)->total_rows, 55);
  EXPECT_EQ((*described)->total_files, 1);
  EXPECT_EQ((*described)->total_bytes, 100);
  // The old snapshot reads as before.
  TableMetadata old = Load(kUser, "t");
  old.document()["current-snapshot-id"] = old_id;
  EXPECT_EQ(Sum(Live(old)), std::pair(std::int64_t{55}, 10));
}

TEST_F(TableRewriteTest, TheWorkerSeesTheSmallFilesAloneAndWritesIntoAFolderOfItsOwn) {
  ASSERT_TRUE(Append({{.rows = 1'000, .bytes = kSmallFileBytes}}));
  AppendMany(9);
  auto rewrite = Stage();
  ASSERT_TRUE(rewrite && *rewrite);
  EXPECT_EQ((*rewrite)->rows, 45);
  EXPECT_EQ(Sum(ReadSource(**rewrite)), std::pair(std::int64_t{45}, 9));
  EXPECT_FALSE(std::filesystem::exists((*rewrite)->open.write.folder));
  CreateTable("other", {});
  OpenWrite foreign = (*rewrite)->open;
  foreign.write.folder = PathOfUri(Load(kUser, "other").location()) + "/data/x";
  const std::vector<DataFile> outside = {WriteFakeDataFile(foreign.write, 45)};
  Result<void> refused = tables().CommitRewrite(**rewrite, outside);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(TableRewriteTest, ARewriteThatIsGivenUpLeavesNothingAndACommittedOneItsFile) {
  AppendMany(8);
  const int metadata_files = CountFiles("metadata");
  auto rewrite = Stage();
  (void)RunWorker(**rewrite);
  tables().EndRewrite(**rewrite, RewriteEnd::kGivenUp);
  EXPECT_FALSE(std::filesystem::exists((*rewrite)->open.write.folder));
  EXPECT_EQ(CountFiles("metadata"), metadata_files);
  EXPECT_TRUE(Notes().empty());
  auto again = Stage();
  ASSERT_TRUE(tables().CommitRewrite(**again, RunWorker(**again)));
  tables().EndRewrite(**again, RewriteEnd::kCommitted);
  EXPECT_EQ(Content(), std::pair(std::int64_t{36}, 1));
  EXPECT_TRUE(Notes().empty());
}

TEST_F(TableRewriteTest, WhatIsAppendedMeanwhileStays) {
  AppendMany(8);
  auto rewrite = Stage();
  const auto written = RunWorker(**rewrite);
  ASSERT_TRUE(Append({{.rows = 100}, {.rows = 1'000}}));
  ASSERT_TRUE(tables().CommitRewrite(**rewrite, written));
  EXPECT_EQ(Content(), std::pair(std::int64_t{1'136}, 3));
  ASSERT_TRUE(Append({{.rows = 5}}));
  EXPECT_EQ(Content(), std::pair(std::int64_t{1'141}, 4));
}

TEST_F(TableRewriteTest, ASecondRewriteGoesOnFromTheFirst) {
  AppendMany(8);
  for (int round = 0; round < 4; ++round) {
    auto rewrite = Stage();
    ASSERT_TRUE(rewrite && *rewrite) << round;
    const auto written = RunWorker(**rewrite);
    ASSERT_TRUE(tables().CommitRewrite(**rewrite, written));
    tables().EndRewrite(**rewrite, RewriteEnd::kCommitted);
    AppendMany(8);
    EXPECT_EQ(Content(), std::pair(std::int64_t{36 * (round + 2)}, 9));
  }
  auto nothing = tables().StageRewrite(Key(), TablePace::kBusy);
  EXPECT_TRUE(nothing && *nothing == nullptr);
}

TEST_F(TableRewriteTest, AReplacedFileThatIsGoneRefusesTheRewrite) {
  AppendMany(8);
  auto rewrite = Stage();
  const auto written = RunWorker(**rewrite);
  ASSERT_TRUE(catalog_->TruncateTable(kProject, "db", "t", {}));
  EXPECT_FALSE(tables().CommitRewrite(**rewrite, written));
  ASSERT_TRUE(Append({{.rows = 3}}));
  const int metadata_files = CountFiles("metadata");
  Result<void> refused = tables().CommitRewrite(**rewrite, written);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(Content(), std::pair(std::int64_t{3}, 1));
  EXPECT_EQ(CountFiles("metadata"), metadata_files);
}

TEST_F(TableRewriteTest, ARewriteCommitsOnce) {
  AppendMany(8);
  auto rewrite = Stage();
  const auto written = RunWorker(**rewrite);
  ASSERT_TRUE(tables().CommitRewrite(**rewrite, written));
  EXPECT_FALSE(tables().CommitRewrite(**rewrite, written));
  EXPECT_EQ(Content(), std::pair(std::int64_t{36}, 1));
}

TEST_F(TableRewriteTest, AnotherNumberOfRowsIsNeverCommitted) {
  AppendMany(8);
  for (std::int64_t more : {-1, 1}) {
    auto rewrite = Stage();
    const auto written = RunWorker(**rewrite, more);
    Result<void> refused = tables().CommitRewrite(**rewrite, written);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  }
  auto silent = Stage();
  EXPECT_FALSE(tables().CommitRewrite(**silent, {})) << "the worker wrote nothing";
  EXPECT_EQ(Content(), std::pair(std::int64_t{36}, 8));
}

TEST_F(TableRewriteTest, ADroppedTableIsNotFound) {
  AppendMany(8);
  auto rewrite = Stage();
  const auto written = RunWorker(**rewrite);
  ASSERT_TRUE(catalog_->DropTable(kProject, "db", "t", IfMissing::kFail, {}));
  Result<void> refused = tables().CommitRewrite(**rewrite, written);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
}

TEST_F(TableRewriteTest, ATableWithDeleteFilesIsLeftAlone) {
  AppendMany(10);
  auto early = Stage();
  const auto written = RunWorker(**early);
  writer_.set_content(ManifestContent::kDeletes);
  ASSERT_TRUE(Append({{.rows = 2}}));
  EXPECT_FALSE(tables().CommitRewrite(**early, written)) << "the deletes came after the staging";
  auto rewrite = Stage();
  EXPECT_TRUE(rewrite && *rewrite == nullptr);
}

TEST_F(TableRewriteTest, APartitionedTableIsLeftAlone) {
  CreateTable("p", {"day"});
  AppendMany(10, "p");
  auto rewrite = Stage("p");
  EXPECT_TRUE(rewrite && *rewrite == nullptr);
}

TEST_F(TableRewriteTest, FilesOfManifestsThatCannotBeReadStay) {
  ASSERT_TRUE(Append({{.rows = 7}}));
  writer_.SpoilLastManifest();
  AppendMany(8);
  auto rewrite = Stage();
  ASSERT_TRUE(rewrite && *rewrite);
  EXPECT_EQ((*rewrite)->replaced.size(), 8u);
  const auto written = RunWorker(**rewrite);
  ASSERT_TRUE(tables().CommitRewrite(**rewrite, written));
  const LiveFiles live = Live(Load(kUser, "t"));
  int unread = 0;
  for (const auto& one : live.manifests) unread += one.manifest ? 0 : 1;
  EXPECT_EQ(unread, 1);
  EXPECT_EQ(Sum(live).first, 36);
}

TEST_F(TableRewriteTest, ABreakingDiskNeverLosesOrRepeatsARow) {
  AppendMany(8);
  bool done = false;
  for (int call = 0; call < 200 && !done; ++call) {
    files_.Heal();
    const auto before = Content();
    files_.FailAfter(call);
    auto rewrite = Stage();
    if (rewrite && *rewrite) {
      // The worker's own disk is healthy; what it says arrives.
      files_.Heal();
      const auto written = RunWorker(**rewrite);
      files_.FailAfter(call);
      bool asked = true;
      Result<void> committed = tables().CommitRewrite(**rewrite, written, &asked);
      done = committed.has_value();
      EXPECT_EQ(asked, done) << "a disk that breaks does so before the store is asked";
      tables().EndRewrite(**rewrite, done ? RewriteEnd::kCommitted : RewriteEnd::kGivenUp);
      done = done && files_.failures() == 0;
    }
    files_.Heal();
    EXPECT_EQ(Content().first, before.first) << call;
    if (Content().second == 1) AppendMany(8);
  }
  EXPECT_TRUE(done);
}

TEST_F(TableRewriteTest, ActivityIsToldOnceAndNotOfRewrites) {
  AppendMany(8);
  auto activity = tables().TakeActivity();
  ASSERT_EQ(activity.size(), 1u);
  EXPECT_EQ(activity.front().files, 8);
  auto rewrite = Stage();
  const auto written = RunWorker(**rewrite);
  ASSERT_TRUE(tables().CommitRewrite(**rewrite, written));
  EXPECT_TRUE(tables().TakeActivity().empty());
}

TEST_F(TableRewriteTest, AClientIsActiveForAWhileAfterItLooked) {
  EXPECT_FALSE(tables().IsClientActive(Key()));
  Load(kUser, "t");
  EXPECT_TRUE(tables().IsClientActive(Key()));
  clock_.Advance(60'001);
  EXPECT_FALSE(tables().IsClientActive(Key()));
}

}  // namespace
}  // namespace sluice
