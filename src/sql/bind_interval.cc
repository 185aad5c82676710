#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_call.h"
#include "sql/functions_special.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"

namespace sluice::sql {
namespace {

constexpr int kSecondDigits = 8;
constexpr int kSecondScale = 6;
constexpr int kDaySecondDigits = 18;  ///< of the seconds of make_dt_interval

/// A part of an interval: its own sign, and what is left below the next greater unit.
struct PartOf {
  std::string_view units;  ///< between commas
  TypeId of;
  int place;             ///< among the units of the interval's type
  std::string_view sql;  ///< of {}, the interval
  TypeId result;
};
constexpr PartOf kParts[] = {
    {",day,d,days,", TypeId::kDayTimeInterval, 0, "system.main.epoch_us({}) // 86400000000",
     TypeId::kInt},
    {",hour,h,hours,hr,hrs,", TypeId::kDayTimeInterval, 1,
     "(system.main.epoch_us({}) // 3600000000) % 24", TypeId::kTinyInt},
    {",minute,m,min,mins,minutes,", TypeId::kDayTimeInterval, 2,
     "(system.main.epoch_us({}) // 60000000) % 60", TypeId::kTinyInt},
    {",second,s,sec,seconds,secs,", TypeId::kDayTimeInterval, 3,
     "CAST(system.main.epoch_us({}) % 60000000 AS DECIMAL(9,0)) * CAST('0.000001' AS DECIMAL(6,6))",
     TypeId::kDecimal},
    {",year,y,years,yr,yrs,", TypeId::kYearMonthInterval, 0, "system.main.date_part('year', {})",
     TypeId::kInt},
    {",month,mon,mons,months,", TypeId::kYearMonthInterval, 1, "system.main.date_part('month', {})",
     TypeId::kTinyInt},
};

Result<Typed> IntArgument(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  if (value.type.IsNumeric() || value.IsText() || value.type.id() == TypeId::kVoid) {
    return Coerced(value, TypeId::kInt);
  }
  return FailArgumentType(input.span, input.Name(), index + 1, "\"INT\"", value);
}

void AddDefault(SpecialInput* input, std::string_view text, DataType type) {
  Typed value;
  value.sql = std::string(text);
  value.name = std::string(text);
  value.type = std::move(type);
  value.foldable = true;
  input->arguments.push_back(std::move(value));
}

/// A sum of HUGEINT terms as an interval's count.
std::string CountOfSum(const std::string& sum, const DataType& type) {
  return IntervalOfCount(
      fmt::format("system.main.sluice_interval_of_sum({}, {})", sum, IntervalLimit(type)), type);
}

Result<Typed> MakeDayTime(SpecialInput& input) {
  const DataType seconds_type = DataType::Decimal(kDaySecondDigits, kSecondScale);
  while (input.arguments.size() < 3) AddDefault(&input, "0", TypeId::kInt);
  if (input.arguments.size() < 4) AddDefault(&input, "0.000000", seconds_type);
  constexpr std::string_view kUnits[] = {"86400000000", "3600000000", "60000000"};
  std::string sum;
  for (std::size_t i = 0; i < std::size(kUnits); ++i) {
    sum += fmt::format("CAST({} AS HUGEINT) * {} + ", TRY(IntArgument(input, i)).sql, kUnits[i]);
  }
  const Typed& seconds = input.arguments[3];
  if (!seconds.type.IsNumeric() && !seconds.IsText() && seconds.type.id() != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), 4, "\"DECIMAL(18,6)\"", seconds);
  }
  sum += UnscaledText(Coerced(seconds, seconds_type).sql, seconds_type);
  const DataType type = DataType::DayTimeInterval(0, 3);
  return ResultOf(input, CountOfSum(sum, type), type);
}

Result<Typed> MakeYearMonth(SpecialInput& input) {
  while (input.arguments.size() < 2) AddDefault(&input, "0", TypeId::kInt);
  const DataType type = DataType::YearMonthInterval(0, 1);
  const std::string sum =
      fmt::format("CAST({} AS HUGEINT) * 12 + {}", TRY(IntArgument(input, 0)).sql,
                  TRY(IntArgument(input, 1)).sql);
  return ResultOf(input, CountOfSum(sum, type), type);
}

constexpr std::array kInterval = {
    SpecialFunction{"make_dt_interval", 0, 4, &MakeDayTime},
    SpecialFunction{"make_ym_interval", 0, 2, &MakeYearMonth},
};

}  // namespace

std::span<const SpecialFunction> IntervalFunctions() { return kInterval; }

Result<Typed> ExtractOfInterval(std::string_view unit, const Typed& interval, std::string name,
                                const Span& span) {
  const DataType& of = interval.type;
  for (const PartOf& part : kParts) {
    if (part.units.find("," + ToLower(unit) + ",") == std::string_view::npos) continue;
    if (part.of != of.id() || part.place < of.first_unit() || part.place > of.last_unit()) continue;
    Typed result;
    Inherit(interval, &result);
    result.type = part.result == TypeId::kDecimal ? DataType::Decimal(kSecondDigits, kSecondScale)
                                                  : DataType(part.result);
    result.sql = fmt::format("CAST({} AS {})", fmt::format(fmt::runtime(part.sql), interval.sql),
                             DuckType(result.type));
    result.name = std::move(name);
    result.physical = Physical::kExact;
    result.foldable = interval.foldable;
    return result;
  }
  return FailAnalysis(span, "INVALID_EXTRACT_FIELD", "Cannot extract `{}` from \"{}\".", unit,
                      interval.name);
}

std::string CallBinder::IntervalSumText(const Typed& argument) const {
  return AggregateText("sum", IntervalCount(argument.sql, argument.type));
}

Typed CallBinder::IntervalSum(const Typed& argument, const std::string& name) const {
  return AggregateResult(
      CountOfSum(fmt::format("CAST({} AS HUGEINT)", IntervalSumText(argument)), argument.type),
      argument.type, name, {argument});
}

/// The sum by the number of values, to the nearest unit.
Typed CallBinder::IntervalAverage(const Typed& argument, const std::string& name) const {
  const DataType type = WidestInterval(argument.type);
  const std::string count = AggregateText("count", argument.sql);
  const std::string_view limit = IntervalLimit(type);
  const std::string average = fmt::format(
      "system.main.sluice_interval_divide(system.main.sluice_interval_of_sum(CAST({} AS HUGEINT), "
      "{}), CAST(NULLIF({}, 0) AS HUGEINT), 0, {})",
      IntervalSumText(argument), limit, count, limit);
  return AggregateResult(IntervalOfCount(average, type), type, name, {argument});
}

}  // namespace sluice::sql
