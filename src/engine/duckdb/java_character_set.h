#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// The flags of a Java pattern, (?imsxud).
struct PatternFlags {
  bool fold = false;          ///< i: case-insensitive, ASCII letters only
  bool fold_unicode = false;  ///< u: with i, all letters
  bool multiline = false;
  bool dot_all = false;
  bool comments = false;
  bool unix_lines = false;
};

/// A set of characters on its way into PCRE2's words: what a bracket expression can hold, and whole
/// expressions of one character each, which it cannot.
class CharacterSet {
 public:
  /// Inside of a bracket expression, in PCRE2's words.
  void AddItems(std::string_view items) { items_ += items; }
  /// A PCRE2 expression that matches exactly one character.
  void AddExpression(std::string expression) { expressions_.push_back(std::move(expression)); }
  void AddRange(char32_t first, char32_t last, const PatternFlags& flags);
  void Add(const CharacterSet& other);
  /// An expression that matches one character of the set.
  std::string Text(const PatternFlags& flags) const;
  /// An expression that matches one character outside of it.
  std::string NegatedText(const PatternFlags& flags) const;

 private:
  std::string items_;
  std::vector<std::string> expressions_;
};

/// What all sets have in common, or everything else.
std::string IntersectionText(std::span<const CharacterSet> sets, bool negated,
                             const PatternFlags& flags);

/// One character, matched as the flags say.
std::string LiteralText(char32_t c, const PatternFlags& flags);

/// The property `name` of \p{name}. kInvalidArgument when Java has none of the name, kUnsupported
/// for a block or another property that PCRE2 lacks.
Result<CharacterSet> PropertySet(std::string_view name, bool negated, const PatternFlags& flags);

}  // namespace sluice
