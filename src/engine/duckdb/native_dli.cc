// DLI's own functions, as its pages document them; src/sql/functions_dli.cc calls them. Positions
// count characters from 1.

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/regex_call.h"

namespace sluice {

namespace {

/// The position of what begins at byte `at`.
std::int64_t PositionAt(std::string_view text, std::size_t at) {
  return static_cast<std::int64_t>(Utf8Length(text.substr(0, at))) + 1;
}

/// Whether a position or a number is one from 1 on; else the statement fails.
bool CheckPositive(NativeCall* call, std::string_view function, std::string_view parameter,
                   std::int64_t value) {
  if (value > 0) return true;
  call->Fail(
      fmt::format("[INVALID_PARAMETER_VALUE] The value of parameter(s) `{}` in `{}` is invalid: "
                  "expects a value greater than 0, but got {}.",
                  parameter, function, value));
  return false;
}

bool CheckPattern(RegexCall* call, std::string_view function) {
  if (!call->pattern().empty()) return true;
  call->Fail(
      fmt::format("[INVALID_PARAMETER_VALUE.PATTERN] The value of parameter(s) `regexp` in `{}` is "
                  "invalid: ''.",
                  function));
  return false;
}

// ---- texts -------------------------------------------------------------------------------------

/// Where `part` begins for the `nth` time at or behind character `start`; 0 for nowhere. Finds may
/// overlap, and an empty part is everywhere.
std::int64_t PositionOf(std::string_view text, std::string_view part, std::int64_t start,
                        std::int64_t nth) {
  std::size_t from = ByteOfCharacter(text, start - 1);
  while (from <= text.size()) {
    from = text.find(part, from);
    if (from == std::string_view::npos) return 0;
    if (--nth == 0) return PositionAt(text, from);
    from = NextCharacter(text, from);
  }
  return 0;
}

void Instr(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* parts = call.Argument<duckdb_string_t>(1);
  const auto* starts = call.Argument<std::int64_t>(2);
  const auto* numbers = call.Argument<std::int64_t>(3);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(4);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    if (!CheckPositive(&call, "instr1", "start_position", starts[row]) ||
        !CheckPositive(&call, "instr1", "nth_appearance", numbers[row])) {
      return;
    }
    results[row] = PositionOf(BytesOf(texts[row]), BytesOf(parts[row]), starts[row], numbers[row]);
  }
}

/// How many characters of one text are in the other.
void CharMatchCount(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* others = call.Argument<duckdb_string_t>(1);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const std::string_view text = BytesOf(texts[row]);
    const std::string_view other = BytesOf(others[row]);
    std::int64_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t next = NextCharacter(text, at);
      count += other.find(text.substr(at, next - at)) != std::string_view::npos ? 1 : 0;
      at = next;
    }
    results[row] = count;
  }
}

/// The value of the first pair with this key; pairs end at `pair_end`, keys at `key_end`.
std::optional<std::string_view> ValueOf(std::string_view text, std::string_view pair_end,
                                        std::string_view key_end, std::string_view key) {
  if (key_end.empty()) return std::nullopt;
  while (true) {
    const std::size_t end = pair_end.empty() ? std::string_view::npos : text.find(pair_end);
    const std::string_view pair = text.substr(0, end);
    const std::size_t middle = pair.find(key_end);
    if (middle != std::string_view::npos && pair.substr(0, middle) == key) {
      return pair.substr(middle + key_end.size());
    }
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + pair_end.size());
  }
}

void KeyValue(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* pair_ends = call.Argument<duckdb_string_t>(1);
  const auto* key_ends = call.Argument<duckdb_string_t>(2);
  const auto* keys = call.Argument<duckdb_string_t>(3);
  call.PassNulls(4);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    call.SetTextOrNull(row, ValueOf(BytesOf(texts[row]), BytesOf(pair_ends[row]),
                                    BytesOf(key_ends[row]), BytesOf(keys[row])));
  }
}

