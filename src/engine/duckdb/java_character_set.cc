#include "engine/duckdb/java_character_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace sluice {

namespace {

/// A property that is plain ranges: Java's POSIX classes are ASCII.
struct RangeProperty {
  std::string_view name;
  std::string_view items;
};

constexpr std::array kRangeProperties = {
    RangeProperty{"Lower", "a-z"},
    RangeProperty{"Upper", "A-Z"},
    RangeProperty{"ASCII", R"(\x00-\x7f)"},
    RangeProperty{"Alpha", "a-zA-Z"},
    RangeProperty{"Digit", "0-9"},
    RangeProperty{"Alnum", "a-zA-Z0-9"},
    RangeProperty{"Punct", R"(\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e)"},
    RangeProperty{"Graph", R"(\x21-\x7e)"},
    RangeProperty{"Print", R"(\x20-\x7e)"},
    RangeProperty{"Blank", R"( \t)"},
    RangeProperty{"Cntrl", R"(\x00-\x1f\x7f)"},
    RangeProperty{"XDigit", "0-9a-fA-F"},
    RangeProperty{"Space", R"(\x09-\x0d )"},
    RangeProperty{"L1", R"(\x00-\xff)"},
    RangeProperty{"all", R"(\x{0}-\x{10ffff})"},
    RangeProperty{"LD", R"(\p{L}\p{Nd})"},
    RangeProperty{"LC", R"(\p{Lu}\p{Ll}\p{Lt})"},
    RangeProperty{"javaLowerCase", R"(\p{Lowercase})"},
    RangeProperty{"javaUpperCase", R"(\p{Uppercase})"},
    RangeProperty{"javaAlphabetic", R"(\p{Alphabetic})"},
    RangeProperty{"javaLetter", R"(\p{L})"},
    RangeProperty{"javaDigit", R"(\p{Nd})"},
    RangeProperty{"javaLetterOrDigit", R"(\p{L}\p{Nd})"},
    RangeProperty{"InBasicLatin", R"(\x00-\x7f)"},
    RangeProperty{"InLatin-1Supplement", R"(\x80-\xff)"},
    RangeProperty{"InGreek", R"(\x{370}-\x{3ff})"},
    RangeProperty{"InCyrillic", R"(\x{400}-\x{4ff})"},
    RangeProperty{"InHebrew", R"(\x{590}-\x{5ff})"},
    RangeProperty{"InArabic", R"(\x{600}-\x{6ff})"},
    RangeProperty{"InThai", R"(\x{e00}-\x{e7f})"},
    RangeProperty{"InHiragana", R"(\x{3040}-\x{309f})"},
    RangeProperty{"InKatakana", R"(\x{30a0}-\x{30ff})"},
    RangeProperty{"InCJKUnifiedIdeographs", R"(\x{4e00}-\x{9fff})"},
    RangeProperty{"InCJK_Unified_Ideographs", R"(\x{4e00}-\x{9fff})"},
    RangeProperty{"InCJKSymbolsandPunctuation", R"(\x{3000}-\x{303f})"},
    RangeProperty{"InHangulSyllables", R"(\x{ac00}-\x{d7af})"},
};

constexpr std::string_view kCategories[] = {
    "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Me", "Mc", "N",  "Nd", "Nl",
    "No", "Z",  "Zs", "Zl", "Zp", "C",  "Cc", "Cf", "Co", "Cs", "Cn", "P",  "Pd",
    "Ps", "Pe", "Pc", "Po", "Pi", "Pf", "S",  "Sm", "Sc", "Sk", "So"};

/// Java's binary properties, \p{Is…}, as PCRE2 has them.
struct BinaryProperty {
  std::string_view name;  ///< upper case, as Java compares it
  std::string_view items;
};
constexpr std::array kBinaryProperties = {
    BinaryProperty{"ALPHABETIC", R"(\p{Alphabetic})"},
    BinaryProperty{"IDEOGRAPHIC", R"(\p{Ideographic})"},
    BinaryProperty{"LETTER", R"(\p{L})"},
    BinaryProperty{"LOWERCASE", R"(\p{Lowercase})"},
    BinaryProperty{"UPPERCASE", R"(\p{Uppercase})"},
    BinaryProperty{"TITLECASE", R"(\p{Lt})"},
    BinaryProperty{"WHITE_SPACE", R"(\p{White_Space})"},
    BinaryProperty{"WHITESPACE", R"(\p{White_Space})"},
    BinaryProperty{"CONTROL", R"(\p{Cc})"},
    BinaryProperty{"PUNCTUATION", R"(\p{P})"},
    BinaryProperty{"DIGIT", R"(\p{Nd})"},
    BinaryProperty{"HEX_DIGIT", R"(\p{Hex_Digit})"},
    BinaryProperty{"HEXDIGIT", R"(\p{Hex_Digit})"},
    BinaryProperty{"JOIN_CONTROL", R"(\p{Join_Control})"},
    BinaryProperty{"EMOJI", R"(\p{Emoji})"},
};

/// Scripts by Java's upper-case name.
constexpr std::string_view kScripts[] = {
    "ARABIC",    "ARMENIAN", "BENGALI",  "BOPOMOFO", "CYRILLIC", "DEVANAGARI", "ETHIOPIC",
    "GEORGIAN",  "GREEK",    "GUJARATI", "GURMUKHI", "HAN",      "HANGUL",     "HEBREW",
    "HIRAGANA",  "KANNADA",  "KATAKANA", "KHMER",    "LAO",      "LATIN",      "MALAYALAM",
    "MONGOLIAN", "MYANMAR",  "ORIYA",    "SINHALA",  "SYRIAC",   "TAMIL",      "TELUGU",
    "THAANA",    "THAI",     "TIBETAN",  "COMMON",   "INHERITED"};

bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool FoldsUnicode(const PatternFlags& flags) { return flags.fold && flags.fold_unicode; }

void AppendUtf8(char32_t c, std::string* out) {
  const auto tail = [&](unsigned shift) {
    *out += static_cast<char>(0x80U | (static_cast<unsigned>(c) >> shift & 0x3FU));
  };
  if (c < 0x80) {
    *out += static_cast<char>(c);
  } else if (c < 0x800) {
    *out += static_cast<char>(0xC0U | c >> 6U);
    tail(0);
  } else if (c < 0x10000) {
    *out += static_cast<char>(0xE0U | c >> 12U);
    tail(6);
    tail(0);
  } else {
    *out += static_cast<char>(0xF0U | c >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// A character that stands for itself everywhere in a PCRE2 pattern.
std::string Plain(char32_t c) {
  std::string text;
  if (c >= 0x80) {
    AppendUtf8(c, &text);
  } else if (IsAsciiLetter(c) || (c >= U'0' && c <= U'9') || c == U'_') {
    text = static_cast<char>(c);
  } else {
    text = fmt::format("\\x{:02x}", static_cast<unsigned>(c));
  }
  return text;
}

std::string Folded(std::string text, const PatternFlags& flags) {
  return FoldsUnicode(flags) ? fmt::format("(?i:{})", text) : text;
}

CharacterSet SetOf(std::string_view items, bool negated, const PatternFlags& flags) {
  CharacterSet set;
  set.AddItems(items);
  if (!negated) return set;
  CharacterSet outside;
  outside.AddExpression(set.NegatedText(flags));
  return outside;
}

template <class Table>
bool Holds(const Table& table, std::string_view name) {
  return std::find(std::begin(table), std::end(table), name) != std::end(table);
}

Result<std::string> PropertyItems(std::string_view name, const PatternFlags& flags) {
  // Without regard to case, a letter of one case is of the other, too.
  if (flags.fold && (name == "Lower" || name == "Upper")) return std::string("a-zA-Z");
  if (flags.fold && (name == "Lu" || name == "Ll" || name == "Lt")) {
    return std::string(R"(\p{Lu}\p{Ll}\p{Lt})");
  }
  for (const RangeProperty& known : kRangeProperties) {
    if (known.name == name) return std::string(known.items);
  }
  std::string_view bare = name;
  const std::size_t equals = name.find('=');
  if (equals != std::string_view::npos) {
    const std::string key = ToLower(name.substr(0, equals));
    bare = name.substr(equals + 1);
    if (key == "gc" || key == "general_category") {
      if (Holds(kCategories, bare)) return fmt::format("\\p{{{}}}", bare);
    } else if (key == "sc" || key == "script") {
      if (Holds(kScripts, ToUpper(bare))) return fmt::format("\\p{{sc:{}}}", ToLower(bare));
    }
    return Fail(ErrorCode::kUnsupported, "The character property {}", name);
  }
  if (Holds(kCategories, name)) return fmt::format("\\p{{{}}}", name);
  if (name.starts_with("Is")) {
    bare.remove_prefix(2);
    const std::string upper = ToUpper(bare);
    for (const BinaryProperty& known : kBinaryProperties) {
      if (known.name == upper) return std::string(known.items);
    }
    if (Holds(kScripts, upper)) return fmt::format("\\p{{sc:{}}}", ToLower(bare));
    if (Holds(kCategories, bare)) return fmt::format("\\p{{{}}}", bare);
    return Fail(ErrorCode::kUnsupported, "The character property {}", name);
  }
  if (name.starts_with("In") || name.starts_with("java")) {
    return Fail(ErrorCode::kUnsupported, "The character property {}", name);
  }
  return Fail(ErrorCode::kInvalidArgument, "Unknown character property name {{{}}}", name);
}

}  // namespace

std::string LiteralText(char32_t c, const PatternFlags& flags) {
  if (FoldsUnicode(flags)) return fmt::format("(?i:{})", Plain(c));
  if (!flags.fold || !IsAsciiLetter(c)) return Plain(c);
  return fmt::format("[{}{}]", static_cast<char>(c | 0x20U), static_cast<char>(c & ~0x20U));
}

void CharacterSet::AddRange(char32_t first, char32_t last, const PatternFlags& flags) {
  const auto add = [&](char32_t from, char32_t to) {
    items_ += Plain(from);
    if (to > from) items_ += "-" + Plain(to);
  };
  add(first, last);
  if (!flags.fold || flags.fold_unicode) return;
  // The part of the range that is letters, in the other case.
  for (const auto& [low, high, distance] :
       {std::tuple{U'a', U'z', -0x20}, std::tuple{U'A', U'Z', 0x20}}) {
    const char32_t from = std::max(first, low);
    const char32_t to = std::min(last, high);
    if (from > to) continue;
    add(static_cast<char32_t>(static_cast<int>(from) + distance),
        static_cast<char32_t>(static_cast<int>(to) + distance));
  }
}

void CharacterSet::Add(const CharacterSet& other) {
  items_ += other.items_;
  expressions_.insert(expressions_.end(), other.expressions_.begin(), other.expressions_.end());
}

std::string CharacterSet::Text(const PatternFlags& flags) const {
  if (items_.empty() && expressions_.empty()) return "(?!)";
  std::string text = items_.empty() ? "" : Folded(fmt::format("[{}]", items_), flags);
  if (expressions_.empty()) return text;
  for (const std::string& expression : expressions_) {
    text += (text.empty() ? "" : "|") + expression;
  }
  return fmt::format("(?:{})", text);
}

std::string CharacterSet::NegatedText(const PatternFlags& flags) const {
  if (expressions_.empty() && !items_.empty()) {
    return Folded(fmt::format("[^{}]", items_), flags);
  }
  return fmt::format("(?:(?!{})(?s:.))", Text(flags));
}

std::string IntersectionText(std::span<const CharacterSet> sets, bool negated,
                             const PatternFlags& flags) {
  if (sets.size() == 1) return negated ? sets[0].NegatedText(flags) : sets[0].Text(flags);
  std::string text;
  for (std::size_t i = 0; i + 1 < sets.size(); ++i) {
    text += fmt::format("(?={})", sets[i].Text(flags));
  }
  text = fmt::format("(?:{}{})", text, sets.back().Text(flags));
  return negated ? fmt::format("(?:(?!{})(?s:.))", text) : text;
}

Result<CharacterSet> PropertySet(std::string_view name, bool negated, const PatternFlags& flags) {
  const std::string items = TRY(PropertyItems(name, flags));
  return SetOf(items, negated, flags);
}

}  // namespace sluice
