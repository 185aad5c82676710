#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kNumericWanted =
    "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")";

/// Strings and NULL become DOUBLE where a number is wanted.
Result<Typed> NumberArgument(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  if (value.IsText() || value.type.id() == TypeId::kVoid) return Coerced(value, TypeId::kDouble);
  if (value.type.IsNumeric()) return value;
  return FailArgumentType(input.span, input.Name(), index + 1, kNumericWanted, value);
}

bool TakesInterval(const SpecialInput& input) { return IsAnsiInterval(input.arguments[0].type); }

Result<Typed> Abs(SpecialInput& input) {
  if (TakesInterval(input)) {
    const Typed& interval = input.arguments[0];
    const std::string count =
        fmt::format("system.main.abs({})", IntervalCount(interval.sql, interval.type));
    return ResultOf(input, IntervalOfCount(count, interval.type), interval.type);
  }
  const Typed value = TRY(NumberArgument(input, 0));
  if (value.type.IsIntegral()) {
    return ResultOf(input, NativeIntegerCall("abs", value.type, ExactText(value)), value.type);
  }
  return ResultOf(input, fmt::format("system.main.abs({})", value.sql), value.type);
}

Result<Typed> Sign(SpecialInput& input) {
  const bool interval = TakesInterval(input);
  const Typed& argument = input.arguments[0];
  if (input.name == "signum") input.shown = "SIGNUM";
  const std::string number = interval ? IntervalCount(argument.sql, argument.type)
                                      : Coerced(TRY(NumberArgument(input, 0)), TypeId::kDouble).sql;
  return ResultOf(input, fmt::format("spark.signum({})", number), TypeId::kDouble);
}

Result<Typed> Negative(SpecialInput& input) {
  if (TakesInterval(input)) {
    return ResultOf(input, fmt::format("(-{})", input.arguments[0].sql), input.arguments[0].type);
  }
  const Typed value = TRY(NumberArgument(input, 0));
  return ResultOf(input, Minus(value).sql, value.type);
}

Result<Typed> Positive(SpecialInput& input) {
  const Typed value = TakesInterval(input) ? input.arguments[0] : TRY(NumberArgument(input, 0));
  Typed result = ResultOf(input, value.sql, value.type);
  result.name = fmt::format("(+ {})", input.arguments[0].name);
  return result;
}

/// The number of digits that ROUND and its kin keep: a constant.
Result<int> DigitsArgument(const SpecialInput& input) {
  if (input.arguments.size() < 2) return 0;
  const Typed& digits = input.arguments[1];
  if (digits.literal == nullptr || !digits.type.IsIntegral()) {
    return FailUnsupported(fmt::format("{} with a scale that is not a constant", input.name));
  }
  return std::atoi(digits.literal->text.c_str());
}

/// DECIMAL(p,s) rounded to `digits`: as many whole digits and one more for the carry.
DataType RoundedDecimal(const DataType& type, int digits) {
  const int whole = type.precision() - type.scale() + 1;
  if (digits < 0) {
    const int precision = std::max(whole, -digits + 1);
    return DataType::Decimal(std::min(precision, kDecimalPrecisionMax), 0);
  }
  const int scale = std::min(type.scale(), digits);
  return DataType::Decimal(std::min(whole + scale, kDecimalPrecisionMax), scale);
}

/// `operation` of round, bround, floor, ceil: to so many digits after the point.
std::string RoundedText(std::string_view operation, const Typed& value, int digits,
                        const DataType& type) {
  const std::string unscaled =
      fmt::format("system.main.sluice_decimal_{}({}, {}, {}, {})", operation,
                  UnscaledText(value.sql, value.type), ShapeOf(value.type).scale,
                  std::min(digits, ShapeOf(value.type).scale), type.precision());
  return ScaledText(unscaled, type);
}

Typed RoundDecimal(const SpecialInput& input, std::string_view operation, const Typed& value,
                   int digits) {
  const DataType type = RoundedDecimal(value.type, digits);
  if (digits >= value.type.scale()) return ResultOf(input, value.sql, type);
  if (operation == "round" && digits >= 0) {
    return ResultOf(input, fmt::format("CAST({} AS {})", value.sql, DuckType(type)), type);
  }
  return ResultOf(input, RoundedText(operation, value, digits, type), type);
}