/// String.hashCode of Java: over UTF-16 units, wrapping.
std::int32_t JavaHash(std::string_view text) {
  std::uint32_t hash = 0;
  const auto add = [&](std::uint32_t unit) { hash = hash * 31 + unit; };
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t next = NextCharacter(text, at);
    const std::size_t bytes = next - at;
    std::uint32_t point = lead;
    if (bytes > 1) point = lead & (0x7FU >> bytes);
    for (std::size_t i = at + 1; i < next; ++i) {
      point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    if (point < 0x10000) {
      add(point);
    } else {
      add(0xD800 + ((point - 0x10000) >> 10U));
      add(0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
    at = next;
  }
  return static_cast<std::int32_t>(hash);
}

void HashText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  auto* results = call.Results<std::int32_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (!call.IsNull(row)) results[row] = JavaHash(BytesOf(texts[row]));
  }
}

/// Long.hashCode of Java.
void HashLong(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<std::int64_t>(0);
  auto* results = call.Results<std::int32_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    const auto bits = static_cast<std::uint64_t>(values[row]);
    results[row] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits ^ (bits >> 32U)));
  }
}

// ---- numbers -----------------------------------------------------------------------------------

/// A double cut behind its `places`-th decimal, by its shortest digits: 0.29 stays 0.29 at 2.
double Truncated(double value, std::int64_t places) {
  if (!std::isfinite(value)) return value;
  char text[64];
  const auto written =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::scientific);
  CHECK(written.ec == std::errc());
  // d.ddde+xx: of the digits, 1 + exponent + places remain.
  const std::string_view all(text, static_cast<std::size_t>(written.ptr - text));
  const std::size_t mark = all.find('e');
  const std::size_t first = all.starts_with('-') ? 1 : 0;
  int exponent = 0;
  std::from_chars(all.data() + mark + 2, all.data() + all.size(), exponent);
  if (all[mark + 1] == '-') exponent = -exponent;
  const auto digits = static_cast<std::int64_t>(mark - first - (mark > first + 1 ? 1 : 0));
  if (places > digits - 1 - exponent) return value;
  if (places <= -1 - exponent) return 0;
  const std::int64_t kept = 1 + exponent + places;
  // The point stands behind the first digit.
  const std::size_t end = first + static_cast<std::size_t>(kept) + (kept > 1 ? 1 : 0);
  const std::string cut = std::string(all.substr(0, end)).append(all.substr(mark));
  double result = 0;
  std::from_chars(cut.data(), cut.data() + cut.size(), result);
  return result;
}

void Truncate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<double>(0);
  const auto* places = call.Argument<std::int64_t>(1);
  auto* results = call.Results<double>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (!call.IsNull(row)) results[row] = Truncated(values[row], places[row]);
  }
}

// ---- regular expressions -----------------------------------------------------------------------

/// A byte range of a match.
struct MatchRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The `nth` match at or behind character `start`; `found` stays empty when there are fewer. False
/// when an error is set.
bool FindNth(RegexCall* call, std::int64_t start, std::int64_t nth,
             std::optional<MatchRange>* found) {
  found->reset();
  const std::size_t from = ByteOfCharacter(call->text(), start - 1);
  if (from == std::string_view::npos) return true;
  const bool ended = call->ForEachMatch(
      call->text(),
      [&] {
        if (--nth > 0) return true;
        *found = MatchRange{call->regex().begin(), call->regex().end()};
        return false;
      },
      from);
  return ended || found->has_value();
}

/// regexp_count, regexp_instr and regexp_substr visit the rows whose arguments are right.
template <class Visit>
void ForEachChecked(RegexCall* call, std::string_view function, const std::int64_t* starts,
                    const std::int64_t* numbers, Visit visit) {
  call->ForEach([&](idx_t row) {
    if (!CheckPattern(call, function) ||
        !CheckPositive(call, function, "start_position", starts[row]) ||
        (numbers != nullptr && !CheckPositive(call, function, "occurrence", numbers[row]))) {
      return false;
    }
    return visit(row);
  });
}

void RegexpCount(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 3, "regexp_count");
  const auto* starts = call.Argument<std::int64_t>(2);
  auto* results = call.Results<std::int64_t>();
  ForEachChecked(&call, "regexp_count", starts, nullptr, [&](idx_t row) {
    results[row] = 0;
    const std::size_t from = ByteOfCharacter(call.text(), starts[row] - 1);
    const auto count = [&] {
      ++results[row];
      return true;
    };
    return from == std::string_view::npos || call.ForEachMatch(call.text(), count, from);
  });
}

