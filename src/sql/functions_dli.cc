#include "sql/functions_dli.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "sql/coerce.h"
#include "sql/functions.h"
#include "sql/generate.h"

namespace sluice::sql {

tl::unexpected<Error> FailNotConstant(const SpecialInput& input, std::size_t index,
                                      std::string_view parameter) {
  return FailAnalysis(input.span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                      "Cannot resolve \"{}\" due to data type mismatch: the input `{}` should be a "
                      "foldable \"STRING\" expression; however, got \"{}\".",
                      input.Name(), parameter, input.arguments[index].name);
}

Result<std::string> DliBigInt(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  if (!value.type.IsIntegral() && value.type.id() != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), index + 1, "\"BIGINT\"", value);
  }
  return ExactText(Coerced(value, TypeId::kBigInt));
}

Result<std::string> DliText(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  const TypeId id = value.type.id();
  const bool fits = value.IsText() || value.type.IsNumeric() || id == TypeId::kVoid ||
                    id == TypeId::kDate || id == TypeId::kTimestamp || id == TypeId::kTimestampNtz;
  if (!fits) {
    return FailArgumentType(input.span, input.Name(), index + 1,
                            "(\"STRING\" or \"NUMERIC\" or \"DATE\" or \"TIMESTAMP\")", value);
  }
  return ExactText(Coerced(value, TypeId::kString));
}

