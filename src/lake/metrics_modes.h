#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lake/schema_leaves.h"

namespace sluice {

/// What is kept of a column in manifests: a property of the table (Iceberg's
/// write.metadata.metrics.*).
struct MetricsMode {
  enum class Kind { kNone, kCounts, kTruncate, kFull };
  Kind kind = Kind::kTruncate;
  std::size_t length = 16;  ///< of kTruncate, in characters or bytes

  bool operator==(const MetricsMode&) const = default;
};

/// "none", "counts", "full" or "truncate(16)"; anything else is the default, as other writers have
/// it.
MetricsMode ParseMetricsMode(std::string_view text);

/// The mode of each leaf, in their order, by a table's properties (an object of texts). Without a
/// default of the table's own, columns past write.metadata.metrics.max-inferred-column-defaults
/// (100) are kNone. Pure.
std::vector<MetricsMode> ModesOf(const std::vector<SchemaLeaf>& leaves,
                                 const json::object& properties);

}  // namespace sluice
