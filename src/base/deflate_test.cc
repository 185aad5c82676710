#include "base/deflate.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace sluice {
namespace {

TEST(Deflate, WhatIsDeflatedComesBack) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string(1'000'000, 'x'), SecureRandomBytes(100'000)}) {
    const std::string deflated = Deflate(bytes);
    EXPECT_EQ(Inflate(deflated, bytes.size()), bytes);
    EXPECT_EQ(Inflate(deflated, bytes.size() + 1), bytes);
  }
  EXPECT_LT(Deflate(std::string(1'000'000, 'x')).size(), 2'000u);
}

TEST(Deflate, NoMoreThanIsAllowedComesOut) {
  const std::string deflated = Deflate(std::string(1'000'000, 'x'));
  EXPECT_FALSE(Inflate(deflated, 999'999));
  EXPECT_FALSE(Inflate(deflated, 0));
}

TEST(Deflate, OtherBytesAreRefused) {
  const std::string deflated = Deflate("some bytes that are long enough to be worth it, it, it");
  for (std::size_t size = 0; size < deflated.size(); ++size) {
    EXPECT_FALSE(Inflate(std::string_view(deflated).substr(0, size), 1'000)) << size;
  }
  EXPECT_FALSE(Inflate("\xFF\xFF\xFF", 1'000));
}

}  // namespace
}  // namespace sluice