Result<Typed> Round(SpecialInput& input) {
  const Typed value = TRY(NumberArgument(input, 0));
  const int digits = TRY(DigitsArgument(input));
  if (input.arguments.size() == 1) {
    input.arguments.push_back(Typed{});
    input.arguments.back().name = "0";
    input.arguments.back().foldable = true;
  }
  if (value.type.IsIntegral()) {
    if (digits >= 0) return ResultOf(input, value.sql, value.type);
    const DataType whole = DataType::Decimal(kDecimalPrecisionMax, 0);
    return ResultOf(input,
                    CastText(RoundedText(input.name, value, digits, whole), whole, value.type),
                    value.type);
  }
  if (value.type.id() == TypeId::kDecimal) return RoundDecimal(input, input.name, value, digits);
  return ResultOf(
      input,
      fmt::format("CAST(spark._round_float{}({}, {}) AS {})", input.name == "bround" ? "_even" : "",
                  value.sql, digits, DuckType(value.type)),
      value.type);
}

/// FLOOR and CEIL: whole numbers of BIGINT or of a decimal; with digits a decimal of that scale.
Result<Typed> Whole(SpecialInput& input) {
  const bool up = input.name != "floor";
  const char* word = up ? "ceil" : "floor";
  Typed value = TRY(NumberArgument(input, 0));
  if (input.arguments.size() == 2) {
    const int digits = TRY(DigitsArgument(input));
    if (value.type.id() != TypeId::kDecimal) {
      return FailUnsupported(
          fmt::format("{} with a scale of a {}", input.name, value.type.SqlName()));
    }
    return RoundDecimal(input, word, value, digits);
  }
  const std::string shown = input.name == "ceiling" ? "ceiling" : ToUpper(word);
  input.shown = shown;
  if (value.type.id() == TypeId::kDecimal) {
    if (value.type.scale() == 0) return ResultOf(input, value.sql, value.type);
    return RoundDecimal(input, word, value, 0);
  }
  if (value.type.IsIntegral()) {
    return ResultOf(input, Coerced(value, TypeId::kBigInt).sql, TypeId::kBigInt);
  }
  return ResultOf(
      input,
      fmt::format("spark._float_bigint(system.main.{}(CAST({} AS DOUBLE)))", word, value.sql),
      TypeId::kBigInt);
}

Result<Typed> Mod(SpecialInput& input) {
  const std::string name = input.Name();
  Typed result = TRY(Arithmetic(BinaryOperator::kModulo, std::move(input.arguments[0]),
                                std::move(input.arguments[1]), input.span));
  result.name = name;
  return result;
}

/// PMOD: the remainder brought to the sign of the divisor.
Result<Typed> PositiveMod(SpecialInput& input) {
  Typed left = TRY(NumberArgument(input, 0));
  Typed right = TRY(NumberArgument(input, 1));
  if (const auto common = TightestCommonType(left.type, right.type);
      common && common->IsIntegral()) {
    const std::string sql =
        NativeIntegerCall("pmod", *common,
                          fmt::format("{}, {}", ExactText(Coerced(left, *common)),
                                      ExactText(Coerced(right, *common))));
    return ResultOf(input, sql, *common);
  }
  const Typed remainder = TRY(Arithmetic(BinaryOperator::kModulo, left, right, input.span));
  if (remainder.type.id() == TypeId::kDecimal) {
    return ResultOf(input, DecimalPositiveRemainder(left, right, remainder.type), remainder.type);
  }
  const std::string divisor = Coerced(right, remainder.type).sql;
  return ResultOf(input,
                  fmt::format("CAST((CASE WHEN {0} < 0 THEN ({0} + {1}) % NULLIF({1}, 0) ELSE {0} "
                              "END) AS {2})",
                              remainder.sql, divisor, DuckType(remainder.type)),
                  remainder.type);
}

