#include "sql/bind_operator.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"
#include "sql/spark_names.h"

namespace sluice::sql {

std::string BinaryName(BinaryOperator op, const Typed& left, const Typed& right) {
  return fmt::format("({} {} {})", left.name, OperatorWord(op), right.name);
}

Typed Joined(const Typed& left, const Typed& right, std::string sql, DataType type,
             std::string name) {
  Typed result;
  result.sql = std::move(sql);
  result.type = std::move(type);
  result.name = std::move(name);
  result.foldable = left.foldable && right.foldable;
  Inherit(left, &result);
  Inherit(right, &result);
  return result;
}

tl::unexpected<Error> FailOperands(BinaryOperator op, const Typed& left, const Typed& right,
                                   const Span& span) {
  if (left.type == right.type) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: the binary operator "
                        "requires the input type (\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or "
                        "\"INTERVAL YEAR TO MONTH\" or \"INTERVAL\"), not \"{}\".",
                        BinaryName(op, left, right), left.type.UpperName());
  }
  return FailAnalysis(
      span, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
      "Cannot resolve \"{}\" due to data type mismatch: the left and right operands "
      "of the binary operator have incompatible types (\"{}\" and \"{}\").",
      BinaryName(op, left, right), left.type.UpperName(), right.type.UpperName());
}

