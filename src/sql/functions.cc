#include "sql/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"
#include "sql/coerce.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

/// An empty text as a default, which a comma-less list cannot spell otherwise.
constexpr std::string_view kEmptyDefault = "<empty>";
constexpr char kDefaultSeparator = '~';

constexpr std::array kFunctions = {
    // Text.
    ScalarFunction{"upper", "s", "s"},
    ScalarFunction{"lower", "s", "s"},
    ScalarFunction{"ucase", "s", "s"},
    ScalarFunction{"lcase", "s", "s"},
    ScalarFunction{"length", "c", "i"},
    ScalarFunction{"len", "c", "i", {}, {}, "spark.length"},
    ScalarFunction{"char_length", "c", "i", {}, {}, "spark.length"},
    ScalarFunction{"character_length", "c", "i", {}, {}, "spark.length"},
    ScalarFunction{"octet_length", "c", "i"},
    ScalarFunction{"bit_length", "c", "i"},
    ScalarFunction{"btrim", "s|s", "s"},
    ScalarFunction{"substring_index", "ssi", "s"},
    ScalarFunction{"left", "si", "s"},
    ScalarFunction{"right", "si", "s"},
    ScalarFunction{"instr", "ss", "i"},
    ScalarFunction{"locate", "ss|i", "i", "1"},
    ScalarFunction{"position", "ss|i", "i", "1", {}, "spark.locate"},
    ScalarFunction{"find_in_set", "ss", "i"},
    ScalarFunction{"lpad", "si|s", "s", " "},
    ScalarFunction{"rpad", "si|s", "s", " "},
    ScalarFunction{"repeat", "si", "s"},
    ScalarFunction{"space", "i", "s"},
    ScalarFunction{"replace", "ss|s", "s", kEmptyDefault},
    ScalarFunction{"translate", "sss", "s"},
    ScalarFunction{"overlay", "ssi|i", "s", "-1"},
    ScalarFunction{"split", "ss|i", "S", "-1"},
    ScalarFunction{"split_part", "ssi", "s"},
    ScalarFunction{"initcap", "s", "s"},
    ScalarFunction{"ascii", "s", "i"},
    ScalarFunction{"char", "l", "s"},
    ScalarFunction{"chr", "l", "s", {}, {}, "spark.char"},
    ScalarFunction{"soundex", "!s", "s"},
    ScalarFunction{"startswith", "ss", "b"},
    ScalarFunction{"endswith", "ss", "b"},
    ScalarFunction{"contains", "ss", "b"},
    ScalarFunction{"base64", "y", "s"},
    ScalarFunction{"unbase64", "s", "y"},
    ScalarFunction{"unhex", "s", "y"},
    ScalarFunction{"md5", "y", "s"},
    ScalarFunction{"sha", "y", "s", {}, {}, "spark.sha1"},
    ScalarFunction{"sha1", "y", "s"},
    ScalarFunction{"bin", "l", "s"},
    ScalarFunction{"rlike", "ss", "b", {}, "RLIKE"},
    ScalarFunction{"regexp", "ss", "b", {}, "REGEXP", "spark.rlike"},
    ScalarFunction{"regexp_like", "ss", "b", {}, "REGEXP_LIKE", "spark.rlike"},
    ScalarFunction{"regexp_extract", "ss|i", "s", "1"},
    ScalarFunction{"regexp_extract_all", "ss|i", "S", "1"},
    ScalarFunction{"regexp_count", "ss", "i"},
    ScalarFunction{"regexp_substr", "ss", "s"},
    ScalarFunction{"sha2", "yi", "s"},
    ScalarFunction{"crc32", "y", "l"},
    ScalarFunction{"encode", "ss", "y"},
    ScalarFunction{"conv", "sii", "s"},
    ScalarFunction{"luhn_check", "s", "b"},
    ScalarFunction{"json_object_keys", "!s", "S", {}, {}, "system.main.sluice_json_object_keys"},
    ScalarFunction{"regexp_instr", "ss|i", "i", "0"},
    ScalarFunction{"str_to_map", "!s|ss", "M", ",~:"},
    ScalarFunction{"mask", "!s", "s", "X~x~n~NULL"},
    ScalarFunction{"parse_url", "!ss|s", "s"},
    ScalarFunction{"url_encode", "s", "s"},
    ScalarFunction{"url_decode", "s", "s"},
    ScalarFunction{"get_json_object", "!ss", "s", {}, {}, "system.main.sluice_get_json_object"},
    ScalarFunction{"json_array_length", "!s", "i", {}, {}, "system.main.sluice_json_array_length"},
    // Numbers.
    ScalarFunction{"acos", "d", "d", {}, "ACOS"},
    ScalarFunction{"acosh", "d", "d", {}, "ACOSH"},
    ScalarFunction{"asin", "d", "d", {}, "ASIN"},
    ScalarFunction{"asinh", "d", "d", {}, "ASINH"},
    ScalarFunction{"atan", "d", "d", {}, "ATAN"},
    ScalarFunction{"atan2", "dd", "d", {}, "ATAN2"},
    ScalarFunction{"atanh", "d", "d", {}, "ATANH"},
    ScalarFunction{"cos", "d", "d", {}, "COS"},
    ScalarFunction{"cosh", "d", "d", {}, "COSH"},
    ScalarFunction{"cot", "d", "d", {}, "COT"},
    ScalarFunction{"csc", "d", "d", {}, "CSC"},
    ScalarFunction{"sec", "d", "d", {}, "SEC"},
    ScalarFunction{"sin", "d", "d", {}, "SIN"},
    ScalarFunction{"sinh", "d", "d", {}, "SINH"},
    ScalarFunction{"tan", "d", "d", {}, "TAN"},
    ScalarFunction{"tanh", "d", "d", {}, "TANH"},
    ScalarFunction{"sqrt", "d", "d", {}, "SQRT"},
    ScalarFunction{"cbrt", "d", "d", {}, "CBRT"},
    ScalarFunction{"exp", "d", "d", {}, "EXP"},
    ScalarFunction{"expm1", "d", "d", {}, "EXPM1"},
    ScalarFunction{"ln", "d", "d"},
    ScalarFunction{"log10", "d", "d", {}, "LOG10"},
    ScalarFunction{"log2", "d", "d", {}, "LOG2"},
    ScalarFunction{"log1p", "d", "d", {}, "LOG1P"},
    ScalarFunction{"degrees", "d", "d", {}, "DEGREES"},
    ScalarFunction{"radians", "d", "d", {}, "RADIANS"},
    ScalarFunction{"power", "dd", "d", {}, "POWER"},
    ScalarFunction{"pow", "dd", "d", {}, "pow", "spark.power"},
    ScalarFunction{"hypot", "dd", "d", {}, "HYPOT"},
    ScalarFunction{"rint", "d", "d"},
    ScalarFunction{"pi", "", "d", {}, "PI"},
    ScalarFunction{"e", "", "d", {}, "E"},
    ScalarFunction{"factorial", "i", "l"},
    ScalarFunction{"bitmap_bucket_number", "l", "l"},
    ScalarFunction{"bitmap_bit_position", "l", "l"},
    ScalarFunction{"bit_get", "!li", "t"},
    ScalarFunction{"getbit", "!li", "t", {}, {}, "spark.bit_get"},
    ScalarFunction{"isnan", "d", "b"},
    ScalarFunction{"nanvl", "dd", "d"},
    ScalarFunction{"width_bucket", "dddl", "l"},
    ScalarFunction{"uuid", "", "s"},
    // Dates and times.
    ScalarFunction{"year", "D", "i"},
    ScalarFunction{"quarter", "D", "i"},
    ScalarFunction{"month", "D", "i"},
    ScalarFunction{"day", "D", "i"},
    ScalarFunction{"dayofmonth", "D", "i", {}, {}, "spark.day"},
    ScalarFunction{"dayofweek", "D", "i"},
    ScalarFunction{"weekday", "D", "i"},
    ScalarFunction{"dayofyear", "D", "i"},
    ScalarFunction{"weekofyear", "D", "i"},
    ScalarFunction{"date_add", "Di", "D"},
    ScalarFunction{"dateadd", "Di", "D", {}, {}, "spark.date_add"},
    ScalarFunction{"date_sub", "Di", "D"},
    ScalarFunction{"datediff", "DD", "i"},
    ScalarFunction{"date_diff", "DD", "i", {}, {}, "spark.datediff"},
    ScalarFunction{"add_months", "Di", "D"},
    ScalarFunction{"last_day", "D", "D"},
    ScalarFunction{"next_day", "Ds", "D"},
    ScalarFunction{"months_between", "TT|b", "d", "true"},
    ScalarFunction{"trunc", "Ds", "D"},
    ScalarFunction{"unix_date", "!D", "i"},
    ScalarFunction{"date_from_unix_date", "i", "D"},
    ScalarFunction{"make_date", "iii", "D"},
    ScalarFunction{"unix_seconds", "!T", "l"},
    ScalarFunction{"unix_millis", "!T", "l"},
    ScalarFunction{"unix_micros", "!T", "l"},
    ScalarFunction{"timestamp_millis", "!l", "T"},
    ScalarFunction{"timestamp_micros", "!l", "T"},
    ScalarFunction{"from_utc_timestamp", "Ts", "T"},
    ScalarFunction{"to_utc_timestamp", "Ts", "T"},
};

