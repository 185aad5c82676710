#pragma once

#include "sql/bind_state.h"

namespace sluice::sql {

/// Binds one SELECT with what follows it in its query: ORDER BY and the WINDOW clause behind it.
/// The result has no LIMIT.
Result<BoundRelation> BindSelect(BindState& state, const Select& select, const Query& query,
                                 const Scope* outer);

/// The order of a relation that is not a plain SELECT: sorts by output columns only.
/// Spark's refusal to deduplicate rows with maps.
tl::unexpected<Error> FailMapOfSet(const Span& span, std::string_view column, const DataType& type);

Result<BoundRelation> OrderRelation(BindState& state, BoundRelation relation,
                                    const std::vector<SortItem>& order_by);

}  // namespace sluice::sql
