#include "lake/metadata_files.h"

#include <gtest/gtest.h>

#include "lake/json_access.h"

namespace sluice {
namespace {

class MetadataFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "metadata");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static TableMetadata Make(const std::string& comment) {
    DeclaredTable table;
    table.columns = {{"id", TypeId::kBigInt, true, ""}};
    return *TableMetadata::Make("u", "file:///w/p/t", table, {{"comment", comment}}, 1);
  }
  std::string Write(const std::string& comment) {
    return *files_.Write(Make(comment), folder_.string(), "");
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      testing::UnitTest::GetInstance()->current_test_info()->name();
  LocalFileSystem local_;
  MetadataFiles files_{&local_};
};

TEST_F(MetadataFilesTest, WhatWasWrittenIsThereWithoutBeingReadOrParsedAgain) {
  const std::string path = Write("one");
  std::filesystem::remove(path);
  auto stored = files_.Load(path);
  ASSERT_TRUE(stored);
  EXPECT_EQ((*stored)->text, Make("one").Serialize());
  EXPECT_EQ(*files_.LoadParsed(path), (*stored)->parsed);
}

TEST_F(MetadataFilesTest, ACopyIsChangedAlone) {
  const std::string path = Write("one");
  TableMetadata copy = **files_.LoadParsed(path);
  const TableMetadata second = copy;
  SetMember(copy.Object("properties"), "comment", "two");
  copy.Array("snapshots").push_back(json::object{{"snapshot-id", 7}});
  copy.RemoveSnapshots({7});
  EXPECT_EQ(copy.Serialize(), Make("two").Serialize());
  EXPECT_EQ(second.Serialize(), Make("one").Serialize());
  EXPECT_EQ((*files_.LoadParsed(path))->Serialize(), Make("one").Serialize());
}

TEST_F(MetadataFilesTest, ALongDocumentIsKeptAsTextAlone) {
  const std::string path = Write(std::string(kParsedTextBytesMax, 'x'));
  auto stored = files_.Load(path);
  ASSERT_TRUE(stored);
  EXPECT_EQ((*stored)->parsed, nullptr);
  EXPECT_EQ((*files_.LoadParsed(path))->Serialize(), (*stored)->text);
}

TEST_F(MetadataFilesTest, AFileThatWasWrittenEarlierIsReadOnce) {
  const std::string path = Write("one");
  MetadataFiles later(&local_);
  ASSERT_TRUE(later.LoadParsed(path));
  std::filesystem::remove(path);
  EXPECT_TRUE(later.LoadParsed(path));
}

}  // namespace
}  // namespace sluice