/// Built-in functions of Spark that are known by name and not offered.
constexpr std::string_view kNotOffered[] = {"to_number",
                                            "try_to_number",
                                            "to_char",
                                            "to_varchar",
                                            "to_binary",
                                            "try_to_binary",
                                            "percentile_disc",
                                            "reflect",
                                            "java_method",
                                            "input_file_name",
                                            "input_file_block_start",
                                            "input_file_block_length",
                                            "from_csv",
                                            "to_csv",
                                            "schema_of_csv",
                                            "from_xml",
                                            "aes_encrypt",
                                            "aes_decrypt",
                                            "try_aes_decrypt",
                                            "histogram_numeric",
                                            "count_min_sketch",
                                            "bitmap_count",
                                            "bitmap_construct_agg",
                                            "bitmap_or_agg",
                                            "sentences",
                                            "window",
                                            "session_window",
                                            "window_time",
                                            "xpath",
                                            "xpath_boolean",
                                            "xpath_double",
                                            "xpath_float",
                                            "xpath_int",
                                            "xpath_long",
                                            "xpath_number",
                                            "xpath_short",
                                            "xpath_string",
                                            "spark_partition_id",
                                            "hll_sketch_agg",
                                            "hll_sketch_estimate",
                                            "hll_union",
                                            "hll_union_agg",
                                            "make_interval",
                                            "try_make_interval",
                                            "version",
                                            "bloom_filter_agg",
                                            "might_contain",
                                            "nullifzero",
                                            "zeroifnull",
                                            "shuffle",
                                            "schema_of_xml"};

