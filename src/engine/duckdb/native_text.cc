#include <algorithm>
#include <limits>
#include <string>

#include "base/ascii.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"

namespace sluice {

namespace {

constexpr std::int32_t kBaseMin = 2;
constexpr std::int32_t kBaseMax = 36;

int DigitOf(char c) {
  if (IsDigit(c)) return c - '0';
  const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
  return upper >= 'A' && upper <= 'Z' ? upper - 'A' + 10 : kBaseMax;
}

/// The digits of `text` up to the first that is none; all ones when they do not fit 64 bits.
std::uint64_t ReadNumber(std::string_view text, std::uint64_t base) {
  std::uint64_t value = 0;
  for (char c : text) {
    const auto digit = static_cast<std::uint64_t>(DigitOf(c));
    if (digit >= base) break;
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base) {
      return std::numeric_limits<std::uint64_t>::max();
    }
    value = value * base + digit;
  }
  return value;
}

/// conv() of Spark: numbers are unsigned unless the base they are written in is negative.
std::string Converted(std::string_view text, std::int32_t from, std::int32_t to) {
  bool negative = text.starts_with('-');
  std::uint64_t value = ReadNumber(text.substr(negative ? 1 : 0), static_cast<std::uint64_t>(from));
  const auto is_below_zero = [&] { return (value >> 63U) != 0; };
  if (negative && to > 0) {
    value = is_below_zero() ? std::numeric_limits<std::uint64_t>::max() : 0 - value;
  }
  if (to < 0 && is_below_zero()) {
    value = 0 - value;
    negative = true;
  }
  const auto base = static_cast<std::uint64_t>(to < 0 ? -to : to);
  std::string digits;
  do {
    const auto digit = static_cast<char>(value % base);
    digits += static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10);
    value /= base;
  } while (value > 0);
  if (negative && to < 0) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

void Conv(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* from = call.Argument<std::int32_t>(1);
  const auto* to = call.Argument<std::int32_t>(2);
  call.PassNulls(3);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const std::string_view text = Trim(BytesOf(texts[row]));
    const bool known = from[row] >= kBaseMin && from[row] <= kBaseMax &&
                       ((to[row] >= kBaseMin && to[row] <= kBaseMax) ||
                        (to[row] <= -kBaseMin && to[row] >= -kBaseMax));
    if (!known || text.empty()) {
      call.SetNull(row);
    } else {
      call.SetText(row, Converted(text, from[row], to[row]));
    }
  }
}

/// Whether a text of digits ends in the check digit of Luhn's formula.
bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i > 0; --i) {
    if (!IsDigit(digits[i - 1])) return false;
    int digit = digits[i - 1] - '0';
    if (doubled) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    doubled = !doubled;
  }
  return !digits.empty() && sum % 10 == 0;
}

void LuhnCheck(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  auto* results = call.Results<bool>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    results[row] = !call.IsNull(row) && PassesLuhn(BytesOf(texts[row]));
  }
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;

constexpr NativeFunction kTextFunctions[] = {
    {"sluice_conv", {kText, kInt, kInt}, kText, &Conv},
    {"sluice_luhn_check", {kText}, DUCKDB_TYPE_BOOLEAN, &LuhnCheck},
};

}  // namespace

std::span<const NativeFunction> NativeTextFunctions() { return kTextFunctions; }

}  // namespace sluice
