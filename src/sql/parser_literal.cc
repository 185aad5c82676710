#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "sql/literal_text.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kDecimalDigitsMax = 38;

bool IsNumber(TokenKind kind) {
  return kind >= TokenKind::kIntegerValue && kind <= TokenKind::kBigDecimalLiteral;
}

std::optional<IntervalUnit> UnitOf(TokenKind kind) {
  using T = TokenKind;
  switch (kind) {
    case T::kYear:
    case T::kYears:
      return IntervalUnit::kYear;
    case T::kMonth:
    case T::kMonths:
      return IntervalUnit::kMonth;
    case T::kWeek:
    case T::kWeeks:
      return IntervalUnit::kWeek;
    case T::kDay:
    case T::kDays:
      return IntervalUnit::kDay;
    case T::kHour:
    case T::kHours:
      return IntervalUnit::kHour;
    case T::kMinute:
    case T::kMinutes:
      return IntervalUnit::kMinute;
    case T::kSecond:
    case T::kSeconds:
      return IntervalUnit::kSecond;
    case T::kMillisecond:
    case T::kMilliseconds:
      return IntervalUnit::kMillisecond;
    case T::kMicrosecond:
    case T::kMicroseconds:
      return IntervalUnit::kMicrosecond;
    case T::kNanosecond:
    case T::kNanoseconds:
      return IntervalUnit::kNanosecond;
    default:
      return std::nullopt;
  }
}

bool IsUnitPair(IntervalUnit first, IntervalUnit last) {
  if (first == IntervalUnit::kYear) return last == IntervalUnit::kMonth;
  return first >= IntervalUnit::kDay && last > first && last <= IntervalUnit::kSecond;
}

template <class Integer>
bool Fits(std::string_view text) {
  Integer value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

struct Range {
  std::string_view type;
  std::string_view low;
  std::string_view high;
};

constexpr Range kTinyRange{"tinyint", "-128", "127"};
constexpr Range kSmallRange{"smallint", "-32768", "32767"};
constexpr Range kBigRange{"bigint", "-9223372036854775808", "9223372036854775807"};
constexpr Range kFloatRange{"float", "-3.4028234663852886E+38", "3.4028234663852886E+38"};
constexpr Range kDoubleRange{"double", "-1.7976931348623157E+308", "1.7976931348623157E+308"};

std::string OutOfRange(std::string_view number, const Range& range) {
  return fmt::format(
      "Numeric literal {} is outside the valid range for {} with minimum value of {} and maximum "
      "value of {}. Please adjust the value accordingly.",
      number, range.type, range.low, range.high);
}

/// Significant digits of a decimal number: as BigDecimal counts precision, at least its scale.
std::size_t DecimalDigits(std::string_view text) {
  std::string digits;
  std::size_t scale = 0;
  bool pointed = false;
  for (const char c : text) {
    if (ToLower(c) == 'e') break;
    if (c == '.') pointed = true;
    if (!IsDigit(c)) continue;
    digits.push_back(c);
    if (pointed) ++scale;
  }
  const std::size_t zeros = digits.find_first_not_of('0');
  const std::size_t significant = zeros == std::string::npos ? 1 : digits.size() - zeros;
  return std::max(significant, scale);
}

/// X'1F': an odd number of digits has a 0 before it.
bool DecodeHex(std::string_view digits, std::string& bytes) {
  bytes.clear();
  const std::string padded = (digits.size() % 2 == 0 ? "" : "0") + std::string(digits);
  for (std::size_t i = 0; i < padded.size(); i += 2) {
    unsigned value = 0;
    const char* const end = padded.data() + i + 2;
    const auto read = std::from_chars(padded.data() + i, end, value, 16);
    if (read.ec != std::errc() || read.ptr != end) return false;
    bytes.push_back(static_cast<char>(value));
  }
  return true;
}

template <class Real>
bool IsFiniteText(const std::string& text) {
  const double value = std::strtod(text.c_str(), nullptr);
  return std::fabs(value) <= static_cast<double>(std::numeric_limits<Real>::max());
}

}  // namespace

bool Parser::AtNumber() const {
  return IsNumber(Peek().kind) || (At(T::kMinus) && IsNumber(Peek(1).kind));
}

/// Whether a constant starts here; words that are also names count only with what makes them one.
bool Parser::AtConstant() const {
  if (AtString() || AtNumber() || At(T::kQuestion)) return true;
  if (At(T::kColon)) return IsIdentifier(Peek(1).kind);
  if (!AtIdentifier()) return false;
  const T next = Peek(1).kind;
  if (AtInterval()) return true;
  if (next == T::kStringLiteral || next == T::kDoubleQuoted) return true;
  const bool names = next == T::kLeftParen || next == T::kArrow;
  return AtAny(T::kNull, T::kTrue, T::kFalse) && !names;
}

