#include "sql/bind_select.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/bind_from.h"
#include "sql/bind_group.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_order.h"

namespace sluice::sql {
namespace {

/// The place an integer constant names in ORDER BY and GROUP BY, or nothing.
std::optional<std::size_t> OrdinalOf(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  if (literal == nullptr || literal->kind != LiteralKind::kInt) return std::nullopt;
  std::size_t position = 0;
  std::from_chars(literal->text.data(), literal->text.data() + literal->text.size(), position);
  return position;
}

/// ORDER BY ALL: every output column, left to right. A column of that name comes first.
bool IsOrderByAll(const std::vector<SortItem>& order_by, const Scope& scope) {
  if (order_by.size() != 1) return false;
  const auto* column = std::get_if<ColumnRef>(&order_by[0].expr->node);
  return column != nullptr && column->name.parts.size() == 1 &&
         EqualsIgnoreCase(column->name.parts[0].text, "all") && !scope.Resolve(column->name);
}

std::string OrderByAll(const SortItem& item, std::size_t columns) {
  std::string order;
  for (std::size_t place = 1; place <= columns; ++place) {
    order +=
        (order.empty() ? "" : ", ") + ExpressionBinder::SortText(fmt::format("{}", place), item);
  }
  return order;
}

tl::unexpected<Error> FailOrderPosition(const Expr& expr, std::size_t count) {
  return FailAnalysis(expr.span, "ORDER_BY_POS_OUT_OF_RANGE",
                      "ORDER BY position {} is not in select list (valid range is [1, {}]).",
                      std::get<Literal>(expr.node).text, count);
}

tl::unexpected<Error> FailMapOrder(const Typed& key) {
  return FailAnalysis(key.span, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                      "Cannot resolve \"{} ASC NULLS FIRST\" due to data type mismatch: The "
                      "`sortorder` does not support ordering on type \"{}\".",
                      key.name, key.type.UpperName());
}

class SelectBinder {
 public:
  SelectBinder(BindState& state, const Select& select, const Query& query, const Scope* outer)
      : state_(state), select_(select), query_(query), outer_(outer) {}

  Result<BoundRelation> Run() {
    if (select_.transform) return FailUnsupported("SELECT TRANSFORM");
    from_ = TRY(BindFrom(state_, select_.from, select_.lateral_views, outer_));
    windows_ = Windows();
    TRY_VOID(BindWhere());
    TRY_VOID(ExpandItems());
    TRY_VOID(BindGroup());
    TRY_VOID(BindItems());
    TRY_VOID(BindHaving());
    TRY_VOID(CheckGrouping());
    return Assemble();
  }

 private:
  const std::vector<NamedWindow>* Windows() const {
    return !select_.windows.empty() ? &select_.windows : &query_.windows;
  }

  Result<void> BindWhere() {
    if (select_.where == nullptr) return {};
    ExpressionBinder binder(state_, from_.scope, {});
    const Typed where = TRY(binder.BindCondition(
        *select_.where, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "Filter", &query_.span));
    if (where.has_aggregate || where.has_window) {
      return FailAnalysis(select_.where->span, "INVALID_WHERE_CONDITION",
                          "The WHERE condition \"{}\" contains invalid expressions. Rewrite the "
                          "query to avoid window functions, aggregate functions, and generator "
                          "functions in the WHERE clause.",
                          where.name);
    }
    where_ = where.sql;
    return {};
  }

  // Items ----------------------------------------------------------------------------------------

  Result<void> ExpandItems() {
    for (const NamedExpr& named : select_.items) {
      if (const auto* star = std::get_if<Star>(&named.expr->node)) {
        TRY_VOID(ExpandStar(*star, named.expr->span));
        continue;
      }
      const auto* call = std::get_if<FunctionCall>(&named.expr->node);
      if (call != nullptr && IsGenerator(ToLower(call->name.parts.back().text))) {
        TRY_VOID(ExpandGenerator(*call, named));
        continue;
      }
      SelectSource source;
      source.named = &named;
      if (named.alias) source.name = named.alias->text;
      if (!named.aliases.empty()) {
        return FailAnalysis(named.span, "MULTI_ALIAS_WITHOUT_GENERATOR",
                            "Multi part aliasing is not supported with this expression as it is "
                            "not a generator function.");
      }
      sources_.push_back(std::move(source));
    }
    return {};
  }

