#include "sql/coerce.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace sluice::sql {
namespace {

bool IsFractional(const DataType& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

bool IsTemporal(const DataType& type) {
  return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp ||
         type.id() == TypeId::kTimestampNtz;
}

bool IsInterval(const DataType& type) {
  return type.id() == TypeId::kYearMonthInterval || type.id() == TypeId::kDayTimeInterval;
}

bool IsAtomic(const DataType& type) {
  return !type.IsNested() && type.id() != TypeId::kVoid && type.id() != TypeId::kCalendarInterval;
}

/// Whether every value of the integral type fits the decimal.
bool HoldsIntegral(const DataType& decimal, const DataType& integral) {
  const DecimalShape shape = ShapeOfIntegral(integral.id());
  return decimal.precision() - decimal.scale() >= shape.precision;
}

std::optional<DataType> TightestInterval(const DataType& a, const DataType& b) {
  if (a.id() != b.id()) return std::nullopt;
  const int first = std::min(a.first_unit(), b.first_unit());
  const int last = std::max(a.last_unit(), b.last_unit());
  if (a.id() == TypeId::kYearMonthInterval) return DataType::YearMonthInterval(first, last);
  return DataType::DayTimeInterval(first, last);
}

std::optional<DataType> TightestNumeric(const DataType& a, const DataType& b) {
  const bool a_decimal = a.id() == TypeId::kDecimal;
  const bool b_decimal = b.id() == TypeId::kDecimal;
  if (!a_decimal && !b_decimal) return a.id() > b.id() ? a : b;
  if (a_decimal && b.IsIntegral() && HoldsIntegral(a, b)) return a;
  if (b_decimal && a.IsIntegral() && HoldsIntegral(b, a)) return b;
  return std::nullopt;
}

std::optional<DataType> TightestTemporal(const DataType& a, const DataType& b) {
  if (a.id() == TypeId::kTimestamp || b.id() == TypeId::kTimestamp) return TypeId::kTimestamp;
  return TypeId::kTimestampNtz;
}

/// Decimal against decimal, integral or fractional.
std::optional<DataType> WiderDecimal(const DataType& a, const DataType& b) {
  if (a.id() != TypeId::kDecimal && b.id() != TypeId::kDecimal) return std::nullopt;
  if (IsFractional(a) || IsFractional(b)) return TypeId::kDouble;
  if (!a.IsNumeric() || !b.IsNumeric()) return std::nullopt;
  const DecimalShape x = ShapeOf(a);
  const DecimalShape y = ShapeOf(b);
  const int scale = std::max(x.scale, y.scale);
  const int whole = std::max(x.precision - x.scale, y.precision - y.scale);
  return BoundedDecimal({whole + scale, scale});
}

std::optional<DataType> PromotedString(const DataType& a, const DataType& b) {
  const auto promotes = [](const DataType& type) {
    return IsAtomic(type) && type.id() != TypeId::kBinary && type.id() != TypeId::kBoolean &&
           !IsInterval(type);
  };
  if (a.id() == TypeId::kString && promotes(b)) return a;
  if (b.id() == TypeId::kString && promotes(a)) return b;
  return std::nullopt;
}

std::optional<DataType> WiderNested(const DataType& a, const DataType& b, StringPromotion strings) {
  if (a.id() != b.id()) return std::nullopt;
  if (a.id() == TypeId::kArray) {
    std::optional<DataType> element = WiderType(a.element(), b.element(), strings);
    if (!element) return std::nullopt;
    return DataType::Array(*std::move(element));
  }
  if (a.id() == TypeId::kMap) {
    std::optional<DataType> key = WiderType(a.key(), b.key(), strings);
    std::optional<DataType> value = WiderType(a.value(), b.value(), strings);
    if (!key || !value) return std::nullopt;
    return DataType::Map(*std::move(key), *std::move(value));
  }
  if (a.id() != TypeId::kStruct || a.fields().size() != b.fields().size()) return std::nullopt;
  std::vector<StructField> fields;
  for (std::size_t i = 0; i < a.fields().size(); ++i) {
    std::optional<DataType> type = WiderType(a.fields()[i].type, b.fields()[i].type, strings);
    if (!type || !EqualsIgnoreCase(a.fields()[i].name, b.fields()[i].name)) return std::nullopt;
    fields.push_back({a.fields()[i].name, *std::move(type), true, {}});
  }
  return DataType::Struct(std::move(fields));
}

/// Whether a cast may give NULL for a value that is none, as Spark judges it by the types alone.
bool MayGiveNull(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kVoid || to.IsText()) return false;
  if (from.IsText()) return to.id() != TypeId::kBinary;
  if (to.id() == TypeId::kDate) return from.id() != TypeId::kTimestamp;
  if (from.id() == TypeId::kDate) return to.id() != TypeId::kTimestamp;
  if (from.id() == TypeId::kTimestamp) {
    return to.id() == TypeId::kTinyInt || to.id() == TypeId::kSmallInt || to.id() == TypeId::kInt;
  }
  if (to.id() == TypeId::kDecimal) {
    if (from.IsIntegral()) return !HoldsIntegral(to, from);
    if (from.id() != TypeId::kDecimal) return from.id() != TypeId::kBoolean;
    return to.scale() < from.scale() ||
           to.precision() - to.scale() < from.precision() - from.scale();
  }
  const bool fraction = IsFractional(from) || from.id() == TypeId::kDecimal;
  return fraction && (to.IsIntegral() || to.id() == TypeId::kTimestamp);
}

bool CanCastNested(const DataType& from, const DataType& to,
                   bool (*can)(const DataType&, const DataType&)) {
  if (from.id() != to.id()) return false;
  if (from.id() == TypeId::kArray) return can(from.element(), to.element());
  if (from.id() == TypeId::kMap) {
    if (MayGiveNull(from.key(), to.key())) return false;
    return can(from.key(), to.key()) && can(from.value(), to.value());
  }
  if (from.fields().size() != to.fields().size()) return false;
  for (std::size_t i = 0; i < from.fields().size(); ++i) {
    if (!can(from.fields()[i].type, to.fields()[i].type)) return false;
  }
  return true;
}

}  // namespace