DataType ParameterType(char letter, const DataType& actual) {
  switch (letter) {
    case 's':
      return TypeId::kString;
    case 'i':
      return TypeId::kInt;
    case 'l':
      return TypeId::kBigInt;
    case 't':
      return TypeId::kTinyInt;
    case 'd':
      return TypeId::kDouble;
    case 'b':
      return TypeId::kBoolean;
    case 'y':
      return TypeId::kBinary;
    case 'D':
      return TypeId::kDate;
    case 'T':
      return TypeId::kTimestamp;
    case 'S':
      return DataType::Array(TypeId::kString);
    case 'M':
      return DataType::Map(TypeId::kString, TypeId::kString);
    case 'n':
      return actual.IsNumeric() ? actual : DataType(TypeId::kDouble);
    case 'c':
      return actual.id() == TypeId::kBinary ? actual : DataType(TypeId::kString);
    default:
      return actual;
  }
}

/// Whether Spark casts the argument by itself.
bool CastsImplicitly(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kVoid) return true;
  if (from.IsNested() || to.IsNested()) return false;
  if (from.id() == TypeId::kYearMonthInterval || from.id() == TypeId::kDayTimeInterval) {
    return false;
  }
  if (to.IsText()) return true;
  if (from.IsText()) return to.id() != TypeId::kBoolean;
  if (to.IsNumeric()) return from.IsNumeric();
  const auto temporal = [](const DataType& type) {
    return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp ||
           type.id() == TypeId::kTimestampNtz;
  };
  return temporal(from) && temporal(to);
}

struct Parameters {
  std::string letters;
  std::size_t required = 0;
  bool strict = false;
};

Parameters ReadParameters(std::string_view arguments) {
  Parameters parameters;
  bool optional = false;
  for (char c : arguments) {
    if (c == '|') {
      optional = true;
      continue;
    }
    if (c == '!') {
      parameters.strict = true;
      continue;
    }
    parameters.letters += c;
    if (!optional) ++parameters.required;
  }
  return parameters;
}

/// Whether an argument may stand there; strict functions take whole numbers for whole numbers, and
/// else no other type than their own.
bool Accepts(const Parameters& parameters, const DataType& from, const DataType& to) {
  if (!parameters.strict || from.id() == TypeId::kVoid) return CastsImplicitly(from, to);
  return from == to || (from.IsIntegral() && to.IsIntegral());
}

