#include "lake/file_metrics.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "lake/single_value.h"

namespace sluice {
namespace {

bool IsFloating(std::string_view type) { return type == "float" || type == "double"; }

/// The least of the chunks' lower bounds, or the largest of the upper ones; empty when one that has
/// values lacks it.
std::optional<std::string> BoundOf(const ParquetLeaf& column, std::string_view type,
                                   bool is_lower) {
  std::optional<std::string> bound;
  for (const ParquetChunk& chunk : column.chunks) {
    if (chunk.nulls == chunk.values) continue;
    const std::optional<std::string>& plain = is_lower ? chunk.min : chunk.max;
    if (!plain) return std::nullopt;
    std::optional<std::string> value = SingleValueOf(type, column.type, *plain);
    if (!value) return std::nullopt;
    const int order = bound ? CompareSingleValues(type, *value, *bound) : 0;
    if (!bound || (is_lower ? order < 0 : order > 0)) bound = std::move(value);
  }
  if (bound) bound = WidenZero(type, *std::move(bound), is_lower);
  return bound;
}

void AddBounds(const ParquetLeaf& column, const SchemaLeaf& leaf, const MetricsMode& mode,
               ColumnMetrics* metrics) {
  std::optional<std::string> lower = BoundOf(column, leaf.type, true);
  std::optional<std::string> upper = BoundOf(column, leaf.type, false);
  if (mode.kind == MetricsMode::Kind::kTruncate) {
    if (lower) lower = CutLowerBound(leaf.type, *lower, mode.length);
    if (upper) upper = CutUpperBound(leaf.type, *upper, mode.length);
  }
  if (lower) metrics->lower.emplace_back(leaf.id, *std::move(lower));
  if (upper) metrics->upper.emplace_back(leaf.id, *std::move(upper));
}

void AddColumn(const ParquetLeaf& column, const SchemaLeaf& leaf, const MetricsMode& mode,
               const ByFieldId<std::int64_t>& nans, ColumnMetrics* metrics) {
  std::int64_t bytes = 0;
  std::int64_t values = 0;
  std::int64_t nulls = 0;
  bool knows_nulls = true;
  for (const ParquetChunk& chunk : column.chunks) {
    bytes += chunk.bytes;
    values += chunk.values;
    nulls += chunk.nulls.value_or(0);
    knows_nulls = knows_nulls && chunk.nulls.has_value();
  }
  metrics->sizes.emplace_back(leaf.id, bytes);
  if (leaf.is_repeated || mode.kind == MetricsMode::Kind::kNone) return;
  metrics->values.emplace_back(leaf.id, values);
  if (knows_nulls) metrics->nulls.emplace_back(leaf.id, nulls);
  const std::int64_t* nan = FindById(nans, leaf.id);
  if (IsFloating(leaf.type)) metrics->nans.emplace_back(leaf.id, nan == nullptr ? 0 : *nan);
  const bool wants_bounds = mode.kind != MetricsMode::Kind::kCounts;
  if (wants_bounds && (nan == nullptr || *nan == 0)) AddBounds(column, leaf, mode, metrics);
}

}  // namespace

ColumnMetrics MeasureColumns(const ParquetFooter& footer, const std::vector<SchemaLeaf>& leaves,
                             const std::vector<MetricsMode>& modes,
                             const ByFieldId<std::int64_t>& nans) {
  ColumnMetrics metrics;
  std::vector<std::pair<std::int32_t, const ParquetLeaf*>> columns;
  for (const ParquetLeaf& column : footer.leaves) columns.emplace_back(column.field_id, &column);
  std::sort(columns.begin(), columns.end());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    auto found =
        std::lower_bound(columns.begin(), columns.end(), leaves[i].id,
                         [](const auto& column, std::int32_t id) { return column.first < id; });
    if (found == columns.end() || found->first != leaves[i].id) continue;
    AddColumn(*found->second, leaves[i], modes[i], nans, &metrics);
  }
  auto sort = [](auto& values) {
    std::sort(values.begin(), values.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  };
  sort(metrics.sizes);
  sort(metrics.values);
  sort(metrics.nulls);
  sort(metrics.nans);
  sort(metrics.lower);
  sort(metrics.upper);
  return metrics;
}

}  // namespace sluice
