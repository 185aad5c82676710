#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/wide_integer.h"

namespace sluice {

namespace {

// Intervals are counted here in their smallest unit: microseconds (BIGINT) or months (of the range
// of INT). `limit` is the greatest count there is.

constexpr const char* kOverflow = "[ARITHMETIC_OVERFLOW] An interval is out of its type's range";
constexpr const char* kByZero =
    "[INTERVAL_DIVIDED_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and "
    "return NULL instead";

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::array<std::int64_t, 4> kUnits = {86'400 * kSecond, 3'600 * kSecond, 60 * kSecond,
                                                kSecond};
constexpr std::array<std::string_view, 4> kUnitWords = {"DAY", "HOUR", "MINUTE", "SECOND"};
constexpr std::int64_t kMonthsOfYear = 12;
constexpr int kLast = 3;  ///< SECOND among kUnits
constexpr int kDigitsMax = 38;

std::optional<std::int64_t> Within(std::optional<Int128> value, std::int64_t limit) {
  if (!value || *value > limit || *value < -static_cast<Int128>(limit) - 1) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

/// To the nearest whole number, half away from zero.
std::optional<std::int64_t> NearestWithin(double value, std::int64_t limit) {
  const double rounded = std::round(value);
  const auto bound = static_cast<double>(limit);
  // The double next to 2^63 - 1 is 2^63, which does not fit.
  if (!(rounded >= -bound - 1 && rounded <= bound && rounded < 0x1.0p63)) return std::nullopt;
  return static_cast<std::int64_t>(rounded);
}

/// (count, unscaled decimal, its scale, limit)
template <bool kDivide>
void ByDecimal(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* counts = call.Argument<std::int64_t>(0);
  const auto* factors = call.Argument<duckdb_hugeint>(1);
  const auto* scales = call.Argument<std::int32_t>(2);
  const auto* limits = call.Argument<std::int64_t>(3);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const Int128 factor = IntegerOf(factors[row]);
    if (kDivide && factor == 0) return call.Fail(kByZero);
    WideInteger value(counts[row]);
    if (kDivide) {
      value.MultiplyByTenTo(scales[row]);
      value.DivideHalfUpBy(MagnitudeOf(factor));
    } else {
      value.MultiplyBy(MagnitudeOf(factor));
      value.RoundOff(scales[row], Rounding::kHalfUp);
    }
    if (factor < 0) value.Negate();
    const std::optional<std::int64_t> fits = Within(value.Within(kDigitsMax), limits[row]);
    if (!fits) return call.Fail(kOverflow);
    results[row] = *fits;
  }
}

/// (count, factor or divisor, limit)
template <bool kDivide>
void ByDouble(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* counts = call.Argument<std::int64_t>(0);
  const auto* factors = call.Argument<double>(1);
  const auto* limits = call.Argument<std::int64_t>(2);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    if (kDivide && factors[row] == 0) return call.Fail(kByZero);
    const auto count = static_cast<double>(counts[row]);
    const std::optional<std::int64_t> fits =
        NearestWithin(kDivide ? count / factors[row] : count * factors[row], limits[row]);
    if (!fits) return call.Fail(kOverflow);
    results[row] = *fits;
  }
}

/// (sum of counts, limit)
void OfSum(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* sums = call.Argument<duckdb_hugeint>(0);
  const auto* limits = call.Argument<std::int64_t>(1);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const std::optional<std::int64_t> fits = Within(IntegerOf(sums[row]), limits[row]);
    if (!fits) return call.Fail(kOverflow);
    results[row] = *fits;
  }
}

/// (count, count of one unit, limit of the number): whole units, cut.
void Units(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* counts = call.Argument<std::int64_t>(0);
  const auto* units = call.Argument<std::int64_t>(1);
  const auto* limits = call.Argument<std::int64_t>(2);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    results[row] = counts[row] / units[row];
    if (!Within(static_cast<Int128>(results[row]), limits[row])) {
      return call.Fail(
          "[CAST_OVERFLOW] The value of an interval cannot be cast to the type of the result due "
          "to an overflow");
    }
  }
}

// Texts -------------------------------------------------------------------------------------------

