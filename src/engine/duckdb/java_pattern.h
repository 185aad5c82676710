#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// A regular expression of Java in PCRE2's words, for UTF mode without any option: what the two
/// understand differently (`.`, `$`, `\b`, classes in classes, ASCII-only flags and properties) is
/// spelled out.
struct PcrePattern {
  std::string text;
  int groups = 0;                    ///< capturing groups, group 0 not counted
  std::map<std::string, int> names;  ///< named groups by number
};

/// Translates `java`, UTF-8, as java.util.regex of Java 17 reads it. kInvalidArgument where Java
/// refuses the pattern, kUnsupported for what only Java has (blocks, \N{…}, \b{g}, (?U)); the
/// message says what. Pure, thread-safe; depth is bounded.
Result<PcrePattern> TranslateJavaPattern(std::string_view java);

}  // namespace sluice
