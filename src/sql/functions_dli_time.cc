// DLI's functions of dates. A date is a DATE, or a text of one of three forms; results are texts of
// the argument's form. The work is done by src/engine/duckdb/native_dli_time.cc.

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/ascii.h"
#include "sql/functions.h"
#include "sql/functions_dli.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

bool IsNull(const Typed& value) {
  return value.type.id() == TypeId::kVoid ||
         (value.literal != nullptr && value.literal->kind == LiteralKind::kNull);
}

/// A DATE or a text, as text.
Result<std::string> DateArgument(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  if (value.type.id() != TypeId::kDate && !value.IsText() && value.type.id() != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), index + 1, "(\"DATE\" or \"STRING\")", value);
  }
  return ExactText(Coerced(value, TypeId::kString));
}

/// The text of a constant argument; empty for NULL.
Result<std::optional<std::string>> ConstantText(const SpecialInput& input, std::size_t index,
                                                std::string_view parameter) {
  const Typed& value = input.arguments[index];
  if (IsNull(value)) return std::optional<std::string>();
  if (value.literal == nullptr) return FailNotConstant(input, index, parameter);
  if (!value.IsText()) {
    return FailArgumentType(input.span, input.Name(), index + 1, "\"STRING\"", value);
  }
  return std::optional(value.literal->text);
}

Typed NullOf(const SpecialInput& input, const DataType& type) {
  return ResultOf(input, fmt::format("CAST(NULL AS {})", DuckType(type)), type);
}

// ---- functions over a unit ---------------------------------------------------------------------

struct DliUnit {
  std::string_view name;
  std::string_view canonical;
};
constexpr std::array kUnits = {
    DliUnit{"yyyy", "year"}, DliUnit{"year", "year"},   DliUnit{"mm", "month"},
    DliUnit{"mon", "month"}, DliUnit{"month", "month"}, DliUnit{"dd", "day"},
    DliUnit{"day", "day"},   DliUnit{"hh", "hour"},     DliUnit{"hour", "hour"},
    DliUnit{"mi", "minute"}, DliUnit{"ss", "second"},
};

/// The unit that a constant argument names, as a DuckDB text; empty for NULL.
Result<std::optional<std::string>> UnitArgument(const SpecialInput& input, std::size_t index) {
  const std::optional<std::string> text = TRY(ConstantText(input, index, "datepart"));
  if (!text) return std::optional<std::string>();
  for (const DliUnit& unit : kUnits) {
    if (EqualsIgnoreCase(unit.name, *text)) return std::optional(QuoteText(unit.canonical));
  }
  return FailAnalysis(input.span, "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                      "The value of parameter(s) `datepart` in `{}` is invalid: expects one of the "
                      "units yyyy, mm, dd, hh, mi, ss, but got '{}'.",
                      input.name, *text);
}

/// dateadd(date, delta, datepart)
Result<Typed> DateAdd(SpecialInput& input) {
  const std::string date = TRY(DateArgument(input, 0));
  const std::string delta = TRY(DliBigInt(input, 1));
  const std::optional<std::string> unit = TRY(UnitArgument(input, 2));
  if (!unit) return NullOf(input, TypeId::kString);
  return ResultOf(input,
                  fmt::format("system.main.sluice_dli_dateadd({}, {}, {})", date, delta, *unit),
                  TypeId::kString);
}

/// datediff1(date1, date2, datepart)
Result<Typed> DateDiff(SpecialInput& input) {
  const std::string end = TRY(DateArgument(input, 0));
  const std::string start = TRY(DateArgument(input, 1));
  const std::optional<std::string> unit = TRY(UnitArgument(input, 2));
  if (!unit) return NullOf(input, TypeId::kBigInt);
  return ResultOf(input,
                  fmt::format("system.main.sluice_dli_datediff({}, {}, {})", end, start, *unit),
                  TypeId::kBigInt);
}

/// datepart(date, datepart), datetrunc(date, datepart)
Result<Typed> OverUnit(SpecialInput& input, const DataType& type) {
  const std::string date = TRY(DateArgument(input, 0));
  const std::optional<std::string> unit = TRY(UnitArgument(input, 1));
  if (!unit) return NullOf(input, type);
  return ResultOf(input, fmt::format("system.main.sluice_dli_{}({}, {})", input.name, date, *unit),
                  type);
}

Result<Typed> DatePart(SpecialInput& input) { return OverUnit(input, TypeId::kBigInt); }
Result<Typed> DateTrunc(SpecialInput& input) { return OverUnit(input, TypeId::kString); }