std::uint64_t Magnitude(std::int64_t count) {
  return count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count)
                   : static_cast<std::uint64_t>(count);
}

std::string DayTimeText(std::int64_t count, int first, int last) {
  std::uint64_t left = Magnitude(count);
  std::string text = count < 0 ? "INTERVAL '-" : "INTERVAL '";
  for (int place = first; place <= last; ++place) {
    const auto unit = static_cast<std::uint64_t>(kUnits[static_cast<std::size_t>(place)]);
    if (place > first) text += place == 1 ? ' ' : ':';
    text += place == 0 ? fmt::format("{}", left / unit) : fmt::format("{:02}", left / unit);
    left %= unit;
  }
  if (last == kLast && left > 0) {
    text += fmt::format(".{:06}", left);
    while (text.back() == '0') text.pop_back();
  }
  text += fmt::format("' {}", kUnitWords[static_cast<std::size_t>(first)]);
  if (last > first) text += fmt::format(" TO {}", kUnitWords[static_cast<std::size_t>(last)]);
  return text;
}

std::string YearMonthText(std::int64_t count, int first, int last) {
  constexpr auto kYear = static_cast<std::uint64_t>(kMonthsOfYear);
  const std::uint64_t months = Magnitude(count);
  const char* sign = count < 0 ? "-" : "";
  if (first != last) {
    return fmt::format("INTERVAL '{}{}-{}' YEAR TO MONTH", sign, months / kYear, months % kYear);
  }
  return first == 0 ? fmt::format("INTERVAL '{}{}' YEAR", sign, months / kYear)
                    : fmt::format("INTERVAL '{}{}' MONTH", sign, months);
}

using TextOf = std::string (*)(std::int64_t, int, int);

/// (count, first unit, last unit)
template <TextOf kText>
void ToText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* counts = call.Argument<std::int64_t>(0);
  const auto* first = call.Argument<std::int32_t>(1);
  const auto* last = call.Argument<std::int32_t>(2);
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (!call.IsNull(row)) call.SetText(row, kText(counts[row], first[row], last[row]));
  }
}

/// Digits at the front of *text, at most `digits`; none is no number.
std::optional<std::int64_t> TakeNumber(std::string_view* text, std::size_t digits) {
  std::size_t length = 0;
  while (length < text->size() && IsDigit((*text)[length])) ++length;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + length, value);
  if (length == 0 || length > digits || error != std::errc()) return std::nullopt;
  text->remove_prefix(length);
  return value;
}

bool Take(std::string_view* text, char wanted) {
  if (text->empty() || text->front() != wanted) return false;
  text->remove_prefix(1);
  return true;
}

/// Nanoseconds are cut.
std::optional<std::int64_t> TakeFraction(std::string_view* text) {
  constexpr std::size_t kDigitsOfFraction = 9;
  if (!Take(text, '.')) return 0;
  const std::size_t before = text->size();
  const std::optional<std::int64_t> digits = TakeNumber(text, kDigitsOfFraction);
  if (!digits) return std::nullopt;
  std::int64_t nanos = *digits;
  for (std::size_t have = before - text->size(); have < kDigitsOfFraction; ++have) nanos *= 10;
  return nanos / 1000;
}

std::optional<Int128> ReadDayTime(std::string_view text, int first, int last) {
  constexpr std::array<std::int64_t, 4> kFieldMax = {0, 23, 59, 59};
  constexpr std::size_t kFirstDigits = 18;
  Int128 total = 0;
  for (int place = first; place <= last; ++place) {
    const auto index = static_cast<std::size_t>(place);
    if (place > first && !Take(&text, place == 1 ? ' ' : ':')) return std::nullopt;
    const std::optional<std::int64_t> field = TakeNumber(&text, place == first ? kFirstDigits : 2);
    if (!field || (place > first && *field > kFieldMax[index])) return std::nullopt;
    total += static_cast<Int128>(*field) * kUnits[index];
  }
  if (last == kLast) {
    const std::optional<std::int64_t> fraction = TakeFraction(&text);
    if (!fraction) return std::nullopt;
    total += *fraction;
  }
  return text.empty() ? std::optional<Int128>(total) : std::nullopt;
}

