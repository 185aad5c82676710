#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::spark {

/// Days since 1970-01-01 as "2024-01-31"; years past 9999 and before 0 have a sign.
void AppendDate(std::int32_t days, std::string* out);
/// Microseconds since 1970-01-01 00:00 of the wall clock to be shown: "2024-01-31 10:00:00.5".
void AppendTimestamp(std::int64_t wall_micros, std::string* out);
/// ".5" for 500000, nothing for 0; below a million.
void AppendFraction(std::int64_t micros, std::string* out);

// Dates and times as CAST reads them out of a STRING (Spark 3.5: SparkDateTimeUtils.stringToDate,
// parseTimestampString). No value where Spark has NULL. Pure.

/// Days since 1970-01-01 of "2024", "2024-1", "2024-01-31" and whatever stands behind the last and
/// a blank or a T; years of 4 to 7 digits with or without a sign.
std::optional<std::int32_t> ReadDate(std::string_view text);

/// A time as it is written.
struct TimeText {
  std::int64_t wall_micros = 0;  ///< since 1970-01-01 00:00 of the wall clock
  std::string_view zone;         ///< what stands behind the seconds, trimmed; part of the text
};

/// "2024-01-31 10:00:00.5 +08:00" and what is shorter; a fraction past microseconds is cut. A time
/// without a date is of a day that is not known here: no value. The zone is not looked at.
std::optional<TimeText> ReadTimeText(std::string_view text);

/// A time without a date, "10:00" or "T10": microseconds since midnight, and the zone.
std::optional<TimeText> ReadClockText(std::string_view text);

}  // namespace sluice::spark