DecimalShape ShapeOfIntegral(TypeId id) {
  switch (id) {
    case TypeId::kTinyInt:
      return {3, 0};
    case TypeId::kSmallInt:
      return {5, 0};
    case TypeId::kInt:
      return {10, 0};
    default:
      return {20, 0};
  }
}

DecimalShape ShapeOf(const DataType& type) {
  if (type.id() == TypeId::kDecimal) return {type.precision(), type.scale()};
  return ShapeOfIntegral(type.id());
}

DataType BoundedDecimal(DecimalShape shape) {
  return DataType::Decimal(std::min(shape.precision, kDecimalPrecisionMax),
                           std::min(shape.scale, kDecimalPrecisionMax));
}

DataType AdjustedDecimal(DecimalShape shape) {
  if (shape.precision <= kDecimalPrecisionMax) {
    return DataType::Decimal(shape.precision, shape.scale);
  }
  const int whole = shape.precision - shape.scale;
  const int kept = std::min(shape.scale, kDecimalScaleKept);
  return DataType::Decimal(kDecimalPrecisionMax, std::max(kDecimalPrecisionMax - whole, kept));
}

DecimalShape AddShape(DecimalShape a, DecimalShape b) {
  const int scale = std::max(a.scale, b.scale);
  return {std::max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale};
}

DecimalShape MultiplyShape(DecimalShape a, DecimalShape b) {
  return {a.precision + b.precision + 1, a.scale + b.scale};
}

DecimalShape DivideShape(DecimalShape a, DecimalShape b) {
  const int scale = std::max(kDecimalScaleKept, a.scale + b.precision + 1);
  return {a.precision - a.scale + b.scale + scale, scale};
}

DecimalShape ModuloShape(DecimalShape a, DecimalShape b) {
  const int scale = std::max(a.scale, b.scale);
  return {std::min(a.precision - a.scale, b.precision - b.scale) + scale, scale};
}

