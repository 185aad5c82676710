#include "result/result_set.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace sluice {
namespace {

class ResultStoreTest : public testing::Test {
 protected:
  ResultStoreTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-result-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ResultStoreTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path MakeScratch() {
    std::filesystem::path scratch = folder_ / "scratch";
    std::filesystem::create_directories(scratch);
    std::ofstream(scratch / "preview.jsonl") << "[1,\"a\"]\n[2,null]\n[3,\"b\"]\n";
    return scratch;
  }

  std::filesystem::path folder_;
  LocalFileSystem files_;
  const JobId job_{"job"};
};

ResultSet SomeResult() {
  ResultSet result;
  StructField id;
  id.name = "id";
  id.type = DataType(TypeId::kBigInt);
  StructField price;
  price.name = "a \"price\"";
  price.type = DataType::Array(DataType::Decimal(38, 10));
  result.schema = {id, price};
  result.row_count = 2;
  result.rows = {"[1,[12.5000000000]]", "[2,null]"};
  return result;
}

TEST(ResultSet, ManifestReadsBackToTheDigit) {
  const ResultSet result = SomeResult();
  Result<ResultSet> decoded = DecodeManifest(EncodeManifest(result));
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(decoded->schema, result.schema);
  EXPECT_EQ(decoded->row_count, 2);
  EXPECT_EQ(decoded->rows, result.rows);
  EXPECT_FALSE(decoded->in_files);
}

TEST(ResultSet, ADamagedManifestIsAnError) {
  for (const char* text : {"", "[]", "{}", "{\"row_count\":\"1\"}",
                           "{\"row_count\":1,\"in_files\":false,\"schema\":[{}],\"rows\":[]}"}) {
    EXPECT_FALSE(DecodeManifest(text)) << text;
  }
  const std::string whole = EncodeManifest(SomeResult());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(DecodeManifest(whole.substr(0, size))) << size;
  }
}

TEST_F(ResultStoreTest, InlineRowsAreCutToThePreview) {
  ResultStore store(&files_, folder_ / "results");
  EXPECT_EQ(*store.ReadPreview(SomeResult(), job_, 1, 1), "[1,[12.5000000000]]");
  EXPECT_EQ(*store.ReadPreview(SomeResult(), job_, 1, 10), "[1,[12.5000000000]],[2,null]");
  EXPECT_EQ(*store.ReadPreview(ResultSet{}, job_, 1, 10), "");
}

TEST_F(ResultStoreTest, PublishedFilesAreReadAndRemoved) {
  ResultStore store(&files_, folder_ / "results");
  ResultSet result;
  result.in_files = true;
  result.row_count = 3;
  ASSERT_TRUE(store.Publish(job_, 1, MakeScratch()));
  EXPECT_EQ(*store.ReadPreview(result, job_, 1, 2), "[1,\"a\"],[2,null]");
  EXPECT_EQ(*store.ReadPreview(result, job_, 1, 1000), "[1,\"a\"],[2,null],[3,\"b\"]");
  ASSERT_TRUE(store.Remove(job_));
  ASSERT_TRUE(store.Remove(job_)) << "nothing there is fine";
  Result<std::string> preview = store.ReadPreview(result, job_, 1, 2);
  ASSERT_FALSE(preview);
  EXPECT_EQ(preview.error().code, ErrorCode::kResultExpired);
}

TEST_F(ResultStoreTest, ADamagedFileIsNoAnswer) {
  ResultStore store(&files_, folder_ / "results");
  ResultSet result;
  result.in_files = true;
  result.row_count = 3;
  ASSERT_TRUE(store.Publish(job_, 1, MakeScratch()));
  for (const char* text :
       {"", "[1,\"a\"]\n[2,null]\n", "[1,\"a\"]\n[2,nu", "\n\n\n", "{}\n{}\n{}\n"}) {
    std::ofstream(folder_ / "results" / "job" / "1" / "preview.jsonl") << text;
    Result<std::string> preview = store.ReadPreview(result, job_, 1, 1000);
    ASSERT_FALSE(preview) << text;
    EXPECT_EQ(preview.error().code, ErrorCode::kInternal);
  }
}

TEST_F(ResultStoreTest, PublishingAgainAfterACrashIsFine) {
  ResultStore store(&files_, folder_ / "results");
  const std::filesystem::path scratch = MakeScratch();
  ASSERT_TRUE(store.Publish(job_, 1, scratch));
  ASSERT_TRUE(store.Publish(job_, 1, scratch)) << "the folder has moved already";
  ResultSet result;
  result.in_files = true;
  result.row_count = 3;
  EXPECT_TRUE(store.ReadPreview(result, job_, 1, 2));
  MakeScratch();
  ASSERT_TRUE(store.Publish(job_, 1, scratch)) << "a repeated attempt replaces";
}

}  // namespace
}  // namespace sluice