namespace {

constexpr int kNarrowDecimalMax = 18;  ///< widest decimal the engine keeps in 64 bits

bool IsIntegralLiteral(const Typed& value) {
  return value.literal != nullptr && value.type.IsIntegral();
}

/// A whole number beside a decimal becomes the decimal that just holds it.
Typed AsDecimal(Typed value) {
  if (value.type.id() == TypeId::kDecimal) return value;
  DecimalShape shape = ShapeOfIntegral(value.type.id());
  if (IsIntegralLiteral(value)) {
    shape = {ReadDecimalLiteral(value.literal->text).precision, 0};
  }
  const std::string name = value.name;
  const DataType type = BoundedDecimal(shape);
  value.sql = fmt::format("CAST({} AS {})", value.sql, DuckType(type));
  value.type = type;
  value.physical = Physical::kExact;
  return value;
}

/// The engine adds and multiplies two 64-bit decimals in 64 bits; Spark's result may need more.
std::string Widened(const Typed& value, int precision) {
  if (value.type.precision() > kNarrowDecimalMax || precision <= kNarrowDecimalMax) {
    return value.sql;
  }
  const int width = std::min(precision, kDecimalPrecisionMax);
  return fmt::format("CAST({} AS DECIMAL({},{}))", value.sql, width, value.type.scale());
}

/// The text that stays within 64 bits, if there is one.
const std::string& NarrowText(const Typed& value) {
  return value.type.precision() <= kNarrowDecimalMax ? value.sql : value.narrow;
}

/// The product in 64 bits; empty when the engine would not keep it there or Spark rounds it. Each
/// product has a TRY of its own: the engine computes what two expressions share outside of theirs.
std::string NarrowProduct(const Typed& left, const Typed& right, const DataType& type) {
  const int scale = left.type.scale() + right.type.scale();
  const std::string& left_text = NarrowText(left);
  const std::string& right_text = NarrowText(right);
  if (left_text.empty() || right_text.empty()) return {};
  if (scale != type.scale() || scale >= kNarrowDecimalMax) return {};
  return fmt::format("TRY({} * {})", left_text, right_text);
}

/// Exactly, then rounded once to `type`, NULL past its digits: what the engine's 38 digits do not
/// hold on the way (src/engine/duckdb/native_decimal.cc).
std::string WideDecimalText(std::string_view operation, const Typed& left, const Typed& right,
                            const DataType& type) {
  return ScaledText(fmt::format("system.main.sluice_decimal_{}({}, {}, {}, {}, {}, {})", operation,
                                UnscaledText(left.sql, left.type),
                                UnscaledText(right.sql, right.type), ShapeOf(left.type).scale,
                                ShapeOf(right.type).scale, type.scale(), type.precision()),
                    type);
}

Typed WideDecimal(BinaryOperator op, std::string_view operation, const Typed& left,
                  const Typed& right, DecimalShape shape) {
  const DataType type = AdjustedDecimal(shape);
  Typed result = Joined(left, right, WideDecimalText(operation, left, right, type), type,
                        BinaryName(op, left, right));
  result.physical = Physical::kExact;
  return result;
}

Typed DecimalProduct(const Typed& left, const Typed& right) {
  const DecimalShape shape = MultiplyShape(ShapeOf(left.type), ShapeOf(right.type));
  if (shape.precision > kDecimalPrecisionMax) {
    Typed product = WideDecimal(BinaryOperator::kMultiply, "multiply", left, right, shape);
    product.narrow = NarrowProduct(left, right, product.type);
    return product;
  }
  const DataType type = AdjustedDecimal(shape);
  std::string sql = fmt::format("({} * {})", Widened(left, shape.precision), right.sql);
  if (shape.precision > kNarrowDecimalMax) {
    sql = fmt::format("CAST({} AS {})", sql, DuckType(type));
  }
  Typed product =
      Joined(left, right, std::move(sql), type, BinaryName(BinaryOperator::kMultiply, left, right));
  if (shape.precision > kNarrowDecimalMax) product.narrow = NarrowProduct(left, right, type);
  return product;
}

Typed DecimalSum(BinaryOperator op, const Typed& left, const Typed& right) {
  const DecimalShape shape = AddShape(ShapeOf(left.type), ShapeOf(right.type));
  if (shape.precision > kDecimalPrecisionMax) {
    return WideDecimal(op, op == BinaryOperator::kAdd ? "add" : "subtract", left, right, shape);
  }
  const DataType type = AdjustedDecimal(shape);
  std::string sql =
      fmt::format("({} {} {})", Widened(left, shape.precision), OperatorWord(op), right.sql);
  if (shape.precision > kNarrowDecimalMax) {
    sql = fmt::format("CAST({} AS {})", sql, DuckType(type));
  }
  return Joined(left, right, std::move(sql), type, BinaryName(op, left, right));
}

Typed DecimalRemainder(const Typed& left, const Typed& right) {
  const DecimalShape a = ShapeOf(left.type);
  const DecimalShape b = ShapeOf(right.type);
  // The engine brings both to one type first.
  const int common =
      std::max(a.precision - a.scale, b.precision - b.scale) + std::max(a.scale, b.scale);
  if (common > kDecimalPrecisionMax) {
    return WideDecimal(BinaryOperator::kModulo, "remainder", left, right, ModuloShape(a, b));
  }
  const DataType type = AdjustedDecimal(ModuloShape(a, b));
  return Joined(
      left, right,
      fmt::format("CAST(({} % NULLIF({}, 0)) AS {})", left.sql, right.sql, DuckType(type)), type,
      BinaryName(BinaryOperator::kModulo, left, right));
}

/// The low 64 bits of the whole quotient, NULL when that has more digits than Spark gives it.
Typed DecimalWholeQuotient(const Typed& left, const Typed& right) {
  const DecimalShape a = ShapeOf(left.type);
  const DecimalShape b = ShapeOf(right.type);
  const int whole = std::max(a.precision - a.scale + b.scale, 1);
  Typed result =
      Joined(left, right,
             fmt::format("system.main.sluice_decimal_div({}, {}, {}, {}, {})",
                         UnscaledText(left.sql, left.type), UnscaledText(right.sql, right.type),
                         a.scale, b.scale, std::min(whole, kDecimalPrecisionMax)),
             TypeId::kBigInt, BinaryName(BinaryOperator::kIntegerDivide, left, right));
  result.physical = Physical::kExact;
  return result;
}

Typed DecimalArithmetic(BinaryOperator op, Typed left, Typed right) {
  left = AsDecimal(std::move(left));
  right = AsDecimal(std::move(right));
  switch (op) {
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract:
      return DecimalSum(op, left, right);
    case BinaryOperator::kMultiply:
      return DecimalProduct(left, right);
    case BinaryOperator::kDivide:
      return WideDecimal(op, "divide", left, right,
                         DivideShape(ShapeOf(left.type), ShapeOf(right.type)));
    case BinaryOperator::kModulo:
      return DecimalRemainder(left, right);
    default:
      return DecimalWholeQuotient(left, right);
  }
}

std::string_view NativeName(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
      return "add";
    case BinaryOperator::kSubtract:
      return "subtract";
    case BinaryOperator::kMultiply:
      return "multiply";
    case BinaryOperator::kIntegerDivide:
      return "divide";
    default:
      return "remainder";
  }
}