std::optional<DataType> TightestCommonType(const DataType& a, const DataType& b) {
  if (a == b) return a;
  if (a.id() == TypeId::kVoid) return b;
  if (b.id() == TypeId::kVoid) return a;
  if (a.IsNumeric() && b.IsNumeric()) return TightestNumeric(a, b);
  if (IsTemporal(a) && IsTemporal(b)) return TightestTemporal(a, b);
  if (IsInterval(a) && IsInterval(b)) return TightestInterval(a, b);
  return std::nullopt;
}

std::optional<DataType> WiderType(const DataType& a, const DataType& b, StringPromotion strings) {
  if (std::optional<DataType> type = TightestCommonType(a, b)) return type;
  if (std::optional<DataType> type = WiderDecimal(a, b)) return type;
  if (strings == StringPromotion::kYes) {
    if (std::optional<DataType> type = PromotedString(a, b)) return type;
  }
  if (a.IsNested() && b.IsNested()) return WiderNested(a, b, strings);
  return std::nullopt;
}

std::optional<DataType> WiderType(const std::vector<DataType>& types, StringPromotion strings) {
  // Strings first: INT, DATE, STRING meet as strings although INT and DATE alone do not.
  DataType common;
  if (strings == StringPromotion::kYes) {
    for (const DataType& type : types) {
      if (type.id() == TypeId::kString) common = type;
    }
  }
  for (const DataType& type : types) {
    std::optional<DataType> wider = WiderType(common, type, strings);
    if (!wider) return std::nullopt;
    common = *std::move(wider);
  }
  return common;
}

std::optional<DataType> ComparisonType(const DataType& a, const DataType& b) {
  if (a == b) return a;
  if (a.id() == TypeId::kString && b.id() != TypeId::kString) {
    if (b.id() == TypeId::kVoid) return a;
    if (b.id() == TypeId::kDecimal) return TypeId::kDouble;
    if (IsAtomic(b)) return b;
    return std::nullopt;
  }
  if (b.id() == TypeId::kString) return ComparisonType(b, a);
  return WiderType(a, b, StringPromotion::kNo);
}

bool CanCast(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kVoid) return true;
  if (to.IsText()) return true;
  if (from.IsNested() || to.IsNested()) return CanCastNested(from, to, &CanCast);
  if (from.IsText()) return to.id() != TypeId::kVoid;
  switch (to.id()) {
    case TypeId::kBoolean:
      return from.IsNumeric() || from.id() == TypeId::kTimestamp || from.id() == TypeId::kDate;
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kDecimal:
    case TypeId::kFloat:
    case TypeId::kDouble:
      return from.IsNumeric() || from.id() == TypeId::kBoolean || from.id() == TypeId::kTimestamp ||
             from.id() == TypeId::kDate || (IsInterval(from) && !IsFractional(to));
    case TypeId::kBinary:
      return from.IsIntegral();
    case TypeId::kDate:
    case TypeId::kTimestampNtz:
      return IsTemporal(from);
    case TypeId::kTimestamp:
      return IsTemporal(from) || from.IsNumeric() || from.id() == TypeId::kBoolean;
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return from.id() == to.id() || from.IsIntegral() || from.id() == TypeId::kDecimal;
    default:
      return false;
  }
}

bool CanStore(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kVoid) return true;
  if (from.IsNested() || to.IsNested()) return CanCastNested(from, to, &CanStore);
  if (to.IsText()) return true;
  if (from.IsText()) return false;
  if (from.IsNumeric() && to.IsNumeric()) return true;
  if (IsTemporal(from) && IsTemporal(to)) return true;
  return from.id() == to.id();
}

DataType WithoutLengths(const DataType& type) {
  switch (type.id()) {
    case TypeId::kChar:
    case TypeId::kVarchar:
      return TypeId::kString;
    case TypeId::kArray:
      return DataType::Array(WithoutLengths(type.element()));
    case TypeId::kMap:
      return DataType::Map(WithoutLengths(type.key()), WithoutLengths(type.value()));
    case TypeId::kStruct: {
      std::vector<StructField> fields = type.fields();
      for (StructField& field : fields) field.type = WithoutLengths(field.type);
      return DataType::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

}  // namespace sluice::sql