Result<Typed> Log(SpecialInput& input) {
  if (input.arguments.size() == 1) {
    const Typed value = Coerced(TRY(NumberArgument(input, 0)), TypeId::kDouble);
    Typed result = ResultOf(input, fmt::format("spark.ln({})", value.sql), TypeId::kDouble);
    result.name = fmt::format("LOG(E(), {})", input.arguments[0].name);
    return result;
  }
  input.shown = "LOG";
  return ResultOf(
      input,
      fmt::format("spark.log({}, {})", Coerced(TRY(NumberArgument(input, 0)), TypeId::kDouble).sql,
                  Coerced(TRY(NumberArgument(input, 1)), TypeId::kDouble).sql),
      TypeId::kDouble);
}

/// try_add and its kin: NULL instead of an overflow.
Result<Typed> TryArithmetic(SpecialInput& input) {
  BinaryOperator op = BinaryOperator::kAdd;
  if (input.name == "try_subtract") op = BinaryOperator::kSubtract;
  if (input.name == "try_multiply") op = BinaryOperator::kMultiply;
  if (input.name == "try_divide") op = BinaryOperator::kDivide;
  const Typed value =
      TRY(Arithmetic(op, input.arguments[0], input.arguments[1], input.span, Overflow::kFails));
  return ResultOf(input, fmt::format("TRY({})", value.sql), value.type);
}

Result<Typed> Shift(SpecialInput& input) {
  Typed value = input.arguments[0];
  if (value.type.id() != TypeId::kBigInt) value = Coerced(value, TypeId::kInt);
  const Typed count = Coerced(input.arguments[1], TypeId::kInt);
  return ResultOf(input,
                  NativeIntegerCall(input.name, value.type,
                                    fmt::format("{}, {}", ExactText(value), ExactText(count))),
                  value.type);
}

Result<Typed> BitCount(SpecialInput& input) {
  const Typed value = Coerced(input.arguments[0], TypeId::kBigInt);
  return ResultOf(input, fmt::format("CAST(system.main.bit_count({}) AS INTEGER)", value.sql),
                  TypeId::kInt);
}

Result<Typed> Hex(SpecialInput& input) {
  const Typed& value = input.arguments[0];
  if (value.type.IsNumeric()) {
    return ResultOf(input,
                    fmt::format("system.main.to_hex({})", Coerced(value, TypeId::kBigInt).sql),
                    TypeId::kString);
  }
  return ResultOf(input, fmt::format("system.main.hex({})", value.sql), TypeId::kString);
}

constexpr std::array kNumber = {
    SpecialFunction{"abs", 1, 1, &Abs},
    SpecialFunction{"sign", 1, 1, &Sign},
    SpecialFunction{"signum", 1, 1, &Sign},
    SpecialFunction{"negative", 1, 1, &Negative},
    SpecialFunction{"positive", 1, 1, &Positive},
    SpecialFunction{"round", 1, 2, &Round},
    SpecialFunction{"bround", 1, 2, &Round},
    SpecialFunction{"floor", 1, 2, &Whole},
    SpecialFunction{"ceil", 1, 2, &Whole},
    SpecialFunction{"ceiling", 1, 2, &Whole},
    SpecialFunction{"mod", 2, 2, &Mod},
    SpecialFunction{"pmod", 2, 2, &PositiveMod},
    SpecialFunction{"log", 1, 2, &Log},
    SpecialFunction{"try_add", 2, 2, &TryArithmetic},
    SpecialFunction{"try_subtract", 2, 2, &TryArithmetic},
    SpecialFunction{"try_multiply", 2, 2, &TryArithmetic},
    SpecialFunction{"try_divide", 2, 2, &TryArithmetic},
    SpecialFunction{"shiftleft", 2, 2, &Shift},
    SpecialFunction{"shiftright", 2, 2, &Shift},
    SpecialFunction{"shiftrightunsigned", 2, 2, &Shift},
    SpecialFunction{"bit_count", 1, 1, &BitCount},
    SpecialFunction{"hex", 1, 1, &Hex},
};

}  // namespace

std::span<const SpecialFunction> NumberFunctions() { return kNumber; }

}  // namespace sluice::sql
