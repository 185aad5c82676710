#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/bind_typed.h"
#include "sql/front_end.h"

namespace sluice::sql {

/// A call whose result depends on the types of its arguments.
struct SpecialInput {
  std::string shown;      ///< the name as written
  std::string_view name;  ///< lower case, as in the table
  std::vector<Typed> arguments;
  Span span;
  const SessionContext& session;

  /// "name(a, b)"
  std::string Name() const;
};

using SpecialFunctionBody = Result<Typed> (*)(SpecialInput&);

struct SpecialFunction {
  std::string_view name;
  int arguments_min;
  int arguments_max;  ///< kAnyNumber: no limit
  SpecialFunctionBody body;
};
inline constexpr int kAnyNumber = 1'000'000;

/// The functions with rules of their own, by family.
std::span<const SpecialFunction> ConditionalFunctions();
std::span<const SpecialFunction> NumberFunctions();
std::span<const SpecialFunction> CollectionFunctions();
std::span<const SpecialFunction> ArrayFunctions();
std::span<const SpecialFunction> TimeFunctions();
std::span<const SpecialFunction> TextFunctions();
std::span<const SpecialFunction> HashFunctions();
std::span<const SpecialFunction> FormatFunctions();
std::span<const SpecialFunction> RandomFunctions();
std::span<const SpecialFunction> IntervalFunctions();

/// The number of the row among those of its SELECT, from 0, in the order the engine makes them.
inline constexpr std::string_view kRowFromZero = "(row_number() OVER () - 1)";
/// Whether a call is made of kRowFromZero, which may stand in a select list only.
bool CountsRows(std::string_view name, std::size_t arguments);

/// The function of a lower-case name, or null.
const SpecialFunction* FindSpecialFunction(std::string_view name);
/// Checks the number of arguments and calls.
Result<Typed> CallSpecial(const SpecialFunction& function, SpecialInput& input);

/// An array and a value that is to be, or to be found, among its elements, of types that do not
/// meet.
tl::unexpected<Error> FailElementType(const SpecialInput& input, const Typed& value);

/// Whether date_part knows a part of this name.
bool IsSparkDatePart(std::string_view part);

/// A result that takes over the flags of all arguments.
Typed ResultOf(const SpecialInput& input, std::string sql, DataType type);

}  // namespace sluice::sql
