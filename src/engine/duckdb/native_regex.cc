#include <fmt/format.h>

#include <map>
#include <memory>
#include <vector>

#include "base/ascii.h"
#include "engine/duckdb/java_regex.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"

namespace sluice {

namespace {

/// Compiled patterns a thread keeps; one more, and it begins anew.
constexpr std::size_t kPatternsKeptMax = 32;
constexpr std::size_t kShownBytesMax = 200;

std::size_t NextCharacter(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
  return at;
}

/// Byte where character `index` begins, or npos when there are fewer.
std::size_t ByteOfCharacter(std::string_view text, std::int64_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at = NextCharacter(text, at);
  return index > 0 ? std::string_view::npos : at;
}

/// Java counts positions in UTF-16 units.
std::int32_t Utf16Length(std::string_view text) {
  std::int32_t units = 0;
  for (char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if ((c & 0xC0U) != 0x80) units += c >= 0xF0 ? 2 : 1;
  }
  return units;
}

/// The patterns of one thread.
class PatternCache {
 public:
  static PatternCache& OfThread() {
    thread_local PatternCache cache;
    return cache;
  }

  /// Valid until the next call.
  Result<JavaRegex*> Get(std::string_view pattern) {
    if (last_ != nullptr && pattern == last_pattern_) return last_;
    auto known = patterns_.find(pattern);
    if (known == patterns_.end()) {
      std::unique_ptr<JavaRegex> compiled = TRY(JavaRegex::Compile(pattern));
      if (patterns_.size() >= kPatternsKeptMax) {
        last_ = nullptr;
        patterns_.clear();
      }
      known = patterns_.emplace(std::string(pattern), std::move(compiled)).first;
    }
    last_pattern_ = known->first;
    last_ = known->second.get();
    return last_;
  }

 private:
  std::map<std::string, std::unique_ptr<JavaRegex>, std::less<>> patterns_;
  std::string_view last_pattern_;
  JavaRegex* last_ = nullptr;
};

/// A call whose first two arguments are a text and a pattern. Bodies visit each row without a NULL.
class RegexCall : public NativeCall {
 public:
  RegexCall(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output, idx_t columns,
            std::string_view function)
      : NativeCall(info, input, output),
        texts_(Argument<duckdb_string_t>(0)),
        patterns_(Argument<duckdb_string_t>(1)),
        function_(function) {
    PassNulls(columns);
  }

  std::string_view text() const { return text_; }
  JavaRegex& regex() { return *regex_; }

  /// Calls `visit(row)` for each row; false ends it, with an error set.
  template <class Visit>
  void ForEach(Visit visit) {
    for (idx_t row = 0; row < rows(); ++row) {
      if (IsNull(row)) continue;
      if (NativeStopRequested()) return Fail("The statement was interrupted");
      text_ = BytesOf(texts_[row]);
      pattern_ = BytesOf(patterns_[row]);
      Result<JavaRegex*> regex = PatternCache::OfThread().Get(pattern_);
      if (!regex) return FailPattern(regex.error());
      regex_ = *regex;
      if (!visit(row)) return;
    }
  }

  /// Calls `visit()` for each match in `subject`, as Java's find() finds them; false when an error
  /// is set or `visit` ends it.
  template <class Visit>
  bool ForEachMatch(std::string_view subject, Visit visit) {
    for (std::size_t from = 0; from <= subject.size();) {
      const JavaRegex::Found found = regex_->Find(subject, from);
      if (found == JavaRegex::Found::kTooHard) return FailTooHard();
      if (found == JavaRegex::Found::kNo) return true;
      const bool empty = regex_->begin() == regex_->end();
      from = empty ? NextCharacter(subject, regex_->end()) : regex_->end();
      if (!visit()) return false;
      if (NativeStopRequested()) {
        Fail("The statement was interrupted");
        return false;
      }
    }
    return true;
  }

  /// The first match, kNo and kYes only; empty when an error is set.
  std::optional<bool> FindFirst() {
    const JavaRegex::Found found = regex_->Find(text_, 0);
    if (found == JavaRegex::Found::kTooHard) {
      FailTooHard();
      return std::nullopt;
    }
    return found == JavaRegex::Found::kYes;
  }

