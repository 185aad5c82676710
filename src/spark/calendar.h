#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::spark {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// A day of the proleptic Gregorian calendar; year 0 is 1 BC.
struct CivilDate {
  std::int64_t year = 0;
  int month = 1;  ///< 1 to 12
  int day = 1;    ///< 1 to 31
};

/// The date of a day counted from 1970-01-01.
CivilDate DateOf(std::int64_t days);
/// Days from 1970-01-01. The month must be one; a day past its end is one of the next month.
std::int64_t DaysOf(const CivilDate& date);
/// 0 for Monday to 6 for Sunday.
int WeekdayOf(std::int64_t days);
/// 28 to 31.
int DaysInMonth(std::int64_t year, int month);
/// Whether there is such a day.
bool IsInCalendar(const CivilDate& date);

/// Whole days below a wall clock of microseconds, and what is left of the last.
struct WallClock {
  std::int64_t days = 0;
  std::int64_t micros_of_day = 0;  ///< 0 to kMicrosPerDay - 1
};
WallClock ToWallClock(std::int64_t micros);

/// months_between of two wall clocks: whole months between equal days or last days, else with the
/// seconds over 31 days; `rounded` to 8 digits (Spark: DateTimeUtils.monthsBetween).
double MonthsBetween(std::int64_t later_micros, std::int64_t earlier_micros, bool rounded);
/// Whole months from one wall clock to the other, towards zero (java.time.ChronoUnit.MONTHS).
std::int64_t WholeMonths(std::int64_t from_micros, std::int64_t to_micros);

/// The first day of the year, quarter, month or week (from Monday) that a day is in, by the names
/// that trunc() takes; nothing for another name.
std::optional<std::int64_t> TruncateDay(std::int64_t days, std::string_view unit);
/// The next day of that name behind a day ("Mo", "mon", "Monday"); nothing for another name.
std::optional<std::int64_t> NextDay(std::int64_t days, std::string_view weekday);

}  // namespace sluice::spark
