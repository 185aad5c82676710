#include "lake/manifest_lists.h"

#include <gtest/gtest.h>

#include "lake/json_access.h"
#include "lake/metadata_files.h"

namespace sluice {
namespace {

constexpr const char* kFolder = "/w/p/t";

std::string PathOf(int number) { return fmt::format("{}/metadata/snap-{}.avro", kFolder, number); }

/// A table whose current snapshot has this list, which is in no file.
TableMetadata TableWith(int number) {
  TableMetadata metadata = TableMetadata::Empty(0);
  metadata.document()["current-snapshot-id"] = 1;
  metadata.Array("snapshots")
      .push_back(
          json::object{{"snapshot-id", 1}, {"manifest-list", JsonText(FileUri(PathOf(number)))}});
  return metadata;
}

class ManifestListsTest : public testing::Test {
 protected:
  Result<std::size_t> SizeOf(int number) {
    return TRY(lists_.ReadCurrent(TableWith(number), kFolder))->size();
  }
  void Remember(int number, std::size_t manifests) {
    lists_.Remember(PathOf(number), std::vector<ListedManifest>(manifests));
  }

  LocalFileSystem files_;
  ManifestLists lists_{&files_};
};

TEST_F(ManifestListsTest, WhatWasWrittenIsNotReadAgain) {
  EXPECT_FALSE(SizeOf(1));
  Remember(1, 3);
  EXPECT_EQ(*SizeOf(1), 3u);
  EXPECT_FALSE(SizeOf(2));
}

TEST_F(ManifestListsTest, ATableWithoutASnapshotHasNone) {
  EXPECT_TRUE((*lists_.ReadCurrent(TableMetadata::Empty(0), kFolder))->empty());
}

TEST_F(ManifestListsTest, AListOutsideTheTableIsRefused) {
  Remember(1, 3);
  Result<ManifestLists::List> list = lists_.ReadCurrent(TableWith(1), "/w/p/other");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ManifestListsTest, TheOldestGivesWayToTheNewest) {
  for (std::size_t i = 0; i < kListsMax; ++i) Remember(static_cast<int>(i), 1);
  EXPECT_TRUE(SizeOf(0));  // which makes it the newest
  Remember(1'000, 1);
  EXPECT_TRUE(SizeOf(0));
  EXPECT_FALSE(SizeOf(1));
}

TEST_F(ManifestListsTest, AListPastAllBoundsIsNotKept) {
  Remember(1, 1);
  Remember(2, kListedMax + 1);
  EXPECT_FALSE(SizeOf(2));
  EXPECT_TRUE(SizeOf(1));
  Remember(3, 1);
  EXPECT_TRUE(SizeOf(3));
}

}  // namespace
}  // namespace sluice
