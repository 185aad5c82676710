#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

/// A run of one pattern letter in both dialects.
struct PatternLetter {
  std::string_view java;
  std::string_view strftime;
  std::string_view guard;
};

constexpr std::array kLetters = {
    PatternLetter{"yyyy", "%Y", "[0-9]{4}"},   PatternLetter{"yy", "%y", "[0-9]{2}"},
    PatternLetter{"y", "%Y", "[0-9]{1,4}"},    PatternLetter{"MMMM", "%B", "[A-Za-z]+"},
    PatternLetter{"MMM", "%b", "[A-Za-z]{3}"}, PatternLetter{"MM", "%m", "[0-9]{2}"},
    PatternLetter{"M", "%-m", "[0-9]{1,2}"},   PatternLetter{"dd", "%d", "[0-9]{2}"},
    PatternLetter{"d", "%-d", "[0-9]{1,2}"},   PatternLetter{"HH", "%H", "[0-9]{2}"},
    PatternLetter{"H", "%-H", "[0-9]{1,2}"},   PatternLetter{"hh", "%I", "[0-9]{2}"},
    PatternLetter{"h", "%-I", "[0-9]{1,2}"},   PatternLetter{"mm", "%M", "[0-9]{2}"},
    PatternLetter{"m", "%-M", "[0-9]{1,2}"},   PatternLetter{"ss", "%S", "[0-9]{2}"},
    PatternLetter{"s", "%-S", "[0-9]{1,2}"},   PatternLetter{"SSSSSS", "%f", "[0-9]{6}"},
    PatternLetter{"SSS", "%g", "[0-9]{3}"},    PatternLetter{"a", "%p", "(AM|PM)"},
    PatternLetter{"EEEE", "%A", "[A-Za-z]+"},  PatternLetter{"EEE", "%a", "[A-Za-z]{3}"},
    PatternLetter{"EE", "%a", "[A-Za-z]{3}"},  PatternLetter{"E", "%a", "[A-Za-z]{3}"},
    PatternLetter{"DDD", "%j", "[0-9]{3}"},
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void AppendPlain(char c, DatePattern* out) {
  out->format += c;
  if (c == '%') out->format += c;
  if (!IsAlnum(c) && c != ' ' && static_cast<unsigned char>(c) < 0x80) out->guard += '\\';
  out->guard += c;
}

Result<DatePattern> PatternArgument(const SpecialInput& input, std::size_t index) {
  if (index >= input.arguments.size()) return *ReadDatePattern(kDefaultPattern);
  const Typed& pattern = input.arguments[index];
  if (pattern.literal == nullptr || !pattern.IsText()) {
    return FailUnsupported(fmt::format("{} with a pattern that is not a constant", input.name));
  }
  std::optional<DatePattern> read = ReadDatePattern(pattern.literal->text);
  if (!read) {
    return FailUnsupported(
        fmt::format("{} with the date pattern '{}'", input.name, pattern.literal->text));
  }
  return *std::move(read);
}

Result<Typed> TimeArgument(const SpecialInput& input, std::size_t index, const DataType& wanted) {
  const Typed& value = input.arguments[index];
  const bool temporal = value.type.id() == TypeId::kDate || value.type.id() == TypeId::kTimestamp ||
                        value.type.id() == TypeId::kTimestampNtz;
  if (!temporal && !value.IsText() && value.type.id() != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), index + 1,
                            fmt::format("\"{}\"", wanted.UpperName()), value);
  }
  return Coerced(value, wanted);
}

void AppendDefaultPattern(SpecialInput& input) {
  Typed pattern;
  pattern.name = std::string(kDefaultPattern);
  pattern.foldable = true;
  input.arguments.push_back(std::move(pattern));
}

/// A text read by a pattern, as TIMESTAMP without a zone; NULL when it does not match.
std::string Parsed(const std::string& text, const DatePattern& pattern) {
  return fmt::format(
      "(CASE WHEN system.main.regexp_full_match({0}, {1}) THEN system.main.try_strptime({0}, {2}) "
      "END)",
      text, QuoteText(pattern.guard), QuoteText(pattern.format));
}

Result<Typed> DateFormat(SpecialInput& input) {
  const Typed time = TRY(TimeArgument(input, 0, TypeId::kTimestamp));
  const DatePattern pattern = TRY(PatternArgument(input, 1));
  return ResultOf(input,
                  fmt::format("system.main.strftime(CAST({} AS TIMESTAMP), {})", time.sql,
                              QuoteText(pattern.format)),
                  TypeId::kString);
}

Result<Typed> ToDate(SpecialInput& input) {
  if (input.arguments.size() == 1 || !input.arguments[0].IsText()) {
    const Typed date = TRY(TimeArgument(input, 0, TypeId::kDate));
    return ResultOf(input, date.sql, TypeId::kDate);
  }
  const DatePattern pattern = TRY(PatternArgument(input, 1));
  return ResultOf(input, fmt::format("CAST({} AS DATE)", Parsed(input.arguments[0].sql, pattern)),
                  TypeId::kDate);
}

