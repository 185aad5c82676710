#include "spark/time_text.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <iterator>
#include <limits>

#include "base/ascii.h"
#include "spark/calendar.h"
#include "spark/number_text.h"

namespace sluice::spark {

namespace {

constexpr int kFractionDigits = 6;
constexpr std::int32_t kSecondsPerHour = 3'600;
constexpr std::int32_t kSecondsPerMinute = 60;

/// Digits that are taken off the front of a text, and how many they were.
struct Number {
  std::int64_t value = 0;
  std::size_t digits = 0;
};

/// All digits in front; those past `kept` count, and are cut off the value.
Number TakeDigits(std::string_view* text, std::size_t kept) {
  Number number;
  while (!text->empty() && IsDigit(text->front())) {
    if (number.digits++ < kept) number.value = number.value * 10 + (text->front() - '0');
    text->remove_prefix(1);
  }
  return number;
}

bool Take(std::string_view* text, char c) {
  if (!text->starts_with(c)) return false;
  text->remove_prefix(1);
  return true;
}

/// The date in front of the text, which is taken away.
struct DateText {
  CivilDate date;
  int parts = 1;  ///< 1 for a year alone, 3 for all of it
};
std::optional<DateText> TakeDate(std::string_view* text, std::size_t year_digits_max) {
  DateText read;
  const bool is_before_1 = text->starts_with('-');
  if (is_before_1 || text->starts_with('+')) text->remove_prefix(1);
  const Number year = TakeDigits(text, year_digits_max);
  if (year.digits < 4 || year.digits > year_digits_max) return std::nullopt;
  read.date.year = is_before_1 ? -year.value : year.value;
  for (int* part : {&read.date.month, &read.date.day}) {
    if (!Take(text, '-')) break;
    const Number number = TakeDigits(text, 2);
    if (number.digits == 0 || number.digits > 2) return std::nullopt;
    *part = static_cast<int>(number.value);
    ++read.parts;
  }
  return read;
}

/// The clock in front of the text: hours, then minutes, seconds and a fraction where there are any.
/// A zone may follow seconds only, and is what is left.
std::optional<std::int64_t> TakeClock(std::string_view* text) {
  constexpr std::array<std::int64_t, 3> kLimits = {24, 60, 60};
  std::int64_t seconds = 0;
  std::size_t parts = 0;
  for (std::int64_t limit : kLimits) {
    const Number number = TakeDigits(text, 2);
    if (number.digits == 0 || number.digits > 2 || number.value >= limit) return std::nullopt;
    seconds = seconds * 60 + number.value;
    ++parts;
    if (parts < kLimits.size() && !Take(text, ':')) break;
  }
  for (std::size_t part = parts; part < kLimits.size(); ++part) seconds *= 60;
  if (parts < kLimits.size())
    return text->empty() ? std::optional(seconds * kMicrosPerSecond) : std::nullopt;
  std::int64_t micros = 0;
  if (Take(text, '.')) {
    const Number fraction = TakeDigits(text, kFractionDigits);
    micros = fraction.value;
    for (std::size_t digits = fraction.digits; digits < kFractionDigits; ++digits) micros *= 10;
  }
  return seconds * kMicrosPerSecond + micros;
}

}  // namespace

void AppendFraction(std::int64_t micros, std::string* out) {
  if (micros == 0) return;
  fmt::format_to(std::back_inserter(*out), ".{:06}", micros);
  while (out->back() == '0') out->pop_back();
}

void AppendDate(std::int32_t days, std::string* out) {
  constexpr std::int64_t kUnsignedYearMax = 9'999;
  const CivilDate date = DateOf(days);
  const std::string_view sign = date.year > kUnsignedYearMax ? "+" : date.year < 0 ? "-" : "";
  fmt::format_to(std::back_inserter(*out), "{}{:04}-{:02}-{:02}", sign, std::abs(date.year),
                 date.month, date.day);
}

void AppendTimestamp(std::int64_t wall_micros, std::string* out) {
  const WallClock clock = ToWallClock(wall_micros);
  AppendDate(static_cast<std::int32_t>(clock.days), out);
  const std::int64_t seconds = clock.micros_of_day / kMicrosPerSecond;
  fmt::format_to(std::back_inserter(*out), " {:02}:{:02}:{:02}", seconds / kSecondsPerHour,
                 seconds / kSecondsPerMinute % kSecondsPerMinute, seconds % kSecondsPerMinute);
  AppendFraction(clock.micros_of_day % kMicrosPerSecond, out);
}

std::optional<std::int32_t> ReadDate(std::string_view text) {
  constexpr std::size_t kYearDigitsMax = 7;
  text = TrimAll(text);
  const std::optional<DateText> read = TakeDate(&text, kYearDigitsMax);
  if (!read) return std::nullopt;
  // Behind a whole date anything may follow a blank or a T; a year or a month must be all.
  const bool ends = text.empty() || (read->parts == 3 && (text[0] == ' ' || text[0] == 'T'));
  if (!ends) return std::nullopt;
  if (!IsInCalendar(read->date)) return std::nullopt;
  const std::int64_t days = DaysOf(read->date);
  // The last of each side stand for infinity in the engine.
  constexpr std::int64_t kDaysMax = std::numeric_limits<std::int32_t>::max() - std::int64_t{1};
  if (days > kDaysMax || days < -kDaysMax) return std::nullopt;
  return static_cast<std::int32_t>(days);
}

std::optional<TimeText> ReadTimeText(std::string_view text) {
  constexpr std::size_t kYearDigitsMax = 6;
  text = TrimAll(text);
  const std::optional<DateText> read = TakeDate(&text, kYearDigitsMax);
  if (!read) return std::nullopt;
  std::int64_t micros_of_day = 0;
  if (!text.empty()) {
    if (read->parts < 3 || (text[0] != ' ' && text[0] != 'T')) return std::nullopt;
    text.remove_prefix(1);
    const std::optional<std::int64_t> clock = TakeClock(&text);
    if (!clock) return std::nullopt;
    micros_of_day = *clock;
  }
  if (!IsInCalendar(read->date)) return std::nullopt;
  TimeText time;
  time.zone = TrimAll(text);
  if (__builtin_mul_overflow(DaysOf(read->date), kMicrosPerDay, &time.wall_micros) ||
      __builtin_add_overflow(time.wall_micros, micros_of_day, &time.wall_micros)) {
    return std::nullopt;
  }
  return time;
}

std::optional<TimeText> ReadClockText(std::string_view text) {
  constexpr std::size_t kColonMax = 2;
  text = TrimAll(text);
  if (!Take(&text, 'T') && text.find(':') > kColonMax) return std::nullopt;
  const std::optional<std::int64_t> clock = TakeClock(&text);
  if (!clock) return std::nullopt;
  return TimeText{*clock, TrimAll(text)};
}

}  // namespace sluice::spark
