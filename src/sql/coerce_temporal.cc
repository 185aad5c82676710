#include "sql/coerce_temporal.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "base/ascii.h"

namespace sluice::sql {
namespace {

constexpr std::int64_t kMicrosecond = 1;
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr int kFractionDigits = 6;

/// The digits of a fraction as microseconds, more than six cut; nothing for what is no digit.
std::optional<std::int64_t> FractionMicros(std::string_view text) {
  std::int64_t micros = 0;
  int digits = 0;
  for (char c : Trim(text)) {
    if (!IsDigit(c)) return std::nullopt;
    if (digits++ < kFractionDigits) micros = micros * 10 + (c - '0');
  }
  for (; digits < kFractionDigits; ++digits) micros *= 10;
  return micros;
}

struct UnitLength {
  IntervalUnit unit;
  std::int64_t microseconds;
};

constexpr std::array kLengths = {
    UnitLength{IntervalUnit::kWeek, 7 * kDay},
    UnitLength{IntervalUnit::kDay, kDay},
    UnitLength{IntervalUnit::kHour, kHour},
    UnitLength{IntervalUnit::kMinute, kMinute},
    UnitLength{IntervalUnit::kSecond, kSecond},
    UnitLength{IntervalUnit::kMillisecond, 1000 * kMicrosecond},
    UnitLength{IntervalUnit::kMicrosecond, kMicrosecond},
};

bool IsMonths(IntervalUnit unit) {
  return unit == IntervalUnit::kYear || unit == IntervalUnit::kMonth;
}

/// 0 day, 1 hour, 2 minute, 3 second: the place of a unit in DAY TO SECOND.
int DayTimePlace(IntervalUnit unit) {
  switch (unit) {
    case IntervalUnit::kWeek:
    case IntervalUnit::kDay:
      return 0;
    case IntervalUnit::kHour:
      return 1;
    case IntervalUnit::kMinute:
      return 2;
    default:
      return 3;
  }
}

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  text = Trim(text);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  constexpr std::int64_t kAmountMax = 100'000'000'000;  // keeps every product in range
  if (value > kAmountMax) return std::nullopt;
  return negative ? -value : value;
}

/// "12.5" of seconds and smaller units, in microseconds.
std::optional<std::int64_t> Seconds(std::string_view text) {
  text = Trim(text);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  std::optional<std::int64_t> whole =
      point == 0 ? std::optional<std::int64_t>(0) : WholeNumber(text.substr(0, point));
  if (!whole) return std::nullopt;
  std::int64_t total = *whole * kSecond;
  if (point != std::string_view::npos) {
    const std::optional<std::int64_t> fraction = FractionMicros(text.substr(point + 1));
    if (!fraction) return std::nullopt;
    total += *fraction;
  }
  return negative ? -total : total;
}

std::optional<IntervalLiteral> ReadYearToMonth(std::string_view text) {
  text = Trim(text);
  std::int64_t sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') sign = -1;
    text.remove_prefix(1);
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::optional<std::int64_t> years = WholeNumber(text.substr(0, dash));
  const std::optional<std::int64_t> months = WholeNumber(text.substr(dash + 1));
  if (!years || !months || *months < 0 || *months > 11) return std::nullopt;
  IntervalLiteral interval;
  interval.type = DataType::YearMonthInterval(0, 1);
  interval.months = sign * (*years * 12 + *months);
  return interval;
}

/// '1 02:03:04.5' between the first and the last unit.
std::optional<IntervalLiteral> ReadDayToSecond(std::string_view text, int first, int last) {
  text = Trim(text);
  std::int64_t sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') sign = -1;
    text.remove_prefix(1);
  }
  constexpr std::array<std::int64_t, 4> kUnits = {kDay, kHour, kMinute, kSecond};
  constexpr std::array<char, 3> kMarks = {' ', ':', ':'};
  std::int64_t total = 0;
  for (int place = first; place <= last; ++place) {
    const auto index = static_cast<std::size_t>(place);
    const std::size_t end = place == last ? text.size() : text.find(kMarks.at(index));
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view part = text.substr(0, end);
    const std::optional<std::int64_t> amount = place == 3 ? Seconds(part) : WholeNumber(part);
    if (!amount || *amount < 0) return std::nullopt;
    total += place == 3 ? *amount : *amount * kUnits.at(index);
    text.remove_prefix(place == last ? end : end + 1);
  }
  IntervalLiteral interval;
  interval.type = DataType::DayTimeInterval(first, last);
  interval.microseconds = sign * total;
  return interval;
}

