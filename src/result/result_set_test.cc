#include "result/result_set.h"

#include <gtest/gtest.h>

#include <algorithm>
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

  /// The rows as one text.
  static Result<std::string> Read(ResultStore* store, const ResultSet& result, RowRange rows) {
    std::shared_ptr<ByteSource> source = TRY(store->OpenPreview(result, JobId("job"), 1, rows));
    std::string text;
    TRY_VOID(ReadExactly(source.get(), source->size(), &text));
    char more = 0;
    EXPECT_EQ(source->Read(&more, 1).value(), 0u) << "it gave its size and no more";
    return text;
  }

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
  EXPECT_EQ(*Read(&store, SomeResult(), {0, 1}), "[1,[12.5000000000]]");
  EXPECT_EQ(*Read(&store, SomeResult(), {0, 10}), "[1,[12.5000000000]],[2,null]");
  EXPECT_EQ(*Read(&store, ResultSet{}, {0, 10}), "");
}

TEST_F(ResultStoreTest, PublishedFilesAreReadAndRemoved) {
  ResultStore store(&files_, folder_ / "results");
  ResultSet result;
  result.in_files = true;
  result.row_count = 3;
  ASSERT_TRUE(store.Publish(job_, 1, MakeScratch()));
  EXPECT_EQ(*Read(&store, result, {0, 2}), "[1,\"a\"],[2,null]");
  EXPECT_EQ(*Read(&store, result, {0, 1000}), "[1,\"a\"],[2,null],[3,\"b\"]");
  ASSERT_TRUE(store.Remove(job_));
  ASSERT_TRUE(store.Remove(job_)) << "nothing there is fine";
  Result<std::string> preview = Read(&store, result, {0, 2});
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
    Result<std::string> preview = Read(&store, result, {0, 1000});
    ASSERT_FALSE(preview) << text;
    EXPECT_EQ(preview.error().code, ErrorCode::kInternal);
  }
}

TEST_F(ResultStoreTest, EveryRangeOfRowsIsThatRange) {
  ResultStore store(&files_, folder_ / "results");
  // Rows around the lengths of buffers, with commas and brackets of their own.
  const std::vector<std::size_t> lengths = {0, 1, 100, 65'530, 262'140, 262'141, 262'142, 600'000};
  ResultSet result;
  result.in_files = true;
  std::vector<std::string> rows;
  std::ofstream file(MakeScratch() / "preview.jsonl");
  for (std::size_t length : lengths) {
    rows.push_back("[" + std::to_string(length) + ",\"],[\",\"" + std::string(length, 'x') + "\"]");
    file << rows.back() << "\n";
  }
  file.close();
  result.row_count = static_cast<std::int64_t>(rows.size());
  ASSERT_TRUE(store.Publish(job_, 1, folder_ / "scratch"));
  const auto count = static_cast<std::int64_t>(rows.size());
  for (std::int64_t begin = count + 1; begin >= 0; --begin) {
    for (std::int64_t end = begin; end <= count + 1; ++end) {
      std::string expected;
      for (std::int64_t row = begin; row < std::min(end, count); ++row) {
        expected += (row > begin ? "," : "") + rows[static_cast<std::size_t>(row)];
      }
      EXPECT_TRUE(*Read(&store, result, {begin, end}) == expected) << begin << " " << end;
    }
  }
}

TEST_F(ResultStoreTest, AnOpenPreviewIsReadToItsEndWhenTheResultIsRemoved) {
  ResultStore store(&files_, folder_ / "results");
  ResultSet result;
  result.in_files = true;
  result.row_count = 3;
  ASSERT_TRUE(store.Publish(job_, 1, MakeScratch()));
  std::shared_ptr<ByteSource> source = *store.OpenPreview(result, job_, 1, {0, 1000});
  ASSERT_TRUE(store.Remove(job_));
  std::string text;
  ASSERT_TRUE(ReadExactly(source.get(), source->size(), &text));
  EXPECT_EQ(text, "[1,\"a\"],[2,null],[3,\"b\"]");
}

TEST_F(ResultStoreTest, AFileThatIsCutOrOverwrittenMeanwhileIsAnErrorAndNotOtherRows) {
  ResultStore store(&files_, folder_ / "results");
  const std::filesystem::path path = folder_ / "results" / "job" / "1" / "preview.jsonl";
  ResultSet result;
  result.in_files = true;
  result.row_count = 3;
  for (const char* damage : {"", "[1,\"a\"]\n[2,nu", "[1,\"a\"],[2,null]\n[3,\"b\"]\n"}) {
    ASSERT_TRUE(store.Publish(job_, 1, MakeScratch()));
    std::shared_ptr<ByteSource> source = *store.OpenPreview(result, job_, 1, {0, 1000});
    std::ofstream(path) << damage;
    std::string text;
    EXPECT_FALSE(ReadExactly(source.get(), source->size(), &text)) << damage;
    EXPECT_FALSE(Read(&store, result, {0, 1000})) << "what was known of the file is not believed";
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
  EXPECT_TRUE(Read(&store, result, {0, 2}));
  MakeScratch();
  ASSERT_TRUE(store.Publish(job_, 1, scratch)) << "a repeated attempt replaces";
}

}  // namespace
}  // namespace sluice
