#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

constexpr int kWidthMax = 1000;
constexpr int kFractionDigitsMax = 20;

/// One %… of a format of java.util.Formatter.
struct Conversion {
  bool left = false;   ///< -
  bool zeros = false;  ///< 0
  bool plus = false;   ///< +
  bool commas = false;
  int width = 0;
  std::optional<int> precision;
  char kind = 0;
};

/// Reads a conversion behind its %; nothing when it has what is not offered.
std::optional<Conversion> ReadConversion(std::string_view format, std::size_t* at) {
  Conversion out;
  const auto number = [&] {
    int value = 0;
    while (*at < format.size() && IsDigit(format[*at]) && value <= kWidthMax) {
      value = value * 10 + (format[(*at)++] - '0');
    }
    return value;
  };
  for (; *at < format.size(); ++*at) {
    bool* flag = nullptr;
    if (format[*at] == '-') flag = &out.left;
    if (format[*at] == '0') flag = &out.zeros;
    if (format[*at] == '+') flag = &out.plus;
    if (format[*at] == ',') flag = &out.commas;
    if (flag == nullptr) break;
    *flag = true;
  }
  out.width = number();
  if (*at < format.size() && format[*at] == '.') {
    ++*at;
    out.precision = number();
  }
  if (*at >= format.size() || out.width > kWidthMax) return std::nullopt;
  out.kind = format[(*at)++];
  if (out.left && out.zeros) return std::nullopt;
  return out;
}

/// A number's text with its sign, commas and leading zeros; `digits` is SQL of the text.
std::string Decorated(std::string digits, const Conversion& to) {
  if (to.commas) digits = fmt::format("spark._with_commas({})", digits);
  if (to.plus) {
    digits = fmt::format(
        "(CASE WHEN system.main.starts_with({0}, '-') THEN {0} ELSE '+' || {0} END)", digits);
  }
  if (to.zeros && to.width > 0)
    digits = fmt::format("spark._zero_padded({}, {})", digits, to.width);
  return digits;
}

Result<std::string> ConvertedText(const Typed& value, const Conversion& to) {
  std::string text;
  const bool plain = !to.zeros && !to.plus && !to.commas && !to.precision;
  if (value.type.id() == TypeId::kVoid && (to.kind == 's' || to.kind == 'd')) {
    text = "'null'";
  } else if (to.kind == 's' && plain) {
    text = fmt::format("coalesce({}, 'null')", Coerced(value, TypeId::kString).sql);
  } else if (to.kind == 'd' && value.type.IsIntegral() && !to.precision) {
    text = fmt::format("coalesce({}, 'null')",
                       Decorated(fmt::format("CAST({} AS VARCHAR)", value.sql), to));
  } else if (to.kind == 'x' &&
             (value.type.id() == TypeId::kInt || value.type.id() == TypeId::kBigInt) && plain) {
    text = fmt::format(
        "coalesce(system.main.lower(spark._java_hex({}, {})), 'null')", value.sql,
        value.type.id() == TypeId::kInt ? "CAST(4294967295 AS BIGINT)" : "CAST(-1 AS BIGINT)");
  } else if (to.kind == 'f' && to.precision.value_or(6) <= kFractionDigitsMax &&
             (value.type.id() == TypeId::kDouble || value.type.id() == TypeId::kDecimal)) {
    // Java rounds the shortest text of a double half up.
    const std::string digits = fmt::format(
        "CAST(CAST(CAST(system.main.abs({0}) AS VARCHAR) AS DECIMAL(38,{1})) AS VARCHAR)",
        value.sql, to.precision.value_or(6));
    text = fmt::format(
        "coalesce({}, 'null')",
        Decorated(fmt::format("(CASE WHEN {} < 0 THEN '-' ELSE '' END || {})", value.sql, digits),
                  to));
  } else {
    return FailUnsupported(
        fmt::format("format_string with %{} of {}", to.kind, value.type.SqlName()));
  }
  if (to.width == 0) return text;
  return fmt::format("spark._{}({}, {})", to.left ? "padded_right" : "padded_left", text, to.width);
}

/// format_string, printf: a constant format is taken apart here.
Result<Typed> FormatString(SpecialInput& input) {
  const Typed& format = input.arguments[0];
  if (format.literal == nullptr || !format.IsText()) {
    return FailUnsupported(fmt::format("{} with a format that is not a constant", input.name));
  }
  const std::string_view pattern = format.literal->text;
  std::string sql = "''";
  std::string plain;
  std::size_t next = 1;
  const auto flush = [&] {
    if (!plain.empty()) sql += " || " + QuoteText(plain);
    plain.clear();
  };
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '%') {
      plain += pattern[at++];
      continue;
    }
    ++at;
    const std::optional<Conversion> to = ReadConversion(pattern, &at);
    if (!to) return FailUnsupported(fmt::format("the format '{}'", pattern));
    if (to->kind == '%' || to->kind == 'n') {
      plain += to->kind == 'n' ? '\n' : '%';
      continue;
    }
    if (next >= input.arguments.size()) {
      return FailUnsupported(fmt::format("the format '{}' with this many arguments", pattern));
    }
    flush();
    sql += " || " + TRY(ConvertedText(input.arguments[next++], *to));
  }
  flush();
  return ResultOf(input, fmt::format("({})", sql), TypeId::kString);
}

constexpr std::array kFormat = {
    SpecialFunction{"format_string", 1, kAnyNumber, &FormatString},
    SpecialFunction{"printf", 1, kAnyNumber, &FormatString},
};

}  // namespace

std::span<const SpecialFunction> FormatFunctions() { return kFormat; }

}  // namespace sluice::sql
