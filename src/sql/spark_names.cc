#include "sql/spark_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace sluice::sql {
namespace {

/// Java switches to scientific notation outside 10^-3 .. 10^7.
constexpr int kPlainExponentMin = -3;
constexpr int kPlainExponentMax = 7;

/// Lays out the shortest digits of a number the way Java does. `shortest` is fmt's "d.dddde±xx".
std::string JavaLayout(std::string_view shortest) {
  const std::size_t e = shortest.find('e');
  std::string_view mantissa = shortest.substr(0, e);
  const int exponent = std::atoi(std::string(shortest.substr(e + 1)).c_str());
  std::string sign;
  if (mantissa.front() == '-') {
    sign = "-";
    mantissa.remove_prefix(1);
  }
  std::string digits;
  for (char c : mantissa) {
    if (c != '.') digits += c;
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  const int count = static_cast<int>(digits.size());
  if (exponent < kPlainExponentMin || exponent >= kPlainExponentMax) {
    const std::string fraction = count > 1 ? digits.substr(1) : "0";
    return fmt::format("{}{}.{}E{}", sign, digits[0], fraction, exponent);
  }
  if (exponent < 0) {
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent) - 1, '0') + digits;
  }
  if (count <= exponent + 1) {
    return sign + digits +
           std::string(static_cast<std::size_t>(exponent) + 1 - static_cast<std::size_t>(count),
                       '0') +
           ".0";
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

template <class Number>
std::string JavaText(Number value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  // The fewest digits that read back to the same number, in scientific form.
  for (int digits = 0; digits < 17; ++digits) {
    const std::string text = fmt::format("{:.{}e}", value, digits);
    if (static_cast<Number>(std::strtod(text.c_str(), nullptr)) == value) return JavaLayout(text);
  }
  return JavaLayout(fmt::format("{:.17e}", value));
}

}  // namespace

std::string JavaDoubleText(double value) { return JavaText(value); }
std::string JavaFloatText(float value) { return JavaText(value); }

DecimalLiteral ReadDecimalLiteral(std::string_view text) {
  std::string sign;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') sign = "-";
    text.remove_prefix(1);
  }
  int exponent = 0;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
    text = text.substr(0, e);
  }
  std::string digits;
  int scale = 0;
  bool behind_point = false;
  for (char c : text) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    digits += c;
    if (behind_point) ++scale;
  }
  scale -= exponent;
  constexpr int kZerosMax = 400;  // past any decimal; keeps a hostile exponent harmless
  if (scale < 0) {
    digits += std::string(static_cast<std::size_t>(std::min(-scale, kZerosMax)), '0');
    scale = 0;
  }
  scale = std::min(scale, kZerosMax);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  DecimalLiteral literal;
  literal.scale = scale;
  literal.precision = std::max(static_cast<int>(digits.size()), scale);
  if (static_cast<int>(digits.size()) <= scale) {
    digits.insert(0, static_cast<std::size_t>(scale) + 1 - digits.size(), '0');
  }
  literal.text = sign + digits.substr(0, digits.size() - static_cast<std::size_t>(scale));
  if (scale > 0)
    literal.text += "." + digits.substr(digits.size() - static_cast<std::size_t>(scale));
  return literal;
}

std::string_view OperatorWord(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
      return "+";
    case BinaryOperator::kSubtract:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kIntegerDivide:
      return "div";
    case BinaryOperator::kBitAnd:
      return "&";
    case BinaryOperator::kBitOr:
      return "|";
    case BinaryOperator::kBitXor:
      return "^";
    case BinaryOperator::kConcat:
      return "||";
    case BinaryOperator::kEqual:
      return "=";
    case BinaryOperator::kNullSafeEqual:
      return "<=>";
    case BinaryOperator::kNotEqual:
      return "!=";
    case BinaryOperator::kLess:
      return "<";
    case BinaryOperator::kLessOrEqual:
      return "<=";
    case BinaryOperator::kGreater:
      return ">";
    case BinaryOperator::kGreaterOrEqual:
      return ">=";
  }
  return "?";
}

}  // namespace sluice::sql
