#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

enum class TimePatternUse : unsigned char { kFormat, kParse };

/// One piece of a pattern of java.time.format.DateTimeFormatter.
struct TimePatternItem {
  enum class Kind : unsigned char {
    kLiteral,
    kNumber,    ///< a field in digits
    kText,      ///< a field in words
    kFraction,  ///< of a second
    kZone,
    kOptionalBegin,
    kOptionalEnd,
  };
  enum class Sign : unsigned char { kNever, kNormal, kExceedsPad };

  Kind kind = Kind::kLiteral;
  char letter = 0;
  int count = 0;  ///< letters in a run
  std::string literal;
  // Of numbers: digits, and those of fixed-width numbers that follow without a gap.
  int digits_min = 1;
  int digits_max = 19;
  Sign sign = Sign::kNormal;
  int following = 0;
  bool fixed = false;
};

using TimePattern = std::vector<TimePatternItem>;

/// Reads a pattern as Spark 3.5 does. The error's message is the end of Spark's: kInvalidArgument
/// with `detail` "legacy" where the formatter of Spark 2 knew the pattern. Pure, thread-safe.
Result<TimePattern> ReadTimePattern(std::string_view pattern, TimePatternUse use);

/// Whether a zone takes part in the pattern.
bool HasZone(const TimePattern& pattern);

/// A time on the wall clock of a zone.
struct WallTime {
  std::int64_t micros = 0;         ///< since 1970-01-01 00:00 on that clock
  std::int64_t offset_micros = 0;  ///< of the clock against UTC
  std::string_view zone;           ///< its name
};

/// kUnsupported for names of zones other than UTC.
Result<std::string> FormatTime(const TimePattern& pattern, const WallTime& time);

struct ParsedTime {
  std::int64_t micros = 0;  ///< since 1970-01-01 00:00 on the wall clock
  std::string zone;         ///< "+02:00" or a name; empty: none was written
};

/// Fields that the text lacks are those of 1970-01-01 00:00. Nothing when the text does not match.
std::optional<ParsedTime> ParseTime(const TimePattern& pattern, std::string_view text);

/// What a formatter of Spark 2 does with the 32nd of a month: functions refuse it, readers of
/// documents carry it over.
enum class LegacyFields : unsigned char { kStrict, kOverflow };

/// Whether the formatter that Spark 2 used would have read the text: Spark 3 then fails instead of
/// answering NULL.
bool LegacyParses(std::string_view pattern, std::string_view text,
                  LegacyFields fields = LegacyFields::kStrict);

extern const std::string_view kMonthNames[12];
extern const std::string_view kWeekdayNames[7];  ///< from Monday on

}  // namespace sluice
