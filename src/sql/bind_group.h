#pragma once

#include <string>
#include <vector>

#include "sql/bind_expression.h"

namespace sluice::sql {

/// A select item before it is bound: an expression, or a column that a star stands for.
struct SelectSource {
  const NamedExpr* named = nullptr;
  const ScopeColumn* column = nullptr;
  std::optional<Typed> ready;  ///< a generator's column or a struct's field, bound already
  bool aliased = false;        ///< a generator's column with a name of its own
  std::string name;            ///< alias, or the star's column name; empty when Spark names it
};

/// GROUP BY after binding: the keys, and DuckDB's text behind the words GROUP BY.
struct BoundGroup {
  std::vector<Typed> keys;
  std::string sql;
  bool has_sets = false;
};

/// Resolves ordinals and aliases to select items, expands ROLLUP, CUBE and GROUPING SETS.
class GroupBinder {
 public:
  GroupBinder(BindState& state, const Scope& scope, const std::vector<SelectSource>& items)
      : state_(state), scope_(scope), items_(items) {}

  Result<BoundGroup> Bind(const GroupBy& group);

 private:
  using KeySet = std::vector<std::size_t>;

  Result<std::size_t> AddKey(const Expr& expr);
  Result<Typed> BindKey(const Expr& expr);
  Result<Typed> BindItem(std::size_t index, const Expr& expr);
  Result<std::vector<KeySet>> SetsOf(const GroupingElement& element);
  Result<std::vector<KeySet>> Listed(const std::vector<std::vector<ExprPtr>>& sets);
  Result<std::vector<KeySet>> Rollup(const std::vector<KeySet>& parts);
  Result<std::vector<KeySet>> Cube(const std::vector<KeySet>& parts);
  Result<void> BindAll();

  BindState& state_;
  const Scope& scope_;
  const std::vector<SelectSource>& items_;
  BoundGroup group_;
};

}  // namespace sluice::sql
