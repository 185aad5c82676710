#include <gtest/gtest.h>

#include "engine/duckdb/java_time_pattern.h"
#include "spark/calendar.h"

namespace sluice {
namespace {

constexpr std::int64_t kHour = 3'600'000'000;
/// 2024-03-05 17:08:09.123456
constexpr std::int64_t kAfternoon = 1'709'658'489'123'456;

std::string Formatted(std::string_view pattern, std::int64_t micros, std::int64_t offset = 0,
                      std::string_view zone = "UTC") {
  const Result<TimePattern> read = ReadTimePattern(pattern, TimePatternUse::kFormat);
  if (!read) return "refused " + read.error().detail;
  return FormatTime(*read, {micros, offset, zone}).value_or("unsupported");
}

/// The time as a pattern with everything shows it.
std::string Parsed(std::string_view pattern, std::string_view text) {
  const Result<TimePattern> read = ReadTimePattern(pattern, TimePatternUse::kParse);
  if (!read) return "refused " + read.error().detail;
  const std::optional<ParsedTime> time = ParseTime(*read, text);
  if (!time) return LegacyParses(pattern, text) ? "legacy" : "none";
  return Formatted("yyyy-MM-dd HH:mm:ss.SSSSSS", time->micros) + time->zone;
}

TEST(JavaTime, NumbersHaveTheWidthOfTheirLetters) {
  EXPECT_EQ(Formatted("y yy yyyyy M MM d H hh K k", kAfternoon), "2024 24 02024 3 03 5 17 05 5 17");
  EXPECT_EQ(Formatted("SSS SSSSSSSSS D DDD F", kAfternoon), "123 123456000 65 065 5");
}

TEST(JavaTime, WordsAreEnglish) {
  EXPECT_EQ(Formatted("EEE EEEE MMM MMMM a QQQ QQQQ G", kAfternoon),
            "Tue Tuesday Mar March PM Q1 1st quarter AD");
}

TEST(JavaTime, OffsetsAreWrittenInAllTheirForms) {
  const std::int64_t offset = -3 * kHour - kHour / 2;
  EXPECT_EQ(Formatted("X XX X"
                      "XX x Z ZZZZ O VV",
                      kAfternoon, offset, "America/St_Johns"),
            "-0330 -0330 -03:30 -0330 -0330 GMT-03:30 GMT-3:30 America/St_Johns");
  EXPECT_EQ(Formatted("z", kAfternoon, offset, "America/St_Johns"), "unsupported");
  EXPECT_EQ(Formatted("X x z", kAfternoon), "Z +00 UTC");
}

TEST(JavaTime, PatternsAreRefusedAsSparkDoes) {
  EXPECT_EQ(Formatted("YYYY", 0), "refused legacy");
  EXPECT_EQ(Formatted("MMMMM", 0), "refused legacy");
  EXPECT_EQ(Formatted("T", 0), "refused ");
  EXPECT_EQ(Formatted("'open", 0), "refused ");
  EXPECT_EQ(Parsed("EEE", "Tue"), "refused legacy");
}

TEST(JavaTime, NumbersWithoutAGapShareTheDigits) {
  EXPECT_EQ(Parsed("yyyyMMddHHmmss", "20240305170809"), "2024-03-05 17:08:09.000000");
  EXPECT_EQ(Parsed("yMMdd", "20240305"), "2024-03-05 00:00:00.000000");
}

TEST(JavaTime, WhatATextLacksIsTheEpochs) {
  EXPECT_EQ(Parsed("HH", "12"), "1970-01-01 12:00:00.000000");
  EXPECT_EQ(Parsed("yyyy-MM-dd[ HH:mm]", "2024-03-05"), "2024-03-05 00:00:00.000000");
  EXPECT_EQ(Parsed("a", "pm"), "1970-01-01 12:00:00.000000");
}

TEST(JavaTime, ZonesAreKept) {
  EXPECT_EQ(Parsed("HH:mmXXX", "10:00+02:00"), "1970-01-01 10:00:00.000000+02:00");
  EXPECT_EQ(Parsed("HH:mm VV", "10:00 Asia/Shanghai"), "1970-01-01 10:00:00.000000Asia/Shanghai");
}

TEST(JavaTime, OnlyWhatTheOldFormatterReadIsLegacy) {
  EXPECT_EQ(Parsed("yyyy-MM-dd", "2024-1-5"), "legacy");
  EXPECT_EQ(Parsed("yyyy-MM-dd", "2024-01-05 junk"), "legacy");
  EXPECT_EQ(Parsed("yyyy-MM-dd", "2024-02-30"), "none");
  EXPECT_EQ(Parsed("yyyy-MM-dd", "junk"), "none");
  EXPECT_EQ(Parsed("yyyy-DDD", "2023-366"), "none");
}

TEST(JavaTime, DaysAndDatesAreInverse) {
  for (std::int64_t days = -800'000; days < 800'000; days += 97) {
    EXPECT_EQ(spark::DaysOf(spark::DateOf(days)), days);
  }
}

}  // namespace
}  // namespace sluice