bool AddPart(const IntervalPart& part, IntervalLiteral* out) {
  if (IsMonths(part.unit)) {
    const std::optional<std::int64_t> amount = WholeNumber(part.value);
    if (!amount) return false;
    out->months += part.unit == IntervalUnit::kYear ? *amount * 12 : *amount;
    return true;
  }
  if (part.unit == IntervalUnit::kSecond) {
    const std::optional<std::int64_t> amount = Seconds(part.value);
    if (!amount) return false;
    out->microseconds += *amount;
    return true;
  }
  const std::optional<std::int64_t> amount = WholeNumber(part.value);
  if (!amount) return false;
  for (const UnitLength& length : kLengths) {
    if (length.unit == part.unit) {
      out->microseconds += *amount * length.microseconds;
      return true;
    }
  }
  return false;
}

std::string TimePart(std::int64_t microseconds, int first, int last) {
  std::string text;
  constexpr std::array<std::int64_t, 4> kUnits = {kDay, kHour, kMinute, kSecond};
  for (int place = first; place <= last; ++place) {
    const std::int64_t unit = kUnits.at(static_cast<std::size_t>(place));
    const std::int64_t amount = microseconds / unit;
    microseconds %= unit;
    if (place > first) text += place == 1 ? " " : ":";
    const bool padded = place > 0;
    text += padded ? fmt::format("{:02}", amount) : fmt::format("{}", amount);
    if (place == 3 && microseconds != 0) {
      std::string fraction = fmt::format("{:06}", microseconds);
      while (fraction.back() == '0') fraction.pop_back();
      text += "." + fraction;
    }
  }
  return text;
}

}  // namespace

std::optional<IntervalLiteral> ReadInterval(const Interval& interval) {
  if (interval.text) return std::nullopt;
  if (interval.to) {
    const IntervalPart& part = interval.parts.front();
    if (IsMonths(part.unit)) return ReadYearToMonth(part.value);
    return ReadDayToSecond(part.value, DayTimePlace(part.unit), DayTimePlace(*interval.to));
  }
  IntervalLiteral out;
  bool months = false;
  int first = 3;
  int last = 0;
  for (const IntervalPart& part : interval.parts) {
    if (IsMonths(part.unit) != months && &part != &interval.parts.front()) return std::nullopt;
    months = IsMonths(part.unit);
    const int place = months ? (part.unit == IntervalUnit::kYear ? 0 : 1) : DayTimePlace(part.unit);
    first = std::min(first, place);
    last = std::max(last, place);
    if (!AddPart(part, &out)) return std::nullopt;
  }
  if (interval.parts.empty()) return std::nullopt;
  out.type =
      months ? DataType::YearMonthInterval(first, last) : DataType::DayTimeInterval(first, last);
  return out;
}

std::string IntervalName(const IntervalLiteral& interval) {
  const int first = interval.type.first_unit();
  const int last = interval.type.last_unit();
  const std::string units =
      ToUpper(interval.type.SqlName()).substr(std::string("INTERVAL ").size());
  if (interval.type.id() == TypeId::kYearMonthInterval) {
    const std::int64_t months = std::abs(interval.months);
    const char* sign = interval.months < 0 ? "-" : "";
    if (first == last) {
      return fmt::format("INTERVAL '{}{}' {}", sign, first == 0 ? months / 12 : months, units);
    }
    return fmt::format("INTERVAL '{}{}-{}' {}", sign, months / 12, months % 12, units);
  }
  const char* sign = interval.microseconds < 0 ? "-" : "";
  return fmt::format("INTERVAL '{}{}' {}", sign,
                     TimePart(std::abs(interval.microseconds), first, last), units);
}

}  // namespace sluice::sql