void RegexpInstr(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 5, "regexp_instr");
  const auto* starts = call.Argument<std::int64_t>(2);
  const auto* numbers = call.Argument<std::int64_t>(3);
  const auto* options = call.Argument<std::int64_t>(4);
  auto* results = call.Results<std::int64_t>();
  ForEachChecked(&call, "regexp_instr", starts, numbers, [&](idx_t row) {
    if (options[row] != 0 && options[row] != 1) {
      call.Fail(
          fmt::format("[INVALID_PARAMETER_VALUE] The value of parameter(s) `return_option` in "
                      "`regexp_instr` is invalid: expects 0 or 1, but got {}.",
                      options[row]));
      return false;
    }
    std::optional<MatchRange> match;
    if (!FindNth(&call, starts[row], numbers[row], &match)) return false;
    results[row] = 0;
    if (match)
      results[row] = PositionAt(call.text(), options[row] == 1 ? match->end : match->begin);
    return true;
  });
}

void RegexpSubstr(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 4, "regexp_substr");
  const auto* starts = call.Argument<std::int64_t>(2);
  const auto* numbers = call.Argument<std::int64_t>(3);
  ForEachChecked(&call, "regexp_substr", starts, numbers, [&](idx_t row) {
    std::optional<MatchRange> match;
    if (!FindNth(&call, starts[row], numbers[row], &match)) return false;
    if (match) {
      call.SetText(row, call.text().substr(match->begin, match->end - match->begin));
    } else {
      call.SetNull(row);
    }
    return true;
  });
}

/// Replaces the match that `numbers` says, all where it is null.
void ReplaceMatches(RegexCall* call, const std::int64_t* numbers) {
  const auto* replacements = call->Argument<duckdb_string_t>(2);
  std::string result;
  call->ForEach([&](idx_t row) {
    if (!CheckPattern(call, "regexp_replace1") ||
        (numbers != nullptr &&
         !CheckPositive(call, "regexp_replace1", "occurrence", numbers[row]))) {
      return false;
    }
    std::int64_t number = 0;
    std::size_t copied = 0;
    bool done = false;
    result.clear();
    const auto replace = [&] {
      if (numbers != nullptr && ++number < numbers[row]) return true;
      result += call->text().substr(copied, call->regex().begin() - copied);
      copied = call->regex().end();
      const std::optional<std::string> error = AppendReplacement(
          call->regex(), BytesOf(replacements[row]), UnknownGroup::kKeep, &result);
      if (error) call->Fail(fmt::format("[EXECUTION_ERROR] {}", *error));
      done = !error && numbers != nullptr;
      return !error && !done;
    };
    if (!call->ForEachMatch(call->text(), replace) && !done) return false;
    call->SetText(row, result.append(call->text().substr(copied)));
    return true;
  });
}

void RegexpReplaceAll(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 3, "regexp_replace1");
  ReplaceMatches(&call, nullptr);
}

void RegexpReplaceNth(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 4, "regexp_replace1");
  ReplaceMatches(&call, call.Argument<std::int64_t>(3));
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kLong = DUCKDB_TYPE_BIGINT;
constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;
constexpr duckdb_type kDouble = DUCKDB_TYPE_DOUBLE;

constexpr NativeFunction kDliFunctions[] = {
    {"sluice_dli_instr", {kText, kText, kLong, kLong}, kLong, &Instr},
    {"sluice_dli_char_matchcount", {kText, kText}, kLong, &CharMatchCount},
    {"sluice_dli_keyvalue", {kText, kText, kText, kText}, kText, &KeyValue},
    {"sluice_dli_hash_text", {kText}, kInt, &HashText},
    {"sluice_dli_hash_long", {kLong}, kInt, &HashLong},
    {"sluice_dli_truncate", {kDouble, kLong}, kDouble, &Truncate},
    {"sluice_dli_regexp_count", {kText, kText, kLong}, kLong, &RegexpCount},
    {"sluice_dli_regexp_instr", {kText, kText, kLong, kLong, kLong}, kLong, &RegexpInstr},
    {"sluice_dli_regexp_substr", {kText, kText, kLong, kLong}, kText, &RegexpSubstr},
    {"sluice_dli_regexp_replace_all", {kText, kText, kText}, kText, &RegexpReplaceAll},
    {"sluice_dli_regexp_replace_nth", {kText, kText, kText, kLong}, kText, &RegexpReplaceNth},
};

}  // namespace

std::span<const NativeFunction> NativeDliFunctions() { return kDliFunctions; }

}  // namespace sluice
