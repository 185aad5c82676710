#include "spark/calendar.h"

#include <array>

namespace sluice::spark {

namespace {

// By 400-year eras that begin on 1 March.
constexpr std::int64_t kDaysPerEra = 146'097;
constexpr std::int64_t kDaysFromMarchYear0 = 719'468;
constexpr std::int64_t kYearsPerEra = 400;

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

}  // namespace sluice::spark
