#include "sql/bind_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "sql/generate.h"
#include "sql/nested_order.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kCubeKeysMax = 12;  ///< 4096 grouping sets
constexpr std::size_t kGroupingSetsMax = 4096;

}  // namespace

Result<Typed> GroupBinder::BindItem(std::size_t index, const Expr& expr) {
  const SelectSource& item = items_[index];
  if (item.ready) return *item.ready;
  ExpressionBinder binder(state_, scope_, {});
  if (item.column != nullptr) {
    Typed value;
    value.sql = item.column->sql;
    value.type = item.column->type;
    value.name = item.column->name;
    return value;
  }
  Typed value = TRY(binder.Bind(*item.named->expr));
  if (value.has_aggregate) {
    return FailAnalysis(expr.span, "GROUP_BY_POS_AGGREGATE",
                        "GROUP BY {} refers to an expression {} that contains an aggregate "
                        "function. Aggregate functions are not allowed in GROUP BY.",
                        index + 1,
                        item.name.empty() ? fmt::format("{0} AS `{0}`", value.name)
                                          : fmt::format("{} AS `{}`", value.name, item.name));
  }
  return value;
}

Result<Typed> GroupBinder::BindKey(const Expr& expr) {
  if (const auto* literal = std::get_if<Literal>(&expr.node)) {
    if (literal->kind == LiteralKind::kInt) {
      std::size_t position = 0;
      std::from_chars(literal->text.data(), literal->text.data() + literal->text.size(), position);
      if (position < 1 || position > items_.size()) {
        return FailAnalysis(expr.span, "GROUP_BY_POS_OUT_OF_RANGE",
                            "GROUP BY position {} is not in select list (valid range is [1, {}]).",
                            literal->text, items_.size());
      }
      return BindItem(position - 1, expr);
    }
  }
  ExpressionBinder binder(state_, scope_, {});
  Result<Typed> bound = binder.Bind(expr);
  if (!bound) {
    // A name that is no column of FROM may be the alias of a select item.
    const auto* column = std::get_if<ColumnRef>(&expr.node);
    for (std::size_t i = 0; column != nullptr && i < items_.size(); ++i) {
      if (column->name.parts.size() == 1 && items_[i].named != nullptr &&
          EqualsIgnoreCase(items_[i].name, column->name.parts[0].text)) {
        return BindItem(i, expr);
      }
    }
    return bound;
  }
  if (HoldsMap(bound->type)) {
    return FailAnalysis(expr.span, "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE",
                        "The expression \"{}\" cannot be used as a grouping expression because its "
                        "data type \"{}\" is not an orderable data type.",
                        bound->name, bound->type.UpperName());
  }
  if (bound->has_aggregate) {
    return FailAnalysis(expr.span, "GROUP_BY_AGGREGATE",
                        "Aggregate functions are not allowed in GROUP BY, but found {}.",
                        bound->name);
  }
  return bound;
}

Result<std::size_t> GroupBinder::AddKey(const Expr& expr) {
  Typed key = TRY(BindKey(expr));
  for (std::size_t i = 0; i < group_.keys.size(); ++i) {
    if (group_.keys[i].sql == key.sql) return i;
  }
  group_.keys.push_back(std::move(key));
  return group_.keys.size() - 1;
}

Result<std::vector<GroupBinder::KeySet>> GroupBinder::Listed(
    const std::vector<std::vector<ExprPtr>>& sets) {
  std::vector<KeySet> listed;
  for (const std::vector<ExprPtr>& set : sets) {
    KeySet keys;
    for (const ExprPtr& expr : set) keys.push_back(TRY(AddKey(*expr)));
    listed.push_back(std::move(keys));
  }
  return listed;
}