namespace {

/// A call of DuckDB's `function` whose first `texts` arguments are texts and the others BIGINT, as
/// many as it has parameters: `defaults` stand for those left out, the last ones last.
Result<std::string> Call(const SpecialInput& input, std::string_view function, std::size_t texts,
                         const std::vector<std::string_view>& defaults = {}) {
  std::string list;
  std::size_t index = 0;
  for (; index < input.arguments.size(); ++index) {
    const bool text = index < texts;
    if (index > 0) list += ", ";
    list += TRY(text ? DliText(input, index) : DliBigInt(input, index));
  }
  for (std::size_t i = index - std::min(index, texts); i < defaults.size(); ++i) {
    list += fmt::format(", {}", defaults[i]);
  }
  return fmt::format("{}({})", function, list);
}

constexpr std::string_view kOne = "CAST(1 AS BIGINT)";
constexpr std::string_view kZero = "CAST(0 AS BIGINT)";

// ---- texts -------------------------------------------------------------------------------------

Result<Typed> CharMatchCount(SpecialInput& input) {
  return ResultOf(input, TRY(Call(input, "system.main.sluice_dli_char_matchcount", 2)),
                  TypeId::kBigInt);
}

/// instr1(text, part [, start [, nth]])
Result<Typed> Instr(SpecialInput& input) {
  return ResultOf(input, TRY(Call(input, "system.main.sluice_dli_instr", 2, {kOne, kOne})),
                  TypeId::kBigInt);
}

/// keyvalue(text, [pair_end, key_end,] key)
Result<Typed> KeyValue(SpecialInput& input) {
  if (input.arguments.size() == 3) return FailArgumentCount(input.span, input.name, "[2, 4]", 3);
  if (input.arguments.size() == 4) {
    return ResultOf(input, TRY(Call(input, "system.main.sluice_dli_keyvalue", 4)), TypeId::kString);
  }
  const std::string text = TRY(DliText(input, 0));
  const std::string key = TRY(DliText(input, 1));
  return ResultOf(input,
                  fmt::format("system.main.sluice_dli_keyvalue({}, ';', ':', {})", text, key),
                  TypeId::kString);
}

/// The pages say that the number is a STRING.
Result<Typed> LengthInBytes(SpecialInput& input) {
  const std::string text = TRY(DliText(input, 0));
  return ResultOf(input, fmt::format("CAST(system.main.strlen({}) AS VARCHAR)", text),
                  TypeId::kString);
}

Result<Typed> SplitPart(SpecialInput& input) {
  return ResultOf(input, TRY(Call(input, "spark._dli_split_part", 2)), TypeId::kString);
}

Result<Typed> UrlCode(SpecialInput& input) {
  return ResultOf(input, TRY(Call(input, fmt::format("spark._dli_{}", input.name), 2)),
                  TypeId::kString);
}

// ---- regular expressions -----------------------------------------------------------------------

/// regexp_count(text, pattern, start)
Result<Typed> RegexpCount(SpecialInput& input) {
  return ResultOf(input, TRY(Call(input, "system.main.sluice_dli_regexp_count", 2)),
                  TypeId::kBigInt);
}

/// regexp_instr(text, pattern, start, nth [, end])
Result<Typed> RegexpInstr(SpecialInput& input) {
  return ResultOf(input,
                  TRY(Call(input, "system.main.sluice_dli_regexp_instr", 2, {kOne, kOne, kZero})),
                  TypeId::kBigInt);
}

/// regexp_substr(text, pattern, start [, nth])
Result<Typed> RegexpSubstr(SpecialInput& input) {
  return ResultOf(input, TRY(Call(input, "system.main.sluice_dli_regexp_substr", 2, {kOne, kOne})),
                  TypeId::kString);
}

/// regexp_replace1(text, pattern, replacement [, nth]): all matches, or one.
Result<Typed> RegexpReplace(SpecialInput& input) {
  const char* which = input.arguments.size() == 3 ? "all" : "nth";
  return ResultOf(
      input, TRY(Call(input, fmt::format("system.main.sluice_dli_regexp_replace_{}", which), 3)),
      TypeId::kString);
}

// ---- numbers and all types ---------------------------------------------------------------------

Result<Typed> Cotangent(SpecialInput& input) {
  const Typed& angle = input.arguments[0];
  const bool fits = angle.type.IsNumeric() || angle.IsText() || angle.type.id() == TypeId::kVoid;
  if (!fits) return FailArgumentType(input.span, input.Name(), 1, "\"DOUBLE\"", angle);
  return ResultOf(input, fmt::format("spark.cot({})", Coerced(angle, TypeId::kDouble).sql),
                  TypeId::kDouble);
}

/// javahash(text or integer): Java's hashCode, as STRING by the pages.
Result<Typed> JavaHash(SpecialInput& input) {
  const Typed& value = input.arguments[0];
  const std::string exact = ExactText(value);
  std::string hash;
  if (value.IsText()) {
    hash = fmt::format("system.main.sluice_dli_hash_text({})", exact);
  } else if (value.type.id() == TypeId::kBigInt) {
    hash = fmt::format("system.main.sluice_dli_hash_long({})", exact);
  } else if (value.type.IsIntegral() || value.type.id() == TypeId::kVoid) {
    hash = exact;
  } else {
    return FailArgumentType(input.span, input.Name(), 1, "(\"STRING\" or \"INTEGRAL\")", value);
  }
  return ResultOf(input, fmt::format("spark._dli_hash({}, {})", exact, hash), TypeId::kString);
}

/// What the values of ordinal are compared as; empty for types that do not go together.
std::optional<DataType> OrdinalType(const std::vector<Typed>& values) {
  bool numbers = false;
  bool texts = false;
  bool times = false;
  bool others = false;
  std::vector<DataType> types;
  for (const Typed& value : values) {
    const TypeId id = value.type.id();
    if (id == TypeId::kVoid) continue;
    types.push_back(value.type);
    const bool time =
        id == TypeId::kDate || id == TypeId::kTimestamp || id == TypeId::kTimestampNtz;
    numbers = numbers || value.type.IsNumeric();
    texts = texts || value.IsText();
    times = times || time;
    others = others || (!value.type.IsNumeric() && !value.IsText() && !time);
  }
  if (others || (numbers && times)) return std::nullopt;
  if (types.empty()) return DataType(TypeId::kString);
  if (texts && times) return DataType(TypeId::kTimestamp);
  if (texts && numbers) return DataType(TypeId::kDouble);
  if (texts) return DataType(TypeId::kString);
  const bool decimals = std::any_of(types.begin(), types.end(), [](const DataType& type) {
    return type.id() == TypeId::kDecimal;
  });
  const bool only_decimals = std::all_of(types.begin(), types.end(), [](const DataType& type) {
    return type.id() == TypeId::kDecimal;
  });
  if (decimals && !only_decimals) return DataType(TypeId::kDouble);
  return WiderType(types, StringPromotion::kNo);
}

/// ordinal(nth, value, value, …): the nth of the values from the smallest; NULL is the smallest.
Result<Typed> Ordinal(SpecialInput& input) {
  const std::string nth = TRY(DliBigInt(input, 0));
  const std::vector<Typed> values(input.arguments.begin() + 1, input.arguments.end());
  const std::optional<DataType> type = OrdinalType(values);
  if (!type) {
    std::string list;
    for (const Typed& value : values) {
      list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", value.type.UpperName());
    }
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: Input to `ordinal` "
                        "should all be the same type, but it's [{}].",
                        input.Name(), list);
  }
  std::string list;
  for (const Typed& value : values) {
    list += (list.empty() ? "" : ", ") + ExactText(Coerced(value, *type));
  }
  return ResultOf(input, fmt::format("spark._dli_ordinal({}, [{}])", nth, list), *type);
}

