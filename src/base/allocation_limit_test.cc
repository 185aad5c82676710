#include "base/allocation_limit.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

constexpr std::size_t kLimit = 1 << 20;

// Out of line, so that no compiler leaves the allocation out.
[[gnu::noinline]] std::string Text(std::size_t size) { return std::string(size, 'x'); }

TEST(AllocationLimit, WhatWouldPassItIsRefusedAndWhatFitsIsNot) {
  AllocationLimit limit(kLimit);
  EXPECT_EQ(Text(kLimit / 2).size(), kLimit / 2);
  EXPECT_THROW(Text(kLimit * 2), AllocationRefused);
  EXPECT_THROW(Text(std::size_t{1} << 40), AllocationRefused);
  EXPECT_GE(limit.peak_bytes(), kLimit / 2);
  EXPECT_LE(limit.peak_bytes(), kLimit);
}

TEST(AllocationLimit, ItCountsWhatIsHeldAndNotWhatWasFreed) {
  AllocationLimit limit(kLimit);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Text(kLimit / 2).size(), kLimit / 2);
  const std::string held = Text(kLimit / 2);
  EXPECT_THROW(Text(kLimit / 2 + 1), AllocationRefused);
}

TEST(AllocationLimit, ManySmallBlocksAddUp) {
  AllocationLimit limit(kLimit);
  std::vector<std::unique_ptr<int>> many;
  const auto fill = [&] {
    for (;;) many.push_back(std::make_unique<int>(1));
  };
  EXPECT_THROW(fill(), AllocationRefused);
  EXPECT_GT(many.size(), 10'000U);
}

TEST(AllocationLimit, ItEndsWithItsScopeAndBelongsToItsThread) {
  { const AllocationLimit limit(kLimit); }
  EXPECT_EQ(Text(kLimit * 2).size(), kLimit * 2);
  const AllocationLimit limit(kLimit);
  std::size_t other = 0;
  std::thread([&] { other = Text(kLimit * 2).size(); }).join();
  EXPECT_EQ(other, kLimit * 2);
}

TEST(AllocationLimit, SharedPartsAreLeftOut) {
  const AllocationLimit limit(kLimit);
  {
    const UncountedAllocations uncounted;
    EXPECT_EQ(Text(kLimit * 2).size(), kLimit * 2);
  }
  EXPECT_THROW(Text(kLimit * 2), AllocationRefused);
}

}  // namespace
}  // namespace sluice
