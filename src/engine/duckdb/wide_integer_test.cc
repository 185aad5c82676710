#include "engine/duckdb/wide_integer.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice {
namespace {

/// Up to `bits` random bits, as often few as many; never 0.
UInt128 RandomBits(std::mt19937_64& random, int bits) {
  const UInt128 all = (static_cast<UInt128>(random()) << 64) | random();
  const int kept = static_cast<int>(random() % static_cast<unsigned>(bits)) + 1;
  return (all >> (128 - kept)) | 1;
}

bool Equal(WideInteger a, WideInteger b) {
  b.Negate();
  a.Add(b);
  return a.IsZero();
}

TEST(WideInteger, QuotientTimesDivisorPlusRemainderIsTheDividend) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    WideInteger dividend = WideInteger::FromMagnitude(RandomBits(random, 127));
    dividend.MultiplyBy(RandomBits(random, 127));
    dividend.MultiplyBy(RandomBits(random, 127));
    const UInt128 divisor = RandomBits(random, 127);
    WideInteger quotient = dividend;
    const UInt128 rest = quotient.DivideBy(divisor);
    ASSERT_LT(rest, divisor) << i;
    quotient.MultiplyBy(divisor);
    quotient.Add(WideInteger::FromMagnitude(rest));
    ASSERT_TRUE(Equal(quotient, dividend)) << i;
  }
}

TEST(WideInteger, DivisorsAtTheEdgesOfTheirLimbs) {
  constexpr UInt128 kOne = 1;
  const UInt128 divisors[] = {1,
                              (kOne << 64) - 1,
                              kOne << 64,
                              (kOne << 64) + 1,
                              (kOne << 127) - 1,
                              kOne << 126,
                              (~UInt128{0} >> 1) - ((kOne << 64) - 1),
                              TenTo(38)};
  for (const UInt128 a : divisors) {
    for (const UInt128 b : divisors) {
      WideInteger product = WideInteger::FromMagnitude(a);
      product.MultiplyBy(b);
      WideInteger quotient = product;
      EXPECT_EQ(quotient.DivideBy(b), UInt128{0});
      EXPECT_TRUE(Equal(quotient, WideInteger::FromMagnitude(a)));
      if (b == 1) continue;
      product.Add(WideInteger::FromMagnitude(b - 1));
      EXPECT_EQ(product.DivideBy(b), b - 1);
      EXPECT_TRUE(Equal(product, WideInteger::FromMagnitude(a)));
    }
  }
}

TEST(WideInteger, PowersOfTenGoUpAndDownAgain) {
  for (int power = 0; power <= 76; ++power) {
    WideInteger value(-static_cast<Int128>(TenTo(38) - 1));
    value.MultiplyByTenTo(power);
    EXPECT_EQ(value.Within(38).has_value(), power == 0);
    value.RoundOff(power, Rounding::kHalfUp);
    EXPECT_EQ(value.Within(38), -static_cast<Int128>(TenTo(38) - 1)) << power;
  }
}

Int128 RoundedOff(Int128 value, int digits, Rounding rounding) {
  WideInteger wide(value);
  wide.RoundOff(digits, rounding);
  return wide.Within(38).value_or(-1);
}

TEST(WideInteger, HalvesAreRoundedAsAsked) {
  EXPECT_EQ(RoundedOff(25, 1, Rounding::kHalfUp), 3);
  EXPECT_EQ(RoundedOff(-25, 1, Rounding::kHalfUp), -3);
  EXPECT_EQ(RoundedOff(24, 1, Rounding::kHalfUp), 2);
  EXPECT_EQ(RoundedOff(25, 1, Rounding::kHalfEven), 2);
  EXPECT_EQ(RoundedOff(35, 1, Rounding::kHalfEven), 4);
  EXPECT_EQ(RoundedOff(25'001, 4, Rounding::kHalfEven), 3);
  EXPECT_EQ(RoundedOff(21, 1, Rounding::kCeiling), 3);
  EXPECT_EQ(RoundedOff(-29, 1, Rounding::kCeiling), -2);
  EXPECT_EQ(RoundedOff(20, 1, Rounding::kCeiling), 2);
  EXPECT_EQ(RoundedOff(-20'001, 4, Rounding::kFloor), -3);
  EXPECT_EQ(RoundedOff(29, 1, Rounding::kFloor), 2);
  EXPECT_EQ(RoundedOff(4, 76, Rounding::kHalfUp), 0);
}

TEST(WideInteger, SumsCarryTheirSigns) {
  WideInteger sum(5);
  sum.Add(WideInteger(-7));
  EXPECT_EQ(sum.Within(38), -2);
  sum.Add(WideInteger(-7));
  EXPECT_EQ(sum.Within(38), -9);
  sum.Add(WideInteger(9));
  EXPECT_TRUE(sum.IsZero());
  EXPECT_EQ(WideInteger(-1).Low(), -1);
}

}  // namespace
}  // namespace sluice
