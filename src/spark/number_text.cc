#include "spark/number_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "base/ascii.h"

namespace sluice::spark {

namespace {

bool IsBlankOrControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7F;
}

/// String.trim() of Java: all up to the blank.
std::string_view JavaTrim(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t CountDigits(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  return digits;
}

/// Length of "1", "1.", ".5", "1.5" and the same with an exponent, without a sign; 0 for none.
std::size_t PlainNumberLength(std::string_view text) {
  std::size_t length = CountDigits(text);
  std::size_t digits = length;
  if (length < text.size() && text[length] == '.') {
    const std::size_t fraction = CountDigits(text.substr(length + 1));
    digits += fraction;
    length += 1 + fraction;
  }
  if (digits == 0) return 0;
  if (length < text.size() && (text[length] == 'e' || text[length] == 'E')) {
    std::size_t sign = length + 1;
    if (sign < text.size() && (text[sign] == '+' || text[sign] == '-')) ++sign;
    const std::size_t exponent = sign < text.size() ? CountDigits(text.substr(sign)) : 0;
    if (exponent == 0) return 0;
    length = sign + exponent;
  }
  return length;
}

/// A hexadecimal number behind "0x": digits, a point, and an exponent that must be there.
bool IsHexNumber(std::string_view text) {
  const auto count = [&] {
    std::size_t digits = 0;
    while (!text.empty() && std::isxdigit(static_cast<unsigned char>(text.front())) != 0) {
      text.remove_prefix(1);
      ++digits;
    }
    return digits;
  };
  std::size_t digits = count();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += count();
  }
  if (digits == 0 || text.empty() || (text.front() != 'p' && text.front() != 'P')) return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && CountDigits(text) == text.size();
}

/// The zeros of the scripts that have decimal digits of two or three bytes (Unicode category Nd).
constexpr std::array<std::uint16_t, 36> kZeros = {
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};

/// The digit at the front, as ASCII, and its length in bytes; nothing for any other character.
std::optional<std::pair<char, std::size_t>> ForeignDigit(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC0 || byte(0) >= 0xF0 || text.size() < length) return std::nullopt;
  const unsigned point =
      length == 2 ? (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU)
                  : (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
  for (unsigned zero : kZeros) {
    if (point >= zero && point <= zero + 9) {
      return std::pair(static_cast<char>('0' + (point - zero)), length);
    }
  }
  return std::nullopt;
}

/// With digits of other scripts as ASCII ones; other characters stay.
std::string WithAsciiDigits(std::string_view text) {
  std::string ascii;
  while (!text.empty()) {
    const auto digit = ForeignDigit(text);
    ascii += digit ? digit->first : text.front();
    text.remove_prefix(digit ? digit->second : 1);
  }
  return ascii;
}

bool HasSuffix(std::string_view text) {
  return !text.empty() && std::string_view("dDfF").find(text.back()) != std::string_view::npos;
}

/// What is past the range is left to the C library, which knows infinity and zero.
template <class Float>
Float OutOfRange(const std::string& text) {
  if constexpr (sizeof(Float) == sizeof(float)) {
    return std::strtof(text.c_str(), nullptr);
  } else {
    return std::strtod(text.c_str(), nullptr);
  }
}

template <class Float>
std::optional<Float> ReadPlain(std::string_view text, std::chars_format form) {
  Float value = 0;
  const std::from_chars_result read =
      std::from_chars(text.data(), text.data() + text.size(), value, form);
  if (read.ec == std::errc::result_out_of_range) {
    return OutOfRange<Float>((form == std::chars_format::hex ? "0x" : "") + std::string(text));
  }
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Without a sign; "Infinity" and "NaN" count in any case, as Spark has them beside Java's.
template <class Float>
std::optional<Float> ReadMagnitude(std::string_view text, bool has_sign) {
  const std::string_view number = HasSuffix(text) ? text.substr(0, text.size() - 1) : text;
  const std::size_t length = PlainNumberLength(number);
  if (length > 0 && length == number.size()) {
    return ReadPlain<Float>(number, std::chars_format::general);
  }
  if (number.size() > 2 && number[0] == '0' && ToLower(number[1]) == 'x') {
    if (!IsHexNumber(number.substr(2))) return std::nullopt;
    return ReadPlain<Float>(number.substr(2), std::chars_format::hex);
  }
  if (EqualsIgnoreCase(text, "inf") || EqualsIgnoreCase(text, "infinity")) {
    return std::numeric_limits<Float>::infinity();
  }
  if (text == "NaN" || (!has_sign && EqualsIgnoreCase(text, "nan"))) {
    return std::numeric_limits<Float>::quiet_NaN();
  }
  return std::nullopt;
}

template <class Float>
std::optional<Float> ReadFraction(std::string_view text) {
  text = JavaTrim(text);
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  const bool is_negative = text.starts_with('-');
  if (has_sign) text.remove_prefix(1);
  std::optional<Float> value = ReadMagnitude<Float>(text, has_sign);
  if (value && is_negative && !std::isnan(*value)) value = -*value;
  return value;
}

}  // namespace

std::string_view TrimAll(std::string_view text) {
  while (!text.empty() && IsBlankOrControl(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlankOrControl(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> ReadInteger(std::string_view text) {
  text = TrimAll(text);
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  const std::size_t whole = CountDigits(text);
  const std::string_view rest = text.substr(whole);
  if (!rest.empty() && (rest[0] != '.' || CountDigits(rest.substr(1)) + 1 != rest.size())) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (char digit : text.substr(0, whole)) {
    // Below zero, where there is one number more.
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, digit - '0', &value)) {
      return std::nullopt;
    }
  }
  if (is_negative) return value;
  if (value == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return -value;
}

std::optional<double> ReadDouble(std::string_view text) { return ReadFraction<double>(text); }
std::optional<float> ReadFloat(std::string_view text) { return ReadFraction<float>(text); }

std::optional<std::string> DecimalDigits(std::string_view text) {
  std::string number(JavaTrim(text));
  if (std::any_of(number.begin(), number.end(), [](char c) { return (c & 0x80) != 0; })) {
    number = WithAsciiDigits(number);
  }
  const std::size_t sign = number.starts_with('-') || number.starts_with('+') ? 1 : 0;
  const std::size_t length = PlainNumberLength(std::string_view(number).substr(sign));
  if (length == 0 || sign + length != number.size()) return std::nullopt;
  return number;
}

double RoundDouble(double value, std::int32_t digits, bool to_even) {
  if (!std::isfinite(value) || value == 0) return value;
  // "d.ddde[+-]dd": the shortest decimal that reads back, which Java shows.
  std::array<char, 64> buffer;
  const std::to_chars_result end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                                 std::abs(value), std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  std::string number(text.substr(0, e));
  std::erase(number, '.');
  const std::int64_t exponent = std::strtol(std::string(text.substr(e + 1)).c_str(), nullptr, 10);
  // Digits that are kept: those before the place `digits` behind the point.
  const std::int64_t kept = exponent + 1 + digits;
  if (kept >= static_cast<std::int64_t>(number.size())) return value;
  if (kept < 0) return std::copysign(0.0, 1.0);
  const auto place = static_cast<std::size_t>(kept);
  const bool is_half =
      number[place] == '5' && number.find_first_not_of('0', place + 1) == std::string::npos;
  const bool is_even = place == 0 || (number[place - 1] - '0') % 2 == 0;
  bool up = number[place] >= '5' && !(is_half && to_even && is_even);
  number.resize(place);
  for (std::size_t i = place; up && i > 0; --i) {
    up = number[i - 1] == '9';
    number[i - 1] = static_cast<char>(up ? '0' : number[i - 1] + 1);
  }
  if (up) number.insert(number.begin(), '1');
  if (number.find_first_not_of('0') == std::string::npos) return 0.0;
  const std::string rounded = number + "e" + std::to_string(-static_cast<std::int64_t>(digits));
  return std::copysign(std::strtod(rounded.c_str(), nullptr), value);
}

std::optional<bool> ReadBoolean(std::string_view text) {
  text = TrimAll(text);
  for (std::string_view yes : {"t", "true", "y", "yes", "1"}) {
    if (EqualsIgnoreCase(text, yes)) return true;
  }
  for (std::string_view no : {"f", "false", "n", "no", "0"}) {
    if (EqualsIgnoreCase(text, no)) return false;
  }
  return std::nullopt;
}

}  // namespace sluice::spark
