#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// One leaf column in one row group. Bounds are in Parquet's plain encoding.
struct ParquetChunk {
  std::int64_t bytes = 0;  ///< compressed
  std::int64_t values = 0;
  std::optional<std::int64_t> nulls;
  std::optional<std::string> min;  ///< a value not above any in the chunk
  std::optional<std::string> max;  ///< exact, or absent
};

/// Parquet's physical types, by their numbers in the format.
enum class ParquetType {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kInt96 = 3,
  kFloat = 4,
  kDouble = 5,
  kByteArray = 6,
  kFixedLenByteArray = 7,
};

struct ParquetLeaf {
  std::int32_t field_id = -1;  ///< -1: it has none
  ParquetType type = ParquetType::kBoolean;
  bool is_repeated = false;          ///< below a list or a map
  std::vector<ParquetChunk> chunks;  ///< by row group
};

/// What a Parquet file's footer tells (FileMetaData of the format).
struct ParquetFooter {
  std::int64_t rows = 0;
  std::vector<std::int64_t> group_offsets;  ///< where each row group begins
  std::vector<ParquetLeaf> leaves;
};

/// Reads a footer: the bytes between the last page and its length. kInvalidArgument for what is
/// none. Pure.
Result<ParquetFooter> ReadParquetFooter(std::string_view bytes);

/// The footer without the annotation of plain integers, which the format does not need and with
/// which some readers refuse a column that was widened since. Pure; errors as ReadParquetFooter.
Result<std::string> WithoutIntegerAnnotations(std::string_view bytes);

}  // namespace sluice