ExprPtr Parser::ParseConstant() {
  const Index first = index_;
  if (AtString()) return ParseStrings();
  if (AtNumber()) return ParseNumber();
  if (Accept(T::kQuestion)) return Make(first, Parameter{});
  if (Accept(T::kColon)) {
    const Identifier name = PARSED(ParseIdentifier());
    return Make(first, Parameter{name.text});
  }
  if (AtInterval()) return ParseInterval();
  if (Peek(1).kind == T::kStringLiteral || Peek(1).kind == T::kDoubleQuoted) {
    return ParseTypedLiteral();
  }
  Literal literal;
  if (!At(T::kNull)) literal = {LiteralKind::kBoolean, At(T::kTrue) ? "true" : "false"};
  Advance();
  return Make(first, std::move(literal));
}

/// Adjacent strings are one.
ExprPtr Parser::ParseStrings() {
  const Index first = index_;
  Literal literal{LiteralKind::kString, {}};
  while (AtString()) {
    literal.text += StringValue(TextAt());
    Advance();
  }
  return Make(first, std::move(literal));
}

ExprPtr Parser::ParseNumber() {
  const Index first = index_;
  std::string text;
  if (Accept(T::kMinus)) text = "-";
  const T kind = Peek().kind;
  text += TextAt();
  Advance();
  Literal literal = NumberLiteral(kind, std::move(text), tokens_[first].span);
  return Make(first, std::move(literal));
}

Literal Parser::NumberLiteral(T kind, std::string text, const Span& span) {
  const auto drop = [&](std::size_t suffix) { text.resize(text.size() - suffix); };
  const auto check = [&](bool fits, const Range& range) {
    if (!fits) Complain("INVALID_NUMERIC_LITERAL_RANGE", OutOfRange(text, range), span);
  };
  switch (kind) {
    case T::kIntegerValue:
      return PlainInteger(std::move(text), span);
    case T::kTinyIntLiteral:
      drop(1);
      check(Fits<std::int8_t>(text), kTinyRange);
      return {LiteralKind::kTinyInt, std::move(text)};
    case T::kSmallIntLiteral:
      drop(1);
      check(Fits<std::int16_t>(text), kSmallRange);
      return {LiteralKind::kSmallInt, std::move(text)};
    case T::kBigIntLiteral:
      drop(1);
      check(Fits<std::int64_t>(text), kBigRange);
      return {LiteralKind::kBigInt, std::move(text)};
    case T::kFloatLiteral:
      drop(1);
      check(IsFiniteText<float>(text), kFloatRange);
      return {LiteralKind::kFloat, std::move(text)};
    case T::kDoubleLiteral:
      drop(1);
      check(IsFiniteText<double>(text), kDoubleRange);
      return {LiteralKind::kDouble, std::move(text)};
    case T::kExponentValue:
      check(IsFiniteText<double>(text), kDoubleRange);
      return {LiteralKind::kDouble, std::move(text)};
    case T::kBigDecimalLiteral:
      drop(2);
      break;
    default:
      break;
  }
  if (DecimalDigits(text) > kDecimalDigitsMax) {
    Complain("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
             fmt::format("Decimal precision {} exceeds max precision {}.", DecimalDigits(text),
                         kDecimalDigitsMax),
             span);
  }
  return {LiteralKind::kDecimal, std::move(text)};
}

/// The first of INT, BIGINT and DECIMAL that holds it.
Literal Parser::PlainInteger(std::string text, const Span& span) {
  if (Fits<std::int32_t>(text)) return {LiteralKind::kInt, std::move(text)};
  if (Fits<std::int64_t>(text)) return {LiteralKind::kBigInt, std::move(text)};
  if (DecimalDigits(text) > kDecimalDigitsMax) {
    Complain("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
             fmt::format("Decimal precision {} exceeds max precision {}.", DecimalDigits(text),
                         kDecimalDigitsMax),
             span);
  }
  return {LiteralKind::kDecimal, std::move(text)};
}

// ---- typed literals ----------------------------------------------------------------------------

ExprPtr Parser::ParseTypedLiteral() {
  const Index first = index_;
  const Token word = Peek();
  const std::string type = ToUpper(TextAt());
  Advance();
  Literal literal{LiteralKind::kString, StringValue(TextAt())};
  Advance();
  if (word.kind == T::kInterval) {
    CheckTypedLiteral(type, literal, word.span);
    return Make(first, Interval{.parts = {}, .to = {}, .text = std::move(literal.text)});
  }
  CheckTypedLiteral(type, literal, word.span);
  return Make(first, std::move(literal));
}

