#include "spark/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sluice::spark {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(NumberText, WholeNumbersDropTheirFraction) {
  EXPECT_EQ(ReadInteger(" \x01 42\x7f"), 42);
  EXPECT_EQ(ReadInteger("+7"), 7);
  EXPECT_EQ(ReadInteger("-7.999"), -7);
  EXPECT_EQ(ReadInteger("1."), 1);
  EXPECT_EQ(ReadInteger("."), 0);
  EXPECT_EQ(ReadInteger("-.5"), 0);
  EXPECT_EQ(ReadInteger("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ReadInteger("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", " ", "+", "-", "9223372036854775808", "-9223372036854775809", "1e3",
                           "1.2.3", "1 2", "0x1", "--1", "١", "1_000", "1.5d", "1.+"}) {
    EXPECT_FALSE(ReadInteger(text)) << text;
  }
}

TEST(NumberText, FractionsAreReadAsJavaReadsThem) {
  EXPECT_EQ(ReadDouble(" 1.5e3 "), 1500);
  EXPECT_EQ(ReadDouble("+.5d"), 0.5);
  EXPECT_EQ(ReadDouble("5.F"), 5);
  EXPECT_EQ(ReadDouble("-0x1.8p1"), -3);
  EXPECT_EQ(ReadDouble("1e400"), kInfinity);
  EXPECT_EQ(ReadDouble("-1e400"), -kInfinity);
  EXPECT_EQ(ReadDouble("1e-400"), 0);
  EXPECT_TRUE(std::signbit(*ReadDouble("-0")));
  EXPECT_EQ(ReadDouble("Infinity"), kInfinity);
  EXPECT_EQ(ReadDouble("-INF"), -kInfinity);
  EXPECT_TRUE(std::isnan(*ReadDouble("nAn")));
  EXPECT_TRUE(std::isnan(*ReadDouble("-NaN")));
  EXPECT_EQ(ReadFloat("16777217"), 16777216.0F);
  EXPECT_EQ(ReadFloat("1e39"), std::numeric_limits<float>::infinity());
  for (const char* text : {"", ".", "e5", "1e", "1e+", "1.5dd", "1,5", "0x1", "0x", "in", "+nan",
                           "1 2", "d", "Infinityd", "１"}) {
    EXPECT_FALSE(ReadDouble(text)) << text;
  }
}

TEST(NumberText, DecimalsHaveAnExponentAndNoSuffix) {
  EXPECT_EQ(DecimalDigits(" +1.50e-3\n"), "+1.50e-3");
  EXPECT_EQ(DecimalDigits(".5"), ".5");
  EXPECT_EQ(DecimalDigits("5."), "5.");
  EXPECT_EQ(DecimalDigits("-１２.٣"), "-12.3");
  for (const char* text : {"", ".", "1d", "NaN", "1e", "--1", "1 2", "一", "²"}) {
    EXPECT_FALSE(DecimalDigits(text)) << text;
  }
}

TEST(NumberText, TruthHasFiveSpellings) {
  for (const char* text : {"t", "TRUE", " y\t", "Yes", "1"}) EXPECT_EQ(ReadBoolean(text), true);
  for (const char* text : {"f", "False", "n", "NO\n", "0"}) EXPECT_EQ(ReadBoolean(text), false);
  for (const char* text : {"", "on", "2", "tru", "是"}) EXPECT_FALSE(ReadBoolean(text));
}

}  // namespace
}  // namespace sluice::spark
