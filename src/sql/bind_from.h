#pragma once

#include <string>
#include <vector>

#include "sql/bind_state.h"

namespace sluice::sql {

/// A bound FROM clause: DuckDB's text behind the word FROM, empty for a query without one.
struct BoundFrom {
  std::string sql;
  Scope scope;
};

/// Relations, joins and lateral views, left to right as Spark joins them.
Result<BoundFrom> BindFrom(BindState& state, const std::vector<Relation>& relations,
                           const std::vector<LateralView>& views, const Scope* outer);

/// VALUES as a whole SELECT.
Result<BoundRelation> BindInlineTable(BindState& state, const InlineTable& table, const Span& span);

/// A table by name: CTE, then the current database, then `default`.
Result<BoundRelation> BindNamedRelation(BindState& state, const QualifiedName& name);

// Generators: bind_generator.cc.

bool IsGenerator(std::string_view lower_name);
/// explode and its kin over bound arguments, as a SELECT of its own. `lower_name` may end in
/// _outer.
Result<BoundRelation> BindGenerator(std::string_view lower_name, std::vector<Typed> arguments,
                                    const Span& span);
/// Joins a generator to what stands in FROM; returns the alias of its columns.
std::string JoinGenerator(BindState& state, const BoundRelation& generator, bool outer_join,
                          std::string* from_sql);

/// The table that a name of one to three parts means, or nothing.
Result<std::optional<TableView>> FindTable(const BindState& state, const QualifiedName& name);
/// The folded name alone, of a table that may be damaged.
Result<std::optional<TableName>> FindTableName(const BindState& state, const QualifiedName& name);
/// Spark's TABLE_OR_VIEW_NOT_FOUND at the name.
tl::unexpected<Error> FailTableNotFound(const QualifiedName& name);
/// FindTable, or FailTableNotFound.
Result<TableView> GetTable(const BindState& state, const QualifiedName& name);

}  // namespace sluice::sql