Typed DefaultArgument(std::string_view text, char letter) {
  Typed value;
  if (text == kEmptyDefault) text = {};
  value.name = std::string(text);
  value.sql = letter == 's' ? QuoteText(text) : std::string(text);
  value.type = ParameterType(letter, TypeId::kString);
  value.physical = Physical::kExact;
  value.foldable = true;
  return value;
}

}  // namespace

const ScalarFunction* FindScalarFunction(std::string_view name) {
  for (const ScalarFunction& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

std::span<const ScalarFunction> ScalarFunctions() { return kFunctions; }

bool IsKnownNotOffered(std::string_view name) {
  return std::find(std::begin(kNotOffered), std::end(kNotOffered), name) != std::end(kNotOffered);
}

std::string CallName(std::string_view name, const std::vector<Typed>& arguments) {
  std::string text = std::string(name) + "(";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    text += (i > 0 ? ", " : "") + arguments[i].name;
  }
  return text + ")";
}

tl::unexpected<Error> FailArgumentCount(const Span& span, std::string_view function,
                                        std::string_view expected, std::size_t actual) {
  return FailAnalysis(
      span, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
      "The `{}` requires {} parameters but the actual number is {}. Please, refer to "
      "'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix.",
      function, expected, actual);
}

Result<void> CheckArgumentCount(const Span& span, std::string_view function, std::size_t count,
                                std::size_t min, std::size_t max) {
  if (count >= min && count <= max) return {};
  const std::string expected =
      min == max ? fmt::format("{}", min) : fmt::format("[{}, {}]", min, max);
  return FailArgumentCount(span, function, expected, count);
}

tl::unexpected<Error> FailArgumentType(const Span& span, std::string_view call, std::size_t index,
                                       std::string_view wanted, const Typed& argument) {
  return FailAnalysis(span, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                      "Cannot resolve \"{}\" due to data type mismatch: Parameter {} requires the "
                      "{} type, however \"{}\" has the type \"{}\".",
                      call, index, wanted, argument.name, argument.type.UpperName());
}

Result<Typed> CallScalar(const ScalarFunction& function, std::string_view shown_name,
                         std::vector<Typed> arguments, const Span& span) {
  const Parameters parameters = ReadParameters(function.arguments);
  const std::size_t count = arguments.size();
  if (count < parameters.required || count > parameters.letters.size()) {
    std::string expected = fmt::format("{}", parameters.required);
    if (parameters.letters.size() > parameters.required) {
      expected = "[" + expected;
      for (std::size_t i = parameters.required + 1; i <= parameters.letters.size(); ++i) {
        expected += fmt::format(", {}", i);
      }
      expected += "]";
    }
    return FailArgumentCount(span, function.name, expected, count);
  }
  const std::string_view shown = function.shown.empty() ? shown_name : function.shown;
  std::vector<Typed> shown_arguments = arguments;
  if (!function.defaults.empty()) {
    std::size_t place = parameters.required;
    for (std::string_view text : Split(function.defaults, kDefaultSeparator)) {
      if (place < count) {
        ++place;
        continue;
      }
      const bool real = place < parameters.letters.size();
      Typed value = DefaultArgument(text, real ? parameters.letters[place] : 's');
      shown_arguments.push_back(value);
      if (real) arguments.push_back(std::move(value));
      ++place;
    }
  }
  Typed result;
  result.name = CallName(shown, shown_arguments);
  result.foldable = true;
  std::string list;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const DataType wanted = ParameterType(parameters.letters[i], arguments[i].type);
    if (!Accepts(parameters, arguments[i].type, wanted)) {
      return FailArgumentType(span, result.name, i + 1, fmt::format("\"{}\"", wanted.UpperName()),
                              arguments[i]);
    }
    Inherit(arguments[i], &result);
    result.foldable = result.foldable && arguments[i].foldable;
    // Macros choose an overload by the type they see: what leaves here is exact.
    list += (i > 0 ? ", " : "") + ExactText(Coerced(arguments[i], wanted));
  }
  const std::string target = function.target.empty() ? fmt::format("spark.{}", function.name)
                                                     : std::string(function.target);
  result.sql = fmt::format("{}({})", target, list);
  result.type = function.result == "0" ? arguments.at(0).type
                                       : ParameterType(function.result[0], TypeId::kString);
  return result;
}

}  // namespace sluice::sql