  Result<void> ExpandStar(const Star& star, const Span& span) {
    TRY_VOID(state_.budget.AddColumns(from_.scope.columns().size()));
    const std::vector<const ScopeColumn*> columns = from_.scope.Star(star.qualifier);
    if (!columns.empty()) {
      for (const ScopeColumn* column : columns) {
        SelectSource source;
        source.column = column;
        source.name = column->name;
        sources_.push_back(std::move(source));
      }
      return {};
    }
    if (!star.qualifier.parts.empty()) return ExpandStruct(star, span);
    if (select_.from.empty()) {
      return FailUnsupported("SELECT * without FROM");
    }
    return {};
  }

  Result<void> ExpandStruct(const Star& star, const Span& span) {
    Expr expr;
    expr.node = ColumnRef{star.qualifier};
    expr.span = span;
    ExpressionBinder binder(state_, from_.scope, {});
    const Result<Typed> base = binder.Bind(expr);
    if (!base || base->type.id() != TypeId::kStruct) {
      std::string list;
      for (const ScopeColumn* column : from_.scope.Star({})) {
        list += fmt::format("{}`{}`", list.empty() ? "" : ", ", column->name);
      }
      return FailAnalysis(span, "CANNOT_RESOLVE_STAR_EXPAND",
                          "Cannot resolve {}.* given input columns {}. Please check that the "
                          "specified table or struct exists and is accessible in the input "
                          "columns.",
                          QuotedForMessage(star.qualifier), list);
    }
    // Each field repeats the text of the struct.
    TRY_VOID(state_.budget.AddColumns(base->type.fields().size()));
    TRY_VOID(state_.budget.AddText(base->sql.size(), base->type.fields().size()));
    for (const StructField& field : base->type.fields()) {
      SelectSource source;
      source.ready = TRY(FieldOf(*base, field.name, span));
      source.name = field.name;
      sources_.push_back(std::move(source));
    }
    return {};
  }

  Result<void> ExpandGenerator(const FunctionCall& call, const NamedExpr& named) {
    const std::string name = ToLower(call.name.parts.back().text);
    ExpressionBinder binder(state_, from_.scope, {});
    std::vector<Typed> arguments;
    for (const Argument& argument : call.arguments) {
      arguments.push_back(TRY(binder.Bind(*argument.value)));
    }
    const BoundRelation generator =
        TRY(BindGenerator(name, std::move(arguments), named.expr->span));
    const std::string alias =
        JoinGenerator(state_, generator, name.ends_with("_outer"), &from_.sql);
    std::vector<std::string> names;
    if (named.alias) names.push_back(named.alias->text);
    for (const Identifier& one : named.aliases) names.push_back(one.text);
    if (!names.empty() && names.size() != generator.columns.size()) {
      return FailAnalysis(named.span, "UDTF_ALIAS_NUMBER_MISMATCH",
                          "The number of aliases supplied in the AS clause does not match the "
                          "number of columns output by the UDTF. Expected {} aliases, but got {}.",
                          generator.columns.size(), names.size());
    }
    for (std::size_t i = 0; i < generator.columns.size(); ++i) {
      SelectSource source;
      Typed value;
      value.sql = fmt::format("{}.{}", alias, ColumnAlias(i));
      value.type = generator.columns[i].type;
      value.name = names.empty() ? generator.columns[i].name : names[i];
      source.name = value.name;
      source.aliased = !names.empty();
      source.ready = std::move(value);
      sources_.push_back(std::move(source));
    }
    return {};
  }

  ExpressionContext ItemContext(AliasUse use) const {
    ExpressionContext context;
    context.alias_use = use;
    context.aliases = &aliases_;
    context.shown_columns = &shown_columns_;
    context.windows = windows_;
    if (grouped_) {
      context.group_keys = &group_.keys;
      context.has_grouping_sets = group_.has_sets;
    }
    return context;
  }

