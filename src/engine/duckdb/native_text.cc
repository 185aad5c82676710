#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"
#include "spark/text.h"

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

// Functions whose rules are those of spark/text.h.

/// Of one text that a function makes: far past what a column holds, far below what hurts a worker.
constexpr std::size_t kMadeBytesMax = std::size_t{256} << 20U;

/// Sets a made text; false, and the statement fails, when it was too long.
bool SetMade(NativeCall* call, idx_t row, const std::optional<std::string>& text) {
  if (text) {
    call->SetText(row, *text);
    return true;
  }
  call->Fail("[LIMIT_EXCEEDED.TEXT_BYTES] A function made a text of more than " +
             std::to_string(kMadeBytesMax) + " bytes");
  return false;
}

void Substring(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* positions = call.Argument<std::int32_t>(1);
  const auto* lengths = call.Argument<std::int32_t>(2);
  call.EachRow(3, [&](idx_t row) {
    call.SetText(row, spark::Substring(BytesOf(texts[row]), positions[row], lengths[row]));
  });
}

void Right(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* lengths = call.Argument<std::int32_t>(1);
  call.EachRow(
      2, [&](idx_t row) { call.SetText(row, spark::Right(BytesOf(texts[row]), lengths[row])); });
}

/// (part, text, position). A NULL position is 0, whatever the others are.
void Locate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* parts = call.Argument<duckdb_string_t>(0);
  const auto* texts = call.Argument<duckdb_string_t>(1);
  const auto* positions = call.Argument<std::int32_t>(2);
  auto* results = call.Results<std::int32_t>();
  const auto is_null = [&](idx_t column, idx_t row) {
    return IsNullAt(call.Validity(column), row);
  };
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (is_null(2, row)) {
      results[row] = 0;
    } else if (is_null(0, row) || is_null(1, row)) {
      call.SetNull(row);
    } else {
      results[row] = spark::Locate(BytesOf(parts[row]), BytesOf(texts[row]), positions[row]);
    }
  }
}

void SubstringIndex(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* delimiters = call.Argument<duckdb_string_t>(1);
  const auto* counts = call.Argument<std::int32_t>(2);
  call.EachRow(3, [&](idx_t row) {
    call.SetText(row,
                 spark::SubstringIndex(BytesOf(texts[row]), BytesOf(delimiters[row]), counts[row]));
  });
}

void FindInSet(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* entries = call.Argument<duckdb_string_t>(0);
  const auto* sets = call.Argument<duckdb_string_t>(1);
  auto* results = call.Results<std::int32_t>();
  call.EachRow(2, [&](idx_t row) {
    results[row] = spark::FindInSet(BytesOf(entries[row]), BytesOf(sets[row]));
  });
}

void SplitPart(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* delimiters = call.Argument<duckdb_string_t>(1);
  const auto* numbers = call.Argument<std::int32_t>(2);
  bool has_zero = false;
  call.EachRow(3, [&](idx_t row) {
    has_zero = has_zero || numbers[row] == 0;
    call.SetText(row,
                 spark::SplitPart(BytesOf(texts[row]), BytesOf(delimiters[row]), numbers[row]));
  });
  if (has_zero) {
    call.Fail(
        "[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index shall be either < 0 or > 0 (the "
        "first element has index 1).");
  }
}

void Replace(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* from = call.Argument<duckdb_string_t>(1);
  const auto* to = call.Argument<duckdb_string_t>(2);
  bool goes_on = true;
  call.EachRow(3, [&](idx_t row) {
    if (!goes_on) return;
    goes_on = SetMade(
        &call, row,
        spark::Replace(BytesOf(texts[row]), BytesOf(from[row]), BytesOf(to[row]), kMadeBytesMax));
  });
}

void Overlay(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* parts = call.Argument<duckdb_string_t>(1);
  const auto* positions = call.Argument<std::int32_t>(2);
  const auto* lengths = call.Argument<std::int32_t>(3);
  call.EachRow(4, [&](idx_t row) {
    call.SetText(row, spark::Overlay(BytesOf(texts[row]), BytesOf(parts[row]), positions[row],
                                     lengths[row]));
  });
}

