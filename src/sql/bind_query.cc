#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/bind_from.h"
#include "sql/bind_select.h"
#include "sql/bind_state.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_order.h"

namespace sluice::sql {
namespace {

std::string_view SetWord(SetOperator op) {
  switch (op) {
    case SetOperator::kUnion:
      return "UNION";
    case SetOperator::kIntersect:
      return "INTERSECT";
    case SetOperator::kExcept:
      return "EXCEPT";
  }
  return "UNION";
}

Result<BoundRelation> BindBody(BindState& state, const QueryBody& body, const Query& query,
                               const Scope* outer);

/// The relation with its columns cast to the given types.
std::string CastColumns(BindState& state, const BoundRelation& relation,
                        const std::vector<OutputColumn>& columns) {
  const std::string alias = state.NewAlias();
  std::string items;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string source = fmt::format("{}.{}", alias, ColumnAlias(i));
    items +=
        fmt::format("{}{} AS {}", i > 0 ? ", " : "",
                    CastText(source, relation.columns[i].type, columns[i].type), ColumnAlias(i));
  }
  return fmt::format("SELECT {} FROM ({}) AS {}", items, relation.sql, alias);
}

/// Arms of a set operation, with the types all of them meet in.
class SetBinder {
 public:
  SetBinder(BindState& state, const Query& query, const Scope* outer)
      : state_(state), query_(query), outer_(outer) {}

  Result<BoundRelation> Run(const SetOperation& operation) {
    TRY_VOID(AddArm(*operation.first));
    for (const SetArm& arm : operation.arms) {
      TRY_VOID(AddArm(*arm.body));
      TRY_VOID(Widen(arm));
    }
    // Each arm may be cast through every step on the way.
    TRY_VOID(state_.budget.AddNodes(widened_.size() * columns_.size(), arms_.size()));
    BoundRelation result;
    result.columns = columns_;
    result.sql = IsLongUnion(operation) ? Balanced(0, arms_.size() - 1) : LeftToRight(operation);
    return result;
  }

 private:
  Result<void> AddArm(const QueryBody& body) {
    arms_.push_back(TRY(BindBody(state_, body, query_, outer_)));
    return state_.budget.AddText(arms_.back().sql.size());
  }

  Result<void> Widen(const SetArm& arm) {
    if (columns_.empty()) columns_ = arms_.front().columns;
    const bool is_set = arm.op != SetOperator::kUnion || arm.quantifier != SetQuantifier::kAll;
    bool wider = false;
    const std::vector<OutputColumn>& added = arms_.back().columns;
    if (added.size() != columns_.size()) {
      return FailAnalysis(query_.span, "NUM_COLUMNS_MISMATCH",
                          "{} can only be performed on inputs with the same number of columns, but "
                          "the first input has {} columns and the second input has {} columns.",
                          SetWord(arm.op), columns_.size(), added.size());
    }
    for (std::size_t i = 0; i < added.size(); ++i) {
      const std::optional<DataType> type =
          WiderType(columns_[i].type, added[i].type, StringPromotion::kYes);
      if (!type) {
        return FailAnalysis(query_.span, "INCOMPATIBLE_COLUMN_TYPE",
                            "{} can only be performed on tables with compatible column types. The "
                            "column {} of the second table is \"{}\" type which is not compatible "
                            "with \"{}\" at the same column of the first table.",
                            SetWord(arm.op), i + 1, added[i].type.UpperName(),
                            columns_[i].type.UpperName());
      }
      if (is_set && HoldsMap(*type)) return FailMapOfSet(query_.span, columns_[i].name, *type);
      wider = wider || columns_[i].type != *type;
      columns_[i].type = *type;
    }
    if (!wider) return {};
    TRY_VOID(state_.budget.AddColumns(columns_));
    widened_.push_back({arms_.size() - 1, columns_});
    return {};
  }

  /// The relation with its columns in the given types.
  BoundRelation In(BoundRelation relation, const std::vector<OutputColumn>& columns) {
    bool same = true;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      same = same && relation.columns[i].type == columns[i].type;
    }
    if (!same) relation.sql = CastColumns(state_, relation, columns);
    relation.columns = columns;
    return relation;
  }

  /// Two arms meet in one type before the next comes: in 1 UNION ALL 1.5 UNION ALL 'x' the first
  /// is '1.0'. So an arm is cast through every type that the arms up to its right met in.
  std::string ArmText(std::size_t index) {
    BoundRelation arm = arms_[index];
    const std::vector<OutputColumn>* met = &arms_[0].columns;
    for (const Widening& step : widened_) {
      if (step.arm <= index) met = &step.columns;
    }
    arm = In(std::move(arm), *met);
    for (const Widening& step : widened_) {
      if (step.arm > index) arm = In(std::move(arm), step.columns);
    }
    return fmt::format("({})", In(std::move(arm), columns_).sql);
  }

  static bool IsLongUnion(const SetOperation& operation) {
    for (const SetArm& arm : operation.arms) {
      if (arm.op != SetOperator::kUnion || arm.quantifier != SetQuantifier::kAll) return false;
    }
    return true;
  }

  /// UNION ALL is associative: halves keep the engine's recursion shallow over thousands of arms.
  std::string Balanced(std::size_t low, std::size_t high) {
    if (low == high) return ArmText(low);
    const std::size_t middle = low + (high - low) / 2;
    return fmt::format("({} UNION ALL {})", Balanced(low, middle), Balanced(middle + 1, high));
  }