Result<Typed> ToTimestamp(SpecialInput& input) {
  if (input.arguments.size() == 1 || !input.arguments[0].IsText()) {
    const Typed& value = input.arguments[0];
    if (value.type.IsNumeric()) {
      return ResultOf(input, Coerced(value, TypeId::kTimestamp).sql, TypeId::kTimestamp);
    }
    const Typed time = TRY(TimeArgument(input, 0, TypeId::kTimestamp));
    return ResultOf(input, time.sql, TypeId::kTimestamp);
  }
  const DatePattern pattern = TRY(PatternArgument(input, 1));
  return ResultOf(
      input,
      fmt::format("CAST({} AS TIMESTAMP WITH TIME ZONE)", Parsed(input.arguments[0].sql, pattern)),
      TypeId::kTimestamp);
}

Result<Typed> UnixTimestamp(SpecialInput& input) {
  if (input.arguments.empty()) {
    Typed now = ResultOf(input, "spark._timestamp_seconds(system.main.now())", TypeId::kBigInt);
    now.name = "unix_timestamp(current_timestamp(), yyyy-MM-dd HH:mm:ss)";
    return now;
  }
  const DatePattern pattern = TRY(PatternArgument(input, 1));
  const Typed value = input.arguments[0];
  std::string time;
  if (value.IsText()) {
    time = fmt::format("CAST({} AS TIMESTAMP WITH TIME ZONE)", Parsed(value.sql, pattern));
  } else {
    time = TRY(TimeArgument(input, 0, TypeId::kTimestamp)).sql;
  }
  if (input.arguments.size() == 1) AppendDefaultPattern(input);
  // Cut, not floored: half a second before 1970 is 0.
  return ResultOf(input, fmt::format("(system.main.epoch_us({}) // 1000000)", time),
                  TypeId::kBigInt);
}

Result<Typed> FromUnixtime(SpecialInput& input) {
  const DatePattern pattern = TRY(PatternArgument(input, 1));
  const std::string seconds = Coerced(input.arguments[0], TypeId::kBigInt).sql;
  if (input.arguments.size() == 1) AppendDefaultPattern(input);
  return ResultOf(
      input,
      fmt::format("system.main.strftime(CAST(spark._seconds_timestamp(CAST({} AS HUGEINT)) AS "
                  "TIMESTAMP), {})",
                  seconds, QuoteText(pattern.format)),
      TypeId::kString);
}

Result<Typed> TimestampSeconds(SpecialInput& input) {
  return ResultOf(input, Coerced(input.arguments[0], TypeId::kTimestamp).sql, TypeId::kTimestamp);
}

Result<Typed> ClockPart(SpecialInput& input) {
  const bool ntz = input.arguments[0].type.id() == TypeId::kTimestampNtz;
  const Typed time = TRY(TimeArgument(input, 0, ntz ? TypeId::kTimestampNtz : TypeId::kTimestamp));
  return ResultOf(
      input,
      fmt::format("CAST(system.main.{}(CAST({} AS TIMESTAMP)) AS INTEGER)", input.name, time.sql),
      TypeId::kInt);
}

/// Units of date_trunc that DuckDB has under the same name.
std::optional<std::string> TruncUnit(std::string_view unit) {
  const std::string lower = ToLower(unit);
  if (lower == "yyyy" || lower == "yy") return "year";
  if (lower == "mon" || lower == "mm") return "month";
  if (lower == "dd") return "day";
  for (std::string_view known : {"year", "quarter", "month", "week", "day", "hour", "minute",
                                 "second", "millisecond", "microsecond"}) {
    if (lower == known) return lower;
  }
  return std::nullopt;
}

Result<Typed> DateTrunc(SpecialInput& input) {
  const Typed& unit = input.arguments[0];
  if (unit.literal == nullptr)
    return FailUnsupported("date_trunc with a unit that is not a constant");
  const Typed time = TRY(TimeArgument(input, 1, TypeId::kTimestamp));
  const std::optional<std::string> known = TruncUnit(unit.literal->text);
  if (!known) return ResultOf(input, "CAST(NULL AS TIMESTAMP WITH TIME ZONE)", TypeId::kTimestamp);
  return ResultOf(input,
                  fmt::format("CAST(system.main.date_trunc('{}', CAST({} AS TIMESTAMP)) AS "
                              "TIMESTAMP WITH TIME ZONE)",
                              *known, time.sql),
                  TypeId::kTimestamp);
}

Result<Typed> CurrentTime(SpecialInput& input) {
  if (input.name == "current_date" || input.name == "curdate") {
    if (input.name == "curdate") input.shown = "current_date";
    return ResultOf(input, "CAST(CAST(system.main.now() AS TIMESTAMP) AS DATE)", TypeId::kDate);
  }
  return ResultOf(input, "system.main.now()", TypeId::kTimestamp);
}

Result<Typed> CurrentTimezone(SpecialInput& input) {
  return ResultOf(input, QuoteText(input.session.time_zone), TypeId::kString);
}

struct PartName {
  std::string_view unit;
  std::string_view function;  ///< spark.<function> of a DATE, or empty for a clock part
};