template <spark::PadSide kSide>
void Pad(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* lengths = call.Argument<std::int32_t>(1);
  const auto* pads = call.Argument<duckdb_string_t>(2);
  bool goes_on = true;
  call.EachRow(3, [&](idx_t row) {
    if (!goes_on || NativeStopRequested()) return;
    goes_on = SetMade(
        &call, row,
        spark::Pad(BytesOf(texts[row]), lengths[row], BytesOf(pads[row]), kSide, kMadeBytesMax));
  });
}

void Repeat(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* times = call.Argument<std::int32_t>(1);
  bool goes_on = true;
  call.EachRow(2, [&](idx_t row) {
    if (!goes_on || NativeStopRequested()) return;
    goes_on = SetMade(&call, row, spark::Repeat(BytesOf(texts[row]), times[row], kMadeBytesMax));
  });
}

void Ascii(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  auto* results = call.Results<std::int32_t>();
  call.EachRow(1, [&](idx_t row) { results[row] = spark::FirstCodePoint(BytesOf(texts[row])); });
}

/// (a, b)
void Levenshtein(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* a = call.Argument<duckdb_string_t>(0);
  const auto* b = call.Argument<duckdb_string_t>(1);
  auto* results = call.Results<std::int32_t>();
  call.EachRow(2, [&](idx_t row) {
    results[row] = static_cast<std::int32_t>(
        spark::Levenshtein(BytesOf(a[row]), BytesOf(b[row]), &NativeStopRequested));
  });
}

/// (a, b, threshold): -1 for a distance past the threshold.
void LevenshteinWithin(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* a = call.Argument<duckdb_string_t>(0);
  const auto* b = call.Argument<duckdb_string_t>(1);
  const auto* thresholds = call.Argument<std::int32_t>(2);
  auto* results = call.Results<std::int32_t>();
  call.EachRow(3, [&](idx_t row) {
    const std::int64_t distance =
        spark::Levenshtein(BytesOf(a[row]), BytesOf(b[row]), &NativeStopRequested);
    results[row] = distance > thresholds[row] ? -1 : static_cast<std::int32_t>(distance);
  });
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;

constexpr NativeFunction kTextFunctions[] = {
    {"sluice_conv", {kText, kInt, kInt}, kText, &Conv},
    {"sluice_luhn_check", {kText}, DUCKDB_TYPE_BOOLEAN, &LuhnCheck},
    {"sluice_substr", {kText, kInt, kInt}, kText, &Substring},
    {"sluice_right", {kText, kInt}, kText, &Right},
    {"sluice_locate", {kText, kText, kInt}, kInt, &Locate, NativeNulls::kOwn},
    {"sluice_substring_index", {kText, kText, kInt}, kText, &SubstringIndex},
    {"sluice_find_in_set", {kText, kText}, kInt, &FindInSet},
    {"sluice_split_part", {kText, kText, kInt}, kText, &SplitPart},
    {"sluice_replace", {kText, kText, kText}, kText, &Replace},
    {"sluice_overlay", {kText, kText, kInt, kInt}, kText, &Overlay},
    {"sluice_lpad", {kText, kInt, kText}, kText, &Pad<spark::PadSide::kLeft>},
    {"sluice_rpad", {kText, kInt, kText}, kText, &Pad<spark::PadSide::kRight>},
    {"sluice_repeat", {kText, kInt}, kText, &Repeat},
    {"sluice_ascii", {kText}, kInt, &Ascii},
    {"sluice_levenshtein", {kText, kText}, kInt, &Levenshtein},
    {"sluice_levenshtein_within", {kText, kText, kInt}, kInt, &LevenshteinWithin},
};

}  // namespace

std::span<const NativeFunction> NativeTextFunctions() { return kTextFunctions; }

}  // namespace sluice
