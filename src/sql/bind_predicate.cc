#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <utility>

#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_order.h"
#include "sql/spark_names.h"

namespace sluice::sql {
namespace {

Typed Predicate(std::string sql, std::string name) {
  Typed result;
  result.sql = std::move(sql);
  result.type = TypeId::kBoolean;
  result.name = std::move(name);
  result.physical = Physical::kExact;
  return result;
}

Typed PredicateOf(const Typed& left, const Typed& right, std::string sql, std::string name) {
  Typed result = Predicate(std::move(sql), std::move(name));
  result.foldable = left.foldable && right.foldable;
  Inherit(left, &result);
  Inherit(right, &result);
  return result;
}

/// Spark shows `1 < 1.5` as (1 < 2): a whole number meets a decimal constant as a whole number.
std::string RoundedName(BinaryOperator op, const Typed& literal, bool literal_on_right) {
  const double value = std::strtod(literal.literal->text.c_str(), nullptr);
  bool up = op == BinaryOperator::kLess || op == BinaryOperator::kGreaterOrEqual;
  if (!literal_on_right) {
    up = op == BinaryOperator::kGreater || op == BinaryOperator::kLessOrEqual;
  }
  return fmt::format("{}", static_cast<std::int64_t>(up ? std::ceil(value) : std::floor(value)));
}

bool IsOrdering(BinaryOperator op) { return op >= BinaryOperator::kLess; }

void ApplyRoundedNames(BinaryOperator op, Typed* left, Typed* right) {
  if (!IsOrdering(op)) return;
  const auto is_decimal_literal = [](const Typed& value) {
    return value.literal != nullptr && value.type.id() == TypeId::kDecimal;
  };
  if (left->type.IsIntegral() && is_decimal_literal(*right)) {
    right->name = RoundedName(op, *right, true);
  } else if (right->type.IsIntegral() && is_decimal_literal(*left)) {
    left->name = RoundedName(op, *left, false);
  }
}

/// A CHAR(n) column against a constant: the shorter side is padded, as Spark compares them.
void PadCharacters(Typed* left, Typed* right) {
  const auto pad = [](Typed* text, int length) {
    text->sql = fmt::format("spark._char({}, {})", text->sql, length);
  };
  if (left->char_length > 0 && right->literal != nullptr && right->IsText()) {
    pad(right, left->char_length);
  } else if (right->char_length > 0 && left->literal != nullptr && left->IsText()) {
    pad(left, right->char_length);
  }
}

/// BOOLEAN against a number, which Spark allows for = and <=> only.
bool BooleanMeetsNumber(BinaryOperator op, const Typed& left, const Typed& right) {
  if (IsOrdering(op)) return false;
  const bool a = left.type.id() == TypeId::kBoolean && right.type.IsNumeric();
  const bool b = right.type.id() == TypeId::kBoolean && left.type.IsNumeric();
  return a || b;
}

std::string CompareWord(BinaryOperator op) {
  if (op == BinaryOperator::kNullSafeEqual) return "IS NOT DISTINCT FROM";
  if (op == BinaryOperator::kNotEqual) return "<>";
  return std::string(OperatorWord(op));
}

std::string CompareName(BinaryOperator op, const Typed& left, const Typed& right) {
  if (op == BinaryOperator::kNotEqual) {
    return fmt::format("(NOT ({} = {}))", left.name, right.name);
  }
  return fmt::format("({} {} {})", left.name, OperatorWord(op), right.name);
}

Result<Typed> CompareBooleanWithNumber(BinaryOperator op, Typed left, Typed right) {
  Typed& boolean = left.type.id() == TypeId::kBoolean ? left : right;
  const Typed& number = left.type.id() == TypeId::kBoolean ? right : left;
  std::string name = CompareName(op, left, right);
  if (number.literal != nullptr && op == BinaryOperator::kEqual) {
    const double value = std::strtod(number.literal->text.c_str(), nullptr);
    if (value == 1) name = boolean.name;
    if (value == 0) name = fmt::format("(NOT {})", boolean.name);
  }
  boolean = Coerced(std::move(boolean), number.type);
  return PredicateOf(left, right, fmt::format("({} {} {})", left.sql, CompareWord(op), right.sql),
                     std::move(name));
}

}  // namespace

Typed Negated(Typed value) {
  value.sql = fmt::format("(NOT {})", value.sql);
  value.name = fmt::format("(NOT {})", value.name);
  value.alias_hint.clear();
  value.literal = nullptr;
  return value;
}

namespace {

bool MeetIn38Digits(const DataType& left, const DataType& right) {
  if (!left.IsNumeric() || !right.IsNumeric()) return true;
  const DecimalShape a = ShapeOf(left);
  const DecimalShape b = ShapeOf(right);
  return std::max(a.precision - a.scale, b.precision - b.scale) + std::max(a.scale, b.scale) <=
         kDecimalPrecisionMax;
}

}  // namespace

Result<Typed> Compare(BinaryOperator op, Typed left, Typed right, const Span& span) {
  if (BooleanMeetsNumber(op, left, right)) {
    return CompareBooleanWithNumber(op, std::move(left), std::move(right));
  }
  const std::optional<DataType> common = ComparisonType(left.type, right.type);
  if (!common) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: the left and right "
                        "operands of the binary operator have incompatible types (\"{}\" and "
                        "\"{}\").",
                        CompareName(op, left, right), left.type.UpperName(),
                        right.type.UpperName());
  }
  if (common->id() == TypeId::kMap) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: The `{}` does not "
                        "support ordering on type \"{}\".",
                        CompareName(op, left, right), OperatorWord(op), common->UpperName());
  }
  ApplyRoundedNames(op, &left, &right);
  PadCharacters(&left, &right);
  const std::string name = CompareName(op, left, right);
  // Constants beside decimals compare as they are: a cast would only hide them from the optimizer.
  // Where no type holds both, the cast gives NULL as Spark's does; the engine's own would fail.
  const bool as_is =
      common->id() == TypeId::kDecimal && MeetIn38Digits(left.type, right.type) &&
      (left.literal != nullptr || right.literal != nullptr || left.type.id() == right.type.id());
  if (!as_is) {
    left = Coerced(std::move(left), *common);
    right = Coerced(std::move(right), *common);
  }
  if (IsOrdering(op)) {
    left.sql = OrderKey(left.sql, *common);
    right.sql = OrderKey(right.sql, *common);
  }
  return PredicateOf(left, right, fmt::format("({} {} {})", left.sql, CompareWord(op), right.sql),
                     name);
}