  Result<void> BindGroup() {
    if (!select_.group_by) return {};
    grouped_ = true;
    if (IsGroupByAll()) return GroupByAll();
    group_ = TRY(GroupBinder(state_, from_.scope, sources_).Bind(*select_.group_by));
    return {};
  }

  bool IsGroupByAll() const {
    const GroupBy& group = *select_.group_by;
    if (group.elements.size() != 1 || group.with != GroupingKind::kExpression) return false;
    const GroupingElement& element = group.elements[0];
    if (element.kind != GroupingKind::kExpression) return false;
    const auto* column = std::get_if<ColumnRef>(&element.sets.at(0).at(0)->node);
    if (column == nullptr || column->name.parts.size() != 1) return false;
    if (!EqualsIgnoreCase(column->name.parts[0].text, "all")) return false;
    return !from_.scope.Resolve(column->name);
  }

  Result<void> GroupByAll() {
    ExpressionBinder binder(state_, from_.scope, ItemContext(AliasUse::kNever));
    for (const SelectSource& source : sources_) {
      Typed value = TRY(BindSource(source, binder));
      if (value.has_aggregate) continue;
      group_.sql += (group_.sql.empty() ? "" : ", ") + value.sql;
      group_.keys.push_back(std::move(value));
    }
    return {};
  }

  Result<Typed> BindSource(const SelectSource& source, ExpressionBinder& binder) {
    if (source.ready) return *source.ready;
    if (source.column == nullptr) return binder.Bind(*source.named->expr);
    Typed value;
    value.sql = source.column->sql;
    value.type = WithoutLengths(source.column->type);
    value.name = source.column->name;
    value.physical = Physical::kExact;
    if (source.column->type.id() == TypeId::kChar) {
      value.char_length = source.column->type.length();
    }
    value.loose = LooseColumn{value.name, {}};
    if (grouped_) {
      for (const Typed& key : group_.keys) {
        if (key.sql == value.sql) value.loose.reset();
      }
    }
    return value;
  }

  Result<void> BindItems() {
    for (const SelectSource& source : sources_) {
      ExpressionContext context = ItemContext(AliasUse::kLateral);
      context.counts_rows = !grouped_;
      ExpressionBinder binder(state_, from_.scope, std::move(context));
      Typed item = TRY(BindSource(source, binder));
      TRY_VOID(state_.budget.Add(item));
      has_aggregate_ = has_aggregate_ || item.has_aggregate;
      std::string name = source.name;
      if (name.empty()) name = item.alias_hint.empty() ? item.name : item.alias_hint;
      const bool aliased = source.aliased || (source.named != nullptr && !source.name.empty());
      const bool is_column =
          source.column != nullptr ||
          (source.named != nullptr && std::holds_alternative<ColumnRef>(source.named->expr->node));
      if (aliased) {
        aliases_.push_back({name, item});
      } else if (is_column) {
        shown_columns_.push_back({name, item});
      }
      names_.push_back(std::move(name));
      items_.push_back(std::move(item));
    }
    return {};
  }

  Result<void> BindHaving() {
    if (select_.having == nullptr) return {};
    ExpressionBinder binder(state_, from_.scope, ItemContext(AliasUse::kFirst));
    const Typed having = TRY(binder.BindHaving(*select_.having));
    having_ = having.sql;
    has_aggregate_ = true;
    if (having.loose) return FailLooseHaving(*having.loose);
    return {};
  }

  /// Above a grouped SELECT only its keys, its items and aggregates are there.
  tl::unexpected<Error> FailLooseHaving(const LooseColumn& column) const {
    if (!grouped_) {
      for (const Typed& item : items_) {
        if (item.loose) return FailLoose(*item.loose);
      }
    }
    std::string list;
    for (const std::string& name : names_) {
      list += fmt::format("{}`{}`", list.empty() ? "" : ", ", name);
    }
    return FailAnalysis(column.span, "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                        "A column or function parameter with name `{}` cannot be resolved. Did you "
                        "mean one of the following? [{}].",
                        column.name, list);
  }

