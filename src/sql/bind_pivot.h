#pragma once

#include "sql/bind_from.h"

namespace sluice::sql {

// What turns rows into columns and back, over a bound FROM; the result is a FROM of one relation.

/// PIVOT: one row for each combination of the columns that neither the aggregates nor FOR name, one
/// column for each value and aggregate. NULL where a combination has no row of the value.
Result<BoundFrom> BindPivot(BindState& state, const BoundFrom& from, const Pivot& pivot);

/// UNPIVOT: for each row a row of every source, with the source's name.
Result<BoundFrom> BindUnpivot(BindState& state, const BoundFrom& from, const Unpivot& unpivot);

/// TABLESAMPLE behind `sql`, which ends in " AS " and `alias`. With a seed the rows are those that
/// Spark draws from one partition.
Result<std::string> BindSample(BindState& state, const TableSample& sample, const std::string& sql,
                               const std::string& alias);

}  // namespace sluice::sql