  bool CheckGroup(std::int32_t group) {
    if (group >= 0 && group <= regex_->groups()) return true;
    Fail(
        fmt::format("[INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX] The value of parameter(s) `idx` "
                    "in `{}` is invalid: Expects group index between 0 and {}, but got {}.",
                    function_, regex_->groups(), group));
    return false;
  }

 private:
  void FailPattern(const Error& error) {
    if (error.code == ErrorCode::kUnsupported) {
      return Fail(
          fmt::format("[UNSUPPORTED_FEATURE.REGEX] {} is not supported in a regular "
                      "expression: '{}'.",
                      error.message, Shown()));
    }
    Fail(
        fmt::format("[INVALID_PARAMETER_VALUE.PATTERN] The value of parameter(s) `regexp` in `{}` "
                    "is invalid: '{}'.",
                    function_, Shown()));
  }

  bool FailTooHard() {
    Fail(
        fmt::format("[LIMIT_EXCEEDED.REGEX_STEPS] The regular expression '{}' takes more steps on "
                    "one value than are allowed.",
                    Shown()));
    return false;
  }

  /// The pattern, cut at a character when it is long.
  std::string_view Shown() const {
    std::size_t end = 0;
    while (end < pattern_.size() && NextCharacter(pattern_, end) <= kShownBytesMax) {
      end = NextCharacter(pattern_, end);
    }
    return pattern_.substr(0, end);
  }

  const duckdb_string_t* texts_;
  const duckdb_string_t* patterns_;
  std::string_view function_;
  std::string_view text_;
  std::string_view pattern_;
  JavaRegex* regex_ = nullptr;
};

/// Appends texts to a LIST of VARCHAR result. Rows come in order.
class TextLists {
 public:
  explicit TextLists(NativeCall* call)
      : call_(*call),
        entries_(call->Results<duckdb_list_entry>()),
        child_(call->api().list_vector_get_child(call->output())) {
    for (idx_t row = 0; row < call_.rows(); ++row) entries_[row] = {0, 0};
  }
  void Begin(idx_t row) { entries_[row] = {size_, 0}; }
  void Add(idx_t row, std::string_view text) {
    if (size_ == capacity_) {
      capacity_ = capacity_ == 0 ? call_.rows() : capacity_ * 2;
      call_.api().list_vector_reserve(call_.output(), capacity_);
    }
    call_.api().list_vector_set_size(call_.output(), size_ + 1);
    call_.api().unsafe_vector_assign_string_element_len(child_, size_, text.data(), text.size());
    ++size_;
    ++entries_[row].length;
  }

 private:
  NativeCall& call_;
  duckdb_list_entry* entries_;
  duckdb_vector child_;
  idx_t size_ = 0;
  idx_t capacity_ = 0;
};

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

/// Appends what Java's appendReplacement makes of `replacement` for the last match; the message of
/// its exception when it has one.
std::optional<std::string> AppendReplacement(const JavaRegex& regex, std::string_view replacement,
                                             std::string* out) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') {
      if (++i == replacement.size()) return "character to be escaped is missing";
      *out += replacement[i];
    } else if (c != '$') {
      *out += c;
    } else if (++i == replacement.size()) {
      return "Illegal group reference: group index is missing";
    } else if (replacement[i] == '{') {
      const std::size_t end = replacement.find('}', i);
      if (end == std::string_view::npos) {
        return "named capturing group is missing trailing '}'";
      }
      const std::string_view name = replacement.substr(i + 1, end - i - 1);
      const std::optional<int> group = regex.FindName(name);
      if (!group) return fmt::format("No group with name {{{}}}", name);
      *out += regex.Group(*group).value_or(std::string_view());
      i = end;
    } else {
      if (!IsDigit(replacement[i])) return "Illegal group reference";
      int group = replacement[i] - '0';
      if (group > regex.groups()) return fmt::format("No group {}", group);
      // As many digits as still name a group.
      while (i + 1 < replacement.size() && IsDigit(replacement[i + 1])) {
        const int longer = group * 10 + (replacement[i + 1] - '0');
        if (longer > regex.groups()) break;
        group = longer;
        ++i;
      }
      *out += regex.Group(group).value_or(std::string_view());
    }
  }
  return std::nullopt;
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
          AppendReplacement(call.regex(), replacement, &result);
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
