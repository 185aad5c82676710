#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace sluice {
namespace {

constexpr std::int64_t kSomeMs = 0x0123456789AB;

TEST(Random, TheSameSeedGivesTheSameNumbers) {
  Random a(7);
  Random b(7);
  Random other(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    std::uint64_t number = a.Next64();
    EXPECT_EQ(number, b.Next64());
    differs = differs || number != other.Next64();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, NumbersBelowABoundReachEveryValueAndNoOther) {
  Random random(1);
  std::array<int, 5> seen{};
  for (int i = 0; i < 1'000; ++i) {
    std::uint64_t number = random.Below(seen.size());
    ASSERT_LT(number, seen.size());
    ++seen[number];
  }
  for (int count : seen) EXPECT_GT(count, 0);
  EXPECT_EQ(0u, random.Below(1));
}

TEST(Random, ABoundOfZeroIsAProgrammersError) { EXPECT_DEATH(Random(1).Below(0), "CHECK failed"); }

TEST(Random, SecretsHaveTheLengthAskedForAndDiffer) {
  EXPECT_EQ("", SecureRandomBytes(0));
  std::string a = SecureRandomBytes(32);
  EXPECT_EQ(32u, a.size());
  EXPECT_NE(a, SecureRandomBytes(32));
}

TEST(Uuid, Version7StartsWithTheMilliseconds) {
  std::string uuid = MakeUuidV7(kSomeMs);
  EXPECT_TRUE(IsUuid(uuid)) << uuid;
  EXPECT_EQ("01234567-89ab-7", uuid.substr(0, 15));
  EXPECT_NE(std::string::npos, std::string_view("89ab").find(uuid[19])) << uuid;
}

TEST(Uuid, Version7SortsByTime) {
  std::string last = MakeUuidV7(kSomeMs - 1);
  for (std::int64_t ms = kSomeMs; ms < kSomeMs + 1'000; ++ms) {
    std::string next = MakeUuidV7(ms);
    EXPECT_LT(last, next);
    last = next;
  }
}

TEST(Uuid, Version4SaysSoInItsBits) {
  std::string uuid = MakeUuidV4();
  EXPECT_TRUE(IsUuid(uuid)) << uuid;
  EXPECT_EQ('4', uuid[14]);
  EXPECT_NE(std::string::npos, std::string_view("89ab").find(uuid[19])) << uuid;
}

TEST(Uuid, ThousandsOfOneMillisecondAllDiffer) {
  std::set<std::string> uuids;
  for (int i = 0; i < 5'000; ++i) uuids.insert(MakeUuidV7(kSomeMs));
  EXPECT_EQ(5'000u, uuids.size());
}

TEST(Uuid, OnlyTheLowerCaseFormOf36CharactersIsOne) {
  EXPECT_TRUE(IsUuid("01234567-89ab-7cde-8f01-23456789abcd"));
  EXPECT_FALSE(IsUuid(""));
  EXPECT_FALSE(IsUuid("01234567-89AB-7cde-8f01-23456789abcd"));
  EXPECT_FALSE(IsUuid("0123456789ab7cde8f0123456789abcd"));
  EXPECT_FALSE(IsUuid("01234567-89ab-7cde-8f01-23456789abc"));
  EXPECT_FALSE(IsUuid("01234567-89ab-7cde-8f01-23456789abcde"));
  EXPECT_FALSE(IsUuid("01234567-89ab-7cde-8f01_23456789abcd"));
  EXPECT_FALSE(IsUuid("01234567-89ab-7cde-8f01-23456789abcg"));
  EXPECT_FALSE(IsUuid("0123456-789ab-7cde-8f01-23456789abcd"));
  EXPECT_FALSE(IsUuid("01234567-89ab-7cde-8f01-23456789ab-d"));
}

}  // namespace
}  // namespace sluice