  tl::unexpected<Error> FailLoose(const LooseColumn& column) const {
    if (!grouped_) {
      return FailAnalysis(query_.span, "MISSING_GROUP_BY",
                          "The query does not include a GROUP BY clause. Add GROUP BY or turn it "
                          "into the window functions using OVER clauses.");
    }
    return FailAnalysis(column.span, "MISSING_AGGREGATION",
                        "The non-aggregating expression \"{}\" is based on columns which are not "
                        "participating in the GROUP BY clause. Add the columns or the expression "
                        "to the GROUP BY, aggregate the expression, or use \"any_value({})\" if "
                        "you do not care which of the values within a group is returned.",
                        column.name, column.name);
  }

  Result<void> CheckGrouping() {
    if (!grouped_ && !has_aggregate_) return {};
    for (const Typed& item : items_) {
      if (item.loose) return FailLoose(*item.loose);
    }
    return {};
  }

  // Text -----------------------------------------------------------------------------------------

  Result<BoundRelation> Assemble() {
    BoundRelation relation;
    relation.is_aggregate = !grouped_ && has_aggregate_;
    const bool distinct = select_.quantifier == SetQuantifier::kDistinct;
    for (std::size_t i = 0; distinct && i < items_.size(); ++i) {
      if (HoldsMap(items_[i].type)) return FailMapOfSet(query_.span, names_[i], items_[i].type);
    }
    relation.sql = distinct ? "SELECT DISTINCT " : "SELECT ";
    for (std::size_t i = 0; i < items_.size(); ++i) {
      relation.sql +=
          fmt::format("{}{} AS {}", i > 0 ? ", " : "", ExactText(items_[i]), ColumnAlias(i));
      relation.columns.push_back({names_[i], items_[i].type, items_[i].char_length});
    }
    if (!from_.sql.empty()) relation.sql += " FROM " + from_.sql;
    if (!where_.empty()) relation.sql += " WHERE " + where_;
    if (!group_.sql.empty()) relation.sql += " GROUP BY " + group_.sql;
    // The engine gives the grand total of no rows; Spark has no group then.
    if (group_.has_sets) {
      having_ = "system.main.count(*) > 0" + (having_.empty() ? "" : " AND (" + having_ + ")");
    }
    if (!having_.empty()) relation.sql += " HAVING " + having_;
    if (query_.order_by.empty()) return relation;
    if (IsOrderByAll(query_.order_by, from_.scope)) {
      relation.sql += " ORDER BY " + OrderByAll(query_.order_by[0], items_.size());
      return relation;
    }
    if (distinct) return OrderDistinct(std::move(relation));
    std::string order;
    for (const SortItem& item : query_.order_by) {
      const std::string text = TRY(SortText(item));
      if (!text.empty()) order += (order.empty() ? "" : ", ") + text;
    }
    if (!order.empty()) relation.sql += " ORDER BY " + order;
    return relation;
  }

  /// One ORDER BY item: the place of a select item where it is one, else its own text.
  Result<std::string> SortText(const SortItem& item) {
    if (const std::optional<std::size_t> place = OrdinalOf(*item.expr)) {
      if (*place < 1 || *place > items_.size()) return FailOrderPosition(*item.expr, items_.size());
      const Typed& chosen = items_[*place - 1];
      if (HoldsMap(chosen.type)) return FailMapOrder(chosen);
      if (chosen.type.IsNested()) {
        return ExpressionBinder::SortText(OrderKey(chosen.sql, chosen.type), item);
      }
      return ExpressionBinder::SortText(fmt::format("{}", *place), item);
    }
    ExpressionBinder binder(state_, from_.scope, ItemContext(AliasUse::kFirst));
    Typed key = TRY(binder.Bind(*item.expr));
    if (key.foldable) return std::string();
    if ((grouped_ || has_aggregate_) && key.loose) return FailLoose(*key.loose);
    if (HoldsMap(key.type)) return FailMapOrder(key);
    for (std::size_t i = 0; i < items_.size() && !key.type.IsNested(); ++i) {
      if (items_[i].sql == key.sql) {
        return ExpressionBinder::SortText(fmt::format("{}", i + 1), item);
      }
    }
    return ExpressionBinder::SortText(OrderKey(key.sql, key.type), item);
  }

