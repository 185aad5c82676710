#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "spark/time_text.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

/// Letters of a pattern that stand for a zone; quoted ones count, which only costs time.
constexpr std::string_view kZoneLetters = "zZXxVO";

/// A pattern argument: java.time's, read by the worker.
struct TimePatternText {
  std::string sql;
  bool zoned = false;  ///< may hold a zone
};

TimePatternText PatternArgument(const SpecialInput& input, std::size_t index) {
  if (index >= input.arguments.size()) return {QuoteText(kDefaultPattern)};
  const Typed& pattern = input.arguments[index];
  const bool plain = pattern.literal != nullptr && pattern.IsText() &&
                     pattern.literal->text.find_first_of(kZoneLetters) == std::string::npos;
  return {ExactText(Coerced(pattern, TypeId::kString)), !plain};
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

/// A text read by a pattern, as TIMESTAMP WITH TIME ZONE; NULL when it does not match.
std::string Parsed(const std::string& text, const TimePatternText& pattern) {
  return fmt::format("spark._parsed{}({}, {})", pattern.zoned ? "_zoned" : "", text, pattern.sql);
}

std::string Formatted(const std::string& time, const TimePatternText& pattern,
                      const SpecialInput& input) {
  if (!pattern.zoned) return fmt::format("spark._formatted({}, {})", time, pattern.sql);
  return fmt::format("spark._formatted_zoned({}, {}, {})", time, pattern.sql,
                     QuoteText(input.session.time_zone));
}

Result<Typed> DateFormat(SpecialInput& input) {
  const Typed time = TRY(TimeArgument(input, 0, TypeId::kTimestamp));
  return ResultOf(input, Formatted(ExactText(time), PatternArgument(input, 1), input),
                  TypeId::kString);
}

Result<Typed> ToDate(SpecialInput& input) {
  if (input.arguments.size() == 1 || !input.arguments[0].IsText()) {
    const Typed date = TRY(TimeArgument(input, 0, TypeId::kDate));
    return ResultOf(input, date.sql, TypeId::kDate);
  }
  const TimePatternText pattern = PatternArgument(input, 1);
  return ResultOf(
      input,
      fmt::format("CAST(CAST({} AS TIMESTAMP) AS DATE)", Parsed(input.arguments[0].sql, pattern)),
      TypeId::kDate);
}

/// to_timestamp and its kin.
Result<Typed> ToTimestamp(SpecialInput& input) {
  const bool ntz = input.name == "to_timestamp_ntz";
  const DataType type = ntz ? TypeId::kTimestampNtz : TypeId::kTimestamp;
  if (input.arguments.size() == 1 || !input.arguments[0].IsText()) {
    const Typed& value = input.arguments[0];
    if (value.type.IsNumeric() && !ntz) {
      return ResultOf(input, Coerced(value, TypeId::kTimestamp).sql, TypeId::kTimestamp);
    }
    return ResultOf(input, TRY(TimeArgument(input, 0, type)).sql, type);
  }
  const TimePatternText pattern = PatternArgument(input, 1);
  if (ntz) {
    return ResultOf(
        input,
        fmt::format("system.main.sluice_parse_time({}, {})", input.arguments[0].sql, pattern.sql),
        type);
  }
  return ResultOf(input, Parsed(input.arguments[0].sql, pattern), type);
}

Result<Typed> UnixTimestamp(SpecialInput& input) {
  if (input.arguments.empty()) {
    Typed now = ResultOf(input, "spark._timestamp_seconds(system.main.now())", TypeId::kBigInt);
    now.name = "unix_timestamp(current_timestamp(), yyyy-MM-dd HH:mm:ss)";
    return now;
  }
  const Typed value = input.arguments[0];
  const std::string time = value.IsText() ? Parsed(value.sql, PatternArgument(input, 1))
                                          : TRY(TimeArgument(input, 0, TypeId::kTimestamp)).sql;
  if (input.arguments.size() == 1) AppendDefaultPattern(input);
  // Cut, not floored: half a second before 1970 is 0.
  return ResultOf(input, fmt::format("(system.main.epoch_us({}) // 1000000)", time),
                  TypeId::kBigInt);
}

Result<Typed> FromUnixtime(SpecialInput& input) {
  const std::string seconds = Coerced(input.arguments[0], TypeId::kBigInt).sql;
  const std::string time = fmt::format("spark._seconds_timestamp(CAST({} AS HUGEINT))", seconds);
  const std::string sql = Formatted(time, PatternArgument(input, 1), input);
  if (input.arguments.size() == 1) AppendDefaultPattern(input);
  return ResultOf(input, sql, TypeId::kString);
}

/// make_timestamp of year to second, with a zone as the last argument where one is given.
Result<Typed> MakeTimestamp(SpecialInput& input) {
  std::string list;
  for (std::size_t i = 0; i < 5; ++i) {
    list += ExactText(Coerced(input.arguments[i], TypeId::kInt)) + ", ";
  }
  list += ExactText(Coerced(input.arguments[5], DataType::Decimal(16, 6)));
  const std::string wall = fmt::format("spark._make_timestamp({})", list);
  if (input.name == "make_timestamp_ntz") return ResultOf(input, wall, TypeId::kTimestampNtz);
  if (input.arguments.size() == 6) {
    return ResultOf(input, fmt::format("CAST({} AS TIMESTAMP WITH TIME ZONE)", wall),
                    TypeId::kTimestamp);
  }
  return ResultOf(input,
                  fmt::format("spark._in_zone({}, {})", wall,
                              ExactText(Coerced(input.arguments[6], TypeId::kString))),
                  TypeId::kTimestamp);
}

Result<Typed> ConvertTimezone(SpecialInput& input) {
  if (input.arguments.size() == 2) {
    Typed here;
    here.sql = QuoteText(input.session.time_zone);
    here.type = TypeId::kString;
    here.name = "current_timezone()";
    here.physical = Physical::kExact;
    here.foldable = true;
    input.arguments.insert(input.arguments.begin(), std::move(here));
  }
  const Typed time = TRY(TimeArgument(input, 2, TypeId::kTimestampNtz));
  return ResultOf(input,
                  fmt::format("system.main.timezone({}, system.main.timezone({}, {}))",
                              Coerced(input.arguments[1], TypeId::kString).sql,
                              Coerced(input.arguments[0], TypeId::kString).sql, ExactText(time)),
                  TypeId::kTimestampNtz);
}

Result<Typed> LocalTimestamp(SpecialInput& input) {
  return ResultOf(input, "CAST(system.main.now() AS TIMESTAMP)", TypeId::kTimestampNtz);
}

Result<Typed> TimestampSeconds(SpecialInput& input) {
  return ResultOf(input, Coerced(input.arguments[0], TypeId::kTimestamp).sql, TypeId::kTimestamp);
}

/// hour, minute, second. A text may be a time of today: hour('12:00').
Result<Typed> ClockPart(SpecialInput& input) {
  Typed& text = input.arguments[0];
  // What is called makes a constant one no longer: not where it is idle.
  if (text.IsText() && (text.literal == nullptr || spark::ReadClockText(text.literal->text))) {
    text.sql = fmt::format("spark._dated({})", text.sql);
    text.literal = nullptr;
  }
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
  std::string_view function;  ///< spark.<function> of a DATE
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

/// Parts of a TIMESTAMP, by DuckDB's function.
constexpr std::array kClockParts = {
    PartName{"hour", "hour"},      PartName{"h", "hour"},         PartName{"hours", "hour"},
    PartName{"hr", "hour"},        PartName{"hrs", "hour"},       PartName{"minute", "minute"},
    PartName{"m", "minute"},       PartName{"min", "minute"},     PartName{"mins", "minute"},
    PartName{"minutes", "minute"}, PartName{"second", "second"},  PartName{"s", "second"},
    PartName{"sec", "second"},     PartName{"seconds", "second"}, PartName{"secs", "second"},
};

template <std::size_t kCount>
const PartName* FindPart(const std::array<PartName, kCount>& parts, std::string_view text) {
  for (const PartName& part : parts) {
    if (EqualsIgnoreCase(part.unit, text)) return &part;
  }
  return nullptr;
}

Result<Typed> PartOf(SpecialInput& input) {
  const Typed unit = input.arguments[0];
  if (unit.type.id() == TypeId::kVoid) {
    return ResultOf(input, "CAST(NULL AS DOUBLE)", TypeId::kDouble);
  }
  if (unit.literal == nullptr)
    return FailUnsupported("date_part with a unit that is not a constant");
  if (IsAnsiInterval(input.arguments[1].type)) {
    return ExtractOfInterval(unit.literal->text, input.arguments[1], input.Name(), input.span);
  }
  if (const PartName* part = FindPart(kDateParts, unit.literal->text)) {
    const Typed date = TRY(TimeArgument(input, 1, TypeId::kDate));
    return ResultOf(input, fmt::format("spark.{}({})", part->function, date.sql), TypeId::kInt);
  }
  const Typed time = TRY(TimeArgument(input, 1, TypeId::kTimestamp));
  const PartName* clock = FindPart(kClockParts, unit.literal->text);
  if (clock == nullptr) {
    return FailAnalysis(input.span, "INVALID_EXTRACT_FIELD", "Cannot extract `{}` from \"{}\".",
                        unit.literal->text, input.arguments[1].name);
  }
  if (clock->function == "second") {
    return ResultOf(input,
                    fmt::format("CAST(system.main.microsecond(CAST({} AS TIMESTAMP)) AS "
                                "DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(6,6))",
                                time.sql),
                    DataType::Decimal(8, 6));
  }
  return ResultOf(input,
                  fmt::format("CAST(system.main.{}(CAST({} AS TIMESTAMP)) AS INTEGER)",
                              clock->function, time.sql),
                  TypeId::kInt);
}

Result<Typed> DatePart(SpecialInput& input) {
  Typed part = TRY(PartOf(input));
  // Spark shows this one spelling as EXTRACT.
  if (input.name == "datepart") {
    part.name =
        fmt::format("datepart({} FROM {})", input.arguments[0].name, input.arguments[1].name);
  }
  return part;
}

constexpr std::array kTime = {
    SpecialFunction{"date_format", 2, 2, &DateFormat},
    SpecialFunction{"to_date", 1, 2, &ToDate},
    SpecialFunction{"to_timestamp", 1, 2, &ToTimestamp},
    SpecialFunction{"to_timestamp_ltz", 1, 2, &ToTimestamp},
    SpecialFunction{"to_timestamp_ntz", 1, 2, &ToTimestamp},
    SpecialFunction{"try_to_timestamp", 1, 2, &ToTimestamp},
    SpecialFunction{"make_timestamp", 6, 7, &MakeTimestamp},
    SpecialFunction{"make_timestamp_ltz", 6, 7, &MakeTimestamp},
    SpecialFunction{"make_timestamp_ntz", 6, 6, &MakeTimestamp},
    SpecialFunction{"convert_timezone", 2, 3, &ConvertTimezone},
    SpecialFunction{"localtimestamp", 0, 0, &LocalTimestamp},
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

bool IsSparkDatePart(std::string_view part) {
  return FindPart(kDateParts, part) != nullptr || FindPart(kClockParts, part) != nullptr;
}

}  // namespace sluice::sql
