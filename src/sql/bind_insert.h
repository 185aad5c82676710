#pragma once

#include "sql/bind_state.h"
#include "sql/front_end.h"

namespace sluice::sql {

/// INSERT INTO / OVERWRITE a managed table, by storeAssignmentPolicy ANSI.
Result<BoundInsert> BindInsert(BindState& state, const Insert& insert);

/// A query's result stored in columns by position: unsafe casts are refused here, values that do
/// not fit are errors when the query runs. `table` is for messages.
Result<BoundQuery> StoreColumns(BindState& state, const BoundRelation& relation,
                                const std::vector<StructField>& targets, const std::string& table,
                                const Span& span);

}  // namespace sluice::sql
