#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/duckdb/java_regex.h"
#include "engine/duckdb/native_call.h"

namespace sluice {

/// Byte behind the character that begins at byte `at`.
std::size_t NextCharacter(std::string_view text, std::size_t at);
/// Byte where character `index` begins, or npos when there are fewer.
std::size_t ByteOfCharacter(std::string_view text, std::int64_t index);

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
  std::string_view pattern() const { return pattern_; }
  JavaRegex& regex() { return *regex_; }

  /// Calls `visit(row)` for each row; false ends it, with an error set.
  template <class Visit>
  void ForEach(Visit visit) {
    for (idx_t row = 0; row < rows(); ++row) {
      if (IsNull(row)) continue;
      if (NativeStopRequested()) return Fail("The statement was interrupted");
      text_ = BytesOf(texts_[row]);
      pattern_ = BytesOf(patterns_[row]);
      if (!Compile() || !visit(row)) return;
    }
  }

  /// Calls `visit()` for each match in `subject` at or behind byte `from`, as Java's find() finds
  /// them; false when an error is set or `visit` ends it.
  template <class Visit>
  bool ForEachMatch(std::string_view subject, Visit visit, std::size_t from = 0) {
    while (from <= subject.size()) {
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
  std::optional<bool> FindFirst();
  /// Whether the pattern has this group; else an error is set.
  bool CheckGroup(std::int32_t group);

 private:
  /// Makes regex_ of pattern_; false when an error is set.
  bool Compile();
  void FailPattern(const Error& error);
  bool FailTooHard();
  /// The pattern, cut at a character when it is long.
  std::string_view Shown() const;

  const duckdb_string_t* texts_;
  const duckdb_string_t* patterns_;
  std::string_view function_;
  std::string_view text_;
  std::string_view pattern_;
  JavaRegex* regex_ = nullptr;
};

/// What becomes of $3 where the pattern has no group 3.
enum class UnknownGroup : unsigned char {
  kFail,
  kKeep,  ///< it stays as it is
};
/// Appends what Java's appendReplacement makes of `replacement` for the last match; the message of
/// its exception when it has one.
std::optional<std::string> AppendReplacement(const JavaRegex& regex, std::string_view replacement,
                                             UnknownGroup unknown, std::string* out);

}  // namespace sluice