Result<DataType> Unify(std::vector<Typed>* values, const Span& span, std::string_view call) {
  std::vector<DataType> types;
  types.reserve(values->size());
  for (const Typed& value : *values) types.push_back(value.type);
  std::optional<DataType> common = WiderType(types, StringPromotion::kYes);
  if (!common) {
    std::string list;
    for (const DataType& type : types) {
      list += fmt::format("{}\"{}\"", list.empty() ? "" : " or ", type.UpperName());
    }
    return FailAnalysis(span, "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: Input to `{}` should "
                        "all be the same type, but it's ({}).",
                        call, std::string(call.substr(0, call.find('('))), list);
  }
  for (Typed& value : *values) value = Coerced(std::move(value), *common);
  return *std::move(common);
}

Result<Typed> ExpressionBinder::BindNode(const Logical& node, const Expr& expr) {
  std::vector<Typed> operands = TRY(BindAll(node.operands));
  const char* word = node.op == LogicalOperator::kAnd ? "AND" : "OR";
  for (Typed& operand : operands) {
    if (operand.type.id() == TypeId::kVoid || operand.IsText()) {
      operand = Coerced(std::move(operand), TypeId::kBoolean);
    }
  }
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].type.id() == TypeId::kBoolean) continue;
    const Typed& left = operands[i == 0 ? 0 : i - 1];
    const Typed& right = operands[i == 0 ? 1 : i];
    return FailAnalysis(expr.span, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
                        "Cannot resolve \"({} {} {})\" due to data type mismatch: the left and "
                        "right operands of the binary operator have incompatible types (\"{}\" "
                        "and \"{}\").",
                        left.name, word, right.name, left.type.UpperName(), right.type.UpperName());
  }
  // Halves, as Spark balances a chain: the depth of a long OR stays small in both dialects.
  const auto combine = [&](const auto& self, std::size_t low, std::size_t high) -> Typed {
    if (low == high) return std::move(operands[low]);
    const std::size_t middle = low + (high - low) / 2;
    const Typed left = self(self, low, middle);
    const Typed right = self(self, middle + 1, high);
    return PredicateOf(left, right, fmt::format("({} {} {})", left.sql, word, right.sql),
                       fmt::format("({} {} {})", left.name, word, right.name));
  };
  return combine(combine, 0, operands.size() - 1);
}

