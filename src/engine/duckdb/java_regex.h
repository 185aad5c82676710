#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "engine/duckdb/java_pattern.h"

namespace sluice {

/// A compiled regular expression with Java's meaning, and the room for its matches. The only place
/// that knows PCRE2. Used by one thread.
class JavaRegex {
 public:
  /// kInvalidArgument where Java refuses the pattern, kUnsupported for what is not offered (also a
  /// look-behind of no fixed length); the message says what.
  static Result<std::unique_ptr<JavaRegex>> Compile(std::string_view pattern);
  ~JavaRegex();
  JavaRegex(const JavaRegex&) = delete;
  JavaRegex& operator=(const JavaRegex&) = delete;

  enum class Found : unsigned char {
    kYes,
    kNo,
    kTooHard,  ///< more steps than kStepsMax, or more memory than is allowed
  };
  /// The first match in UTF-8 `subject` at or behind byte `from`.
  Found Find(std::string_view subject, std::size_t from);

  // Of the last match. Bytes from the start of the subject.
  std::size_t begin() const;
  std::size_t end() const;
  /// What a group matched, 0 <= group <= groups(); empty when it took no part.
  std::optional<std::string_view> Group(int group) const;

  int groups() const { return pattern_.groups; }
  std::optional<int> FindName(std::string_view name) const;

 private:
  struct Compiled;
  JavaRegex(PcrePattern pattern, std::unique_ptr<Compiled> compiled);

  PcrePattern pattern_;
  std::unique_ptr<Compiled> compiled_;
  std::string_view subject_;
};

}  // namespace sluice
