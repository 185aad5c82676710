#include "sql/generate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/check.h"
#include "sql/coerce.h"
#include "sql/generate_interval.h"
#include "sql/nested_text.h"

namespace sluice::sql {
namespace {

constexpr char kSpace = ' ';

std::string Call(std::string_view name, const std::string& argument) {
  return fmt::format("spark.{}({})", name, argument);
}

bool IsFraction(const DataType& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

/// Lambda parameters of nested casts must differ: the depth of the type makes them so.
std::string LambdaName(const DataType& type) {
  return fmt::format("{}{}", kCastLambdaPrefix, type.Depth());
}

std::string FieldText(const std::string& value, const StructField& field) {
  return fmt::format("struct_extract({}, {})", value, QuoteText(field.name));
}

std::string NestedToText(const std::string& value, const DataType& from) {
  const std::string item = LambdaName(from);
  if (from.id() == TypeId::kArray) {
    return fmt::format(
        "('[' || system.main.array_to_string(system.main.list_transform({}, lambda {}: "
        "coalesce({}, 'null')), ', ') || ']')",
        value, item, CastText(item, from.element(), TypeId::kString));
  }
  if (from.id() == TypeId::kMap) {
    const std::string key = CastText(item + ".key", from.key(), TypeId::kString);
    const std::string entry = CastText(item + ".value", from.value(), TypeId::kString);
    return fmt::format(
        "('{{' || system.main.array_to_string(system.main.list_transform("
        "system.main.map_entries({}), lambda {}: {} || ' -> ' || coalesce({}, 'null')), ', ') || "
        "'}}')",
        value, item, key, entry);
  }
  std::string text = fmt::format("CASE WHEN {} IS NOT NULL THEN '{{'", value);
  bool first = true;
  for (const StructField& field : from.fields()) {
    if (!first) text += " || ', '";
    first = false;
    text += fmt::format(" || coalesce({}, 'null')",
                        CastText(FieldText(value, field), field.type, TypeId::kString));
  }
  return text + " || '}' END";
}

/// The engine leaves out the zero before the point of a decimal that has no whole digits.
std::string PlainDecimal(const std::string& value, const DataType& from) {
  if (from.precision() != from.scale()) return fmt::format("CAST({} AS VARCHAR)", value);
  if (from.precision() == kDecimalPrecisionMax) {
    return fmt::format("spark._with_zero(CAST({} AS VARCHAR))", value);
  }
  return fmt::format("CAST(CAST({} AS DECIMAL({},{})) AS VARCHAR)", value, from.precision() + 1,
                     from.scale());
}

std::string ToText(const std::string& value, const DataType& from) {
  switch (from.id()) {
    case TypeId::kFloat:
      return fmt::format("system.main.sluice_float_text({})", value);
    case TypeId::kDouble:
      return fmt::format("system.main.sluice_double_text({})", value);
    case TypeId::kDecimal:
      if (from.scale() > kDecimalScaleKept) {
        return fmt::format("spark._decimal_text({}, {})", PlainDecimal(value, from), from.scale());
      }
      return PlainDecimal(value, from);
    case TypeId::kDate:
      return fmt::format("system.main.sluice_date_text({})", value);
    case TypeId::kTimestamp:
      return fmt::format("system.main.sluice_timestamp_text(CAST({} AS TIMESTAMP))", value);
    case TypeId::kTimestampNtz:
      return fmt::format("system.main.sluice_timestamp_text({})", value);
    case TypeId::kBinary:
      return fmt::format("system.main.decode({})", value);
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return NestedToText(value, from);
    default:
      return fmt::format("CAST({} AS VARCHAR)", value);
  }
}

/// Bits of an integral type; narrowing keeps the low ones, as Java does.
int BitsOf(TypeId id) {
  switch (id) {
    case TypeId::kTinyInt:
      return 8;
    case TypeId::kSmallInt:
      return 16;
    case TypeId::kInt:
      return 32;
    default:
      return 64;
  }
}

/// Any whole number wrapped into the target type.
std::string Wrapped(const std::string& value, const DataType& from, const DataType& to) {
  std::string whole = from.IsIntegral()
                          ? fmt::format("CAST({} AS BIGINT)", value)
                          : fmt::format("system.main.sluice_low64(CAST({} AS HUGEINT))", value);
  if (to.id() == TypeId::kBigInt) return whole;
  return NativeIntegerCall("low", to, whole);
}

/// The bits of an integer as a number that is not negative.
std::string LowBits(const std::string& value, const DataType& from) {
  return fmt::format("(CAST({} AS HUGEINT) & CAST('{}' AS HUGEINT))", value,
                     from.id() == TypeId::kBigInt
                         ? "18446744073709551615"
                         : std::to_string((std::uint64_t{1} << BitsOf(from.id())) - 1));
}

std::string DecimalToIntegral(const std::string& value, const DataType& from, const DataType& to) {
  const std::string whole = from.scale() == 0 ? value : fmt::format("system.main.trunc({})", value);
  const int digits = from.precision() - from.scale();
  if (digits < ShapeOfIntegral(to.id()).precision - (to.id() == TypeId::kBigInt ? 1 : 0)) {
    return fmt::format("CAST({} AS {})", whole, DuckType(to));
  }
  return Wrapped(whole, from, to);
}

std::string ToIntegral(const std::string& value, const DataType& from, const DataType& to) {
  switch (from.id()) {
    case TypeId::kBoolean:
      return fmt::format("CAST({} AS {})", value, DuckType(to));
    case TypeId::kFloat:
    case TypeId::kDouble:
      if (to.id() == TypeId::kBigInt) return Call("_float_bigint", value);
      if (to.id() == TypeId::kInt) return Call("_float_int", value);
      return Wrapped(Call("_float_int", value), TypeId::kInt, to);
    case TypeId::kDecimal:
      return DecimalToIntegral(value, from, to);
    case TypeId::kTimestamp:
      return to.id() == TypeId::kBigInt
                 ? Call("_timestamp_seconds", value)
                 : Wrapped(Call("_timestamp_seconds", value), TypeId::kBigInt, to);
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return fmt::format("system.main.sluice_text_{}({})", ToLower(DuckType(to)), value);
    default:
      if (from.id() <= to.id()) return fmt::format("CAST({} AS {})", value, DuckType(to));
      return Wrapped(value, from, to);
  }
}

std::string ToFraction(const std::string& value, const DataType& from, const DataType& to) {
  if (from.IsText()) {
    return fmt::format("system.main.sluice_text_{}({})",
                       to.id() == TypeId::kFloat ? "float" : "double", value);
  }
  if (from.id() == TypeId::kTimestamp) {
    return fmt::format("CAST(system.main.epoch({}) AS {})", value, DuckType(to));
  }
  if (from.id() == TypeId::kDouble && to.id() == TypeId::kFloat) {
    return Call("_narrow_float", value);
  }
  return fmt::format("CAST({} AS {})", value, DuckType(to));
}

std::string ToDecimal(const std::string& value, const DataType& from, const DataType& to) {
  if (from.IsText()) {
    return fmt::format("TRY_CAST(system.main.sluice_text_decimal({}) AS {})", value, DuckType(to));
  }
  if (IsFraction(from)) {
    return fmt::format("TRY_CAST(CAST({} AS VARCHAR) AS {})", value, DuckType(to));
  }
  if (from.id() == TypeId::kTimestamp) {
    return fmt::format("TRY_CAST(system.main.epoch_us({}) / 1000000 AS {})", value, DuckType(to));
  }
  if (from.id() == TypeId::kBoolean) {
    return fmt::format("TRY_CAST(CAST({} AS INTEGER) AS {})", value, DuckType(to));
  }
  return fmt::format("TRY_CAST({} AS {})", value, DuckType(to));
}

std::string ToBoolean(const std::string& value, const DataType& from) {
  if (from.IsText()) return fmt::format("system.main.sluice_text_boolean({})", value);
  if (from.id() == TypeId::kTimestamp) {
    return fmt::format("(system.main.epoch_us({}) <> 0)", value);
  }
  return fmt::format("({} <> 0)", value);
}

std::string ToTemporal(const std::string& value, const DataType& from, const DataType& to) {
  if (from.IsText()) {
    if (to.id() == TypeId::kTimestamp) return Call("_timestamp", value);
    return fmt::format("system.main.sluice_text_{}({})",
                       to.id() == TypeId::kDate ? "date" : "timestamp_ntz", value);
  }
  if (from.id() == TypeId::kBoolean) {
    return fmt::format("system.main.make_timestamptz(CAST({} AS BIGINT))", value);
  }
  if (from.IsIntegral()) {
    return fmt::format("spark._seconds_timestamp(CAST({} AS HUGEINT))", value);
  }
  if (from.IsNumeric()) return Call("_seconds_timestamp", value);
  if (from.id() == TypeId::kTimestamp || to.id() == TypeId::kTimestamp) {
    return fmt::format("CAST(CAST({} AS TIMESTAMP) AS {})", value, DuckType(to));
  }
  return fmt::format("CAST({} AS {})", value, DuckType(to));
}

std::string ToNested(const std::string& value, const DataType& from, const DataType& to) {
  return NestedText(value, from, to,
                    [](const std::string& part, const DataType& part_from, const DataType& part_to,
                       const std::string&) { return CastText(part, part_from, part_to); });
}

}  // namespace

std::string QuoteName(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  bool pieces = false;
  for (char c : text) {
    if (c == '\0') {
      // NUL would end the statement's text in the engine's parser.
      quoted += "' || chr(0) || '";
      pieces = true;
      continue;
    }
    quoted += c;
    if (c == '\'') quoted += c;
  }
  quoted += '\'';
  return pieces ? "(" + quoted + ")" : quoted;
}

std::string QuoteBytes(std::string_view bytes) {
  return fmt::format("system.main.unhex('{}')", HexEncode(bytes));
}

std::string DuckType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
      return "INTEGER";
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kTinyInt:
      return "TINYINT";
    case TypeId::kSmallInt:
      return "SMALLINT";
    case TypeId::kInt:
      return "INTEGER";
    case TypeId::kBigInt:
      return "BIGINT";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kDecimal:
      return fmt::format("DECIMAL({},{})", type.precision(), type.scale());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return "VARCHAR";
    case TypeId::kBinary:
      return "BLOB";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTimestamp:
      return "TIMESTAMP WITH TIME ZONE";
    case TypeId::kTimestampNtz:
      return "TIMESTAMP";
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      return "INTERVAL";
    case TypeId::kArray:
      return DuckType(type.element()) + "[]";
    case TypeId::kMap:
      return fmt::format("MAP({}, {})", DuckType(type.key()), DuckType(type.value()));
    case TypeId::kStruct: {
      std::string fields;
      for (const StructField& field : type.fields()) {
        if (!fields.empty()) fields += ", ";
        fields += QuoteName(field.name) + kSpace + DuckType(field.type);
      }
      return "STRUCT(" + fields + ")";
    }
  }
  return "INTEGER";
}