namespace {

/// What "(value op bound)" compares with; empty when the value was cast for it.
std::string_view BoundOf(const Typed& comparison, const Typed& value, std::string_view op) {
  const std::string start = fmt::format("({} {} ", value.sql, op);
  std::string_view text = comparison.sql;
  if (!text.starts_with(start)) return {};
  return text.substr(start.size(), text.size() - start.size() - 1);
}

/// Two comparisons of one value, as one BETWEEN where that says the same: the engine's optimizer
/// keeps its halves together.
std::string BetweenText(const Typed& value, const Typed& low, const Typed& high) {
  std::string_view least = BoundOf(low, value, ">=");
  std::string_view greatest = BoundOf(high, value, "<=");
  if (least.empty() || greatest.empty()) return fmt::format("({} AND {})", low.sql, high.sql);
  return fmt::format("({} BETWEEN {} AND {})", value.sql, least, greatest);
}

}  // namespace

Result<Typed> ExpressionBinder::BindNode(const Between& node, const Expr& expr) {
  const Typed value = TRY(Bind(*node.value));
  Typed least = TRY(Bind(*node.low));
  Typed greatest = TRY(Bind(*node.high));
  Typed low_bound = TRY(Bind(*node.low));
  Typed high_bound = TRY(Bind(*node.high));
  const Typed low =
      TRY(Compare(BinaryOperator::kGreaterOrEqual, value, std::move(low_bound), expr.span));
  const Typed high =
      TRY(Compare(BinaryOperator::kLessOrEqual, value, std::move(high_bound), expr.span));
  Typed both = PredicateOf(low, high, BetweenText(value, low, high),
                           fmt::format("({} AND {})", low.name, high.name));
  return node.polarity == Polarity::kNegated ? Negated(std::move(both)) : both;
}

Result<Typed> ExpressionBinder::BindNode(const InList& node, const Expr& expr) {
  std::vector<Typed> values;
  values.push_back(TRY(Bind(*node.value)));
  std::string names;
  for (const ExprPtr& item : node.list) {
    values.push_back(TRY(Bind(*item)));
    names += (values.size() > 2 ? ", " : "") + values.back().name;
  }
  const std::string name = fmt::format("({} IN ({}))", values[0].name, names);
  for (std::size_t i = 1; i < values.size(); ++i) PadCharacters(&values[0], &values[i]);
  TRY(Unify(&values, expr.span, "in"));
  std::string list;
  Typed result = Predicate({}, name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    Inherit(values[i], &result);
    if (i > 0) list += (i > 1 ? ", " : "") + values[i].sql;
  }
  result.sql = fmt::format("({} IN ({}))", values[0].sql, list);
  return node.polarity == Polarity::kNegated ? Negated(std::move(result)) : result;
}

