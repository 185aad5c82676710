#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/bind_typed.h"
#include "sql/front_end.h"
#include "sql/plan_budget.h"
#include "sql/scope.h"

namespace sluice::sql {

/// A WITH query in sight: its name as written, and the unique name it has in DuckDB's text.
struct CteEntry {
  std::string name;
  std::string sql_name;
  std::vector<OutputColumn> columns;
};

/// What one binding of one statement carries along. Used by one thread.
struct BindState {
  const CatalogView& catalog;
  const SessionContext& session;
  PlanBudget& budget;
  std::vector<TableName> sources;  ///< resolved tables, each once, in order of appearance
  std::vector<CteEntry> ctes;      ///< in sight, the innermost last
  /// Columns of the query around the sub-query now being bound that it used.
  std::vector<const ScopeColumn*> outer_references;
  int last_alias = 0;

  /// A relation name that no other part of the statement has; no user text can spell it.
  std::string NewAlias() { return "t" + std::to_string(++last_alias); }
};

/// Binds a whole query; `outer` is the scope a correlated sub-query sees, or null.
Result<BoundRelation> BindQuery(BindState& state, const Query& query, const Scope* outer);

}  // namespace sluice::sql
