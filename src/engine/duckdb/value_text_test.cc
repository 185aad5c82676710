#include "engine/duckdb/value_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice {
namespace {

template <class Append, class... Args>
std::string Text(Append append, Args... args) {
  std::string out;
  append(args..., &out);
  return out;
}

TEST(ValueText, DecimalsKeepTheirScale) {
  EXPECT_EQ(Text(AppendDecimal, Int128{1250}, 2), "12.50");
  EXPECT_EQ(Text(AppendDecimal, Int128{-5}, 3), "-0.005");
  EXPECT_EQ(Text(AppendDecimal, Int128{0}, 2), "0.00");
  EXPECT_EQ(Text(AppendDecimal, Int128{7}, 0), "7");
  Int128 big = 1;
  for (int i = 0; i < 37; ++i) big *= 10;
  EXPECT_EQ(Text(AppendDecimal, -big, 10), "-1000000000000000000000000000.0000000000");
}

TEST(ValueText, SmallDecimalsCastToScientificText) {
  EXPECT_EQ(Text(AppendDecimalText, Int128{0}, 18), "0E-18");
  EXPECT_EQ(Text(AppendDecimalText, Int128{123}, 10), "1.23E-8");
  EXPECT_EQ(Text(AppendDecimalText, Int128{123}, 8), "0.00000123");
}

TEST(ValueText, FloatsAreTheShortestThatReadBack) {
  EXPECT_EQ(Text([](double v, std::string* o) { AppendJsonFloat(v, o); }, 0.1), "0.1");
  EXPECT_EQ(Text([](float v, std::string* o) { AppendJsonFloat(v, o); }, 0.1F), "0.1");
  EXPECT_EQ(Text([](double v, std::string* o) { AppendJsonFloat(v, o); }, 3.0), "3.0");
  EXPECT_EQ(Text([](double v, std::string* o) { AppendJsonFloat(v, o); }, 1e300), "1e+300");
  EXPECT_EQ(Text([](double v, std::string* o) { AppendJsonFloat(v, o); },
                 std::numeric_limits<double>::quiet_NaN()),
            "\"NaN\"");
  EXPECT_EQ(Text([](double v, std::string* o) { AppendJsonFloat(v, o); },
                 -std::numeric_limits<double>::infinity()),
            "\"-Infinity\"");
}

TEST(ValueText, FloatTextIsJavas) {
  auto text = [](double v) {
    return Text([](double d, std::string* o) { AppendFloatText(d, o); }, v);
  };
  EXPECT_EQ(text(1), "1.0");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(1e7), "1.0E7");
  EXPECT_EQ(text(9999999.5), "9999999.5");
  EXPECT_EQ(text(0.001), "0.001");
  EXPECT_EQ(text(1.5e-4), "1.5E-4");
}

TEST(ValueText, IntervalsReadAsSparkCastsThem) {
  IntervalParts parts = {.months = 14, .days = 0, .micros = 0};
  EXPECT_EQ(Text([](IntervalParts p, DataType t, std::string* o) { AppendInterval(p, t, o); },
                 parts, DataType::YearMonthInterval(0, 1)),
            "INTERVAL '1-2' YEAR TO MONTH");
  parts = {.months = 0, .days = 1, .micros = 7'384'500'000};
  auto day_time = [&parts](int first, int last) {
    std::string out;
    AppendInterval(parts, DataType::DayTimeInterval(first, last), &out);
    return out;
  };
  EXPECT_EQ(day_time(0, 3), "INTERVAL '1 02:03:04.5' DAY TO SECOND");
  EXPECT_EQ(day_time(0, 0), "INTERVAL '1' DAY");
  EXPECT_EQ(day_time(1, 1), "INTERVAL '26' HOUR");
  EXPECT_EQ(day_time(2, 3), "INTERVAL '1563:04.5' MINUTE TO SECOND");
  parts = {.months = -14, .days = 3, .micros = -1'500'000};
  std::string calendar;
  AppendInterval(parts, DataType(TypeId::kCalendarInterval), &calendar);
  EXPECT_EQ(calendar, "-1 years -2 months 3 days -1.5 seconds");
}

}  // namespace
}  // namespace sluice
