#include <fmt/format.h>

#include <cstdlib>

#include "engine/duckdb/java_time_pattern.h"
#include "spark/calendar.h"

namespace sluice {

namespace {

using Kind = TimePatternItem::Kind;
using Sign = TimePatternItem::Sign;

constexpr std::int64_t kSecond = 1'000'000;

struct Clock {
  spark::CivilDate date;
  std::int64_t days;
  std::int64_t of_day;  ///< microseconds
  bool has_era;
};

std::int64_t NumberOf(char letter, const Clock& clock) {
  const std::int64_t hour = clock.of_day / (3600 * kSecond);
  switch (letter) {
    case 'y':
      return clock.has_era && clock.date.year < 1 ? 1 - clock.date.year : clock.date.year;
    case 'M':
    case 'L':
      return clock.date.month;
    case 'Q':
    case 'q':
      return (clock.date.month + 2) / 3;
    case 'd':
      return clock.date.day;
    case 'D':
      return clock.days - spark::DaysOf({clock.date.year, 1, 1}) + 1;
    case 'F':
      return (clock.date.day - 1) % 7 + 1;
    case 'H':
      return hour;
    case 'k':
      return hour == 0 ? 24 : hour;
    case 'K':
      return hour % 12;
    case 'h':
      return hour % 12 == 0 ? 12 : hour % 12;
    case 'm':
      return clock.of_day / (60 * kSecond) % 60;
    default:
      return clock.of_day / kSecond % 60;
  }
}

std::string DigitsOf(const TimePatternItem& item, const Clock& clock) {
  const std::int64_t value = NumberOf(item.letter, clock);
  if (item.letter == 'y' && item.count == 2) {
    return fmt::format("{:02}", (value % 100 + 100) % 100);
  }
  const std::string digits = fmt::format("{:0{}}", std::llabs(value), item.digits_min);
  if (value < 0) return "-" + digits;
  const bool exceeds =
      item.sign == Sign::kExceedsPad && digits.size() > static_cast<std::size_t>(item.digits_min);
  return exceeds ? "+" + digits : digits;
}

std::string WordOf(const TimePatternItem& item, const Clock& clock) {
  static constexpr std::string_view kOrdinals[] = {"1st", "2nd", "3rd", "4th"};
  const bool full = item.count == 4;
  switch (item.letter) {
    case 'M':
    case 'L': {
      const std::string_view name = kMonthNames[clock.date.month - 1];
      return std::string(full ? name : name.substr(0, 3));
    }
    case 'E': {
      const std::string_view name = kWeekdayNames[spark::WeekdayOf(clock.days)];
      return std::string(full ? name : name.substr(0, 3));
    }
    case 'Q':
    case 'q': {
      const std::int64_t quarter = NumberOf('Q', clock);
      return full ? fmt::format("{} quarter", kOrdinals[quarter - 1]) : fmt::format("Q{}", quarter);
    }
    case 'G':
      if (clock.date.year > 0) return full ? "Anno Domini" : "AD";
      return full ? "Before Christ" : "BC";
    default:
      return clock.of_day < 12 * 3600 * kSecond ? "AM" : "PM";
  }
}

std::string FractionOf(int digits, const Clock& clock) {
  std::string text = fmt::format("{:06}000", clock.of_day % kSecond);
  text.resize(static_cast<std::size_t>(digits));
  return text;
}

/// Hours, minutes where they are or always, seconds where they are.
std::string OffsetText(std::int64_t seconds, const char* colon, bool minutes_always,
                       bool seconds_shown) {
  const std::int64_t size = std::llabs(seconds);
  std::string text = fmt::format("{}{:02}", seconds < 0 ? '-' : '+', size / 3600);
  const bool has_seconds = seconds_shown && size % 60 != 0;
  if (minutes_always || size / 60 % 60 != 0 || has_seconds) {
    text += fmt::format("{}{:02}", colon, size / 60 % 60);
  }
  if (has_seconds) text += fmt::format("{}{:02}", colon, size % 60);
  return text;
}

std::string GmtText(std::int64_t seconds, bool full) {
  if (seconds == 0) return "GMT";
  const std::int64_t size = std::llabs(seconds);
  std::string text = fmt::format("GMT{}", seconds < 0 ? '-' : '+');
  text += full ? fmt::format("{:02}:{:02}", size / 3600, size / 60 % 60)
               : fmt::format("{}", size / 3600);
  if (!full && size / 60 % 60 != 0) text += fmt::format(":{:02}", size / 60 % 60);
  if (size % 60 != 0) text += fmt::format(":{:02}", size % 60);
  return text;
}

Result<std::string> ZoneText(const TimePatternItem& item, const WallTime& time) {
  const std::int64_t seconds = time.offset_micros / kSecond;
  switch (item.letter) {
    case 'V':
      return std::string(time.zone);
    case 'z':
      if (time.zone == "UTC") {
        return std::string(item.count == 4 ? "Coordinated Universal Time" : "UTC");
      }
      return Fail(ErrorCode::kUnsupported, "The name of the time zone {}", time.zone);
    case 'O':
      return GmtText(seconds, item.count == 4);
    case 'Z':
      if (item.count == 4) return GmtText(seconds, true);
      if (item.count < 4) return OffsetText(seconds, "", true, false);
      return seconds == 0 ? std::string("Z") : OffsetText(seconds, ":", true, true);
    default: {
      if (item.letter == 'X' && seconds == 0) return std::string("Z");
      const char* colon = item.count == 3 || item.count == 5 ? ":" : "";
      return OffsetText(seconds, colon, item.count > 1, item.count > 3);
    }
  }
}

}  // namespace

Result<std::string> FormatTime(const TimePattern& pattern, const WallTime& time) {
  Clock clock{};
  const spark::WallClock wall = spark::ToWallClock(time.micros);
  clock.days = wall.days;
  clock.of_day = wall.micros_of_day;
  clock.date = spark::DateOf(clock.days);
  for (const TimePatternItem& item : pattern) clock.has_era |= item.letter == 'G';
  std::string out;
  for (const TimePatternItem& item : pattern) {
    switch (item.kind) {
      case Kind::kLiteral:
        out += item.literal;
        break;
      case Kind::kNumber:
        out += DigitsOf(item, clock);
        break;
      case Kind::kText:
        out += WordOf(item, clock);
        break;
      case Kind::kFraction:
        out += FractionOf(item.count, clock);
        break;
      case Kind::kZone:
        out += TRY(ZoneText(item, time));
        break;
      case Kind::kOptionalBegin:
      case Kind::kOptionalEnd:
        break;
    }
  }
  return out;
}

}  // namespace sluice
