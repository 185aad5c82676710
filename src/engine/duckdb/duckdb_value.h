#pragma once

#include <duckdb.h>

#include <cstdint>
#include <string_view>

#include "engine/duckdb/value_text.h"

namespace sluice {

/// Bytes of a VARCHAR or BLOB value where they lie; valid as long as the value's vector.
inline std::string_view BytesOf(const duckdb_string_t& value) {
  constexpr std::uint32_t kInlinedMax = sizeof(value.value.inlined.inlined);
  const std::uint32_t length = value.value.inlined.length;
  return {length <= kInlinedMax ? value.value.inlined.inlined : value.value.pointer.ptr, length};
}

/// Whether the row is NULL by a vector's validity, which is null while no row is.
inline bool IsNullAt(const std::uint64_t* validity, idx_t row) {
  constexpr idx_t kBitsPerWord = 64;
  return validity != nullptr && (validity[row / kBitsPerWord] >> (row % kBitsPerWord) & 1) == 0;
}

inline Int128 IntegerOf(const duckdb_hugeint& value) {
  return (static_cast<Int128>(value.upper) << 64) | static_cast<Int128>(value.lower);
}

}  // namespace sluice
