#include <fmt/format.h>

#include <array>
#include <utility>

#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

Result<Typed> Concat(SpecialInput& input) {
  return Concatenate(std::move(input.arguments), input.span, "concat");
}

/// CONCAT_WS skips NULLs and takes arrays of strings among its arguments.
Result<Typed> ConcatWs(SpecialInput& input) {
  const std::string separator = Coerced(input.arguments[0], TypeId::kString).sql;
  Typed result = ResultOf(input, {}, TypeId::kString);
  std::string lists;
  bool arrays = false;
  for (const Typed& value : input.arguments) arrays = arrays || value.type.IsNested();
  for (std::size_t i = 1; i < input.arguments.size(); ++i) {
    const Typed& value = input.arguments[i];
    if (value.type.IsNested() && value.type.id() != TypeId::kArray) {
      return FailArgumentType(input.span, result.name, i + 1, "(\"ARRAY<STRING>\" or \"STRING\")",
                              value);
    }
    if (i > 1) lists += ", ";
    if (value.type.id() == TypeId::kArray) {
      lists +=
          fmt::format("coalesce({}, [])", Coerced(value, DataType::Array(TypeId::kString)).sql);
    } else {
      const std::string text = Coerced(value, TypeId::kString).sql;
      lists += arrays ? fmt::format("[{}]", text) : text;
    }
  }
  if (lists.empty()) {
    result.sql = fmt::format("(CASE WHEN {} IS NOT NULL THEN '' END)", separator);
  } else if (arrays) {
    result.sql = fmt::format("spark._join(system.main.list_concat({}), {})", lists, separator);
  } else {
    result.sql = fmt::format("system.main.concat_ws({}, {})", separator, lists);
  }
  return result;
}

/// ltrim(text) and ltrim(characters, text); Spark shows the second as TRIM(LEADING ...).
Result<Typed> TrimSide(SpecialInput& input) {
  const bool leading = input.name == "ltrim";
  const std::string last = Coerced(input.arguments.back(), TypeId::kString).sql;
  if (input.arguments.size() == 1) {
    return ResultOf(input, fmt::format("system.main.{}({}, ' ')", input.name, last),
                    TypeId::kString);
  }
  Typed result = ResultOf(input,
                          fmt::format("system.main.{}({}, {})", input.name, last,
                                      Coerced(input.arguments[0], TypeId::kString).sql),
                          TypeId::kString);
  result.name = fmt::format("TRIM({} {} FROM {})", leading ? "LEADING" : "TRAILING",
                            input.arguments[0].name, input.arguments[1].name);
  return result;
}

/// With a third argument, -1 stands for a distance past it.
Result<Typed> Levenshtein(SpecialInput& input) {
  std::string arguments;
  for (std::size_t i = 0; i < input.arguments.size(); ++i) {
    if (i > 0) arguments += ", ";
    arguments += Coerced(input.arguments[i], i < 2 ? TypeId::kString : TypeId::kInt).sql;
  }
  return ResultOf(input, fmt::format("spark.levenshtein({})", arguments), TypeId::kInt);
}

/// substr of text counts characters, of binary bytes.
Result<Typed> Substring(SpecialInput& input) {
  const Typed value = input.arguments[0];  // the list below may grow
  const bool binary = value.type.id() == TypeId::kBinary;
  if (value.type.IsNested()) {
    return FailArgumentType(input.span, input.Name(), 1, "(\"STRING\" or \"BINARY\")", value);
  }
  if (binary) return FailUnsupported("substring of a binary");
  if (input.arguments.size() == 2) {
    Typed all;
    all.sql = "2147483647";
    all.type = TypeId::kInt;
    all.name = all.sql;
    all.foldable = true;
    input.arguments.push_back(std::move(all));
  }
  return ResultOf(input,
                  fmt::format("spark.substr({}, {}, {})", Coerced(value, TypeId::kString).sql,
                              Coerced(input.arguments[1], TypeId::kInt).sql,
                              Coerced(input.arguments[2], TypeId::kInt).sql),
                  TypeId::kString);
}

Result<Typed> Trim(SpecialInput& input) {
  if (input.arguments.size() == 2) {
    const Typed characters = input.arguments[0];
    Typed result = ResultOf(
        input,
        fmt::format("spark.btrim({}, {})", Coerced(input.arguments[1], TypeId::kString).sql,
                    Coerced(characters, TypeId::kString).sql),
        TypeId::kString);
    result.name = fmt::format("TRIM(BOTH {} FROM {})", characters.name, input.arguments[1].name);
    return result;
  }
  return ResultOf(input,
                  fmt::format("spark.btrim({})", Coerced(input.arguments[0], TypeId::kString).sql),
                  TypeId::kString);
}

Result<Typed> Elt(SpecialInput& input) {
  Typed result = ResultOf(input, {}, TypeId::kString);
  result.sql = fmt::format("(CASE {}", Coerced(input.arguments[0], TypeId::kInt).sql);
  for (std::size_t i = 1; i < input.arguments.size(); ++i) {
    result.sql +=
        fmt::format(" WHEN {} THEN {}", i, Coerced(input.arguments[i], TypeId::kString).sql);
  }
  result.sql += " END)";
  return result;
}

