// DLI's functions of dates; src/sql/functions_dli_time.cc calls them. A date is a text of one of
// three forms (yyyy-mm-dd, yyyy-mm-dd hh:mi:ss, yyyy-mm-dd hh:mi:ss.ff3); results keep the form.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"

namespace sluice {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// The lengths of the three forms.
constexpr std::size_t kDateLength = 10;
constexpr std::size_t kSecondLength = 19;
constexpr std::size_t kFractionLength = 23;

constexpr std::string_view kDateFormat = "yyyy-mm-dd";
constexpr std::string_view kSecondFormat = "yyyy-mm-dd hh:mi:ss";
constexpr std::string_view kFractionFormat = "yyyy-mm-dd hh:mi:ss.ff3";

using WallTime = std::chrono::sys_time<milliseconds>;

// ---- formats -----------------------------------------------------------------------------------

enum Field : std::uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMillisecond };
constexpr std::size_t kFields = 7;

struct FieldLetters {
  std::string_view letters;  ///< in any case
  Field field;
  std::size_t digits;
};
// The longer of two that begin alike comes first.
constexpr std::array kFieldLetters = {
    FieldLetters{"yyyy", kYear, 4},       FieldLetters{"mm", kMonth, 2},
    FieldLetters{"dd", kDay, 2},          FieldLetters{"hh", kHour, 2},
    FieldLetters{"mi", kMinute, 2},       FieldLetters{"sss", kMillisecond, 3},
    FieldLetters{"ff3", kMillisecond, 3}, FieldLetters{"ss", kSecond, 2},
};

const FieldLetters* FieldAt(std::string_view format) {
  for (const FieldLetters& field : kFieldLetters) {
    if (EqualsIgnoreCase(field.letters, format.substr(0, field.letters.size()))) return &field;
  }
  return nullptr;
}

using FieldValues = std::array<int, kFields>;

std::optional<WallTime> TimeOf(const FieldValues& values) {
  const year_month_day date{std::chrono::year(values[kYear]),
                            std::chrono::month(static_cast<unsigned>(values[kMonth])),
                            std::chrono::day(static_cast<unsigned>(values[kDay]))};
  if (values[kYear] < 1 || !date.ok()) return std::nullopt;
  if (values[kHour] > 23 || values[kMinute] > 59 || values[kSecond] > 59) return std::nullopt;
  return sys_days(date) + std::chrono::hours(values[kHour]) +
         std::chrono::minutes(values[kMinute]) + std::chrono::seconds(values[kSecond]) +
         milliseconds(values[kMillisecond]);
}

