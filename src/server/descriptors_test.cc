#include "server/descriptors.h"

#include <gtest/gtest.h>

#include "http/server.h"

namespace sluice::server {
namespace {

TEST(Descriptors, JobsKeepTheirsWhateverTheLimit) {
  for (std::size_t limit = 300; limit < 70'000; limit += 7) {
    DescriptorShares shares = ShareDescriptors(limit, 5);
    EXPECT_LE(shares.work + shares.connections + shares.answers + shares.answers_waiting, limit)
        << limit;
    EXPECT_GE(shares.connections, 16u) << limit;
    EXPECT_GE(shares.answers, 8u) << limit;
  }
}

TEST(Descriptors, AHighLimitLeavesTheServersOwnLimitsAsTheyAre) {
  const http::Limits limits;
  DescriptorShares shares = ShareDescriptors(65'536, 5);
  EXPECT_EQ(shares.connections, limits.connections);
  EXPECT_EQ(shares.answers * http::kSourcePieceBytes, limits.answers_bytes);
  EXPECT_EQ(shares.answers_waiting, limits.answers_waiting);
}

TEST(Descriptors, TheUsualLimitOf1024ServesHundredsOfClients) {
  DescriptorShares shares = ShareDescriptors(1'024, 5);
  EXPECT_GE(shares.connections, 500u);
  EXPECT_GE(shares.answers, 100u);
}

TEST(Descriptors, MoreWorkersHaveMore) {
  EXPECT_GT(ShareDescriptors(1'024, 65).work, ShareDescriptors(1'024, 5).work + 500);
}

TEST(Descriptors, EvenAHopelessLimitLeavesSomethingForEverybody) {
  for (std::size_t limit : {0u, 10u, 200u}) {
    DescriptorShares shares = ShareDescriptors(limit, 5);
    EXPECT_GT(shares.connections, 0u);
    EXPECT_GT(shares.answers, 0u);
  }
}

}  // namespace
}  // namespace sluice::server
