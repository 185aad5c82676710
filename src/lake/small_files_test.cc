#include "lake/small_files.h"

#include <gtest/gtest.h>

#include <numeric>

namespace sluice {
namespace {

using Sizes = std::vector<std::int64_t>;
constexpr std::int64_t kKib = 1024;
constexpr std::int64_t kMib = 1024 * kKib;

TEST(SmallFiles, AFewFilesAreLeftAlone) {
  EXPECT_TRUE(ChooseSmallFiles({}, TablePace::kQuiet).empty());
  EXPECT_TRUE(ChooseSmallFiles(Sizes(kQuietFilesMin - 1, kKib), TablePace::kQuiet).empty());
  EXPECT_TRUE(ChooseSmallFiles(Sizes(kBusyFilesMin - 1, kKib), TablePace::kBusy).empty());
}

TEST(SmallFiles, EnoughSmallFilesAreJoined) {
  EXPECT_EQ(ChooseSmallFiles(Sizes(kQuietFilesMin, kKib), TablePace::kQuiet).size(),
            kQuietFilesMin);
  EXPECT_EQ(ChooseSmallFiles(Sizes(kBusyFilesMin, kKib), TablePace::kBusy).size(), kBusyFilesMin);
}

TEST(SmallFiles, LargeFilesStay) {
  Sizes sizes(kBusyFilesMin, kKib);
  sizes.push_back(kSmallFileBytes);
  for (TablePace pace : {TablePace::kBusy, TablePace::kQuiet}) {
    for (std::size_t chosen : ChooseSmallFiles(sizes, pace)) EXPECT_LT(chosen, kBusyFilesMin);
  }
}

TEST(SmallFiles, ABusyTableJoinsFilesOfLikeSizeOnly) {
  Sizes sizes(kBusyFilesMin, kKib);
  sizes.push_back(2 * kMib);
  EXPECT_EQ(ChooseSmallFiles(sizes, TablePace::kBusy).size(), kBusyFilesMin);
}

TEST(SmallFiles, AQuietTableDoesNotRewriteAMuchLargerFileForAFewSmallOnes) {
  Sizes sizes(kQuietFilesMin, kKib);
  sizes.push_back(10 * kMib);
  EXPECT_EQ(ChooseSmallFiles(sizes, TablePace::kQuiet).size(), kQuietFilesMin);
}

TEST(SmallFiles, OneRewriteIsLimited) {
  Sizes many(kRewriteFilesMax + 5, kKib);
  EXPECT_EQ(ChooseSmallFiles(many, TablePace::kQuiet).size(), kRewriteFilesMax);
  Sizes heavy(100, 10 * kMib);
  std::int64_t bytes = 0;
  for (std::size_t chosen : ChooseSmallFiles(heavy, TablePace::kBusy)) bytes += heavy[chosen];
  EXPECT_GT(bytes, 0);
  EXPECT_LE(bytes, kRewriteBytesMax);
}

TEST(SmallFiles, AStreamOfSmallWritesStaysFewFilesAndWritesEachByteAFewTimes) {
  Sizes table;
  std::int64_t rewritten = 0;
  constexpr int kWrites = 100'000;
  std::size_t most = 0;
  for (int write = 0; write < kWrites; ++write) {
    table.push_back(kKib);
    most = std::max(most, table.size());
    const std::vector<std::size_t> chosen = ChooseSmallFiles(table, TablePace::kBusy);
    if (chosen.empty()) continue;
    std::int64_t joined = 0;
    for (std::size_t file : chosen) joined += std::exchange(table[file], 0);
    std::erase(table, 0);
    table.push_back(joined);
    rewritten += joined;
  }
  EXPECT_EQ(std::accumulate(table.begin(), table.end(), std::int64_t{0}), kWrites * kKib);
  EXPECT_LT(most, 5 * kBusyFilesMin);
  EXPECT_LT(rewritten, 6 * kWrites * kKib);
}

}  // namespace
}  // namespace sluice