std::string NestedText(const std::string& value, const DataType& from, const DataType& to,
                       const ConvertPart& convert) {
  const std::string item = LambdaName(from);
  if (from.id() == TypeId::kArray) {
    return fmt::format("system.main.list_transform({}, lambda {}: {})", value, item,
                       convert(item, from.element(), to.element(), "element"));
  }
  if (from.id() == TypeId::kMap) {
    return fmt::format(
        "system.main.map_from_entries(system.main.list_transform(system.main.map_entries({}), "
        "lambda {}: {{'k': {}, 'v': {}}}))",
        value, item, convert(item + ".key", from.key(), to.key(), "key"),
        convert(item + ".value", from.value(), to.value(), "value"));
  }
  std::string fields;
  for (std::size_t i = 0; i < to.fields().size(); ++i) {
    const StructField& source = from.fields()[i];
    const StructField& field = to.fields()[i];
    if (i > 0) fields += ", ";
    fields += fmt::format("{}: {}", QuoteText(field.name),
                          convert(FieldText(value, source), source.type, field.type, field.name));
  }
  return fmt::format("CASE WHEN {} IS NOT NULL THEN {{{}}} END", value, fields);
}

std::string NamedText(const std::string& value, std::string_view name, const std::string& body) {
  return fmt::format("system.main.list_transform([{}], lambda {}: {})[1]", value, name, body);
}

