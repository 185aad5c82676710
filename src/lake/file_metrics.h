#pragma once

#include <cstdint>
#include <vector>

#include "lake/data_file.h"
#include "lake/metrics_modes.h"
#include "lake/parquet_footer.h"
#include "lake/schema_leaves.h"

namespace sluice {

/// What a footer tells of the columns, as the modes (one for each leaf) want it kept. `nans` has
/// the NaN of each column that has some: next to them no bound is kept, because not every reader
/// knows that they lie outside of it. Columns below lists and maps have their size alone. Pure.
ColumnMetrics MeasureColumns(const ParquetFooter& footer, const std::vector<SchemaLeaf>& leaves,
                             const std::vector<MetricsMode>& modes,
                             const ByFieldId<std::int64_t>& nans);

}  // namespace sluice
