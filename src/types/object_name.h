#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "types/data_type.h"

namespace sluice {

// The rules of names, the same for every door: SQL, the API, the Iceberg catalog. Each answers
// kInvalidArgument with an error class; the message does not repeat a bad name, which may be
// anything.

inline constexpr std::size_t kObjectNameLengthMax = 128;
inline constexpr std::size_t kColumnNameBytesMax = 255;
inline constexpr std::size_t kTableColumnsMax = 10'000;

/// ^(?!_)(?![0-9]+$)[A-Za-z0-9_]*$, 1..128.
Result<void> CheckDatabaseName(std::string_view name);
/// The same with $.
Result<void> CheckTableName(std::string_view name);
/// A column or a field of a struct: 1..255 bytes of UTF-8 of any script, without control
/// characters.
Result<void> CheckColumnName(std::string_view name);
/// The names of the columns of a new table and of the fields inside them, and how many they are.
Result<void> CheckColumnNames(const Schema& columns);

}  // namespace sluice
