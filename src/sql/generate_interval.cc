#include "sql/generate_interval.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

bool IsMonths(const DataType& type) { return type.id() == TypeId::kYearMonthInterval; }

/// What the last unit of the type counts for.
std::int64_t LastUnit(const DataType& type) {
  if (IsMonths(type)) return type.last_unit() == 0 ? 12 : 1;
  constexpr std::int64_t kUnits[] = {86'400 * kSecond, 3'600 * kSecond, 60 * kSecond, kSecond};
  return kUnits[type.last_unit()];
}

std::string_view NativePrefix(const DataType& type) {
  return IsMonths(type) ? "yearmonth" : "daytime";
}

std::string ToText(const std::string& value, const DataType& from) {
  return fmt::format("system.main.sluice_{}_text({}, {}, {})", NativePrefix(from),
                     IntervalCount(value, from), from.first_unit(), from.last_unit());
}

std::string FromText(const std::string& value, const DataType& to) {
  const std::string words = ToUpper(to.SqlName()).substr(std::string_view("INTERVAL ").size());
  return IntervalOfCount(
      fmt::format("system.main.sluice_{}_read({}, {}, {}, '{}', {})", NativePrefix(to), value,
                  to.first_unit(), to.last_unit(), words, IntervalLimit(to)),
      to);
}

/// A number counts the last unit.
std::string FromNumber(const std::string& value, const DataType& from, const DataType& to) {
  return IntervalOfCount(
      fmt::format("system.main.sluice_interval_multiply(CAST({} AS BIGINT), {}, {}, {})",
                  LastUnit(to), UnscaledText(value, from),
                  from.id() == TypeId::kDecimal ? from.scale() : 0, IntervalLimit(to)),
      to);
}

std::string_view IntegralLimit(TypeId id) {
  switch (id) {
    case TypeId::kTinyInt:
      return "127";
    case TypeId::kSmallInt:
      return "32767";
    case TypeId::kInt:
      return "2147483647";
    default:
      return "9223372036854775807";
  }
}

std::string ToNumber(const std::string& value, const DataType& from, const DataType& to) {
  constexpr int kSecondScale = 6;
  const std::string count = IntervalCount(value, from);
  if (to.id() == TypeId::kDecimal && !IsMonths(from) && from.last_unit() == 3) {
    return fmt::format(
        "TRY_CAST({} AS {})",
        ScaledText(fmt::format("CAST({} AS HUGEINT)", count), DataType::Decimal(38, kSecondScale)),
        DuckType(to));
  }
  const std::string units =
      fmt::format("system.main.sluice_interval_units({}, CAST({} AS BIGINT), {})", count,
                  LastUnit(from), IntegralLimit(to.id()));
  return fmt::format("{}({} AS {})", to.id() == TypeId::kDecimal ? "TRY_CAST" : "CAST", units,
                     DuckType(to));
}

}  // namespace

bool IsAnsiInterval(const DataType& type) {
  return type.id() == TypeId::kYearMonthInterval || type.id() == TypeId::kDayTimeInterval;
}

DataType WidestInterval(const DataType& type) {
  return IsMonths(type) ? DataType::YearMonthInterval(0, 1) : DataType::DayTimeInterval(0, 3);
}

std::string IntervalCount(const std::string& value, const DataType& type) {
  if (IsMonths(type)) return fmt::format("spark._interval_months({})", value);
  return fmt::format("system.main.epoch_us({})", value);
}

std::string IntervalOfCount(const std::string& count, const DataType& type) {
  if (IsMonths(type)) return fmt::format("system.main.to_months(CAST({} AS INTEGER))", count);
  return fmt::format("system.main.to_microseconds({})", count);
}

std::string_view IntervalLimit(const DataType& type) {
  return IsMonths(type) ? "2147483647" : "9223372036854775807";
}

std::string CastIntervalText(const std::string& value, const DataType& from, const DataType& to) {
  if (to.IsText()) return ToText(value, from);
  if (from.IsText()) return FromText(value, to);
  if (!IsAnsiInterval(from)) return FromNumber(value, from, to);
  if (!IsAnsiInterval(to)) return ToNumber(value, from, to);
  // What is less than the last unit is cut.
  if (to.last_unit() >= from.last_unit()) return value;
  const std::int64_t unit = LastUnit(to);
  return IntervalOfCount(fmt::format("(({}) // {} * {})", IntervalCount(value, from), unit, unit),
                         to);
}

}  // namespace sluice::sql