FieldValues ValuesOf(WallTime time) {
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

/// The time that `text` is, read by `format`: every field with all its digits, all else as it is.
std::optional<WallTime> Read(std::string_view text, std::string_view format) {
  FieldValues values = {1970, 1, 1, 0, 0, 0, 0};
  while (!format.empty()) {
    const FieldLetters* field = FieldAt(format);
    if (field == nullptr) {
      if (text.empty() || text.front() != format.front()) return std::nullopt;
      text.remove_prefix(1);
      format.remove_prefix(1);
      continue;
    }
    if (text.size() < field->digits) return std::nullopt;
    int value = 0;
    for (char c : text.substr(0, field->digits)) {
      if (!IsDigit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    values[field->field] = value;
    text.remove_prefix(field->digits);
    format.remove_prefix(field->letters.size());
  }
  if (!text.empty()) return std::nullopt;
  return TimeOf(values);
}

std::string Written(WallTime time, std::string_view format) {
  const FieldValues values = ValuesOf(time);
  std::string text;
  while (!format.empty()) {
    const FieldLetters* field = FieldAt(format);
    if (field != nullptr) {
      text += fmt::format("{:0{}}", values[field->field], field->digits);
    } else {
      text += format.front();
    }
    format.remove_prefix(field != nullptr ? field->letters.size() : 1);
  }
  return text;
}

/// Of the form that has this many characters.
std::string_view FormatOf(std::size_t length) {
  if (length == kDateLength) return kDateFormat;
  return length == kSecondLength ? kSecondFormat : kFractionFormat;
}

std::optional<WallTime> ReadDate(std::string_view text) {
  if (text.size() != kDateLength && text.size() != kSecondLength && text.size() != kFractionLength)
    return std::nullopt;
  return Read(text, FormatOf(text.size()));
}

// ---- units -------------------------------------------------------------------------------------

struct Unit {
  std::string_view name;
  Field field;
};
constexpr std::array kUnits = {
    Unit{"year", kYear}, Unit{"month", kMonth},   Unit{"day", kDay},
    Unit{"hour", kHour}, Unit{"minute", kMinute}, Unit{"second", kSecond},
};

/// The binder passes these names only; another is a second.
Field UnitOf(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.field;
  }
  return kSecond;
}

milliseconds LengthOf(Field unit) {
  switch (unit) {
    case kDay:
      return days(1);
    case kHour:
      return std::chrono::hours(1);
    case kMinute:
      return std::chrono::minutes(1);
    default:
      return std::chrono::seconds(1);
  }
}

std::int64_t MonthsOf(WallTime time) {
  const FieldValues values = ValuesOf(time);
  return std::int64_t{values[kYear]} * 12 + values[kMonth] - 1;
}

/// How many units begin in (start, end].
std::int64_t UnitsBetween(WallTime start, WallTime end, Field unit) {
  if (unit == kMonth) return MonthsOf(end) - MonthsOf(start);
  if (unit == kYear) return ValuesOf(end)[kYear] - ValuesOf(start)[kYear];
  const auto index = [&](WallTime time) {
    const milliseconds length = LengthOf(unit);
    const milliseconds since = time.time_since_epoch();
    return (since.count() >= 0 ? since : since - length + milliseconds(1)) / length;
  };
  return index(end) - index(start);
}

std::optional<WallTime> MonthsLater(WallTime time, std::int64_t count) {
  const std::int64_t month = MonthsOf(time) + count;
  if (month < 12 || month >= 10'000 * 12) return std::nullopt;
  const sys_days day = floor<days>(time);
  const std::chrono::year_month moved{std::chrono::year(static_cast<int>(month / 12)),
                                      std::chrono::month(static_cast<unsigned>(month % 12) + 1)};
  const std::chrono::day last = (moved / std::chrono::last).day();
  return sys_days(moved / std::min(year_month_day(day).day(), last)) + (time - day);
}

/// A month later is the same day of that month, or its last. Empty outside the years 1 to 9999.
std::optional<WallTime> Moved(WallTime time, std::int64_t count, Field unit) {
  constexpr milliseconds kSpan = days(10'000 * 366);
  constexpr std::int64_t kMonths = 10'000 * 12;
  const bool of_months = unit == kYear || unit == kMonth;
  const std::int64_t count_max = of_months ? kMonths : kSpan / LengthOf(unit);
  if (count > count_max || count < -count_max) return std::nullopt;
  if (of_months) return MonthsLater(time, unit == kYear ? count * 12 : count);
  const WallTime moved = time + LengthOf(unit) * count;
  const int year = ValuesOf(moved)[kYear];
  if (year < 1 || year > 9999) return std::nullopt;
  return moved;
}

/// What is smaller than the unit becomes its first value.
WallTime Cut(WallTime time, Field unit) {
  FieldValues values = ValuesOf(time);
  constexpr FieldValues kFirst = {1, 1, 1, 0, 0, 0, 0};
  for (std::size_t field = unit + 1U; field < kFields; ++field) values[field] = kFirst[field];
  return TimeOf(values).value_or(time);
}

// ---- functions ---------------------------------------------------------------------------------

/// Gives each row whose first argument is a date to `visit(row, text, time)`; other rows are NULL.
/// False ends it, with an error set.
template <class Visit>
void ForEachDate(NativeCall* call, idx_t columns, Visit visit) {
  const auto* texts = call->Argument<duckdb_string_t>(0);
  call->PassNulls(columns);
  for (idx_t row = 0; row < call->rows(); ++row) {
    if (call->IsNull(row)) continue;
    const std::string_view text = BytesOf(texts[row]);
    const std::optional<WallTime> time = ReadDate(text);
    if (!time) {
      call->SetNull(row);
    } else if (!visit(row, text, *time)) {
      return;
    }
  }
}

void DateAdd(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* counts = call.Argument<std::int64_t>(1);
  const auto* units = call.Argument<duckdb_string_t>(2);
  ForEachDate(&call, 3, [&](idx_t row, std::string_view text, WallTime time) {
    const Field unit = UnitOf(BytesOf(units[row]));
    const std::optional<WallTime> moved = Moved(time, counts[row], unit);
    if (!moved) {
      call.Fail(fmt::format("[DATETIME_OVERFLOW] Datetime operation overflow: add {} {} to '{}'.",
                            counts[row], BytesOf(units[row]), text));
      return false;
    }
    const std::size_t length =
        unit > kDay && text.size() == kDateLength ? kSecondLength : text.size();
    call.SetText(row, Written(*moved, FormatOf(length)));
    return true;
  });
}

void DateDiff(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* starts = call.Argument<duckdb_string_t>(1);
  const auto* units = call.Argument<duckdb_string_t>(2);
  auto* results = call.Results<std::int64_t>();
  ForEachDate(&call, 3, [&](idx_t row, std::string_view, WallTime end) {
    const std::optional<WallTime> start = ReadDate(BytesOf(starts[row]));
    if (!start) {
      call.SetNull(row);
    } else {
      results[row] = UnitsBetween(*start, end, UnitOf(BytesOf(units[row])));
    }
    return true;
  });
}

void DatePart(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* units = call.Argument<duckdb_string_t>(1);
  auto* results = call.Results<std::int64_t>();
  ForEachDate(&call, 2, [&](idx_t row, std::string_view, WallTime time) {
    results[row] = ValuesOf(time)[UnitOf(BytesOf(units[row]))];
    return true;
  });
}

/// Cut at the day, a time is a date alone.
void DateTrunc(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* units = call.Argument<duckdb_string_t>(1);
  ForEachDate(&call, 2, [&](idx_t row, std::string_view text, WallTime time) {
    const Field unit = UnitOf(BytesOf(units[row]));
    const std::size_t length = unit == kDay ? kDateLength : std::min(text.size(), kSecondLength);
    call.SetText(row, Written(Cut(time, unit), FormatOf(length)));
    return true;
  });
}

void LastDay(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  ForEachDate(&call, 1, [&](idx_t row, std::string_view text, WallTime time) {
    const year_month_day date(floor<days>(time));
    const sys_days last(date.year() / date.month() / std::chrono::last);
    call.SetText(row, Written(last, FormatOf(std::min(text.size(), kSecondLength))));
    return true;
  });
}

void ToChar(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* formats = call.Argument<duckdb_string_t>(1);
  ForEachDate(&call, 2, [&](idx_t row, std::string_view, WallTime time) {
    call.SetText(row, Written(time, BytesOf(formats[row])));
    return true;
  });
}

/// A text of any format as the form with a time; a fraction of zero is left out.
void ToDate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* formats = call.Argument<duckdb_string_t>(1);
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const std::optional<WallTime> time = Read(BytesOf(texts[row]), BytesOf(formats[row]));
    if (!time) {
      call.SetNull(row);
      continue;
    }
    const bool whole = ValuesOf(*time)[kMillisecond] == 0;
    call.SetText(row, Written(*time, whole ? kSecondFormat : kFractionFormat));
  }
}

void IsDate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* formats = call.Argument<duckdb_string_t>(1);
  auto* results = call.Results<bool>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    results[row] =
        !call.IsNull(row) && Read(BytesOf(texts[row]), BytesOf(formats[row])).has_value();
  }
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kLong = DUCKDB_TYPE_BIGINT;

constexpr NativeFunction kDliTimeFunctions[] = {
    {"sluice_dli_dateadd", {kText, kLong, kText}, kText, &DateAdd},
    {"sluice_dli_datediff", {kText, kText, kText}, kLong, &DateDiff},
    {"sluice_dli_datepart", {kText, kText}, kLong, &DatePart},
    {"sluice_dli_datetrunc", {kText, kText}, kText, &DateTrunc},
    {"sluice_dli_lastday", {kText}, kText, &LastDay},
    {"sluice_dli_to_char", {kText, kText}, kText, &ToChar},
    {"sluice_dli_to_date", {kText, kText}, kText, &ToDate},
    {"sluice_dli_isdate", {kText, kText}, DUCKDB_TYPE_BOOLEAN, &IsDate},
};

}  // namespace

std::span<const NativeFunction> NativeDliTimeFunctions() { return kDliTimeFunctions; }

}  // namespace sluice