  std::string LeftToRight(const SetOperation& operation) {
    BoundRelation left = arms_[0];
    auto step = widened_.begin();
    std::vector<OutputColumn> columns = arms_[0].columns;
    for (std::size_t i = 0; i < operation.arms.size(); ++i) {
      const SetArm& arm = operation.arms[i];
      if (step != widened_.end() && step->arm == i + 1) columns = (step++)->columns;
      const char* all = arm.quantifier == SetQuantifier::kAll ? " ALL" : "";
      left = In(std::move(left), columns);
      left.sql = fmt::format("({}) {}{} ({})", left.sql, SetWord(arm.op), all,
                             In(arms_[i + 1], columns).sql);
    }
    return left.sql;
  }

  BindState& state_;
  const Query& query_;
  const Scope* outer_;
  /// From the arm of this index on, the columns have wider types.
  struct Widening {
    std::size_t arm;
    std::vector<OutputColumn> columns;
  };

  std::vector<BoundRelation> arms_;
  std::vector<OutputColumn> columns_;
  std::vector<Widening> widened_;
};

Result<BoundRelation> BindBody(BindState& state, const QueryBody& body, const Query& query,
                               const Scope* outer) {
  if (const auto* select = std::get_if<Select>(&body.node)) {
    // An arm of a set operation has no ORDER BY of its own: that belongs to the whole.
    static const Query bare;
    const bool whole = query.body.get() == &body;
    return BindSelect(state, *select, whole ? query : bare, outer);
  }
  if (const auto* operation = std::get_if<SetOperation>(&body.node)) {
    return SetBinder(state, query, outer).Run(*operation);
  }
  if (const auto* values = std::get_if<InlineTable>(&body.node)) {
    BoundRelation relation = TRY(BindInlineTable(state, *values, body.span));
    if (body.inline_alias) {
      const std::vector<Identifier>& names = body.inline_alias->columns;
      for (std::size_t i = 0; i < names.size() && i < relation.columns.size(); ++i) {
        relation.columns[i].name = names[i].text;
      }
    }
    return relation;
  }
  if (const auto* table = std::get_if<TableQuery>(&body.node)) {
    return BindNamedRelation(state, table->name);
  }
  if (const auto* nested = std::get_if<ParenthesizedQuery>(&body.node)) {
    return BindQuery(state, *nested->query, outer);
  }
  return FailUnsupported("FROM with several SELECT clauses");
}

/// LIMIT and OFFSET take constants; Spark refuses the rest at analysis.
Result<std::string> BindCount(BindState& state, const Expr& expr, std::string_view word) {
  const Scope nothing;
  ExpressionBinder binder(state, nothing, {});
  Result<Typed> bound = binder.Bind(expr);
  const bool constant = bound && bound->foldable;
  if (!constant) {
    return FailAnalysis(expr.span, "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                        "The {} like expression is invalid. The {} expression must evaluate to a "
                        "constant value.",
                        word, word);
  }
  if (bound->type.id() != TypeId::kInt && bound->type.id() != TypeId::kSmallInt &&
      bound->type.id() != TypeId::kTinyInt) {
    return FailAnalysis(expr.span, "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE",
                        "The {} like expression \"{}\" is invalid. The {} expression must be "
                        "integer type, but got \"{}\".",
                        word, bound->name, word, bound->type.UpperName());
  }
  if (bound->literal != nullptr && bound->literal->text.starts_with('-')) {
    return FailAnalysis(
        expr.span, "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
        "The limit like expression \"{}\" is invalid. The {} expression must be equal "
        "to or greater than 0, but got {}.",
        bound->name, word, bound->literal->text);
  }
  return bound->sql;
}

}  // namespace

Result<BoundRelation> BindQuery(BindState& state, const Query& query, const Scope* outer) {
  const std::size_t ctes_outside = state.ctes.size();
  std::string with;
  for (const Cte& cte : query.ctes) {
    const BoundRelation bound = TRY(BindQuery(state, *cte.query, outer));
    TRY_VOID(state.budget.AddText(bound.sql.size()));
    CteEntry entry{cte.name.text, "w" + state.NewAlias(), bound.columns};
    if (!cte.columns.empty()) {
      if (cte.columns.size() != entry.columns.size()) {
        return FailAnalysis(cte.name.span, "ASSIGNMENT_ARITY_MISMATCH",
                            "Number of column aliases does not match number of columns. Number of "
                            "column aliases: {}; number of columns: {}.",
                            cte.columns.size(), entry.columns.size());
      }
      for (std::size_t i = 0; i < cte.columns.size(); ++i) {
        entry.columns[i].name = cte.columns[i].text;
      }
    }
    with += fmt::format("{}{} AS ({})", with.empty() ? "WITH " : ", ", entry.sql_name, bound.sql);
    state.ctes.push_back(std::move(entry));
  }
  Result<BoundRelation> body = BindBody(state, *query.body, query, outer);
  if (body && !std::holds_alternative<Select>(query.body->node)) {
    body = OrderRelation(state, *std::move(body), query.order_by);
  }
  state.ctes.resize(ctes_outside);
  BoundRelation relation = TRY(std::move(body));
  if (query.limit != nullptr || query.offset != nullptr) {
    if (!std::holds_alternative<Select>(query.body->node) && query.order_by.empty()) {
      relation.sql = fmt::format("SELECT * FROM ({}) AS {}", relation.sql, state.NewAlias());
    }
    if (query.limit != nullptr) {
      relation.sql += " LIMIT " + TRY(BindCount(state, *query.limit, "limit"));
    }
    if (query.offset != nullptr) {
      relation.sql += " OFFSET " + TRY(BindCount(state, *query.offset, "offset"));
    }
  }
  if (!with.empty()) relation.sql = fmt::format("{} {}", with, relation.sql);
  TRY_VOID(state.budget.AddText(relation.sql.size()));
  return relation;
}

}  // namespace sluice::sql
