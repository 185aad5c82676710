#include "sql/bind_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_from.h"
#include "sql/coerce.h"
#include "sql/functions_dli.h"
#include "sql/functions_special.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"
#include "sql/table_collector.h"

namespace sluice::sql {
namespace {

Typed TextConstant(std::string_view text, const Literal* literal) {
  Typed value;
  value.sql = QuoteText(text);
  value.type = TypeId::kString;
  value.name = std::string(text);
  value.physical = Physical::kExact;
  value.literal = literal;
  value.foldable = true;
  return value;
}

Result<Typed> CallByName(std::string_view name, std::string shown, std::vector<Typed> arguments,
                         const Span& span, const SessionContext& session) {
  const SpecialFunction* special = FindDliOverload(name, arguments);
  if (special == nullptr) special = FindSpecialFunction(name);
  if (special != nullptr) {
    SpecialInput input{std::move(shown), special->name, std::move(arguments), span, session};
    return CallSpecial(*special, input);
  }
  if (const ScalarFunction* scalar = FindScalarFunction(name)) {
    return CallScalar(*scalar, shown, std::move(arguments), span);
  }
  if (IsKnownNotOffered(name)) return FailUnsupported(fmt::format("function {}", name));
  return FailAnalysis(span, "UNRESOLVED_ROUTINE",
                      "Cannot resolve function `{}` on search path [`system`.`builtin`, "
                      "`system`.`session`, `spark_catalog`.`{}`].",
                      shown, session.current_database);
}

/// TIMESTAMPADD and TIMESTAMPDIFF units: whole months, or a fixed length in microseconds.
struct SpanUnit {
  std::string_view unit;
  int months;
  std::int64_t microseconds;
};
constexpr std::int64_t kSecond = 1'000'000;
constexpr SpanUnit kSpanUnits[] = {
    {"microsecond", 0, 1},
    {"millisecond", 0, 1000},
    {"second", 0, kSecond},
    {"minute", 0, 60 * kSecond},
    {"hour", 0, 3600 * kSecond},
    {"day", 0, 86400 * kSecond},
    {"dayofyear", 0, 86400 * kSecond},
    {"week", 0, 7 * 86400 * kSecond},
    {"month", 1, 0},
    {"quarter", 3, 0},
    {"year", 12, 0},
};

const SpanUnit* FindSpanUnit(std::string_view unit) {
  for (const SpanUnit& known : kSpanUnits) {
    if (EqualsIgnoreCase(known.unit, unit)) return &known;
  }
  return nullptr;
}

Typed Call(std::string sql, DataType type, std::string name, const std::vector<Typed>& parts) {
  Typed result;
  result.sql = std::move(sql);
  result.type = std::move(type);
  result.name = std::move(name);
  for (const Typed& part : parts) Inherit(part, &result);
  return result;
}

Result<Typed> TimestampAdd(const SpanUnit& unit, std::string_view word,
                           const std::vector<Typed>& arguments) {
  const Typed count = Coerced(arguments[0], TypeId::kInt);
  const DataType type =
      arguments[1].type.id() == TypeId::kTimestampNtz ? TypeId::kTimestampNtz : TypeId::kTimestamp;
  const Typed time = Coerced(arguments[1], type);
  const std::string step =
      unit.months > 0
          ? fmt::format("system.main.to_months(CAST({} * {} AS INTEGER))", count.sql, unit.months)
          : fmt::format("spark._duration(CAST({} AS BIGINT) * {})", count.sql, unit.microseconds);
  return Call(fmt::format("({} + {})", time.sql, step), type,
              fmt::format("timestampadd({}, {}, {})", word, arguments[0].name, arguments[1].name),
              arguments);
}

Result<Typed> TimestampDiff(const SpanUnit& unit, std::string_view word,
                            const std::vector<Typed>& arguments) {
  const std::string start = Coerced(arguments[0], TypeId::kTimestamp).sql;
  const std::string end = Coerced(arguments[1], TypeId::kTimestamp).sql;
  const std::string sql =
      unit.months > 0 ? fmt::format("(spark._whole_months({}, {}) // {})", start, end, unit.months)
                      : fmt::format("((system.main.epoch_us({}) - system.main.epoch_us({})) // {})",
                                    end, start, unit.microseconds);
  return Call(sql, TypeId::kBigInt,
              fmt::format("timestampdiff({}, {}, {})", word, arguments[0].name, arguments[1].name),
              arguments);
}

Result<Typed> TrimCall(std::string_view word, std::string_view function,
                       const std::vector<Typed>& arguments) {
  const std::string text = Coerced(arguments[0], TypeId::kString).sql;
  if (arguments.size() == 1) {
    return Call(fmt::format("system.main.{}({}, ' ')", function, text), TypeId::kString,
                fmt::format("{}({})", function, arguments[0].name), arguments);
  }
  return Call(fmt::format("system.main.{}({}, {})", function, text,
                          Coerced(arguments[1], TypeId::kString).sql),
              TypeId::kString,
              fmt::format("TRIM({} {} FROM {})", word, arguments[1].name, arguments[0].name),
              arguments);
}

}  // namespace

CallBinder::CallBinder(ExpressionBinder& binder, const FunctionCall& call, const Expr& expr)
    : binder_(binder), call_(call), expr_(expr) {
  // Spark shows every function in lower case but those whose tables say otherwise.
  name_ = ToLower(call.name.parts.back().text);
  shown_ = name_;
}

Result<Typed> CallBinder::Bind() {
  // Built-in functions have no qualified names, and there are no others.
  if (call_.name.parts.size() > 1) {
    return FailAnalysis(expr_.span, "UNRESOLVED_ROUTINE",
                        "Cannot resolve function {} on search path [`system`.`builtin`, "
                        "`system`.`session`, `spark_catalog`.`{}`].",
                        QuotedForMessage(call_.name), binder_.state_.session.current_database);
  }
  for (const Argument& argument : call_.arguments) {
    if (argument.name) return FailUnsupported("named argument");
  }
  if (IsGenerator(name_)) return RefuseGenerator();
  if (IsHigherOrder()) return BindHigherOrder();
  if (IsWindowFunction()) return BindWindowFunction();
  if (IsAggregate()) return BindAggregate();
  if (name_ == "grouping" || name_ == "grouping_id") return BindGrouping();
  if (call_.over != nullptr) {
    return FailAnalysis(expr_.span, "UNSUPPORTED_EXPR_FOR_WINDOW",
                        "Expression \"{}\" not supported within a window function.", shown_);
  }
  if (call_.filter != nullptr || call_.quantifier != SetQuantifier::kNone) {
    return FailAnalysis(expr_.span, "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                        "Invalid SQL syntax: The function `{}` does not support {}.", shown_,
                        call_.filter != nullptr ? "FILTER clause" : "DISTINCT");
  }
  if (name_ == "max_pt") return BindMaxPartition();
  return BindScalar();
}

/// DLI's catalog look-up: the greatest value that the first partition column has in the table's
/// data.
Result<Typed> CallBinder::BindMaxPartition() {
  if (call_.arguments.size() != 1) {
    return FailArgumentCount(expr_.span, name_, "1", call_.arguments.size());
  }
  const std::optional<QualifiedName> named = TableOfCall(call_);
  if (!named) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                        "Cannot resolve \"max_pt\" due to data type mismatch: the input `table` "
                        "should be a constant \"STRING\".");
  }
  const TableView table = TRY(GetTable(binder_.state_, *named));
  if (table.partition_columns.empty()) {
    return FailAnalysis(expr_.span, "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY",
                        "The partition command is invalid. Table {} is not partitioned.",
                        QuotedForMessage(*named));
  }
  // With its database the name is no CTE's.
  QualifiedName whole{{{table.database, named->span, false}, {table.table, named->span, false}},
                      named->span};
  const BoundRelation relation = TRY(BindNamedRelation(binder_.state_, whole));
  const auto column = std::find_if(
      relation.columns.begin(), relation.columns.end(), [&](const OutputColumn& candidate) {
        return EqualsIgnoreCase(candidate.name, table.partition_columns.front());
      });
  if (column == relation.columns.end()) return FailUnsupported("max_pt of this table");
  const std::string alias = binder_.state_.NewAlias();
  const std::string greatest =
      fmt::format("system.main.max({}.{})", alias,
                  ColumnAlias(static_cast<std::size_t>(column - relation.columns.begin())));
  Typed result;
  result.sql = fmt::format("(SELECT {} FROM ({}) AS {})",
                           CastText(greatest, column->type, TypeId::kString), relation.sql, alias);
  result.type = TypeId::kString;
  result.name =
      fmt::format("{}({})", shown_, std::get<Literal>(call_.arguments[0].value->node).text);
  return result;
}

