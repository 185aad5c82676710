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

TEST(NumberText, RoundingIsOfTheDecimalThatIsShown) {
  EXPECT_EQ(RoundDouble(1.005, 2, false), 1.01);
  EXPECT_EQ(RoundDouble(0.285, 2, false), 0.29);
  EXPECT_EQ(RoundDouble(-2.5, 0, false), -3);
  EXPECT_EQ(RoundDouble(2.5, 0, true), 2);
  EXPECT_EQ(RoundDouble(3.5, 0, true), 4);
  EXPECT_EQ(RoundDouble(0.5, 0, true), 0);
  EXPECT_EQ(RoundDouble(2.5000001, 0, true), 3);
  EXPECT_EQ(RoundDouble(999.95, 1, false), 1000);
  EXPECT_EQ(RoundDouble(55, -1, false), 60);
  EXPECT_EQ(RoundDouble(5, -1, false), 10);
  EXPECT_EQ(RoundDouble(4, -1, false), 0);
  EXPECT_EQ(RoundDouble(0.04, 0, false), 0);
  EXPECT_EQ(RoundDouble(1e300, 2, false), 1e300);
  EXPECT_EQ(RoundDouble(1.5, std::numeric_limits<std::int32_t>::max(), false), 1.5);
  EXPECT_EQ(RoundDouble(1.5, std::numeric_limits<std::int32_t>::min(), false), 0);
  EXPECT_TRUE(std::isnan(RoundDouble(std::nan(""), 2, false)));
  EXPECT_EQ(RoundDouble(-kInfinity, 2, false), -kInfinity);
}

TEST(NumberText, TruthHasFiveSpellings) {
  for (const char* text : {"t", "TRUE", " y\t", "Yes", "1"}) EXPECT_EQ(ReadBoolean(text), true);
  for (const char* text : {"f", "False", "n", "NO\n", "0"}) EXPECT_EQ(ReadBoolean(text), false);
  for (const char* text : {"", "on", "2", "tru", "是"}) EXPECT_FALSE(ReadBoolean(text));
}

}  // namespace
}  // namespace sluice::spark