/// Integers wrap, as Java's do.
Typed NativeArithmetic(BinaryOperator op, const Typed& left, const Typed& right, std::string name) {
  Typed result = Joined(left, right,
                        NativeIntegerCall(NativeName(op), left.type,
                                          fmt::format("{}, {}", ExactText(left), ExactText(right))),
                        left.type, std::move(name));
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> PlainArithmetic(BinaryOperator op, Typed left, Typed right, const DataType& common,
                              const Span& span, Overflow overflow) {
  const std::string name = BinaryName(op, left, right);
  if (op == BinaryOperator::kDivide) {
    left = Coerced(std::move(left), TypeId::kDouble);
    right = Coerced(std::move(right), TypeId::kDouble);
    return Joined(left, right, fmt::format("({} / NULLIF({}, 0))", left.sql, right.sql),
                  TypeId::kDouble, name);
  }
  if (op == BinaryOperator::kIntegerDivide) {
    if (!common.IsIntegral()) return FailOperands(op, left, right, span);
    left = Coerced(std::move(left), TypeId::kBigInt);
    right = Coerced(std::move(right), TypeId::kBigInt);
    return NativeArithmetic(op, left, right, name);
  }
  left = Coerced(std::move(left), common);
  right = Coerced(std::move(right), common);
  if (common.IsIntegral() && overflow == Overflow::kWraps) {
    return NativeArithmetic(op, left, right, name);
  }
  if (op == BinaryOperator::kModulo) {
    return Joined(left, right, fmt::format("({} % NULLIF({}, 0))", left.sql, right.sql), common,
                  name);
  }
  return Joined(left, right,
                fmt::format("({} {} {})", ExactText(left), OperatorWord(op), ExactText(right)),
                common, name);
}

Result<Typed> Bitwise(BinaryOperator op, Typed left, Typed right, const Span& span) {
  const std::string name = BinaryName(op, left, right);
  const std::optional<DataType> common = TightestCommonType(left.type, right.type);
  if (!common || !common->IsIntegral()) return FailOperands(op, left, right, span);
  left = Coerced(std::move(left), *common);
  right = Coerced(std::move(right), *common);
  const std::string sql = op == BinaryOperator::kBitXor
                              ? fmt::format("system.main.xor({}, {})", left.sql, right.sql)
                              : fmt::format("({} {} {})", left.sql, OperatorWord(op), right.sql);
  return Joined(left, right, sql, *common, name);
}

}  // namespace

std::string DecimalQuotient(const Typed& left, const Typed& right, const DataType& to) {
  return WideDecimalText("divide", left, right, to);
}

std::string DecimalPositiveRemainder(const Typed& left, const Typed& right, const DataType& to) {
  return WideDecimalText("pmod", left, right, to);
}

