#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/generate.h"

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

/// Whether a query gives at most one row by its form: an aggregate without GROUP BY, or LIMIT.
bool MayGiveManyRows(const Query& query) {
  if (query.limit != nullptr) return false;
  const auto* select = std::get_if<Select>(&query.body->node);
  return select != nullptr && !select->group_by && !select->items.empty();
}

}  // namespace

void ExpressionBinder::NoteCondition(const Expr& expr) {
  if (std::holds_alternative<InQuery>(expr.node)) condition_queries_.push_back(&expr);
  if (const auto* logical = std::get_if<Logical>(&expr.node)) {
    for (const ExprPtr& operand : logical->operands) NoteCondition(*operand);
  }
  const auto* unary = std::get_if<Unary>(&expr.node);
  if (unary != nullptr && unary->op == UnaryOperator::kNot) NoteCondition(*unary->operand);
}

bool ExpressionBinder::IsOfCondition(const Expr& query) const {
  return std::find(condition_queries_.begin(), condition_queries_.end(), &query) !=
         condition_queries_.end();
}

Result<Typed> ExpressionBinder::BindSubquery(const Query& query, BoundRelation* relation) {
  std::vector<const ScopeColumn*> around = std::exchange(state_.outer_references, {});
  Result<BoundRelation> bound = BindQuery(state_, query, &scope_);
  std::vector<const ScopeColumn*> used = std::exchange(state_.outer_references, std::move(around));
  *relation = TRY(std::move(bound));
  Typed result;
  for (const ScopeColumn* column : used) {
    bool ours = false;
    for (const ScopeColumn& own : scope_.columns()) ours = ours || &own == column;
    if (!ours) {
      state_.outer_references.push_back(column);  // of a query further out
      continue;
    }
    if (result.name.find(column->name) == std::string::npos) {
      result.name += (result.name.empty() ? "" : ", ") + column->name;
    }
    bool grouped = false;
    if (context_.group_keys != nullptr) {
      for (const Typed& key : *context_.group_keys) grouped = grouped || key.sql == column->sql;
    }
    if (!grouped && aggregate_depth_ == 0) result.loose = LooseColumn{column->name, query.span};
  }
  return result;
}

Result<Typed> ExpressionBinder::BindNode(const ScalarSubquery& node, const Expr& expr) {
  BoundRelation relation;
  Typed result = TRY(BindSubquery(*node.query, &relation));
  if (relation.columns.size() != 1) {
    return FailAnalysis(
        expr.span, "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
        "Invalid subquery: Scalar subquery must return only one column, but got {}.",
        relation.columns.size());
  }
  const bool correlated = !result.name.empty();
  if (correlated && node.query->limit != nullptr) {
    return FailAnalysis(expr.span,
                        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY."
                        "ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED",
                        "Unsupported subquery expression: Accessing outer query column is not "
                        "allowed in this location.");
  }
  if (correlated && MayGiveManyRows(*node.query) && !relation.is_aggregate) {
    return FailAnalysis(expr.span,
                        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY."
                        "MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY",
                        "Unsupported subquery expression: Correlated scalar subqueries must be "
                        "aggregated to return at most one row.");
  }
  result.sql = fmt::format("({})", relation.sql);
  result.type = relation.columns[0].type;
  result.physical = Physical::kExact;
  result.name = fmt::format("scalarsubquery({})", result.name);
  return result;
}

Result<Typed> ExpressionBinder::BindNode(const Exists& node, const Expr&) {
  BoundRelation relation;
  Typed used = TRY(BindSubquery(*node.query, &relation));
  Typed result =
      Predicate(fmt::format("(EXISTS ({}))", relation.sql), fmt::format("exists({})", used.name));
  result.loose = used.loose;
  return result;
}

Result<Typed> ExpressionBinder::BindNode(const InQuery& node, const Expr& expr) {
  return BindInQuery(node, expr, Polarity::kPlain);
}

Result<Typed> ExpressionBinder::BindInQuery(const InQuery& node, const Expr& expr,
                                            Polarity around) {
  std::vector<Typed> values;
  if (const auto* row = std::get_if<Row>(&node.value->node)) {
    values = TRY(BindAll(row->items));
  } else {
    values.push_back(TRY(Bind(*node.value)));
  }
  BoundRelation relation;
  const Typed used = TRY(BindSubquery(*node.query, &relation));
  if (relation.columns.size() != values.size()) {
    return FailAnalysis(expr.span, "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
                        "Cannot resolve \"({} IN (listquery()))\" due to data type mismatch: The "
                        "number of columns in the left hand side of an IN subquery does not match "
                        "the number of columns in the output of subquery.",
                        values[0].name);
  }
  const std::string alias = state_.NewAlias();
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<DataType> common =
        WiderType(values[i].type, relation.columns[i].type, StringPromotion::kYes);
    if (!common) {
      return FailAnalysis(expr.span, "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
                          "Cannot resolve \"({} IN (listquery()))\" due to data type mismatch: The "
                          "data type of one or more elements in the left hand side of an IN "
                          "subquery is not compatible with the data type of the output of the "
                          "subquery.",
                          values[i].name);
    }
    columns.push_back(
        CastText(fmt::format("{}.{}", alias, ColumnAlias(i)), relation.columns[i].type, *common));
    values[i] = Coerced(std::move(values[i]), *common);
  }
  std::string sql;
  std::string name = values[0].name;
  if (values.size() == 1) {
    sql = fmt::format("({} IN (SELECT {} FROM ({}) AS {}))", values[0].sql, columns[0],
                      relation.sql, alias);
  } else {
    // Rows compare by SQL's three-valued rules, which the engine's struct comparison does not have.
    std::string match;
    for (std::size_t i = 0; i < values.size(); ++i) {
      match += fmt::format("{}{} = {}", i > 0 ? " AND " : "", values[i].sql, columns[i]);
      if (i > 0) name += ", " + values[i].name;
    }
    // The relation stands there twice, and a nest of such conditions doubles with every level.
    TRY_VOID(state_.budget.AddText(relation.sql.size() + match.size(), 2));
    sql = fmt::format(
        "(CASE WHEN EXISTS (SELECT 1 FROM ({0}) AS {1} WHERE {2}) THEN true WHEN EXISTS (SELECT 1 "
        "FROM ({0}) AS {1} WHERE ({2}) IS NULL) THEN NULL ELSE false END)",
        relation.sql, alias, match);
    name = fmt::format("named_struct({})", name);
  }
  Typed result = Predicate(std::move(sql), fmt::format("({} IN (listquery({})))", name, used.name));
  for (const Typed& value : values) Inherit(value, &result);
  Inherit(used, &result);
  if (node.polarity == Polarity::kNegated) result = Negated(std::move(result));
  if (around == Polarity::kNegated) result = Negated(std::move(result));
  // As a condition it is SQL's. As a value Spark makes a join of it that knows no NULL.
  if (!IsOfCondition(expr)) result.sql = fmt::format("coalesce({}, false)", result.sql);
  return result;
}

}  // namespace sluice::sql