Result<std::vector<GroupBinder::KeySet>> GroupBinder::Rollup(const std::vector<KeySet>& parts) {
  std::size_t keys = 0;
  for (const KeySet& part : parts) keys += part.size();
  TRY_VOID(state_.budget.AddNodes(parts.size() + 1, keys));
  std::vector<KeySet> sets;
  for (std::size_t length = parts.size() + 1; length-- > 0;) {
    KeySet set;
    for (std::size_t i = 0; i < length; ++i) {
      set.insert(set.end(), parts[i].begin(), parts[i].end());
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

Result<std::vector<GroupBinder::KeySet>> GroupBinder::Cube(const std::vector<KeySet>& parts) {
  if (parts.size() > kCubeKeysMax) {
    return Fail(ErrorCode::kLimitExceeded, "CUBE has more than {} elements", kCubeKeysMax);
  }
  std::size_t keys = 0;
  for (const KeySet& part : parts) keys += part.size();
  TRY_VOID(state_.budget.AddNodes(std::size_t{1} << parts.size(), keys));
  std::vector<KeySet> sets;
  for (std::size_t mask = std::size_t{1} << parts.size(); mask-- > 0;) {
    KeySet set;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool chosen = (mask >> (parts.size() - 1 - i)) & 1U;
      if (chosen) set.insert(set.end(), parts[i].begin(), parts[i].end());
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

Result<std::vector<GroupBinder::KeySet>> GroupBinder::SetsOf(const GroupingElement& element) {
  if (!element.nested.empty()) {
    std::vector<KeySet> all;
    for (const GroupingElement& inner : element.nested) {
      for (KeySet& set : TRY(SetsOf(inner))) all.push_back(std::move(set));
    }
    return all;
  }
  const std::vector<KeySet> parts = TRY(Listed(element.sets));
  switch (element.kind) {
    case GroupingKind::kRollup:
      return TRY(Rollup(parts));
    case GroupingKind::kCube:
      return Cube(parts);
    default:
      return parts;
  }
}

Result<BoundGroup> GroupBinder::Bind(const GroupBy& group) {
  std::vector<std::vector<KeySet>> factors;
  for (const GroupingElement& element : group.elements) {
    factors.push_back(TRY(SetsOf(element)));
    group_.has_sets = group_.has_sets || element.kind != GroupingKind::kExpression;
  }
  if (group.with != GroupingKind::kExpression) {
    group_.has_sets = true;
    std::vector<KeySet> parts;
    for (const std::vector<KeySet>& factor : factors) parts.push_back(factor.at(0));
    std::vector<KeySet> sets;
    if (group.with == GroupingKind::kRollup) sets = TRY(Rollup(parts));
    if (group.with == GroupingKind::kCube) sets = TRY(Cube(parts));
    if (group.with == GroupingKind::kGroupingSets) sets = TRY(Listed(group.with_sets));
    factors = {std::move(sets)};
  }
  if (!group_.has_sets) {
    for (const Typed& key : group_.keys) group_.sql += (group_.sql.empty() ? "" : ", ") + key.sql;
    return std::move(group_);
  }
  std::vector<KeySet> sets = {{}};
  for (const std::vector<KeySet>& factor : factors) {
    if (sets.size() * factor.size() > kGroupingSetsMax) {
      return Fail(ErrorCode::kLimitExceeded, "GROUP BY has more than {} grouping sets",
                  kGroupingSetsMax);
    }
    std::vector<KeySet> product;
    for (const KeySet& left : sets) {
      for (const KeySet& right : factor) {
        TRY_VOID(state_.budget.AddNodes(left.size() + right.size()));
        KeySet both = left;
        both.insert(both.end(), right.begin(), right.end());
        product.push_back(std::move(both));
      }
    }
    sets = std::move(product);
  }
  group_.sql = "GROUPING SETS (";
  for (std::size_t i = 0; i < sets.size(); ++i) {
    group_.sql += i > 0 ? ", (" : "(";
    for (std::size_t k = 0; k < sets[i].size(); ++k) {
      TRY_VOID(state_.budget.AddText(group_.keys[sets[i][k]].sql.size()));
      group_.sql += (k > 0 ? ", " : "") + group_.keys[sets[i][k]].sql;
    }
    group_.sql += ")";
  }
  group_.sql += ")";
  return std::move(group_);
}

}  // namespace sluice::sql