std::string CastText(const std::string& value, const DataType& from, const DataType& to) {
  if (from == to) return value;
  if (from.id() == TypeId::kVoid) return fmt::format("CAST({} AS {})", value, DuckType(to));
  // Spark lets a date become a number, and it is none.
  if (from.id() == TypeId::kDate && (to.IsNumeric() || to.id() == TypeId::kBoolean)) {
    return fmt::format("CASE WHEN {} IS NULL THEN CAST(NULL AS {}) END", value, DuckType(to));
  }
  if (IsAnsiInterval(from) || IsAnsiInterval(to)) return CastIntervalText(value, from, to);
  if (to.IsText()) return from.IsText() ? value : ToText(value, from);
  if (to.IsIntegral()) return ToIntegral(value, from, to);
  if (IsFraction(to)) return ToFraction(value, from, to);
  switch (to.id()) {
    case TypeId::kDecimal:
      return ToDecimal(value, from, to);
    case TypeId::kBoolean:
      return ToBoolean(value, from);
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return ToTemporal(value, from, to);
    case TypeId::kBinary:
      if (from.IsText()) return fmt::format("system.main.encode({})", value);
      return fmt::format("system.main.unhex(system.main.printf('%0{}X', {}))",
                         BitsOf(from.id()) / 4, LowBits(value, from));
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return ToNested(value, from, to);
    default:
      return fmt::format("CAST({} AS {})", value, DuckType(to));
  }
}

std::string FittedText(const std::string& value, const DataType& from, const DataType& to) {
  std::string whole =
      from.IsIntegral()
          ? fmt::format("CAST({} AS BIGINT)", value)
          : fmt::format("system.main.sluice_fit64(CAST(system.main.trunc({}) AS HUGEINT))", value);
  return to.id() == TypeId::kBigInt ? whole : NativeIntegerCall("fit", to, whole);
}

std::string NativeIntegerCall(std::string_view name, const DataType& type,
                              std::string_view arguments) {
  return fmt::format("system.main.sluice_{}{}({})", name, BitsOf(type.id()), arguments);
}

std::string UnscaledText(const std::string& value, const DataType& type) {
  if (type.id() != TypeId::kDecimal) return fmt::format("CAST({} AS HUGEINT)", value);
  return fmt::format("system.main.sluice_unscaled{}(CAST({} AS DECIMAL({},{})))", type.scale(),
                     value, kDecimalPrecisionMax, type.scale());
}

std::string ScaledText(const std::string& value, const DataType& type) {
  // The cast also keeps the type of a NULL that the engine folds.
  return fmt::format("CAST(system.main.sluice_scaled{}({}) AS {})", type.scale(), value,
                     DuckType(type));
}

}  // namespace sluice::sql