Result<Typed> Reverse(SpecialInput& input) {
  const Typed& value = input.arguments[0];
  if (value.type.id() == TypeId::kArray) {
    return ResultOf(input, fmt::format("system.main.list_reverse({})", value.sql), value.type);
  }
  if (value.type.IsNested()) {
    return FailArgumentType(input.span, input.Name(), 1, "(\"STRING\" or \"ARRAY\")", value);
  }
  return ResultOf(input, fmt::format("spark.reverse({})", Coerced(value, TypeId::kString).sql),
                  TypeId::kString);
}

/// like(a, b), ilike(a, b) as calls.
Result<Typed> LikeCall(SpecialInput& input) {
  const bool fold = input.name == "ilike";
  Typed result = ResultOf(
      input,
      fmt::format("({} {} {} ESCAPE '\\')", Coerced(input.arguments[0], TypeId::kString).sql,
                  fold ? "ILIKE" : "LIKE", Coerced(input.arguments[1], TypeId::kString).sql),
      TypeId::kBoolean);
  if (!fold) {
    result.name = fmt::format("{} LIKE {}", input.arguments[0].name, input.arguments[1].name);
  }
  return result;
}

Result<Typed> FormatNumber(SpecialInput& input) {
  if (!input.arguments[0].type.IsNumeric() || input.arguments[1].literal == nullptr ||
      !input.arguments[1].type.IsIntegral()) {
    return FailUnsupported("format_number with a pattern or a scale that is not a constant");
  }
  const std::string digits = input.arguments[1].literal->text;
  return ResultOf(input,
                  fmt::format("spark._format_number({}, {})", input.arguments[0].sql, digits),
                  TypeId::kString);
}

constexpr ScalarFunction kRegexpReplace{"regexp_replace", "sssi", "s"};

Result<Typed> RegexpReplace(SpecialInput& input) {
  Typed position;
  position.sql = "1";
  position.type = TypeId::kInt;
  position.name = "1";
  position.foldable = true;
  if (input.arguments.size() == 3) input.arguments.push_back(std::move(position));
  const Typed& start = input.arguments[3];
  if (!start.foldable) {
    return FailAnalysis(
        input.span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        "Cannot resolve \"{}\" due to data type mismatch: the input position should "
        "be a foldable \"INT\" expression; however, got \"{}\".",
        input.Name(), start.name);
  }
  if (start.literal != nullptr && start.type.IsIntegral() &&
      (start.literal->text == "0" || start.literal->text.starts_with('-'))) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                        "Cannot resolve \"{}\" due to data type mismatch: The position must be "
                        "between (0, 2147483647] (current value = {}).",
                        input.Name(), start.literal->text);
  }
  input.arguments[3] = Coerced(start, TypeId::kInt);
  return CallScalar(kRegexpReplace, input.shown, std::move(input.arguments), input.span);
}

constexpr std::array kText = {
    SpecialFunction{"concat", 0, kAnyNumber, &Concat},
    SpecialFunction{"concat_ws", 1, kAnyNumber, &ConcatWs},
    SpecialFunction{"ltrim", 1, 2, &TrimSide},
    SpecialFunction{"rtrim", 1, 2, &TrimSide},
    SpecialFunction{"levenshtein", 2, 3, &Levenshtein},
    SpecialFunction{"substr", 2, 3, &Substring},
    SpecialFunction{"substring", 2, 3, &Substring},
    SpecialFunction{"trim", 1, 2, &Trim},
    SpecialFunction{"elt", 2, kAnyNumber, &Elt},
    SpecialFunction{"reverse", 1, 1, &Reverse},
    SpecialFunction{"like", 2, 2, &LikeCall},
    SpecialFunction{"ilike", 2, 2, &LikeCall},
    SpecialFunction{"format_number", 2, 2, &FormatNumber},
    SpecialFunction{"regexp_replace", 3, 4, &RegexpReplace},
};

}  // namespace

std::span<const SpecialFunction> TextFunctions() { return kText; }

Result<Typed> Concatenate(std::vector<Typed> parts, const Span& span, std::string_view name) {
  Typed result;
  result.name = CallName(name, parts);
  result.foldable = true;
  if (parts.empty()) {
    result.sql = "''";
    result.type = TypeId::kString;
    return result;
  }
  bool arrays = false;
  bool binaries = true;
  for (const Typed& part : parts) {
    arrays = arrays || part.type.id() == TypeId::kArray;
    binaries = binaries && part.type.id() == TypeId::kBinary;
    result.foldable = result.foldable && part.foldable;
    Inherit(part, &result);
  }
  result.type = TypeId::kString;
  if (arrays) result.type = TRY(Unify(&parts, span, result.name));
  if (binaries) result.type = TypeId::kBinary;
  for (Typed& part : parts) {
    if (part.type.IsNested() != arrays) {
      return FailArgumentType(span, result.name, 1, "(\"STRING\" or \"BINARY\" or \"ARRAY\")",
                              part);
    }
    result.sql += (result.sql.empty() ? "" : " || ") + Coerced(part, result.type).sql;
  }
  result.sql = fmt::format("({})", result.sql);
  return result;
}

}  // namespace sluice::sql
