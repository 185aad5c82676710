#pragma once

#include <string>

#include "types/data_type.h"

namespace sluice::sql {

/// The text to sort, or compare with <, a value by. Inside arrays and structs the engine takes NULL
/// for the greatest value and Spark for the least; the key says of every part whether it is there
/// before it says what it is. Values of other types are their own keys. The key of NULL is NULL.
std::string OrderKey(const std::string& value, const DataType& type);

/// Whether a value of the type has a map in it: Spark neither sorts, groups nor deduplicates those.
bool HoldsMap(const DataType& type);

}  // namespace sluice::sql
