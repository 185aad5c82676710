#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "types/data_type.h"

namespace sluice::sql {

/// Makes `value` of type `from` one of type `to`; `part` is "element", "key", "value" or the name
/// of a field of `to`.
using ConvertPart = std::function<std::string(const std::string& value, const DataType& from,
                                              const DataType& to, const std::string& part)>;

/// DuckDB text of a nested value with each of its parts converted, struct fields by position;
/// `from` and `to` are both arrays, both maps or both structs of as many fields.
std::string NestedText(const std::string& value, const DataType& from, const DataType& to,
                       const ConvertPart& convert);

/// `body`, in which `name` stands for the value: the engine has no LET, a list of one names it.
std::string NamedText(const std::string& value, std::string_view name, const std::string& body);

}  // namespace sluice::sql