  /// SELECT DISTINCT … ORDER BY sorts by output columns, or by texts that are select items.
  Result<BoundRelation> OrderDistinct(BoundRelation relation) {
    std::string order;
    bool whole = true;
    for (const SortItem& item : query_.order_by) {
      ExpressionBinder binder(state_, from_.scope, ItemContext(AliasUse::kFirst));
      const Result<Typed> key = binder.Bind(*item.expr);
      std::size_t place = 0;
      for (std::size_t i = 0; key && i < items_.size() && place == 0; ++i) {
        if (items_[i].sql == key->sql) place = i + 1;
      }
      whole = whole && place > 0 && !OrdinalOf(*item.expr) && !key->type.IsNested();
      if (!whole) break;
      order +=
          (order.empty() ? "" : ", ") + ExpressionBinder::SortText(fmt::format("{}", place), item);
    }
    if (!whole) return OrderRelation(state_, std::move(relation), query_.order_by);
    relation.sql += " ORDER BY " + order;
    return relation;
  }

  BindState& state_;
  const Select& select_;
  const Query& query_;
  const Scope* outer_;
  BoundFrom from_;
  const std::vector<NamedWindow>* windows_ = nullptr;
  std::string where_;
  std::string having_;
  std::vector<SelectSource> sources_;
  std::vector<Typed> items_;
  std::vector<std::string> names_;
  std::vector<AliasEntry> aliases_;
  std::vector<AliasEntry> shown_columns_;
  BoundGroup group_;
  bool grouped_ = false;
  bool has_aggregate_ = false;
};

}  // namespace

Result<BoundRelation> BindSelect(BindState& state, const Select& select, const Query& query,
                                 const Scope* outer) {
  return SelectBinder(state, select, query, outer).Run();
}

tl::unexpected<Error> FailMapOfSet(const Span& span, std::string_view column,
                                   const DataType& type) {
  return FailAnalysis(
      span, "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
      "The feature is not supported: Cannot have MAP type columns in DataFrame "
      "which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column "
      "`{}` is \"{}\".",
      column, type.UpperName());
}

Result<BoundRelation> OrderRelation(BindState& state, BoundRelation relation,
                                    const std::vector<SortItem>& order_by) {
  if (order_by.empty()) return relation;
  TRY_VOID(state.budget.AddColumns(relation.columns));
  const std::string alias = state.NewAlias();
  Scope scope;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    scope.Add({relation.columns[i].name,
               relation.columns[i].ScopeType(),
               fmt::format("{}.{}", alias, ColumnAlias(i)),
               {},
               false});
  }
  ExpressionBinder binder(state, scope, {});
  std::string order;
  if (IsOrderByAll(order_by, scope)) {
    relation.sql = fmt::format("SELECT * FROM ({}) AS {} ORDER BY {}", relation.sql, alias,
                               OrderByAll(order_by[0], relation.columns.size()));
    return relation;
  }
  for (const SortItem& item : order_by) {
    std::string key;
    if (const std::optional<std::size_t> place = OrdinalOf(*item.expr)) {
      if (*place < 1 || *place > relation.columns.size()) {
        return FailOrderPosition(*item.expr, relation.columns.size());
      }
      const std::size_t index = *place - 1;
      key = relation.columns[index].type.IsNested()
                ? OrderKey(scope.columns()[index].sql, relation.columns[index].type)
                : fmt::format("{}", *place);
    } else {
      const Typed bound = TRY(binder.Bind(*item.expr));
      if (bound.foldable) continue;
      if (HoldsMap(bound.type)) return FailMapOrder(bound);
      key = OrderKey(bound.sql, bound.type);
    }
    order += (order.empty() ? "" : ", ") + ExpressionBinder::SortText(key, item);
  }
  if (order.empty()) return relation;
  relation.sql = fmt::format("SELECT * FROM ({}) AS {} ORDER BY {}", relation.sql, alias, order);
  return relation;
}

}  // namespace sluice::sql