void Parser::CheckTypedLiteral(const std::string& type, Literal& literal, const Span& span) {
  bool valid = true;
  const std::string text = literal.text;
  if (type == "DATE") {
    literal.kind = LiteralKind::kDate;
    valid = IsDateText(text);
  } else if (type == "TIMESTAMP" || type == "TIMESTAMP_LTZ" || type == "TIMESTAMP_NTZ") {
    literal.kind = type == "TIMESTAMP"       ? LiteralKind::kTimestamp
                   : type == "TIMESTAMP_LTZ" ? LiteralKind::kTimestampLtz
                                             : LiteralKind::kTimestampNtz;
    valid = IsTimestampText(text);
  } else if (type == "INTERVAL") {
    valid = IsIntervalText(text);
  } else if (type == "X") {
    literal.kind = LiteralKind::kBinary;
    valid = DecodeHex(text, literal.text);
  } else {
    Complain("UNSUPPORTED_TYPED_LITERAL",
             fmt::format("Literals of the type \"{}\" are not supported. Supported types are "
                         "\"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", "
                         "\"INTERVAL\", \"X\".",
                         type),
             span);
    return;
  }
  if (!valid) {
    Complain("INVALID_TYPED_LITERAL",
             fmt::format("The value of the typed literal \"{}\" is invalid: '{}'.", type, text),
             span);
  }
}

// ---- intervals ---------------------------------------------------------------------------------

/// INTERVAL followed by a number or string and a unit; INTERVAL '1 day' is a typed literal.
bool Parser::AtInterval() const {
  if (!At(T::kInterval)) return false;
  const Index sign = Peek(1).kind == T::kMinus || Peek(1).kind == T::kPlus ? 1 : 0;
  switch (Peek(1 + sign).kind) {
    case T::kIntegerValue:
    case T::kDecimalValue:
      return sign == 0 || UnitOf(Peek(2 + sign).kind).has_value();
    case T::kStringLiteral:
    case T::kDoubleQuoted:
      return UnitOf(Peek(2 + sign).kind).has_value();
    default:
      return false;
  }
}

ExprPtr Parser::ParseInterval() {
  const Index first = index_;
  Advance();
  const Span span = Peek().span;
  Interval interval;
  REQUIRE(ParseIntervalPart(interval));
  if (At(T::kTo) && UnitOf(Peek(1).kind)) {
    Advance();
    interval.to = UnitOf(Peek().kind);
    const std::string from = ToLower(TextOf(tokens_[index_ - 2]));
    const std::string to = ToLower(TextAt());
    Advance();
    const IntervalPart& part = interval.parts.front();
    if (!IsUnitPair(part.unit, *interval.to)) {
      Complain("", fmt::format("Intervals FROM {} TO {} are not supported.", from, to), span);
    } else if (!part.value_is_string) {
      Complain("", "The value of from-to unit must be a string.", span);
    } else if (!IsUnitToUnitText(part.value, part.unit, *interval.to)) {
      Complain("", fmt::format("Error parsing interval string: {}.", part.value), span);
    }
    return Make(first, std::move(interval));
  }
  while (AtIntervalValue()) REQUIRE(ParseIntervalPart(interval));
  return Make(first, std::move(interval));
}

/// Whether another "3 hours" follows in an interval.
bool Parser::AtIntervalValue() const {
  const Index sign = AtAny(T::kMinus, T::kPlus) ? 1 : 0;
  switch (Peek(sign).kind) {
    case T::kIntegerValue:
    case T::kDecimalValue:
    case T::kStringLiteral:
    case T::kDoubleQuoted:
      return UnitOf(Peek(sign + 1).kind).has_value();
    default:
      return false;
  }
}

bool Parser::ParseIntervalPart(Interval& interval) {
  IntervalPart part;
  if (At(T::kMinus)) part.value = "-";
  if (AtAny(T::kMinus, T::kPlus)) Advance();
  part.value_is_string = AtString();
  part.value += part.value_is_string ? StringValue(TextAt()) : std::string(TextAt());
  Advance();
  const std::optional<IntervalUnit> unit = UnitOf(Peek().kind);
  REQUIRE(unit.has_value() || Reject());
  part.unit = *unit;
  Advance();
  interval.parts.push_back(std::move(part));
  return true;
}

}  // namespace sluice::sql
