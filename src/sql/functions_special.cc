#include "sql/functions_special.h"

#include <fmt/format.h>

#include <utility>

#include "sql/functions.h"
#include "sql/functions_dli.h"

namespace sluice::sql {

std::string SpecialInput::Name() const { return CallName(shown, arguments); }

Typed ResultOf(const SpecialInput& input, std::string sql, DataType type) {
  Typed result;
  result.sql = std::move(sql);
  result.type = std::move(type);
  result.name = input.Name();
  result.foldable = true;
  for (const Typed& argument : input.arguments) {
    Inherit(argument, &result);
    result.foldable = result.foldable && argument.foldable;
  }
  return result;
}

const SpecialFunction* FindSpecialFunction(std::string_view name) {
  for (const auto family :
       {ConditionalFunctions(), NumberFunctions(), CollectionFunctions(), ArrayFunctions(),
        TimeFunctions(), TextFunctions(), HashFunctions(), FormatFunctions(), RandomFunctions(),
        IntervalFunctions(), DliFunctions(), DliTimeFunctions()}) {
    for (const SpecialFunction& function : family) {
      if (function.name == name) return &function;
    }
  }
  return nullptr;
}

Result<Typed> CallSpecial(const SpecialFunction& function, SpecialInput& input) {
  const int count = static_cast<int>(input.arguments.size());
  if (count < function.arguments_min || count > function.arguments_max) {
    std::string expected = fmt::format("{}", function.arguments_min);
    if (function.arguments_max == kAnyNumber) {
      expected = fmt::format("> {}", function.arguments_min - 1);
    } else if (function.arguments_max > function.arguments_min) {
      expected = "[" + expected;
      for (int i = function.arguments_min + 1; i <= function.arguments_max; ++i) {
        expected += fmt::format(", {}", i);
      }
      expected += "]";
    }
    return FailArgumentCount(input.span, function.name, expected, input.arguments.size());
  }
  return function.body(input);
}

tl::unexpected<Error> FailElementType(const SpecialInput& input, const Typed& value) {
  return FailAnalysis(input.span, "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                      "Cannot resolve \"{}\" due to data type mismatch: Input to `{}` should have "
                      "been \"ARRAY\" followed by a value with same element type, but it's "
                      "[\"{}\", \"{}\"].",
                      input.Name(), input.name, input.arguments[0].type.UpperName(),
                      value.type.UpperName());
}

}  // namespace sluice::sql
