#include "spark/calendar.h"

#include <array>
#include <cmath>
#include <string>

#include "base/ascii.h"

namespace sluice::spark {

namespace {

// By 400-year eras that begin on 1 March.
constexpr std::int64_t kDaysPerEra = 146'097;
constexpr std::int64_t kDaysFromMarchYear0 = 719'468;
constexpr std::int64_t kYearsPerEra = 400;

constexpr std::int64_t kDaysPerWeek = 7;

std::int64_t MonthsOf(const CivilDate& date) { return date.year * 12 + date.month - 1; }

std::int64_t FloorOf(std::int64_t value, std::int64_t by) {
  return (value >= 0 ? value : value - (by - 1)) / by;
}

}  // namespace

CivilDate DateOf(std::int64_t days) {
  days += kDaysFromMarchYear0;
  const std::int64_t era = FloorOf(days, kDaysPerEra);
  const std::int64_t day_of_era = days - era * kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1);
  const auto month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  return {year_of_era + era * kYearsPerEra + (month <= 2 ? 1 : 0), month, day};
}

int WeekdayOf(std::int64_t days) {
  constexpr std::int64_t kThursday = 3;  // 1970-01-01
  return static_cast<int>(((days + kThursday) % kDaysPerWeek + kDaysPerWeek) % kDaysPerWeek);
}

int DaysInMonth(std::int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays.at(static_cast<std::size_t>(month - 1));
}

bool IsInCalendar(const CivilDate& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= DaysInMonth(date.year, date.month);
}

std::int64_t DaysOf(const CivilDate& date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = FloorOf(year, kYearsPerEra);
  const std::int64_t year_of_era = year - era * kYearsPerEra;
  const std::int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kDaysFromMarchYear0;
}

WallClock ToWallClock(std::int64_t micros) {
  const std::int64_t days = FloorOf(micros, kMicrosPerDay);
  return {days, micros - days * kMicrosPerDay};
}

double MonthsBetween(std::int64_t later_micros, std::int64_t earlier_micros, bool rounded) {
  constexpr double kSecondsPerMonth = 31.0 * 86'400;
  constexpr double kRounding = 1e8;
  const WallClock later = ToWallClock(later_micros);
  const WallClock earlier = ToWallClock(earlier_micros);
  const CivilDate a = DateOf(later.days);
  const CivilDate b = DateOf(earlier.days);
  const auto months = static_cast<double>(MonthsOf(a) - MonthsOf(b));
  const bool both_end =
      a.day == DaysInMonth(a.year, a.month) && b.day == DaysInMonth(b.year, b.month);
  if (a.day == b.day || both_end) return months;
  const std::int64_t seconds = (a.day - b.day) * (kMicrosPerDay / kMicrosPerSecond) +
                               later.micros_of_day / kMicrosPerSecond -
                               earlier.micros_of_day / kMicrosPerSecond;
  const double exact = months + static_cast<double>(seconds) / kSecondsPerMonth;
  return rounded ? std::floor(exact * kRounding + 0.5) / kRounding : exact;
}

std::int64_t WholeMonths(std::int64_t from_micros, std::int64_t to_micros) {
  constexpr std::int64_t kPlacesPerMonth = 32;
  const WallClock from = ToWallClock(from_micros);
  const WallClock to = ToWallClock(to_micros);
  std::int64_t last = to.days;
  if (last > from.days && to.micros_of_day < from.micros_of_day) --last;
  if (last < from.days && to.micros_of_day > from.micros_of_day) ++last;
  const CivilDate a = DateOf(from.days);
  const CivilDate b = DateOf(last);
  return ((MonthsOf(b) - MonthsOf(a)) * kPlacesPerMonth + b.day - a.day) / kPlacesPerMonth;
}

std::optional<std::int64_t> TruncateDay(std::int64_t days, std::string_view unit) {
  const std::string name = ToLower(unit);
  const CivilDate date = DateOf(days);
  if (name == "week") return days - WeekdayOf(days);
  if (name == "month" || name == "mon" || name == "mm") return DaysOf({date.year, date.month, 1});
  if (name == "quarter") return DaysOf({date.year, (date.month - 1) / 3 * 3 + 1, 1});
  if (name == "year" || name == "yyyy" || name == "yy") return DaysOf({date.year, 1, 1});
  return std::nullopt;
}

std::optional<std::int64_t> NextDay(std::int64_t days, std::string_view weekday) {
  constexpr std::array<std::string_view, kDaysPerWeek> kNames = {
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  const std::string name = ToLower(weekday);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name != kNames[i] && name != kNames[i].substr(0, 3) && name != kNames[i].substr(0, 2)) {
      continue;
    }
    const std::int64_t ahead = static_cast<std::int64_t>(i) - WeekdayOf(days);
    return days + (ahead > 0 ? ahead : ahead + kDaysPerWeek);
  }
  return std::nullopt;
}

}  // namespace sluice::spark
