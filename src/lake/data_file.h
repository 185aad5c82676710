#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace sluice {

/// By field id, in ascending order.
template <class Value>
using ByFieldId = std::vector<std::pair<std::int32_t, Value>>;

/// The value of a field; null when there is none.
template <class Value>
const Value* FindById(const ByFieldId<Value>& values, std::int32_t id) {
  for (const auto& [known, value] : values) {
    if (known == id) return &value;
  }
  return nullptr;
}
template <class Value>
Value* FindById(ByFieldId<Value>& values, std::int32_t id) {
  return const_cast<Value*>(FindById(std::as_const(values), id));
}

/// `content` of a data file (Iceberg's table specification, manifests).
enum class FileContent { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };

/// What is known of one column's values in a file. Bounds are in Iceberg's single-value
/// serialization.
struct ColumnMetrics {
  ByFieldId<std::int64_t> sizes;  ///< compressed bytes
  ByFieldId<std::int64_t> values;
  ByFieldId<std::int64_t> nulls;
  ByFieldId<std::int64_t> nans;
  ByFieldId<std::string> lower;
  ByFieldId<std::string> upper;
};

/// A file of a table, as a manifest tells of it.
struct DataFile {
  FileContent content = FileContent::kData;
  std::string uri;
  std::string format = "parquet";
  /// Values of the partition's fields in their order: null, a number, a boolean, or a string of
  /// the value's bytes.
  json::array partition;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  ColumnMetrics metrics;
  std::optional<std::string> key_metadata;
  std::vector<std::int64_t> split_offsets;  ///< where its row groups begin
  std::vector<std::int64_t> equality_ids;
  std::optional<std::int64_t> sort_order_id;
  std::optional<std::string> referenced_data_file;
};

}  // namespace sluice