Result<Typed> CallBinder::RefuseGenerator() {
  for (const Argument& argument : call_.arguments) TRY(binder_.Bind(*argument.value));
  if (binder_.context_.alias_use == AliasUse::kLateral) {
    return FailAnalysis(expr_.span, "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
                        "The generator is not supported: nested in expressions around \"{}\".",
                        shown_);
  }
  return FailAnalysis(expr_.span, "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
                      "The generator is not supported: outside the SELECT clause, found: \"{}\".",
                      shown_);
}

Result<Typed> CallBinder::BindScalar() {
  if (IsDocumentFunction()) return BindDocument();
  const bool item = binder_.context_.counts_rows && binder_.aggregate_depth_ == 0 &&
                    binder_.lambda_parameters_.empty();
  if (!item && CountsRows(name_, call_.arguments.size())) {
    return FailUnsupported(fmt::format("{}, which counts rows, outside a select list", name_));
  }
  std::vector<Typed> arguments;
  for (const Argument& argument : call_.arguments) {
    if (const auto* star = std::get_if<Star>(&argument.value->node)) {
      for (Typed& column : TRY(binder_.StarColumns(*star, *argument.value))) {
        arguments.push_back(std::move(column));
      }
      continue;
    }
    arguments.push_back(TRY(binder_.Bind(*argument.value)));
  }
  return CallByName(name_, shown_, std::move(arguments), expr_.span, binder_.state_.session);
}

