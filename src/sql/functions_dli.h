#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sql/functions_special.h"

namespace sluice::sql {

// Functions that DLI documents and Spark does not have. Where both have a name, Spark's meaning
// holds for every call that Spark accepts; DLI's is an overload for the rest.

/// A meaning of DLI's for a name of Spark's.
struct DliOverload {
  SpecialFunction function;
  /// Whether Spark refuses a call of this name with these arguments.
  bool (*applies)(const std::vector<Typed>& arguments);
};

/// DLI's meaning of a call that Spark refuses, or null. `name` is in lower case.
const SpecialFunction* FindDliOverload(std::string_view name, const std::vector<Typed>& arguments);

/// Of dates, which are texts: functions_dli_time.cc.
std::span<const SpecialFunction> DliTimeFunctions();
std::span<const DliOverload> DliTimeOverloads();
/// Of all else: functions_dli.cc.
std::span<const SpecialFunction> DliFunctions();

/// DATATYPE_MISMATCH.NON_FOLDABLE_INPUT: an argument that must be a constant.
tl::unexpected<Error> FailNotConstant(const SpecialInput& input, std::size_t index,
                                      std::string_view parameter);
/// An argument of integral type as BIGINT; other types are refused.
Result<std::string> DliBigInt(const SpecialInput& input, std::size_t index);
/// A text, number, date or timestamp as STRING; other types are refused.
Result<std::string> DliText(const SpecialInput& input, std::size_t index);

}  // namespace sluice::sql
