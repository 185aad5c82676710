#include "spark/time_text.h"

#include <gtest/gtest.h>

#include "spark/calendar.h"

namespace sluice::spark {
namespace {

std::string DateText(std::int32_t days) {
  std::string out;
  AppendDate(days, &out);
  return out;
}

std::string TimeTextOf(std::int64_t micros) {
  std::string out;
  AppendTimestamp(micros, &out);
  return out;
}

std::string Date(std::string_view text) {
  const std::optional<std::int32_t> days = ReadDate(text);
  return days ? DateText(*days) : "NULL";
}

std::string Time(std::string_view text) {
  const std::optional<TimeText> time = ReadTimeText(text);
  if (!time) return "NULL";
  return TimeTextOf(time->wall_micros) + (time->zone.empty() ? "" : "|") + std::string(time->zone);
}

TEST(Calendar, DaysAndDatesAgree) {
  for (std::int64_t days = -800'000; days <= 3'000'000; days += 137) {
    EXPECT_EQ(DaysOf(DateOf(days)), days);
  }
  EXPECT_FALSE(IsInCalendar({2023, 2, 29}));
  EXPECT_TRUE(IsInCalendar({2000, 2, 29}));
  EXPECT_FALSE(IsInCalendar({1900, 2, 29}));
  EXPECT_FALSE(IsInCalendar({2023, 13, 1}));
  EXPECT_EQ(ToWallClock(-1).days, -1);
  EXPECT_EQ(ToWallClock(-1).micros_of_day, kMicrosPerDay - 1);
}

std::int64_t Wall(std::string_view text) { return ReadTimeText(text)->wall_micros; }

TEST(Calendar, MonthsBetweenAsSparkCountsThem) {
  EXPECT_EQ(MonthsBetween(Wall("1997-02-28 10:30:00"), Wall("1996-10-30"), true), 3.94959677);
  EXPECT_EQ(MonthsBetween(Wall("2024-02-29"), Wall("2024-01-31 12:00:00"), true), 1);
  EXPECT_EQ(MonthsBetween(Wall("2024-01-15 23:00:00"), Wall("2024-03-15"), true), -2);
  EXPECT_EQ(WholeMonths(Wall("2024-01-31"), Wall("2024-02-29")), 0);
  EXPECT_EQ(WholeMonths(Wall("2024-01-31"), Wall("2024-03-31")), 2);
  EXPECT_EQ(WholeMonths(Wall("2024-03-31"), Wall("2024-01-31 00:00:01")), -1);
  EXPECT_EQ(WholeMonths(Wall("2024-05-30"), Wall("2024-02-29 23:00:00")), -2);
}

TEST(Calendar, DaysAreCutAndFoundByName) {
  const auto day = [](std::string_view text) { return std::int64_t{*ReadDate(text)}; };
  EXPECT_EQ(TruncateDay(day("2024-05-17"), "Week"), day("2024-05-13"));
  EXPECT_EQ(TruncateDay(day("2024-05-17"), "MM"), day("2024-05-01"));
  EXPECT_EQ(TruncateDay(day("2024-05-17"), "quarter"), day("2024-04-01"));
  EXPECT_EQ(TruncateDay(day("1969-05-17"), "yy"), day("1969-01-01"));
  EXPECT_FALSE(TruncateDay(day("2024-05-17"), "day"));
  EXPECT_EQ(NextDay(day("2024-05-17"), "FRI"), day("2024-05-24"));
  EXPECT_EQ(NextDay(day("1969-12-31"), "th"), day("1970-01-01"));
  EXPECT_FALSE(NextDay(day("2024-05-17"), "frid"));
}

TEST(TimeText, DatesAreProlepticGregorian) {
  EXPECT_EQ(DateText(0), "1970-01-01");
  EXPECT_EQ(DateText(19'753), "2024-01-31");
  EXPECT_EQ(DateText(-719'528), "0000-01-01");
  EXPECT_EQ(DateText(2'932'897), "+10000-01-01");
  EXPECT_EQ(DateText(-719'529), "-0001-12-31");
}

TEST(TimeText, TimestampsDropTrailingZerosOfTheFraction) {
  EXPECT_EQ(TimeTextOf(1'706'695'200'500'000), "2024-01-31 10:00:00.5");
  EXPECT_EQ(TimeTextOf(0), "1970-01-01 00:00:00");
  EXPECT_EQ(TimeTextOf(-1), "1969-12-31 23:59:59.999999");
}

TEST(TimeText, DatesAreReadAsSparkReadsThem) {
  EXPECT_EQ(Date("2024-1-3"), "2024-01-03");
  EXPECT_EQ(Date(" \t2024-01-03T whatever"), "2024-01-03");
  EXPECT_EQ(Date("2024-01-03 "), "2024-01-03");
  EXPECT_EQ(Date("2024"), "2024-01-01");
  EXPECT_EQ(Date("2024-2\n"), "2024-02-01");
  EXPECT_EQ(Date("+2020-01-01"), "2020-01-01");
  EXPECT_EQ(Date("-0044-03-15"), "-0044-03-15");
  EXPECT_EQ(Date("10000-01-01"), "+10000-01-01");
  for (const char* text :
       {"", " ", "24-01-03", "2024-13-01", "2024-02-30", "2024-1-", "2024-", "2024T", "2024-01-03x",
        "2024-01-003", "20240103", "9999999-01-01", "-", "2024/01/03", "２０２４-01-03", "北京"}) {
    EXPECT_EQ(Date(text), "NULL") << text;
  }
}

TEST(TimeText, TimesAreReadAsSparkReadsThem) {
  EXPECT_EQ(Time("2024-06-01"), "2024-06-01 00:00:00");
  EXPECT_EQ(Time("2024-06-01 7"), "2024-06-01 07:00:00");
  EXPECT_EQ(Time("2024-06-01T07:5"), "2024-06-01 07:05:00");
  EXPECT_EQ(Time("2024-06-01 07:05:09."), "2024-06-01 07:05:09");
  EXPECT_EQ(Time("2024-06-01 07:05:09.1234567899"), "2024-06-01 07:05:09.123456");
  EXPECT_EQ(Time("2024-06-01 07:05:09Z"), "2024-06-01 07:05:09|Z");
  EXPECT_EQ(Time("2024-06-01 07:05:09.5 Europe/Berlin "), "2024-06-01 07:05:09.5|Europe/Berlin");
  EXPECT_EQ(Time("2024-06-01 07:05:09 PM"), "2024-06-01 07:05:09|PM");
  EXPECT_EQ(Time("-0001-06-01 00:00:01"), "-0001-06-01 00:00:01");
  for (const char* text :
       {"", "2024-06-01T", "2024-06-01 24:00:00", "2024-06-01 12:60", "2024-06-01 12:00 PM",
        "2024-06-01 12:00:60", "2024-06 12:00", "2024-06-01 12:00+01:00", "12:00:00",
        "2024-06-01x12", "2024-06-01 12:00:000", "999999-01-01 00:00:00"}) {
    EXPECT_EQ(Time(text), "NULL") << text;
  }
}

TEST(TimeText, AClockAloneIsOfNoDay) {
  EXPECT_EQ(ReadClockText("T10")->wall_micros, 36'000 * kMicrosPerSecond);
  EXPECT_EQ(ReadClockText("1:02:03.5")->wall_micros, 3'723'500'000);
  EXPECT_EQ(ReadClockText("10:00:00 +01:00")->zone, "+01:00");
  for (const char* text : {"", "10", "T", "25:00", "100:00", "2024-01-01 10:00"}) {
    EXPECT_FALSE(ReadClockText(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::spark