Result<Typed> ExpressionBinder::BindNode(const FunctionCall& node, const Expr& expr) {
  if (node.over == nullptr) return CallBinder(*this, node, expr).Bind();
  ++window_depth_;
  Result<Typed> bound = CallBinder(*this, node, expr).Bind();
  --window_depth_;
  return bound;
}

Result<Typed> ExpressionBinder::BindNode(const SpecialCall& node, const Expr& expr) {
  std::vector<Typed> arguments = TRY(BindAll(node.arguments));
  switch (node.form) {
    case SpecialForm::kExtract: {
      if (IsAnsiInterval(arguments.at(0).type)) {
        return ExtractOfInterval(node.unit, arguments[0],
                                 fmt::format("extract({} FROM {})", node.unit, arguments[0].name),
                                 expr.span);
      }
      const Literal unit{LiteralKind::kString, node.unit};
      std::vector<Typed> parts = {TextConstant(node.unit, &unit), arguments.at(0)};
      Typed result =
          TRY(CallByName("date_part", "extract", std::move(parts), expr.span, state_.session));
      result.name = fmt::format("extract({} FROM {})", node.unit, arguments[0].name);
      return result;
    }
    case SpecialForm::kTrim:
      return TrimCall("BOTH", "trim", arguments);
    case SpecialForm::kTrimLeading:
      return TrimCall("LEADING", "ltrim", arguments);
    case SpecialForm::kTrimTrailing:
      return TrimCall("TRAILING", "rtrim", arguments);
    case SpecialForm::kSubstring:
      return CallByName("substring", node.keyword.empty() ? "substring" : ToLower(node.keyword),
                        std::move(arguments), expr.span, state_.session);
    case SpecialForm::kPosition:
      return CallByName("locate", "locate", std::move(arguments), expr.span, state_.session);
    case SpecialForm::kOverlay:
      return CallByName("overlay", "overlay", std::move(arguments), expr.span, state_.session);
    case SpecialForm::kTimestampAdd:
    case SpecialForm::kTimestampDiff: {
      const SpanUnit* unit = FindSpanUnit(node.unit);
      if (unit == nullptr) return FailUnsupported(fmt::format("datetime unit {}", node.unit));
      if (node.form == SpecialForm::kTimestampAdd) {
        return TimestampAdd(*unit, node.unit, arguments);
      }
      return TimestampDiff(*unit, node.unit, arguments);
    }
    case SpecialForm::kCurrentDate:
      return CallByName("current_date", "current_date", {}, expr.span, state_.session);
    case SpecialForm::kCurrentTimestamp:
      return CallByName("current_timestamp", "current_timestamp", {}, expr.span, state_.session);
    case SpecialForm::kCurrentUser:
      return CallByName("current_user", "current_user", {}, expr.span, state_.session);
  }
  return FailUnsupported(node.keyword);
}

Result<Typed> FieldOf(Typed base, std::string_view field, const Span& span) {
  const bool of_array =
      base.type.id() == TypeId::kArray && base.type.element().id() == TypeId::kStruct;
  if (base.type.id() == TypeId::kMap) {
    Typed key;
    key.sql = QuoteText(field);
    key.type = TypeId::kString;
    key.name = std::string(field);
    Typed result = TRY(ElementOf(std::move(base), std::move(key), span));
    result.alias_hint = std::string(field);
    return result;
  }
  if (base.type.id() != TypeId::kStruct && !of_array) {
    return FailAnalysis(span, "INVALID_EXTRACT_BASE_FIELD_TYPE",
                        "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, "
                        "MAP] but got \"{}\".",
                        base.name, base.type.UpperName());
  }
  const DataType owner = of_array ? base.type.element() : base.type;
  for (const StructField& candidate : owner.fields()) {
    if (!EqualsIgnoreCase(candidate.name, field)) continue;
    Typed result;
    Inherit(base, &result);
    result.name = fmt::format("{}.{}", base.name, field);
    result.alias_hint = std::string(field);
    result.physical = base.physical;
    if (of_array) {
      result.type = DataType::Array(candidate.type);
      result.sql = fmt::format("system.main.list_transform({}, lambda _f: struct_extract(_f, {}))",
                               base.sql, QuoteText(candidate.name));
    } else {
      result.type = candidate.type;
      result.sql = fmt::format("struct_extract({}, {})", base.sql, QuoteText(candidate.name));
    }
    return result;
  }
  std::string fields;
  for (const StructField& candidate : owner.fields()) {
    fields += (fields.empty() ? "`" : ", `") + candidate.name + "`";
  }
  return FailAnalysis(span, "FIELD_NOT_FOUND", "No such struct field `{}` in {}.", field, fields);
}

}  // namespace sluice::sql