Result<Typed> LastDay(SpecialInput& input) {
  const std::string date = TRY(DateArgument(input, 0));
  return ResultOf(input, fmt::format("system.main.sluice_dli_lastday({})", date), TypeId::kString);
}

Result<Typed> GetDate(SpecialInput& input) {
  return ResultOf(input,
                  "system.main.strftime(CAST(system.main.now() AS TIMESTAMP), '%Y-%m-%d %H:%M:%S')",
                  TypeId::kString);
}

// ---- functions over a format -------------------------------------------------------------------

/// to_char(date, format)
Result<Typed> ToChar(SpecialInput& input) {
  const std::string date = TRY(DateArgument(input, 0));
  const std::optional<std::string> format = TRY(ConstantText(input, 1, "format"));
  if (!format) return NullOf(input, TypeId::kString);
  return ResultOf(input,
                  fmt::format("system.main.sluice_dli_to_char({}, {})", date, QuoteText(*format)),
                  TypeId::kString);
}

/// to_date1(date [, format]): without a format a date alone, of one of the three forms.
Result<Typed> ToDate(SpecialInput& input) {
  const std::string date = TRY(DateArgument(input, 0));
  std::optional<std::string> format;
  if (input.arguments.size() > 1) format = TRY(ConstantText(input, 1, "format"));
  return ResultOf(
      input,
      format ? fmt::format("system.main.sluice_dli_to_date({}, {})", date, QuoteText(*format))
             : fmt::format("system.main.sluice_dli_to_char({}, 'yyyy-mm-dd')", date),
      TypeId::kString);
}

/// isdate(text, format)
Result<Typed> IsDate(SpecialInput& input) {
  const std::string text = TRY(DliText(input, 0));
  const std::optional<std::string> format = TRY(ConstantText(input, 1, "format"));
  if (!format) return NullOf(input, TypeId::kBoolean);
  return ResultOf(input,
                  fmt::format("system.main.sluice_dli_isdate({}, {})", text, QuoteText(*format)),
                  TypeId::kBoolean);
}

// ---- where Spark has the name ------------------------------------------------------------------

/// dateadd(day, 1, d), with a unit that is no text, is syntax.
bool HasThree(const std::vector<Typed>& arguments) { return arguments.size() == 3; }

/// Spark names the part first.
bool IsDatePart(const std::vector<Typed>& arguments) {
  if (arguments.size() != 2 || IsNull(arguments[0])) return false;
  const Typed& first = arguments[0];
  const bool part_first =
      first.IsText() && first.literal != nullptr && IsSparkDatePart(first.literal->text);
  return !part_first && (arguments[1].literal != nullptr || IsNull(arguments[1]));
}

/// Spark's to_char of a text reads a number, by a format that has digits, and takes no date.
bool IsToChar(const std::vector<Typed>& arguments) {
  if (arguments.size() != 2) return false;
  if (arguments[0].type.id() == TypeId::kDate) return true;
  if (!arguments[0].IsText() && arguments[0].type.id() != TypeId::kVoid) return false;
  const Literal* format = arguments[1].IsText() ? arguments[1].literal : nullptr;
  if (format == nullptr) return IsNull(arguments[1]);
  return format->text.find_first_of("09") == std::string::npos ||
         ToLower(format->text).find_first_not_of("09.,dg$smipr") != std::string::npos;
}

constexpr std::array kTimeFunctions = {
    SpecialFunction{"datediff1", 3, 3, &DateDiff}, SpecialFunction{"datetrunc", 2, 2, &DateTrunc},
    SpecialFunction{"lastday", 1, 1, &LastDay},    SpecialFunction{"getdate", 0, 0, &GetDate},
    SpecialFunction{"to_date1", 1, 2, &ToDate},    SpecialFunction{"isdate", 2, 2, &IsDate},
};

constexpr std::array kTimeOverloads = {
    DliOverload{{"dateadd", 3, 3, &DateAdd}, &HasThree},
    DliOverload{{"datediff", 3, 3, &DateDiff}, &HasThree},
    DliOverload{{"datepart", 2, 2, &DatePart}, &IsDatePart},
    DliOverload{{"to_char", 2, 2, &ToChar}, &IsToChar},
};

}  // namespace

std::span<const SpecialFunction> DliTimeFunctions() { return kTimeFunctions; }
std::span<const DliOverload> DliTimeOverloads() { return kTimeOverloads; }

}  // namespace sluice::sql
