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

inline Int128 IntegerOf(const duckdb_hugeint& value) {
  return (static_cast<Int128>(value.upper) << 64) | static_cast<Int128>(value.lower);
}

}  // namespace sluice
