#include "sql/bind_expression.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>
#include <variant>

#include "base/ascii.h"
#include "spark/calendar.h"
#include "spark/time_text.h"
#include "spark/time_zone.h"
#include "sql/coerce.h"
#include "sql/coerce_temporal.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"
#include "sql/spark_names.h"

namespace sluice::sql {
namespace {

Typed Constant(std::string sql, DataType type, std::string name) {
  Typed value;
  value.sql = std::move(sql);
  value.type = std::move(type);
  value.name = std::move(name);
  value.physical = Physical::kExact;
  value.foldable = true;
  return value;
}

/// Digits as DuckDB reads them back: no leading '+', negatives in parentheses.
std::string NumberText(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (!text.empty() && text.front() == '-') return fmt::format("({})", text);
  return std::string(text);
}

std::string PlainDigits(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  return std::string(text);
}

Result<Typed> DecimalConstant(const Literal& node, const Span& span) {
  const DecimalLiteral decimal = ReadDecimalLiteral(node.text);
  if (decimal.precision > kDecimalPrecisionMax || decimal.scale > kDecimalPrecisionMax) {
    return FailAnalysis(span, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                        "Decimal precision {} exceeds max precision {}.", decimal.precision,
                        kDecimalPrecisionMax);
  }
  const DataType type = DataType::Decimal(decimal.precision, decimal.scale);
  return Constant(fmt::format("CAST('{}' AS {})", decimal.text, DuckType(type)), type,
                  decimal.text);
}

Typed FractionConstant(const Literal& node) {
  if (node.kind == LiteralKind::kFloat) {
    return Constant(fmt::format("CAST('{}' AS FLOAT)", node.text), TypeId::kFloat,
                    JavaFloatText(std::strtof(node.text.c_str(), nullptr)));
  }
  return Constant(fmt::format("CAST('{}' AS DOUBLE)", node.text), TypeId::kDouble,
                  JavaDoubleText(std::strtod(node.text.c_str(), nullptr)));
}

tl::unexpected<Error> FailTypedLiteral(const Literal& node, std::string_view type,
                                       const Span& span) {
  return FailAnalysis(span, "INVALID_TYPED_LITERAL",
                      "The value of the typed literal \"{}\" is invalid: '{}'.", type, node.text);
}

/// The engine's texts end at the year 9999.
constexpr std::int32_t kTextDayMin = -719'162;
constexpr std::int32_t kTextDayMax = 2'932'896;

Result<Typed> DateConstant(const Literal& node, const Span& span) {
  const std::optional<std::int32_t> day = spark::ReadDate(node.text);
  if (!day) return FailTypedLiteral(node, "DATE", span);
  std::string text;
  spark::AppendDate(*day, &text);
  const bool has_text = *day >= kTextDayMin && *day <= kTextDayMax;
  return Constant(has_text ? fmt::format("CAST('{}' AS DATE)", text)
                           : fmt::format("(DATE '1970-01-01' + CAST({} AS INTEGER))", *day),
                  TypeId::kDate, fmt::format("DATE '{}'", text));
}

Result<Typed> TimestampConstant(const Literal& node, const Span& span) {
  const bool ntz = node.kind == LiteralKind::kTimestampNtz;
  const std::optional<spark::TimeText> time = spark::ReadTimeText(node.text);
  const bool is_known = time && (time->zone.empty() || spark::OffsetSeconds(time->zone) ||
                                 spark::IsRegion(time->zone));
  if (!is_known) return FailTypedLiteral(node, ntz ? "TIMESTAMP_NTZ" : "TIMESTAMP", span);
  std::string text;
  spark::AppendTimestamp(time->wall_micros, &text);
  const std::int64_t day = spark::ToWallClock(time->wall_micros).days;
  const bool has_text = day >= kTextDayMin && day <= kTextDayMax;
  const std::string wall =
      has_text ? fmt::format("CAST('{}' AS TIMESTAMP)", text)
               : fmt::format("system.main.make_timestamp(CAST({} AS BIGINT))", time->wall_micros);
  if (ntz) return Constant(wall, TypeId::kTimestampNtz, fmt::format("TIMESTAMP_NTZ '{}'", text));
  std::string sql = fmt::format("CAST({} AS TIMESTAMP WITH TIME ZONE)", wall);
  if (!time->zone.empty()) {
    sql = fmt::format("spark._in_zone({}, {})", wall, QuoteText(time->zone));
  }
  return Constant(std::move(sql), TypeId::kTimestamp, fmt::format("TIMESTAMP '{}'", text));
}

}  // namespace

Result<Typed> ExpressionBinder::Bind(const Expr& expr) {
  TRY_VOID(state_.budget.AddNodes(1));
  Typed bound = TRY(std::visit([&](const auto& node) { return BindNode(node, expr); }, expr.node));
  bound.span = expr.span;
  TRY_VOID(state_.budget.Add(bound));
  if (bound.loose && context_.group_keys != nullptr && aggregate_depth_ == 0) {
    for (const Typed& key : *context_.group_keys) {
      if (key.sql == bound.sql) bound.loose.reset();
    }
  }
  return bound;
}

Result<std::vector<Typed>> ExpressionBinder::BindAll(const std::vector<ExprPtr>& exprs) {
  std::vector<Typed> bound;
  bound.reserve(exprs.size());
  for (const ExprPtr& expr : exprs) bound.push_back(TRY(Bind(*expr)));
  return bound;
}

Result<Typed> ExpressionBinder::BindCondition(const Expr& expr, std::string_view error_class,
                                              std::string_view what, const Span* place) {
  NoteCondition(expr);
  Typed condition = TRY(Bind(expr));
  if (condition.type.id() == TypeId::kBoolean) return condition;
  return FailAnalysis(place != nullptr ? *place : expr.span, error_class,
                      "Cannot resolve \"{}\" due to data type mismatch: {} expression \"{}\" of "
                      "type \"{}\" is not a boolean.",
                      condition.name, what, condition.name, condition.type.UpperName());
}

Result<Typed> ExpressionBinder::BindHaving(const Expr& expr) {
  NoteCondition(expr);
  Typed condition = TRY(Bind(expr));
  if (condition.type.id() == TypeId::kBoolean) return condition;
  if (CanCast(condition.type, TypeId::kBoolean)) {
    return Coerced(std::move(condition), TypeId::kBoolean);
  }
  return FailAnalysis(
      expr.span, "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
      "Cannot resolve \"CAST({} AS BOOLEAN)\" due to data type mismatch: cannot cast "
      "\"{}\" to \"BOOLEAN\".",
      condition.name, condition.type.UpperName());
}

std::string ExpressionBinder::SortText(const std::string& sql, const SortItem& item) {
  const bool ascending = item.direction == SortDirection::kAscending;
  bool nulls_first = ascending;
  if (item.nulls != NullOrder::kDefault) nulls_first = item.nulls == NullOrder::kFirst;
  return fmt::format("{} {} {}", sql, ascending ? "ASC" : "DESC",
                     nulls_first ? "NULLS FIRST" : "NULLS LAST");
}

Result<Typed> ExpressionBinder::BindNode(const Literal& node, const Expr& expr) {
  Typed value;
  switch (node.kind) {
    case LiteralKind::kNull:
      value = Constant("NULL", TypeId::kVoid, "NULL");
      value.physical = Physical::kClose;
      break;
    case LiteralKind::kBoolean:
      value = Constant(node.text, TypeId::kBoolean, node.text);
      break;
    case LiteralKind::kTinyInt:
      value = Constant(fmt::format("CAST({} AS TINYINT)", NumberText(node.text)), TypeId::kTinyInt,
                       PlainDigits(node.text));
      break;
    case LiteralKind::kSmallInt:
      value = Constant(fmt::format("CAST({} AS SMALLINT)", NumberText(node.text)),
                       TypeId::kSmallInt, PlainDigits(node.text));
      break;
    case LiteralKind::kInt:
      value = Constant(fmt::format("CAST({} AS INTEGER)", NumberText(node.text)), TypeId::kInt,
                       PlainDigits(node.text));
      break;
    case LiteralKind::kBigInt:
      value = Constant(fmt::format("CAST({} AS BIGINT)", NumberText(node.text)), TypeId::kBigInt,
                       PlainDigits(node.text));
      break;
    case LiteralKind::kDecimal:
      value = TRY(DecimalConstant(node, expr.span));
      break;
    case LiteralKind::kFloat:
    case LiteralKind::kDouble:
      value = FractionConstant(node);
      break;
    case LiteralKind::kString:
      value = Constant(QuoteText(node.text), TypeId::kString, node.text);
      break;
    case LiteralKind::kBinary:
      value = Constant(QuoteBytes(node.text), TypeId::kBinary,
                       fmt::format("X'{}'", ToUpper(HexEncode(node.text))));
      break;
    default:
      value = TRY(node.kind == LiteralKind::kDate ? DateConstant(node, expr.span)
                                                  : TimestampConstant(node, expr.span));
      break;
  }
  value.literal = &node;
  return value;
}

const AliasEntry* ExpressionBinder::FindAlias(const QualifiedName& name) const {
  if (context_.aliases == nullptr || name.parts.size() != 1) return nullptr;
  for (const AliasEntry& alias : *context_.aliases) {
    if (EqualsIgnoreCase(alias.name, name.parts[0].text)) return &alias;
  }
  return nullptr;
}

/// The one column of the select list that has the name.
const AliasEntry* ExpressionBinder::FindShownColumn(const QualifiedName& name) const {
  if (context_.shown_columns == nullptr || name.parts.size() != 1) return nullptr;
  const AliasEntry* found = nullptr;
  for (const AliasEntry& shown : *context_.shown_columns) {
    if (!EqualsIgnoreCase(shown.name, name.parts[0].text)) continue;
    if (found != nullptr && found->value.sql != shown.value.sql) return nullptr;
    found = &shown;
  }
  return found;
}

/// Spark computes items that others name below the aggregation or the window, which is too late.
Result<Typed> ExpressionBinder::BindLateralAlias(const AliasEntry& alias, const Span& span) {
  Typed value = alias.value;
  // A generator's columns are there before the items that name them.
  const bool generated = value.name == alias.name;
  if (window_depth_ > 0) {
    return FailAnalysis(span, "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW",
                        "The feature is not supported: Referencing a lateral column alias `{}` in "
                        "a window expression.",
                        alias.name);
  }
  if (aggregate_depth_ > 0 && (generated || context_.group_keys != nullptr)) {
    return FailAnalysis(span, "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC",
                        "The feature is not supported: Referencing a lateral column alias `{}` in "
                        "an aggregate function.",
                        alias.name);
  }
  if (!generated) value.name = fmt::format("lateralAliasReference({})", alias.name);
  return value;
}

Result<Typed> ExpressionBinder::BindNode(const ColumnRef& node, const Expr& expr) {
  for (auto it = lambda_parameters_.rbegin(); it != lambda_parameters_.rend(); ++it) {
    if (!EqualsIgnoreCase(it->name, node.name.parts[0].text)) continue;
    Typed value = it->value;
    for (std::size_t i = 1; i < node.name.parts.size(); ++i) {
      value = TRY(FieldOf(std::move(value), node.name.parts[i].text, expr.span));
    }
    return value;
  }
  if (context_.alias_use == AliasUse::kFirst && aggregate_depth_ == 0) {
    if (const AliasEntry* alias = FindAlias(node.name)) return alias->value;
  }
  Result<Scope::Match> match = scope_.Resolve(node.name);
  if (!match || match->column == nullptr || match->is_outer) {
    const AliasEntry* alias = FindAlias(node.name);
    if (alias != nullptr && context_.alias_use == AliasUse::kLateral) {
      return BindLateralAlias(*alias, expr.span);
    }
  }
  if (!match && context_.has_grouping_sets && node.name.parts.size() == 1 &&
      EqualsIgnoreCase(node.name.parts[0].text, "grouping__id")) {
    // Hive's column of a query with grouping sets.
    FunctionCall call;
    call.name = node.name;
    call.name.parts[0].text = "grouping_id";
    Typed value = TRY(BindNode(call, expr));
    value.name = node.name.parts[0].text;
    return value;
  }
  if (!match && context_.alias_use == AliasUse::kFirst) {
    if (const AliasEntry* shown = FindShownColumn(node.name)) return shown->value;
    // Spark looks the name up among the items, finds none or several, and says so.
    return scope_.FailUnresolved(node.name);
  }
  if (!match) return Fail(std::move(match.error()));
  const ScopeColumn& column = *match->column;
  Typed value;
  value.sql = column.sql;
  value.type = WithoutLengths(column.type);
  // Spark names the column as the query spells it.
  value.name = node.name.parts[match->parts_used - 1].text;
  value.physical = Physical::kExact;
  if (column.type.id() == TypeId::kChar) value.char_length = column.type.length();
  if (match->is_outer) {
    state_.outer_references.push_back(&column);
  } else if (aggregate_depth_ == 0) {
    value.loose = LooseColumn{column.name, expr.span};
  }
  for (std::size_t i = match->parts_used; i < node.name.parts.size(); ++i) {
    value = TRY(FieldOf(std::move(value), node.name.parts[i].text, expr.span));
  }
  return value;
}

Result<Typed> ExpressionBinder::BindNode(const Star&, const Expr& expr) {
  return FailAnalysis(expr.span, "INVALID_USAGE_OF_STAR_OR_REGEX",
                      "Invalid usage of '*' in expression.");
}

Result<std::vector<Typed>> ExpressionBinder::StarColumns(const Star& star, const Expr& expr) {
  std::vector<Typed> columns;
  TRY_VOID(state_.budget.AddColumns(scope_.columns().size()));
  for (const ScopeColumn* column : scope_.Star(star.qualifier)) {
    Typed value;
    value.sql = column->sql;
    value.type = WithoutLengths(column->type);
    value.name = column->name;
    value.physical = Physical::kExact;
    value.loose = LooseColumn{column->name, expr.span};
    value.span = expr.span;
    if (context_.group_keys != nullptr) {
      for (const Typed& key : *context_.group_keys) {
        if (key.sql == value.sql) value.loose.reset();
      }
    }
    columns.push_back(std::move(value));
  }
  if (columns.empty()) {
    return FailAnalysis(expr.span, "INVALID_USAGE_OF_STAR_OR_REGEX",
                        "Invalid usage of '*' in expression.");
  }
  return columns;
}

Result<Typed> ExpressionBinder::BindNode(const Parameter&, const Expr&) {
  return FailUnsupported("parameter marker");
}

Result<Typed> ExpressionBinder::BindNode(const Case& node, const Expr& expr) {
  std::vector<Typed> whens;
  std::vector<Typed> values;
  std::string name = "CASE";
  Typed operand;  // bound once: a nest of operands is not to be walked once for each branch
  if (node.operand != nullptr) operand = TRY(Bind(*node.operand));
  for (const CaseBranch& branch : node.branches) {
    Typed when = TRY(Bind(*branch.when));
    if (node.operand != nullptr) {
      when = TRY(Compare(BinaryOperator::kEqual, operand, std::move(when), branch.when->span));
    }
    whens.push_back(std::move(when));
    values.push_back(TRY(Bind(*branch.then)));
    name += fmt::format(" WHEN {} THEN {}", whens.back().name, values.back().name);
  }
  if (node.otherwise != nullptr) {
    values.push_back(TRY(Bind(*node.otherwise)));
    name += " ELSE " + values.back().name;
  }
  name += " END";
  for (std::size_t i = 0; i < whens.size(); ++i) {
    if (whens[i].type.id() != TypeId::kBoolean) {
      return FailArgumentType(expr.span, name, i + 1, "\"BOOLEAN\"", whens[i]);
    }
  }
  Typed result;
  result.type = TRY(Unify(&values, expr.span, name));
  result.name = std::move(name);
  result.sql = "CASE";
  for (std::size_t i = 0; i < whens.size(); ++i) {
    result.sql += fmt::format(" WHEN {} THEN {}", whens[i].sql, values[i].sql);
    Inherit(whens[i], &result);
  }
  if (node.otherwise != nullptr) result.sql += " ELSE " + values.back().sql;
  result.sql = "(" + result.sql + " END)";
  for (const Typed& value : values) Inherit(value, &result);
  return result;
}

namespace {

/// TRY_CAST is ANSI's cast: a number out of the target's range is NULL, it neither wraps nor stops
/// at the limit.
Result<void> MakeStrict(const DataType& target, Typed* value) {
  const DataType& from = value->type;
  if (from.IsNested() || target.IsNested()) {
    return from == target ? Result<void>() : FailUnsupported("TRY_CAST of a nested type");
  }
  const bool number = from.IsNumeric() || from.id() == TypeId::kTimestamp;
  if (!target.IsIntegral() || (!number && !from.IsText())) return {};
  if (from.IsText()) {
    value->sql = fmt::format("system.main.sluice_text_whole({})", value->sql);
    return {};
  }
  if (from.id() == TypeId::kTimestamp) {
    *value = Coerced(std::move(*value), TypeId::kBigInt);
  }
  value->sql =
      value->type.IsIntegral() || value->type.id() == TypeId::kDecimal
          ? FittedText(value->sql, value->type, target)
          : fmt::format("TRY_CAST(system.main.trunc({}) AS {})", value->sql, DuckType(target));
  value->type = target;
  value->physical = Physical::kExact;
  return {};
}

}  // namespace

Result<Typed> ExpressionBinder::BindNode(const Cast& node, const Expr& expr) {
  Typed value = TRY(Bind(*node.value));
  const DataType target = WithoutLengths(node.type.type);
  // Spark leaves out a cast of NULL to a nested type, and one between nested types by its name.
  const bool unnamed =
      target.IsNested() && (value.type.IsNested() || value.type.id() == TypeId::kVoid);
  const std::string name =
      unnamed ? value.name
              : fmt::format("{}({} AS {})", node.kind == CastKind::kCast ? "CAST" : "TRY_CAST",
                            value.name, target.UpperName());
  if (!CanCast(value.type, target)) {
    return FailAnalysis(expr.span, "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                        "Cannot resolve \"{}\" due to data type mismatch: cannot cast \"{}\" to "
                        "\"{}\".",
                        target.IsNested() ? value.name : name, value.type.UpperName(),
                        target.UpperName());
  }
  if (node.kind == CastKind::kTryCast && value.type != target &&
      (IsAnsiInterval(value.type) || IsAnsiInterval(target))) {
    return FailUnsupported("TRY_CAST from or to an interval");
  }
  if (target.id() == TypeId::kCalendarInterval && value.type != target) {
    return FailUnsupported("CAST to a calendar interval");
  }
  if (node.kind == CastKind::kTryCast) TRY_VOID(MakeStrict(target, &value));
  const bool plain = std::holds_alternative<ColumnRef>(node.value->node);
  std::string column_name = value.alias_hint.empty() ? value.name : value.alias_hint;
  Typed result = Coerced(std::move(value), target);
  result.name = name;
  result.user_cast = true;
  result.char_length = 0;
  result.alias_hint = plain ? std::move(column_name) : std::string();
  return result;
}

Result<Typed> ExpressionBinder::BindNode(const Subscript& node, const Expr& expr) {
  Typed base = TRY(Bind(*node.base));
  Typed index = TRY(Bind(*node.index));
  const bool by_name =
      base.type.id() == TypeId::kStruct ||
      (base.type.id() == TypeId::kArray && base.type.element().id() == TypeId::kStruct);
  if (by_name && index.IsText() && index.literal != nullptr) {
    Typed field = TRY(FieldOf(std::move(base), index.literal->text, expr.span));
    field.alias_hint.clear();
    return field;
  }
  return ElementOf(std::move(base), std::move(index), expr.span);
}

Result<Typed> ExpressionBinder::BindNode(const FieldAccess& node, const Expr& expr) {
  Typed base = TRY(Bind(*node.base));
  Typed field = TRY(FieldOf(std::move(base), node.field.text, expr.span));
  field.alias_hint.clear();  // only a path of names gives a column its last name
  return field;
}

Result<Typed> ExpressionBinder::BindNode(const Row& node, const Expr&) {
  std::vector<StructField> fields;
  Typed result;
  std::string names;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Typed item = TRY(Bind(*node.items[i]));
    const bool column = std::holds_alternative<ColumnRef>(node.items[i]->node);
    const std::string field = column ? item.name : fmt::format("col{}", i + 1);
    if (i > 0) {
      result.sql += ", ";
      names += ", ";
    }
    result.sql += fmt::format("{}: {}", QuoteText(field), ExactText(item));
    names += fmt::format("{}, {}", field, item.name);
    fields.push_back({field, item.type, true, {}});
    Inherit(item, &result);
  }
  result.sql = "{" + result.sql + "}";
  result.name = fmt::format("named_struct({})", names);
  result.type = DataType::Struct(std::move(fields));
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> ExpressionBinder::BindNode(const StructConstructor& node, const Expr&) {
  std::vector<StructField> fields;
  Typed result;
  std::string names;
  for (std::size_t i = 0; i < node.fields.size(); ++i) {
    const NamedExpr& named = node.fields[i];
    if (const auto* star = std::get_if<Star>(&named.expr->node)) {
      for (const Typed& column : TRY(StarColumns(*star, *named.expr))) {
        const char* comma = fields.empty() ? "" : ", ";
        result.sql += fmt::format("{}{}: {}", comma, QuoteText(column.name), ExactText(column));
        names += comma + column.name;
        fields.push_back({column.name, column.type, true, {}});
        Inherit(column, &result);
      }
      continue;
    }
    Typed item = TRY(Bind(*named.expr));
    std::string field = fmt::format("col{}", i + 1);
    if (named.alias) {
      field = named.alias->text;
    } else if (std::holds_alternative<ColumnRef>(named.expr->node) ||
               std::holds_alternative<FieldAccess>(named.expr->node)) {
      field = item.alias_hint.empty() ? item.name : item.alias_hint;
    }
    if (!fields.empty()) {
      result.sql += ", ";
      names += ", ";
    }
    result.sql += fmt::format("{}: {}", QuoteText(field), ExactText(item));
    names += named.alias ? fmt::format("{} AS {}", item.name, named.alias->text) : item.name;
    fields.push_back({field, item.type, true, {}});
    Inherit(item, &result);
  }
  result.sql = "{" + result.sql + "}";
  result.name = fmt::format("struct({})", names);
  result.type = DataType::Struct(std::move(fields));
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> ExpressionBinder::BindNode(const Lambda&, const Expr& expr) {
  return FailAnalysis(expr.span, "UNEXPECTED_INPUT_TYPE",
                      "A lambda function should only be used in a higher order function.");
}

Result<Typed> ExpressionBinder::BindNode(const Interval& node, const Expr&) {
  const std::optional<IntervalLiteral> interval = ReadInterval(node);
  if (!interval) return FailUnsupported("calendar interval");
  const std::string name = IntervalName(*interval);
  const std::string sql =
      interval->type.id() == TypeId::kYearMonthInterval
          ? fmt::format("system.main.to_months({})", interval->months)
          : fmt::format("spark._duration(CAST({} AS BIGINT))", interval->microseconds);
  return Constant(sql, interval->type, name);
}

}  // namespace sluice::sql
