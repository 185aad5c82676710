#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lake/parquet_footer.h"

namespace sluice {

// Iceberg's single-value serialization (table specification, appendix D), in which bounds are
// written. A type is by its name in an Iceberg schema: "int", "decimal(9, 2)". Pure functions.

/// A value of Parquet's plain encoding; empty for a type or a form that has none.
std::optional<std::string> SingleValueOf(std::string_view type, ParquetType physical,
                                         std::string_view plain);

/// Whether the bytes are a value of the type: of the right length, and UTF-8 where it is text. NaN
/// is none, because no bound may be.
bool IsSingleValue(std::string_view type, std::string_view bytes);

/// Less than 0, 0 or more than 0, as the type orders its values; both must be values of it.
int CompareSingleValues(std::string_view type, std::string_view left, std::string_view right);

/// The largest bound of at most `length` characters, or bytes of a binary value, that is not above
/// the value; other types stay whole.
std::string CutLowerBound(std::string_view type, std::string_view value, std::size_t length);
/// The same for a bound that is not below it; empty when there is none so short.
std::optional<std::string> CutUpperBound(std::string_view type, std::string_view value,
                                         std::size_t length);

/// Minus zero for a lower bound that is zero, plus zero for an upper one: the two are the same
/// number, in an order.
std::string WidenZero(std::string_view type, std::string value, bool is_lower);

bool IsDecimal(std::string_view type);
/// Precision of a "decimal(p, s)"; 0 for what is none.
int DecimalPrecision(std::string_view type);
int DecimalScale(std::string_view type);

/// The two's complement of a decimal's unscaled value, big endian, in as few bytes as it needs.
std::string MinimalTwosComplement(__int128 value);

}  // namespace sluice
