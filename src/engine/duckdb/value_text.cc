#include "engine/duckdb/value_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>

#include "base/check.h"
#include "spark/calendar.h"
#include "spark/time_text.h"

namespace sluice {

namespace {

using spark::kMicrosPerDay;
using spark::kMicrosPerSecond;

constexpr std::int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr std::int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

std::string Digits(Int128 value) {
  // Through the unsigned type: the smallest value has no positive twin.
  __extension__ using UInt128 = unsigned __int128;
  UInt128 rest = value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  return digits;
}

template <class Float>
std::string_view ShortestDigits(Float value, std::array<char, 64>* buffer, std::chars_format form) {
  std::to_chars_result end =
      std::to_chars(buffer->data(), buffer->data() + buffer->size(), value, form);
  return {buffer->data(), static_cast<std::size_t>(end.ptr - buffer->data())};
}

template <class Float>
std::string_view SpecialName(Float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return {};
}

template <class Float>
void AppendJsonFloatOf(Float value, std::string* out) {
  if (std::string_view name = SpecialName(value); !name.empty()) {
    fmt::format_to(std::back_inserter(*out), "\"{}\"", name);
    return;
  }
  std::array<char, 64> buffer;
  std::to_chars_result end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  out->append(text);
  // A whole number stays recognisable as a floating one for readers that tell them apart.
  if (text.find_first_of(".e") == std::string_view::npos) out->append(".0");
}

template <class Float>
void AppendFloatTextOf(Float value, std::string* out) {
  if (std::string_view name = SpecialName(value); !name.empty()) {
    out->append(name);
    return;
  }
  std::array<char, 64> buffer;
  Float magnitude = std::abs(value);
  if (value == 0 || (magnitude >= static_cast<Float>(1e-3L) && magnitude < Float{1e7F})) {
    std::string_view text = ShortestDigits(value, &buffer, std::chars_format::fixed);
    out->append(text);
    if (text.find('.') == std::string_view::npos) out->append(".0");
    return;
  }
  std::string_view text = ShortestDigits(value, &buffer, std::chars_format::scientific);
  std::size_t e = text.find('e');
  std::array<char, 64> precise;
  if (e == text.find_first_of(".e")) {
    // Java shows two digits at least: the nearest two, where they are this value as well.
    const std::to_chars_result end = std::to_chars(precise.data(), precise.data() + precise.size(),
                                                   value, std::chars_format::scientific, 1);
    Float read = 0;
    if (std::from_chars(precise.data(), end.ptr, read).ec == std::errc() && read == value) {
      text = {precise.data(), static_cast<std::size_t>(end.ptr - precise.data())};
      e = text.find('e');
    }
  }
  std::string_view mantissa = text.substr(0, e);
  std::string_view exponent = text.substr(e + 1);
  bool is_negative = exponent.front() == '-';
  exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
  out->append(mantissa);
  if (mantissa.find('.') == std::string_view::npos) out->append(".0");
  fmt::format_to(std::back_inserter(*out), "E{}{}", is_negative ? "-" : "", exponent);
}

void AppendYearMonth(std::int64_t months, const DataType& type, std::string* out) {
  std::string_view sign = months < 0 ? "-" : "";
  std::int64_t magnitude = std::abs(months);
  auto to = std::back_inserter(*out);
  if (type.first_unit() == 0 && type.last_unit() == 0) {
    fmt::format_to(to, "INTERVAL '{}{}' YEAR", sign, magnitude / 12);
  } else if (type.first_unit() == 1) {
    fmt::format_to(to, "INTERVAL '{}{}' MONTH", sign, magnitude);
  } else {
    fmt::format_to(to, "INTERVAL '{}{}-{}' YEAR TO MONTH", sign, magnitude / 12, magnitude % 12);
  }
}

void AppendSeconds(std::int64_t micros, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:02}", micros / kMicrosPerSecond);
  spark::AppendFraction(micros % kMicrosPerSecond, out);
}

/// One part of a day-time interval; the first one is not cut to its range.
void AppendDayTimeUnit(int unit, bool is_first, std::int64_t* rest, std::string* out) {
  constexpr std::array<std::int64_t, 4> kUnitMicros = {kMicrosPerDay, kMicrosPerHour,
                                                       kMicrosPerMinute, kMicrosPerSecond};
  constexpr std::array<std::string_view, 4> kBefore = {"", " ", ":", ":"};
  auto index = static_cast<std::size_t>(unit);
  if (!is_first) out->append(kBefore.at(index));
  if (unit == 3) {
    AppendSeconds(*rest, out);
    return;
  }
  std::int64_t count = *rest / kUnitMicros.at(index);
  *rest %= kUnitMicros.at(index);
  if (unit == 0) {
    out->append(std::to_string(count));
  } else {
    fmt::format_to(std::back_inserter(*out), "{:02}", count);
  }
}

void AppendDayTime(std::int64_t micros, const DataType& type, std::string* out) {
  constexpr std::array<std::string_view, 4> kUnits = {"DAY", "HOUR", "MINUTE", "SECOND"};
  out->append("INTERVAL '");
  if (micros < 0) out->push_back('-');
  std::int64_t rest = std::abs(micros);
  for (int unit = type.first_unit(); unit <= type.last_unit(); ++unit) {
    AppendDayTimeUnit(unit, unit == type.first_unit(), &rest, out);
  }
  fmt::format_to(std::back_inserter(*out), "' {}",
                 kUnits.at(static_cast<std::size_t>(type.first_unit())));
  if (type.last_unit() == type.first_unit()) return;
  fmt::format_to(std::back_inserter(*out), " TO {}",
                 kUnits.at(static_cast<std::size_t>(type.last_unit())));
}

void AppendCalendar(const IntervalParts& parts, std::string* out) {
  std::size_t begin = out->size();
  auto append = [out, begin](std::int64_t count, std::string_view unit) {
    if (count == 0) return;
    fmt::format_to(std::back_inserter(*out), "{}{} {}", out->size() == begin ? "" : " ", count,
                   unit);
  };
  append(parts.months / 12, "years");
  append(parts.months % 12, "months");
  append(parts.days, "days");
  append(parts.micros / kMicrosPerHour, "hours");
  append(parts.micros / kMicrosPerMinute % 60, "minutes");
  std::int64_t seconds = parts.micros % kMicrosPerMinute;
  if (seconds != 0) {
    if (out->size() != begin) out->push_back(' ');
    if (seconds < 0) out->push_back('-');
    out->append(std::to_string(std::abs(seconds) / kMicrosPerSecond));
    spark::AppendFraction(std::abs(seconds) % kMicrosPerSecond, out);
    out->append(" seconds");
  }
  if (out->size() == begin) out->append("0 seconds");
}

}  // namespace

