#include "spark/time_zone.h"

#include <gtest/gtest.h>

namespace sluice::spark {
namespace {

std::string Resolved(std::string_view zone) {
  Result<std::string> resolved = ResolveTimeZone(zone);
  return resolved ? *resolved : std::string(ErrorCodeName(resolved.error().code));
}

TEST(TimeZone, RegionsAreWhatTheyAre) {
  for (const char* zone : {"UTC", "GMT", "Asia/Shanghai", "America/New_York", "Zulu", "PST", "WET",
                           "Africa/Abidjan", "Etc/GMT-14"}) {
    EXPECT_EQ(Resolved(zone), zone);
  }
}

TEST(TimeZone, OffsetsOfWholeHoursAreRegions) {
  for (const char* zone : {"+8", "+08", "+08:00", "+0800", "UTC+8", "GMT+08:00", "UT+8"}) {
    EXPECT_EQ(Resolved(zone), "Etc/GMT-8") << zone;
  }
  EXPECT_EQ(Resolved("-03:00"), "Etc/GMT+3");
  for (const char* zone : {"Z", "UT", "+0", "-00:00", "UTC+0"}) {
    EXPECT_EQ(Resolved(zone), "UTC") << zone;
  }
}

TEST(TimeZone, WhatIsNoZoneIsRefused) {
  for (const char* zone : {"", "nonsense", "asia/shanghai", "+", "+x", "+8:", "+08:60", "+19",
                           "UTC+", "UTCx", "+08:00:00:00", "'; DROP"}) {
    EXPECT_EQ(Resolved(zone), ErrorCodeName(ErrorCode::kInvalidArgument)) << zone;
  }
}

TEST(TimeZone, OffsetsWithoutARegionAreNotOffered) {
  for (const char* zone : {"+05:30", "-09:30", "+15", "-13:00", "+123456"}) {
    EXPECT_EQ(Resolved(zone), ErrorCodeName(ErrorCode::kUnsupported)) << zone;
  }
}

TEST(TimeZone, OffsetsAreReadToTheSecond) {
  EXPECT_EQ(OffsetSeconds("Z"), 0);
  EXPECT_EQ(OffsetSeconds("+8:30"), 30'600);
  EXPECT_EQ(OffsetSeconds("UTC+08:30"), 30'600);
  EXPECT_EQ(OffsetSeconds("GMT-03:30:15"), -12'615);
  EXPECT_EQ(OffsetSeconds("+083015"), 30'615);
  EXPECT_EQ(OffsetSeconds("+08:3"), 28'980);
  EXPECT_EQ(OffsetSeconds("-18:00"), -64'800);
  for (const char* zone : {"", "8", "Europe/Berlin", "PM", "+18:01", "+08:3015", "+083", "z"}) {
    EXPECT_FALSE(OffsetSeconds(zone)) << zone;
  }
}

}  // namespace
}  // namespace sluice::spark