Result<Typed> Arithmetic(BinaryOperator op, Typed left, Typed right, const Span& span,
                         Overflow overflow) {
  if (op == BinaryOperator::kConcat) {
    std::vector<Typed> parts;
    parts.push_back(std::move(left));
    parts.push_back(std::move(right));
    return Concatenate(std::move(parts), span, "concat");
  }
  if (auto temporal = TemporalArithmetic(op, left, right, span)) return *std::move(temporal);
  if (op == BinaryOperator::kBitAnd || op == BinaryOperator::kBitOr ||
      op == BinaryOperator::kBitXor) {
    return Bitwise(op, std::move(left), std::move(right), span);
  }
  const bool strings = left.IsText() || right.IsText();
  if (left.IsText() &&
      (right.type.IsNumeric() || right.IsText() || right.type.id() == TypeId::kVoid)) {
    left = Coerced(std::move(left), TypeId::kDouble);
  }
  if (right.IsText() && (left.type.IsNumeric() || left.type.id() == TypeId::kVoid)) {
    right = Coerced(std::move(right), TypeId::kDouble);
  }
  const bool untyped = left.type.id() == TypeId::kVoid || right.type.id() == TypeId::kVoid;
  if (op == BinaryOperator::kDivide && untyped) {
    // Before decimals have their say, Spark divides in DOUBLE whatever is NULL.
    if (left.type.IsNumeric()) left = Coerced(std::move(left), TypeId::kDouble);
    if (right.type.IsNumeric()) right = Coerced(std::move(right), TypeId::kDouble);
  }
  if (left.type.id() == TypeId::kVoid && right.type.id() == TypeId::kVoid) {
    left = Coerced(std::move(left), TypeId::kDouble);
  }
  if (left.type.id() == TypeId::kVoid) left = Coerced(std::move(left), right.type);
  if (right.type.id() == TypeId::kVoid) right = Coerced(std::move(right), left.type);
  if (!left.type.IsNumeric() || !right.type.IsNumeric()) {
    return FailOperands(op, left, right, span);
  }
  const bool decimal = left.type.id() == TypeId::kDecimal || right.type.id() == TypeId::kDecimal;
  const std::optional<DataType> common = WiderType(left.type, right.type, StringPromotion::kNo);
  if (!common) return FailOperands(op, left, right, span);
  if (decimal && common->id() == TypeId::kDecimal && !strings) {
    return DecimalArithmetic(op, std::move(left), std::move(right));
  }
  return PlainArithmetic(op, std::move(left), std::move(right), *common, span, overflow);
}

Typed Minus(Typed value) {
  if (value.type.IsIntegral()) {
    value.sql = NativeIntegerCall("negate", value.type, ExactText(value));
    value.physical = Physical::kExact;
  } else {
    value.sql = fmt::format("(-{})", value.sql);
    value.narrow.clear();
  }
  return value;
}

Result<Typed> ExpressionBinder::BindNode(const Binary& node, const Expr& expr) {
  Typed left = TRY(Bind(*node.left));
  Typed right = TRY(Bind(*node.right));
  if (node.op >= BinaryOperator::kEqual) {
    return Compare(node.op, std::move(left), std::move(right), expr.span);
  }
  return Arithmetic(node.op, std::move(left), std::move(right), expr.span);
}

Result<Typed> ExpressionBinder::BindNode(const Unary& node, const Expr& expr) {
  if (node.op == UnaryOperator::kNot) {
    if (const auto* query = std::get_if<InQuery>(&node.operand->node)) {
      return BindInQuery(*query, *node.operand, Polarity::kNegated);
    }
  }
  Typed operand = TRY(Bind(*node.operand));
  if (node.op == UnaryOperator::kNot) {
    if (operand.type.id() == TypeId::kVoid) operand = Coerced(std::move(operand), TypeId::kBoolean);
    if (operand.IsText()) operand = Coerced(std::move(operand), TypeId::kBoolean);
    if (operand.type.id() != TypeId::kBoolean) {
      return FailArgumentType(expr.span, fmt::format("(NOT {})", operand.name), 1, "\"BOOLEAN\"",
                              operand);
    }
    return Negated(std::move(operand));
  }
  const char* word = node.op == UnaryOperator::kPlus ? "+" : "-";
  const std::string name = node.op == UnaryOperator::kBitNot
                               ? fmt::format("~{}", operand.name)
                               : fmt::format("({} {})", word, operand.name);
  if (operand.IsText() || operand.type.id() == TypeId::kVoid) {
    operand = Coerced(std::move(operand),
                      node.op == UnaryOperator::kBitNot ? TypeId::kBigInt : TypeId::kDouble);
  }
  const bool fits = node.op == UnaryOperator::kBitNot
                        ? operand.type.IsIntegral()
                        : operand.type.IsNumeric() || IsAnsiInterval(operand.type);
  if (!fits) {
    return FailArgumentType(expr.span, name, 1,
                            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO "
                            "MONTH\" or \"INTERVAL\")",
                            operand);
  }
  if (node.op == UnaryOperator::kMinus) operand = Minus(std::move(operand));
  if (node.op == UnaryOperator::kBitNot) operand.sql = fmt::format("(~{})", operand.sql);
  operand.name = name;
  operand.alias_hint.clear();
  operand.literal = nullptr;
  return operand;
}

}  // namespace sluice::sql