/// A decimal keeps its whole digits and at most `places` others.
Typed TruncateDecimal(const SpecialInput& input, const Typed& value, int places) {
  const int scale = std::clamp(places, 0, value.type.scale());
  const int whole = value.type.precision() - value.type.scale();
  const DataType type = DataType::Decimal(std::max(whole + scale, 1), scale);
  if (places >= value.type.scale()) return ResultOf(input, value.sql, type);
  return ResultOf(input,
                  ScaledText(fmt::format("system.main.sluice_decimal_truncate({}, {}, {}, {})",
                                         UnscaledText(value.sql, value.type), value.type.scale(),
                                         std::max(places, -kDecimalPrecisionMax), type.precision()),
                             type),
                  type);
}

/// trunc_numeric(number [, places]): towards zero.
Result<Typed> TruncNumeric(SpecialInput& input) {
  const Typed& value = input.arguments[0];
  const bool has_places = input.arguments.size() > 1;
  const std::string places = has_places ? TRY(DliBigInt(input, 1)) : std::string(kZero);
  if (!value.type.IsNumeric() && !value.IsText() && value.type.id() != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), 1, "(\"NUMERIC\" or \"STRING\")", value);
  }
  if (value.type.id() != TypeId::kDecimal) {
    return ResultOf(input,
                    fmt::format("system.main.sluice_dli_truncate({}, {})",
                                ExactText(Coerced(value, TypeId::kDouble)), places),
                    TypeId::kDouble);
  }
  if (!has_places) return TruncateDecimal(input, value, 0);
  // The places are a part of the type.
  const Literal* constant = input.arguments[1].literal;
  if (constant == nullptr || !input.arguments[1].type.IsIntegral()) {
    return FailUnsupported("trunc_numeric of a DECIMAL to places that are not a constant");
  }
  constexpr long kPlacesMax = 1'000;
  const long wanted = std::strtol(constant->text.c_str(), nullptr, 10);
  return TruncateDecimal(input, value,
                         static_cast<int>(std::clamp(wanted, -kPlacesMax, kPlacesMax)));
}

// ---- tables ------------------------------------------------------------------------------------

constexpr std::array kFunctions = {
    SpecialFunction{"char_matchcount", 2, 2, &CharMatchCount},
    SpecialFunction{"instr1", 2, 4, &Instr},
    SpecialFunction{"keyvalue", 2, 4, &KeyValue},
    SpecialFunction{"lengthb", 1, 1, &LengthInBytes},
    SpecialFunction{"regexp_replace1", 3, 4, &RegexpReplace},
    SpecialFunction{"cot1", 1, 1, &Cotangent},
    SpecialFunction{"javahash", 1, 1, &JavaHash},
    SpecialFunction{"ordinal", 2, kAnyNumber, &Ordinal},
    SpecialFunction{"trunc_numeric", 1, 2, &TruncNumeric},
};

/// Spark's functions of these names take fewer arguments.
template <int kArgumentsMin>
bool HasMore(const std::vector<Typed>& arguments) {
  return arguments.size() >= kArgumentsMin;
}

constexpr std::array kOverloads = {
    DliOverload{{"regexp_count", 3, 3, &RegexpCount}, &HasMore<3>},
    DliOverload{{"regexp_instr", 4, 5, &RegexpInstr}, &HasMore<4>},
    DliOverload{{"regexp_substr", 3, 4, &RegexpSubstr}, &HasMore<3>},
    DliOverload{{"split_part", 4, 4, &SplitPart}, &HasMore<4>},
    DliOverload{{"url_encode", 2, 2, &UrlCode}, &HasMore<2>},
    DliOverload{{"url_decode", 2, 2, &UrlCode}, &HasMore<2>},
};

}  // namespace

std::span<const SpecialFunction> DliFunctions() { return kFunctions; }

const SpecialFunction* FindDliOverload(std::string_view name, const std::vector<Typed>& arguments) {
  for (const auto family : {std::span<const DliOverload>(kOverloads), DliTimeOverloads()}) {
    for (const DliOverload& overload : family) {
      if (overload.function.name == name && overload.applies(arguments)) return &overload.function;
    }
  }
  return nullptr;
}

}  // namespace sluice::sql