std::optional<Int128> ReadYearMonth(std::string_view text, int first, int last) {
  constexpr std::size_t kDigits = 9;
  const std::optional<std::int64_t> number = TakeNumber(&text, kDigits);
  if (!number) return std::nullopt;
  Int128 total = static_cast<Int128>(*number) * (first == 0 ? kMonthsOfYear : 1);
  if (first != last) {
    if (!Take(&text, '-')) return std::nullopt;
    const std::optional<std::int64_t> months = TakeNumber(&text, 2);
    if (!months || *months >= kMonthsOfYear) return std::nullopt;
    total += *months;
  }
  return text.empty() ? std::optional<Int128>(total) : std::nullopt;
}

bool TakeSign(std::string_view* text) {
  if (Take(text, '+')) return false;
  return Take(text, '-');
}

/// The text between the quotes of INTERVAL '…' `units`, or the text itself.
std::optional<std::string_view> Unwrapped(std::string_view text, std::string_view units,
                                          bool* negative) {
  constexpr std::string_view kWord = "INTERVAL";
  if (!EqualsIgnoreCase(text.substr(0, kWord.size()), kWord)) return text;
  text = Trim(text.substr(kWord.size()));
  *negative = TakeSign(&text);
  const std::size_t end = text.rfind('\'');
  if (!Take(&text, '\'') || end == 0 || !EqualsIgnoreCase(Trim(text.substr(end)), units)) {
    return std::nullopt;
  }
  return text.substr(0, end - 1);
}

using ReadText = std::optional<Int128> (*)(std::string_view, int, int);

/// (text, first unit, last unit, words of the units, limit)
template <ReadText kRead>
void FromText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* first = call.Argument<std::int32_t>(1);
  const auto* last = call.Argument<std::int32_t>(2);
  const auto* units = call.Argument<duckdb_string_t>(3);
  const auto* limits = call.Argument<std::int64_t>(4);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    bool negative = false;
    std::optional<std::string_view> body =
        Unwrapped(Trim(BytesOf(texts[row])), BytesOf(units[row]), &negative);
    std::optional<Int128> value;
    if (body) {
      if (TakeSign(&*body)) negative = !negative;
      value = kRead(*body, first[row], last[row]);
    }
    if (value && negative) value = -*value;
    const std::optional<std::int64_t> fits = Within(value, limits[row]);
    if (!fits) {
      return call.Fail("[CAST_INVALID_INPUT] A text is no INTERVAL " +
                       std::string(BytesOf(units[row])));
    }
    results[row] = *fits;
  }
}

constexpr duckdb_type kLong = DUCKDB_TYPE_BIGINT;
constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;
constexpr duckdb_type kHuge = DUCKDB_TYPE_HUGEINT;
constexpr duckdb_type kDouble = DUCKDB_TYPE_DOUBLE;
constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;

constexpr NativeFunction kIntervalFunctions[] = {
    {"sluice_interval_multiply", {kLong, kHuge, kInt, kLong}, kLong, &ByDecimal<false>},
    {"sluice_interval_divide", {kLong, kHuge, kInt, kLong}, kLong, &ByDecimal<true>},
    {"sluice_interval_multiply_double", {kLong, kDouble, kLong}, kLong, &ByDouble<false>},
    {"sluice_interval_divide_double", {kLong, kDouble, kLong}, kLong, &ByDouble<true>},
    {"sluice_interval_of_sum", {kHuge, kLong}, kLong, &OfSum},
    {"sluice_interval_units", {kLong, kLong, kLong}, kLong, &Units},
    {"sluice_daytime_text", {kLong, kInt, kInt}, kText, &ToText<&DayTimeText>},
    {"sluice_yearmonth_text", {kLong, kInt, kInt}, kText, &ToText<&YearMonthText>},
    {"sluice_daytime_read", {kText, kInt, kInt, kText, kLong}, kLong, &FromText<&ReadDayTime>},
    {"sluice_yearmonth_read", {kText, kInt, kInt, kText, kLong}, kLong, &FromText<&ReadYearMonth>},
};

}  // namespace

std::span<const NativeFunction> NativeIntervalFunctions() { return kIntervalFunctions; }

}  // namespace sluice
