#include "lake/metrics_modes.h"

#include <charconv>

#include "base/ascii.h"
#include "lake/json_access.h"

namespace sluice {
namespace {

constexpr std::string_view kDefault = "write.metadata.metrics.default";
constexpr std::string_view kColumn = "write.metadata.metrics.column.";
constexpr std::string_view kInferredMax = "write.metadata.metrics.max-inferred-column-defaults";
constexpr std::size_t kInferredColumnsMax = 100;

std::size_t ParseSize(std::string_view text, std::size_t otherwise) {
  std::size_t number = 0;
  auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
  return is_number ? number : otherwise;
}

}  // namespace

MetricsMode ParseMetricsMode(std::string_view text) {
  const std::string mode = ToLower(Trim(text));
  if (mode == "none") return {MetricsMode::Kind::kNone, 0};
  if (mode == "counts") return {MetricsMode::Kind::kCounts, 0};
  if (mode == "full") return {MetricsMode::Kind::kFull, 0};
  constexpr std::string_view kTruncate = "truncate(";
  MetricsMode parsed;
  if (mode.starts_with(kTruncate) && mode.ends_with(")")) {
    const std::string_view digits =
        std::string_view(mode).substr(kTruncate.size(), mode.size() - kTruncate.size() - 1);
    const std::size_t length = ParseSize(Trim(digits), 0);
    if (length > 0) parsed.length = length;
  }
  return parsed;
}

std::vector<MetricsMode> ModesOf(const std::vector<SchemaLeaf>& leaves,
                                 const json::object& properties) {
  const json::string* given = FindString(properties, kDefault);
  const std::size_t inferred_max =
      ParseSize(FindText(properties, kInferredMax), kInferredColumnsMax);
  std::vector<MetricsMode> modes;
  modes.reserve(leaves.size());
  for (const SchemaLeaf& leaf : leaves) {
    const json::string* own = FindString(properties, std::string(kColumn) + leaf.name);
    if (own != nullptr) {
      modes.push_back(ParseMetricsMode({own->data(), own->size()}));
    } else if (given != nullptr) {
      modes.push_back(ParseMetricsMode({given->data(), given->size()}));
    } else if (modes.size() >= inferred_max) {
      modes.push_back({MetricsMode::Kind::kNone, 0});
    } else {
      modes.emplace_back();
    }
  }
  return modes;
}

}  // namespace sluice
