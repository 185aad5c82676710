#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/bind_typed.h"

namespace sluice::sql {

/// The scalar functions that take fixed argument types: one row of a table each. `arguments` has a
/// letter a parameter, `|` before the first optional one, `*` behind a last one that repeats:
///
///     s STRING  i INT  l BIGINT  d DOUBLE  b BOOLEAN  y BINARY  D DATE  T TIMESTAMP
///     ! first of all: no implicit casts
///     n any number (a string becomes DOUBLE)  c STRING or BINARY as it is  a anything
///
/// `result` is one of these letters, `t` TINYINT, `0` the type of the first argument, `S` array of
/// strings, `M` map of strings to strings.
struct ScalarFunction {
  std::string_view name;
  std::string_view arguments;
  std::string_view result;
  /// Text of the missing optional arguments, comma separated, as Spark shows and uses them.
  std::string_view defaults = {};
  /// How Spark's own name of the call begins when it is not the name as called.
  std::string_view shown = {};
  /// DuckDB function; empty: the macro spark.<name>.
  std::string_view target = {};
};

/// The function of a lower-case name, or null.
const ScalarFunction* FindScalarFunction(std::string_view name);
std::span<const ScalarFunction> ScalarFunctions();

/// Whether Spark has a built-in function of this name that Sluice knows and does not offer.
bool IsKnownNotOffered(std::string_view name);

/// Coerces the arguments and makes the call. `shown_name` is the function's name as written.
Result<Typed> CallScalar(const ScalarFunction& function, std::string_view shown_name,
                         std::vector<Typed> arguments, const Span& span);

/// WRONG_NUM_ARGS as Spark words it; `expected` is "2", "[1, 2]", "2n (n > 0)".
tl::unexpected<Error> FailArgumentCount(const Span& span, std::string_view function,
                                        std::string_view expected, std::size_t actual);

/// The same unless `min` <= `count` <= `max`.
Result<void> CheckArgumentCount(const Span& span, std::string_view function, std::size_t count,
                                std::size_t min, std::size_t max);

/// UNEXPECTED_INPUT_TYPE as Spark words it. `wanted` comes with its quotes: "\"STRING\"".
tl::unexpected<Error> FailArgumentType(const Span& span, std::string_view call, std::size_t index,
                                       std::string_view wanted, const Typed& argument);

/// "name(a, b)"
std::string CallName(std::string_view name, const std::vector<Typed>& arguments);

}  // namespace sluice::sql