Result<Typed> ExpressionBinder::BindNode(const Is& node, const Expr& expr) {
  Typed value = TRY(Bind(*node.value));
  Typed result;
  switch (node.op) {
    case IsOperator::kNull:
    case IsOperator::kUnknown: {
      const bool negated = node.polarity == Polarity::kNegated;
      const char* word = negated ? "IS NOT NULL" : "IS NULL";
      return PredicateOf(value, value, fmt::format("({} {})", value.sql, word),
                         fmt::format("({} {})", value.name, word));
    }
    case IsOperator::kTrue:
    case IsOperator::kFalse: {
      const std::string truth = node.op == IsOperator::kTrue ? "true" : "false";
      const std::string name = fmt::format("({} <=> {})", value.name, truth);
      value = Coerced(std::move(value), TypeId::kBoolean);
      result = PredicateOf(value, value,
                           fmt::format("({} IS NOT DISTINCT FROM {})", value.sql, truth), name);
      break;
    }
    case IsOperator::kDistinctFrom: {
      Typed other = TRY(Bind(*node.other));
      result = TRY(
          Compare(BinaryOperator::kNullSafeEqual, std::move(value), std::move(other), expr.span));
      // IS DISTINCT FROM is the negative of Spark's <=>.
      return node.polarity == Polarity::kNegated ? result : Negated(std::move(result));
    }
  }
  return node.polarity == Polarity::kNegated ? Negated(std::move(result)) : result;
}

namespace {

/// " ESCAPE 'c'", left out of a constant pattern that has no escape: the engine then searches for
/// its parts, which is several times as fast.
std::string EscapeClause(const Typed& pattern, const std::string& escape) {
  if (pattern.literal != nullptr && pattern.sql.find(escape) == std::string::npos) return {};
  return fmt::format(" ESCAPE {}", QuoteText(escape));
}

}  // namespace

Result<Typed> ExpressionBinder::BindNode(const Like& node, const Expr& expr) {
  Typed value = TRY(Bind(*node.value));
  std::string sql;
  std::string name;
  Typed result;
  for (const ExprPtr& item : node.patterns) {
    Typed pattern = TRY(Bind(*item));
    std::string one_name;
    std::string one;
    const Typed text = Coerced(value, TypeId::kString);
    const Typed pattern_text = Coerced(pattern, TypeId::kString);
    if (!CanCast(value.type, TypeId::kString) || value.type.IsNested()) {
      return FailArgumentType(expr.span, value.name, 1, "\"STRING\"", value);
    }
    const std::string escape = node.escape.empty() ? "\\" : node.escape;
    switch (node.op) {
      case LikeOperator::kLike:
        one = fmt::format("({} LIKE {}{})", text.sql, pattern_text.sql,
                          EscapeClause(pattern_text, escape));
        one_name = fmt::format("{} LIKE {}", value.name, pattern.name);
        break;
      case LikeOperator::kILike:
        one = fmt::format("({} ILIKE {}{})", text.sql, pattern_text.sql,
                          EscapeClause(pattern_text, escape));
        one_name = fmt::format("ilike({}, {})", value.name, pattern.name);
        break;
      case LikeOperator::kRLike:
        one = fmt::format("spark.rlike({}, {})", text.sql, pattern_text.sql);
        one_name = fmt::format("RLIKE({}, {})", value.name, pattern.name);
        break;
    }
    const char* word = node.quantifier == LikeQuantifier::kAll ? " AND " : " OR ";
    if (!sql.empty()) {
      sql += word;
      name += word;
    }
    Inherit(value, &result);
    Inherit(pattern, &result);
    if (node.quantifier != LikeQuantifier::kOne && node.polarity == Polarity::kNegated) {
      sql += fmt::format("(NOT {})", one);
      name += fmt::format("(NOT {})", one_name);
    } else {
      sql += one;
      name += one_name;
    }
  }
  Typed predicate = PredicateOf(result, result, fmt::format("({})", sql), name);
  if (node.quantifier == LikeQuantifier::kOne && node.polarity == Polarity::kNegated) {
    return Negated(std::move(predicate));
  }
  return predicate;
}

}  // namespace sluice::sql