constexpr std::array kDateParts = {
    PartName{"year", "year"},
    PartName{"y", "year"},
    PartName{"years", "year"},
    PartName{"yr", "year"},
    PartName{"yrs", "year"},
    PartName{"yearofweek", "_year_of_week"},
    PartName{"quarter", "quarter"},
    PartName{"qtr", "quarter"},
    PartName{"month", "month"},
    PartName{"mon", "month"},
    PartName{"mons", "month"},
    PartName{"months", "month"},
    PartName{"week", "weekofyear"},
    PartName{"w", "weekofyear"},
    PartName{"weeks", "weekofyear"},
    PartName{"day", "day"},
    PartName{"d", "day"},
    PartName{"days", "day"},
    PartName{"dayofweek", "dayofweek"},
    PartName{"dow", "dayofweek"},
    PartName{"dayofweek_iso", "_iso_weekday"},
    PartName{"dow_iso", "_iso_weekday"},
    PartName{"doy", "dayofyear"},
};

Result<Typed> DatePart(SpecialInput& input) {
  const Typed unit = input.arguments[0];
  if (unit.literal == nullptr)
    return FailUnsupported("date_part with a unit that is not a constant");
  const std::string part = ToLower(unit.literal->text);
  for (const PartName& known : kDateParts) {
    if (known.unit != part) continue;
    const Typed date = TRY(TimeArgument(input, 1, TypeId::kDate));
    return ResultOf(input, fmt::format("spark.{}({})", known.function, date.sql), TypeId::kInt);
  }
  const Typed time = TRY(TimeArgument(input, 1, TypeId::kTimestamp));
  if (part == "second" || part == "s" || part == "sec" || part == "seconds" || part == "secs") {
    return ResultOf(input,
                    fmt::format("CAST(system.main.microsecond(CAST({} AS TIMESTAMP)) AS "
                                "DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(6,6))",
                                time.sql),
                    DataType::Decimal(8, 6));
  }
  std::string clock;
  if (part == "hour" || part == "h" || part == "hours" || part == "hr" || part == "hrs") {
    clock = "hour";
  }
  if (part == "minute" || part == "m" || part == "min" || part == "mins" || part == "minutes") {
    clock = "minute";
  }
  if (clock.empty()) {
    return FailAnalysis(input.span, "INVALID_EXTRACT_FIELD", "Cannot extract `{}` from \"{}\".",
                        unit.literal->text, input.arguments[1].name);
  }
  return ResultOf(
      input, fmt::format("CAST(system.main.{}(CAST({} AS TIMESTAMP)) AS INTEGER)", clock, time.sql),
      TypeId::kInt);
}

constexpr std::array kTime = {
    SpecialFunction{"date_format", 2, 2, &DateFormat},
    SpecialFunction{"to_date", 1, 2, &ToDate},
    SpecialFunction{"to_timestamp", 1, 2, &ToTimestamp},
    SpecialFunction{"unix_timestamp", 0, 2, &UnixTimestamp},
    SpecialFunction{"to_unix_timestamp", 1, 2, &UnixTimestamp},
    SpecialFunction{"from_unixtime", 1, 2, &FromUnixtime},
    SpecialFunction{"timestamp_seconds", 1, 1, &TimestampSeconds},
    SpecialFunction{"hour", 1, 1, &ClockPart},
    SpecialFunction{"minute", 1, 1, &ClockPart},
    SpecialFunction{"second", 1, 1, &ClockPart},
    SpecialFunction{"date_trunc", 2, 2, &DateTrunc},
    SpecialFunction{"date_part", 2, 2, &DatePart},
    SpecialFunction{"datepart", 2, 2, &DatePart},
    SpecialFunction{"current_date", 0, 0, &CurrentTime},
    SpecialFunction{"curdate", 0, 0, &CurrentTime},
    SpecialFunction{"current_timestamp", 0, 0, &CurrentTime},
    SpecialFunction{"now", 0, 0, &CurrentTime},
    SpecialFunction{"current_timezone", 0, 0, &CurrentTimezone},
};

}  // namespace

std::span<const SpecialFunction> TimeFunctions() { return kTime; }

std::optional<DatePattern> ReadDatePattern(std::string_view pattern) {
  DatePattern out;
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      const std::size_t end = pattern.find('\'', i + 1);
      if (end == std::string_view::npos) return std::nullopt;
      if (end == i + 1) AppendPlain('\'', &out);
      for (std::size_t k = i + 1; k < end; ++k) AppendPlain(pattern[k], &out);
      i = end + 1;
      continue;
    }
    if (!IsLetter(c)) {
      if (c == '[' || c == ']' || c == '#' || c == '{' || c == '}') return std::nullopt;
      AppendPlain(c, &out);
      ++i;
      continue;
    }
    std::size_t run = 1;
    while (i + run < pattern.size() && pattern[i + run] == c) ++run;
    const std::string_view letters = pattern.substr(i, run);
    const auto* known = std::find_if(kLetters.begin(), kLetters.end(),
                                     [&](const auto& letter) { return letter.java == letters; });
    if (known == kLetters.end()) return std::nullopt;
    out.format += known->strftime;
    out.guard += known->guard;
    i += run;
  }
  return out;
}

}  // namespace sluice::sql