void AppendDecimal(Int128 unscaled, int scale, std::string* out) {
  std::string digits = Digits(unscaled);
  auto scale_size = static_cast<std::size_t>(scale);
  if (digits.size() <= scale_size) digits.insert(0, scale_size + 1 - digits.size(), '0');
  if (unscaled < 0) out->push_back('-');
  out->append(digits, 0, digits.size() - scale_size);
  if (scale == 0) return;
  out->push_back('.');
  out->append(digits, digits.size() - scale_size);
}

void AppendDecimalText(Int128 unscaled, int scale, std::string* out) {
  constexpr int kPlainExponentMin = -6;
  std::string digits = Digits(unscaled);
  int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (scale == 0 || exponent >= kPlainExponentMin) {
    AppendDecimal(unscaled, scale, out);
    return;
  }
  if (unscaled < 0) out->push_back('-');
  out->push_back(digits.front());
  if (digits.size() > 1) out->append(".").append(digits, 1);
  fmt::format_to(std::back_inserter(*out), "E{}", exponent);
}

void AppendJsonFloat(double value, std::string* out) { AppendJsonFloatOf(value, out); }
void AppendJsonFloat(float value, std::string* out) { AppendJsonFloatOf(value, out); }
void AppendFloatText(double value, std::string* out) { AppendFloatTextOf(value, out); }
void AppendFloatText(float value, std::string* out) { AppendFloatTextOf(value, out); }

void AppendInterval(const IntervalParts& parts, const DataType& type, std::string* out) {
  switch (type.id()) {
    case TypeId::kYearMonthInterval:
      AppendYearMonth(parts.months, type, out);
      break;
    case TypeId::kDayTimeInterval:
      AppendDayTime(parts.days * kMicrosPerDay + parts.micros, type, out);
      break;
    default:
      AppendCalendar(parts, out);
  }
}

}  // namespace sluice
