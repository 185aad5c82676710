#include "engine/duckdb/regex_call.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/ascii.h"

namespace sluice {

namespace {

/// Compiled patterns a thread keeps; one more, and it begins anew.
constexpr std::size_t kPatternsKeptMax = 32;
constexpr std::size_t kShownBytesMax = 200;

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

/// The number of a group: as many digits from `at` on as still name one. `at` ends on the last.
int ReadGroupNumber(const JavaRegex& regex, std::string_view replacement, std::size_t* at) {
  int group = replacement[*at] - '0';
  while (*at + 1 < replacement.size() && IsDigit(replacement[*at + 1])) {
    const int longer = group * 10 + (replacement[*at + 1] - '0');
    if (longer > regex.groups()) break;
    group = longer;
    ++*at;
  }
  return group;
}

}  // namespace

std::size_t NextCharacter(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
  return at;
}

std::size_t ByteOfCharacter(std::string_view text, std::int64_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at = NextCharacter(text, at);
  return index > 0 ? std::string_view::npos : at;
}

bool RegexCall::Compile() {
  Result<JavaRegex*> regex = PatternCache::OfThread().Get(pattern_);
  if (regex) {
    regex_ = *regex;
    return true;
  }
  FailPattern(regex.error());
  return false;
}

std::optional<bool> RegexCall::FindFirst() {
  const JavaRegex::Found found = regex_->Find(text_, 0);
  if (found == JavaRegex::Found::kTooHard) {
    FailTooHard();
    return std::nullopt;
  }
  return found == JavaRegex::Found::kYes;
}

bool RegexCall::CheckGroup(std::int32_t group) {
  if (group >= 0 && group <= regex_->groups()) return true;
  Fail(
      fmt::format("[INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX] The value of parameter(s) `idx` "
                  "in `{}` is invalid: Expects group index between 0 and {}, but got {}.",
                  function_, regex_->groups(), group));
  return false;
}

void RegexCall::FailPattern(const Error& error) {
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

bool RegexCall::FailTooHard() {
  Fail(
      fmt::format("[LIMIT_EXCEEDED.REGEX_STEPS] The regular expression '{}' takes more steps on "
                  "one value than are allowed.",
                  Shown()));
  return false;
}

std::string_view RegexCall::Shown() const {
  std::size_t end = 0;
  while (end < pattern_.size() && NextCharacter(pattern_, end) <= kShownBytesMax) {
    end = NextCharacter(pattern_, end);
  }
  return pattern_.substr(0, end);
}

std::optional<std::string> AppendReplacement(const JavaRegex& regex, std::string_view replacement,
                                             UnknownGroup unknown, std::string* out) {
  const bool keep = unknown == UnknownGroup::kKeep;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    const std::size_t begin = i;
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
      if (!group && !keep) return fmt::format("No group with name {{{}}}", name);
      i = end;
      *out += group ? regex.Group(*group).value_or(std::string_view())
                    : replacement.substr(begin, end + 1 - begin);
    } else {
      if (!IsDigit(replacement[i])) return "Illegal group reference";
      const int group = ReadGroupNumber(regex, replacement, &i);
      const bool known = group <= regex.groups();
      if (!known && !keep) return fmt::format("No group {}", group);
      *out += known ? regex.Group(group).value_or(std::string_view())
                    : replacement.substr(begin, i + 1 - begin);
    }
  }
  return std::nullopt;
}

}  // namespace sluice
