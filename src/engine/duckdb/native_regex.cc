#include <fmt/format.h>

#include <optional>
#include <string>

#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/native_lists.h"
#include "engine/duckdb/regex_call.h"

namespace sluice {

namespace {

/// Java counts positions in UTF-16 units.
std::int32_t Utf16Length(std::string_view text) {
  std::int32_t units = 0;
  for (char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if ((c & 0xC0U) != 0x80) units += c >= 0xF0 ? 2 : 1;
  }
  return units;
}

void Matches(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 2, "rlike");
  bool* results = call.Results<bool>();
  call.ForEach([&](idx_t row) {
    const std::optional<bool> found = call.FindFirst();
    if (found) results[row] = *found;
    return found.has_value();
  });
}

void Extract(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 3, "regexp_extract");
  const auto* groups = call.Argument<std::int32_t>(2);
  call.ForEach([&](idx_t row) {
    const std::optional<bool> found = call.FindFirst();
    if (!found) return false;
    std::string_view text;
    if (*found) {
      if (!call.CheckGroup(groups[row])) return false;
      text = call.regex().Group(groups[row]).value_or(std::string_view());
    }
    call.SetText(row, text);
    return true;
  });
}

void ExtractAll(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 3, "regexp_extract_all");
  const auto* groups = call.Argument<std::int32_t>(2);
  TextLists lists(&call);
  call.ForEach([&](idx_t row) {
    lists.Begin(row);
    return call.ForEachMatch(call.text(), [&] {
      if (!call.CheckGroup(groups[row])) return false;
      lists.Add(row, call.regex().Group(groups[row]).value_or(std::string_view()));
      return true;
    });
  });
}

void Count(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 2, "regexp_count");
  auto* results = call.Results<std::int32_t>();
  call.ForEach([&](idx_t row) {
    std::int32_t count = 0;
    const bool ended = call.ForEachMatch(call.text(), [&] {
      ++count;
      return true;
    });
    results[row] = count;
    return ended;
  });
}

/// Position of the first match from 1 on, in UTF-16 units; 0 for none.
void Position(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 2, "regexp_instr");
  auto* results = call.Results<std::int32_t>();
  call.ForEach([&](idx_t row) {
    const std::optional<bool> found = call.FindFirst();
    if (!found) return false;
    results[row] = *found ? Utf16Length(call.text().substr(0, call.regex().begin())) + 1 : 0;
    return true;
  });
}

/// From the character at `position` (1 is the first) on, which then counts as the beginning.
void Replace(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 4, "regexp_replace");
  const auto* replacements = call.Argument<duckdb_string_t>(2);
  const auto* positions = call.Argument<std::int32_t>(3);
  std::string result;
  call.ForEach([&](idx_t row) {
    const std::size_t begin = ByteOfCharacter(call.text(), positions[row] - 1);
    const bool past_end = positions[row] > 1 && begin >= call.text().size();
    if (past_end) {
      call.SetText(row, call.text());
      return true;
    }
    const std::string_view subject = call.text().substr(begin);
    const std::string_view replacement = BytesOf(replacements[row]);
    result.assign(call.text().substr(0, begin));
    std::size_t copied = 0;
    const bool ended = call.ForEachMatch(subject, [&] {
      result += subject.substr(copied, call.regex().begin() - copied);
      copied = call.regex().end();
      const std::optional<std::string> error =
          AppendReplacement(call.regex(), replacement, UnknownGroup::kFail, &result);
      if (error) call.Fail(fmt::format("[EXECUTION_ERROR] {}", *error));
      return !error;
    });
    if (!ended) return false;
    result += subject.substr(copied);
    call.SetText(row, result);
    return true;
  });
}

/// Characters, when the pattern is empty: no more than `limit`, and nothing of the rest.
void SplitCharacters(std::string_view text, std::int32_t limit, idx_t row, TextLists* lists) {
  for (std::size_t at = 0; at < text.size() && limit != 0; --limit) {
    const std::size_t next = NextCharacter(text, at);
    lists->Add(row, text.substr(at, next - at));
    at = next;
  }
}

void Split(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RegexCall call(info, input, output, 3, "split");
  const auto* patterns = call.Argument<duckdb_string_t>(1);
  const auto* limits = call.Argument<std::int32_t>(2);
  TextLists lists(&call);
  call.ForEach([&](idx_t row) {
    const std::string_view text = call.text();
    const std::int32_t limit = limits[row] > 0 ? limits[row] : -1;
    lists.Begin(row);
    if (BytesOf(patterns[row]).empty() && !text.empty()) {
      SplitCharacters(text, limit, row, &lists);
      return true;
    }
    std::size_t copied = 0;
    std::int32_t pieces = 1;
    bool full = limit == 1;
    const bool ended = full || call.ForEachMatch(text, [&] {
      // An empty match at the very beginning splits nothing off.
      if (call.regex().end() == 0) return true;
      lists.Add(row, text.substr(copied, call.regex().begin() - copied));
      copied = call.regex().end();
      full = ++pieces == limit;
      return !full;
    });
    if (!ended && !full) return false;
    lists.Add(row, text.substr(copied));
    return true;
  });
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;

constexpr NativeFunction kRegexFunctions[] = {
    {"sluice_regexp_matches", {kText, kText}, DUCKDB_TYPE_BOOLEAN, &Matches},
    {"sluice_regexp_extract", {kText, kText, kInt}, kText, &Extract},
    {"sluice_regexp_extract_all", {kText, kText, kInt}, DUCKDB_TYPE_LIST, &ExtractAll},
    {"sluice_regexp_count", {kText, kText}, kInt, &Count},
    {"sluice_regexp_instr", {kText, kText}, kInt, &Position},
    {"sluice_regexp_replace", {kText, kText, kText, kInt}, kText, &Replace},
    {"sluice_regexp_split", {kText, kText, kInt}, DUCKDB_TYPE_LIST, &Split},
};

}  // namespace

std::span<const NativeFunction> NativeRegexFunctions() { return kRegexFunctions; }

}  // namespace sluice
