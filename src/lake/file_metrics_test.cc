#include "lake/file_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "lake/recorded_footer.h"

namespace sluice {
namespace {

using Counts = ByFieldId<std::int64_t>;
using Kind = MetricsMode::Kind;

template <class Number>
std::string Bytes(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

SchemaLeaf MakeLeaf(std::int32_t id, const std::string& type, bool is_repeated = false) {
  SchemaLeaf leaf;
  leaf.id = id;
  leaf.name = fmt::format("c{}", id);
  leaf.type = type;
  leaf.is_repeated = is_repeated;
  return leaf;
}

ParquetChunk MakeChunk(std::int64_t values, std::optional<std::int64_t> nulls,
                       std::optional<std::string> min, std::optional<std::string> max) {
  return {10, values, nulls, std::move(min), std::move(max)};
}

/// One column of these row groups, as the default mode or another keeps it.
ColumnMetrics Measure(const std::string& type, ParquetType physical,
                      std::vector<ParquetChunk> chunks, MetricsMode mode = {},
                      const Counts& nans = {}) {
  ParquetFooter footer;
  ParquetLeaf& column = footer.leaves.emplace_back();
  column.field_id = 1;
  column.type = physical;
  column.chunks = std::move(chunks);
  return MeasureColumns(footer, {MakeLeaf(1, type)}, {mode}, nans);
}

TEST(FileMetrics, ARecordedFooterIsMeasured) {
  const ParquetFooter footer = *ReadParquetFooter(RecordedFooter());
  const std::vector<SchemaLeaf> leaves = {MakeLeaf(8, "decimal(9, 2)"), MakeLeaf(1, "int"),
                                          MakeLeaf(2, "string"),        MakeLeaf(3, "double"),
                                          MakeLeaf(5, "long"),          MakeLeaf(7, "int", true),
                                          MakeLeaf(99, "int")};
  const ColumnMetrics metrics =
      MeasureColumns(footer, leaves, std::vector<MetricsMode>(leaves.size()), {});
  EXPECT_EQ(metrics.sizes, (Counts{{1, 8221 + 7835},
                                   {2, 17'378 + 17'597},
                                   {3, 16'413 + 15'645},
                                   {5, 16'413 + 15'645},
                                   {7, 16'945 + 16'177},
                                   {8, 8221 + 7835}}));
  EXPECT_EQ(metrics.values, (Counts{{1, 4000}, {2, 4000}, {3, 4000}, {5, 4000}, {8, 4000}}))
      << "a repeated column has its size alone";
  EXPECT_EQ(metrics.nulls, (Counts{{1, 0}, {2, 1}, {3, 0}, {5, 0}, {8, 0}}));
  EXPECT_EQ(metrics.nans, (Counts{{3, 0}}));
  EXPECT_EQ(metrics.lower, (ByFieldId<std::string>{{1, Bytes<std::int32_t>(0)},
                                                   {2, "v0"},
                                                   {3, Bytes(-0.0)},
                                                   {5, Bytes<std::int64_t>(0)},
                                                   {8, std::string(1, '\0')}}));
  EXPECT_EQ(metrics.upper, (ByFieldId<std::string>{{1, Bytes<std::int32_t>(3999)},
                                                   {2, "v999"},
                                                   {3, Bytes(1999.5)},
                                                   {5, Bytes<std::int64_t>(3999)},
                                                   {8, "\x06\x1A\x1C"}}));
}

TEST(FileMetrics, NextToNanNoBoundIsKept) {
  const std::vector<ParquetChunk> chunks = {MakeChunk(3, 0, Bytes(1.0), Bytes(2.0))};
  ColumnMetrics metrics = Measure("double", ParquetType::kDouble, chunks, {}, {{1, 2}});
  EXPECT_EQ(metrics.nans, (Counts{{1, 2}}));
  EXPECT_TRUE(metrics.lower.empty());
  EXPECT_TRUE(metrics.upper.empty());
  metrics = Measure("double", ParquetType::kDouble, chunks, {}, {{2, 2}});
  EXPECT_EQ(metrics.nans, (Counts{{1, 0}}));
  EXPECT_EQ(metrics.lower.size(), 1u);
  const std::vector<ParquetChunk> nan = {MakeChunk(3, 0, Bytes(1.0), Bytes(std::nan("")))};
  metrics = Measure("double", ParquetType::kDouble, nan, {}, {{1, 1}});
  EXPECT_TRUE(metrics.lower.empty() && metrics.upper.empty());
  metrics = Measure("double", ParquetType::kDouble, nan);
  EXPECT_TRUE(metrics.upper.empty()) << "nor is NaN itself one";
}

TEST(FileMetrics, ABoundIsThatOfEveryRowGroupOrNone) {
  const std::string one = Bytes<std::int32_t>(1);
  const std::string minus = Bytes<std::int32_t>(-5);
  ColumnMetrics metrics = Measure("int", ParquetType::kInt32,
                                  {MakeChunk(2, 0, one, one), MakeChunk(2, 0, minus, minus)});
  EXPECT_EQ(*FindById(metrics.lower, 1), minus);
  EXPECT_EQ(*FindById(metrics.upper, 1), one);
  metrics = Measure("int", ParquetType::kInt32,
                    {MakeChunk(2, 0, one, one), MakeChunk(2, 0, std::nullopt, minus)});
  EXPECT_TRUE(metrics.lower.empty());
  EXPECT_EQ(*FindById(metrics.upper, 1), one);
  metrics = Measure("int", ParquetType::kInt32,
                    {MakeChunk(2, 0, one, one), MakeChunk(2, 2, std::nullopt, std::nullopt)});
  EXPECT_EQ(*FindById(metrics.lower, 1), one) << "a row group of nulls bounds nothing";
  EXPECT_EQ(*FindById(metrics.nulls, 1), 2);
  metrics = Measure("int", ParquetType::kInt32, {MakeChunk(2, 2, std::nullopt, std::nullopt)});
  EXPECT_TRUE(metrics.lower.empty() && metrics.upper.empty());
  metrics = Measure("int", ParquetType::kInt32, {MakeChunk(2, 0, "abc", one)});
  EXPECT_TRUE(metrics.lower.empty()) << "broken bytes are no bound";
}

TEST(FileMetrics, MissingCountsAreNotGuessed) {
  const std::string one = Bytes<std::int32_t>(1);
  const ColumnMetrics metrics =
      Measure("int", ParquetType::kInt32,
              {MakeChunk(2, 1, one, one), MakeChunk(3, std::nullopt, one, one)});
  EXPECT_EQ(metrics.values, (Counts{{1, 5}}));
  EXPECT_TRUE(metrics.nulls.empty());
  EXPECT_EQ(metrics.sizes, (Counts{{1, 20}}));
}

TEST(FileMetrics, ModesSayWhatIsKept) {
  const std::vector<ParquetChunk> chunks = {MakeChunk(2, 0, "北京市朝阳", "北京市朝阳")};
  ColumnMetrics metrics = Measure("string", ParquetType::kByteArray, chunks, {Kind::kTruncate, 2});
  EXPECT_EQ(*FindById(metrics.lower, 1), "北京");
  EXPECT_EQ(*FindById(metrics.upper, 1), "北亭");
  metrics = Measure("string", ParquetType::kByteArray, chunks, {Kind::kFull, 0});
  EXPECT_EQ(*FindById(metrics.lower, 1), "北京市朝阳");
  EXPECT_EQ(*FindById(metrics.upper, 1), "北京市朝阳");
  metrics = Measure("string", ParquetType::kByteArray, chunks, {Kind::kCounts, 0});
  EXPECT_EQ(metrics.values.size(), 1u);
  EXPECT_TRUE(metrics.lower.empty() && metrics.upper.empty());
  metrics = Measure("string", ParquetType::kByteArray, chunks, {Kind::kNone, 0});
  EXPECT_EQ(metrics.sizes.size(), 1u);
  EXPECT_TRUE(metrics.values.empty() && metrics.nulls.empty());
  metrics = Measure("string", ParquetType::kByteArray,
                    {MakeChunk(2, 0, "a", "\U0010FFFF\U0010FFFF")}, {Kind::kTruncate, 1});
  EXPECT_EQ(metrics.lower.size(), 1u);
  EXPECT_TRUE(metrics.upper.empty()) << "there is none so short";
}

TEST(FileMetrics, AFileWithoutRowGroupsHasCountsOfNothing) {
  const ColumnMetrics metrics = Measure("float", ParquetType::kFloat, {});
  EXPECT_EQ(metrics.values, (Counts{{1, 0}}));
  EXPECT_TRUE(metrics.lower.empty() && metrics.upper.empty());
}

}  // namespace
}  // namespace sluice
