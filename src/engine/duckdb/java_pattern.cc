#include "engine/duckdb/java_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/ascii.h"
#include "engine/duckdb/java_character_set.h"

namespace sluice {

namespace {

constexpr int kGroupDepthMax = 200;
constexpr std::uint32_t kRepeatMax = 65535;  ///< PCRE2's own limit
constexpr char32_t kEnd = 0xFFFFFFFF;

constexpr std::string_view kTerminators = R"(\n\r\x{85}\x{2028}\x{2029})";
constexpr std::string_view kNotInsideCrLf = R"((?<!\r(?=\n)))";
constexpr std::string_view kWordBoundary =
    R"((?:(?<=[\p{L}\p{Nd}_])(?![\p{L}\p{Nd}_])|(?<![\p{L}\p{Nd}_])(?=[\p{L}\p{Nd}_])))";
constexpr std::string_view kNoWordBoundary =
    R"((?:(?<=[\p{L}\p{Nd}_])(?=[\p{L}\p{Nd}_])|(?<![\p{L}\p{Nd}_])(?![\p{L}\p{Nd}_])))";

bool IsAsciiDigit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool IsHexDigit(char32_t c) {
  return IsAsciiDigit(c) || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F');
}
unsigned HexValue(char32_t c) {
  if (IsAsciiDigit(c)) return c - U'0';
  return (c | 0x20U) - U'a' + 10;
}

std::u32string Decoded(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      c = c << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    out += c;
    i += length;
  }
  return out;
}

/// Recursive descent over the pattern; the first error stays and ends everything.
class Translator {
 public:
  explicit Translator(std::string_view java) : in_(Decoded(java)) {}

  Result<PcrePattern> Run() {
    Alternatives(0);
    if (!failed_ && at_ < in_.size()) Refuse("Unmatched closing ')'");
    if (failed_) return Fail(std::move(error_));
    return std::move(out_);
  }

 private:
  char32_t Peek(std::size_t ahead = 0) const {
    return at_ + ahead < in_.size() ? in_[at_ + ahead] : kEnd;
  }
  bool Accept(char32_t c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  void Emit(std::string_view text) { out_.text += text; }
  void Refuse(std::string message, ErrorCode code = ErrorCode::kInvalidArgument) {
    if (!failed_) error_ = Error{code, std::move(message), {}};
    failed_ = true;
    at_ = in_.size();
  }
  void RefuseUnsupported(std::string message) {
    Refuse(std::move(message), ErrorCode::kUnsupported);
  }
  /// In comments mode white space and # comments are nothing.
  void SkipComments() {
    while (flags_.comments && at_ < in_.size()) {
      if (Peek() == U' ' || (Peek() >= U'\t' && Peek() <= U'\r')) {
        ++at_;
      } else if (Peek() == U'#') {
        while (at_ < in_.size() && Peek() != U'\n' && Peek() != U'\r') ++at_;
      } else {
        return;
      }
    }
  }

  void Alternatives(int depth);
  void Atom(int depth);
  void Quantifier();
  void Repetition();
  void Group(int depth);
  void NamedGroup(int depth);
  void InlineFlags(int depth);
  void Inside(std::string_view opening, int depth);
  void Escape();
  void Quoted();
  void BackReference();
  void NamedReference();
  void Literal(char32_t c) { Emit(LiteralText(c, flags_)); }
  void EndOfInput(bool multiline);

  // Characters and classes.
  char32_t EscapedCharacter();
  char32_t HexCharacter();
  char32_t UnicodeCharacter();
  char32_t OctalCharacter();
  CharacterSet Property();
  std::string Class(int depth);
  CharacterSet ClassOperand(int depth, bool* first);
  void ClassItem(int depth, CharacterSet* set);
  void ClassCharacter(char32_t c, CharacterSet* set);
  char32_t RangeEnd();

  std::u32string in_;
  std::size_t at_ = 0;
  PatternFlags flags_;
  PcrePattern out_;
  bool group_is_flags_ = false;  ///< the group just read was (?i) and the like: nothing to repeat
  bool failed_ = false;
  Error error_{ErrorCode::kInternal, {}, {}};
};

void Translator::Alternatives(int depth) {
  if (depth > kGroupDepthMax) return Refuse("Groups are nested too deeply");
  const PatternFlags outer = flags_;
  for (SkipComments(); at_ < in_.size() && Peek() != U')'; SkipComments()) {
    if (Accept(U'|')) {
      Emit("|");
      continue;
    }
    Atom(depth);
  }
  flags_ = outer;
}

void Translator::Atom(int depth) {
  const char32_t c = in_[at_++];
  switch (c) {
    case U'(':
      Group(depth);
      if (group_is_flags_) {
        group_is_flags_ = false;
        return;
      }
      break;
    case U'[':
      Emit(Class(depth));
      break;
    case U'.':
      Emit(flags_.dot_all      ? "(?s:.)"
           : flags_.unix_lines ? "[^\\n]"
                               : fmt::format("[^{}]", kTerminators));
      break;
    case U'^':
      if (!flags_.multiline) {
        Emit("(?:\\A)");
      } else {
        Emit(flags_.unix_lines
                 ? R"((?:(?!\z)(?:\A|(?<=\n))))"
                 : R"((?:(?!\z)(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))))");
      }
      break;
    case U'$':
      EndOfInput(flags_.multiline);
      break;
    case U'\\':
      Escape();
      break;
    case U'*':
    case U'+':
    case U'?':
      return Refuse(fmt::format("Dangling meta character '{}'", static_cast<char>(c)));
    case U'{':
      return Refuse("Illegal repetition");
    default:
      Literal(c);
  }
  Quantifier();
}

void Translator::EndOfInput(bool multiline) {
  if (flags_.unix_lines) return Emit(multiline ? "(?:(?=\\n|\\z))" : "(?:(?=\\n?\\z))");
  if (multiline) return Emit(fmt::format("(?:(?=[{}]|\\z){})", kTerminators, kNotInsideCrLf));
  Emit(fmt::format("(?:(?=(?:\\r\\n|[{}])?\\z){})", kTerminators, kNotInsideCrLf));
}

void Translator::Quantifier() {
  SkipComments();
  const char32_t c = Peek();
  if (c == U'{') {
    Repetition();
  } else if (c == U'*' || c == U'+' || c == U'?') {
    ++at_;
    Emit(std::string(1, static_cast<char>(c)));
  } else {
    return;
  }
  if (Accept(U'?')) {
    Emit("?");
  } else if (Accept(U'+')) {
    Emit("+");
  }
}

void Translator::Repetition() {
  ++at_;
  const auto number = [&](std::uint32_t fallback) {
    if (!IsAsciiDigit(Peek())) return fallback;
    std::uint32_t value = 0;
    while (IsAsciiDigit(Peek())) value = std::min(value * 10 + (in_[at_++] - U'0'), kRepeatMax + 1);
    return value;
  };
  if (!IsAsciiDigit(Peek())) return Refuse("Illegal repetition");
  const std::uint32_t low = number(0);
  std::string text = fmt::format("{{{}", low);
  std::uint32_t high = low;
  if (Accept(U',')) {
    text += ',';
    if (IsAsciiDigit(Peek())) {
      high = number(low);
      text += fmt::format("{}", high);
    }
  }
  if (!Accept(U'}')) return Refuse("Unclosed counted closure");
  if (high < low) return Refuse("Illegal repetition range");
  if (high > kRepeatMax) return RefuseUnsupported("A repetition of more than 65535");
  Emit(text + '}');
}

void Translator::Inside(std::string_view opening, int depth) {
  Emit(opening);
  Alternatives(depth + 1);
  if (!Accept(U')')) return Refuse("Unclosed group");
  Emit(")");
}

void Translator::Group(int depth) {
  if (!Accept(U'?')) {
    ++out_.groups;
    return Inside("(", depth);
  }
  const char32_t kind = Peek();
  if (kind == U':' || kind == U'=' || kind == U'!' || kind == U'>') {
    ++at_;
    return Inside(fmt::format("(?{}", static_cast<char>(kind)), depth);
  }
  if (kind != U'<') return InlineFlags(depth);
  ++at_;
  if (Peek() == U'=' || Peek() == U'!') {
    const char mark = static_cast<char>(in_[at_++]);
    return Inside(fmt::format("(?<{}", mark), depth);
  }
  NamedGroup(depth);
}

void Translator::NamedGroup(int depth) {
  std::string name;
  while (IsAsciiLetter(Peek()) || (!name.empty() && IsAsciiDigit(Peek()))) {
    name += static_cast<char>(in_[at_++]);
  }
  if (name.empty()) return Refuse("Unknown look-behind group");
  if (!Accept(U'>')) return Refuse("named capturing group is missing trailing '>'");
  if (!out_.names.emplace(name, ++out_.groups).second) {
    return Refuse(fmt::format("Named capturing group <{}> is already defined", name));
  }
  Inside("(", depth);
}

void Translator::InlineFlags(int depth) {
  PatternFlags changed = flags_;
  bool on = true;
  for (; at_ < in_.size() && Peek() != U')' && Peek() != U':'; ++at_) {
    switch (Peek()) {
      case U'-':
        on = false;
        break;
      case U'i':
        changed.fold = on;
        break;
      case U'm':
        changed.multiline = on;
        break;
      case U's':
        changed.dot_all = on;
        break;
      case U'd':
        changed.unix_lines = on;
        break;
      case U'u':
        changed.fold_unicode = on;
        break;
      case U'x':
        changed.comments = on;
        break;
      case U'c':
      case U'U':
        return RefuseUnsupported("The inline modifiers (?c) and (?U)");
      default:
        return Refuse("Unknown inline modifier");
    }
  }
  if (Accept(U')')) {
    flags_ = changed;
    group_is_flags_ = true;
    return;
  }
  if (!Accept(U':')) return Refuse("Unknown inline modifier");
  const PatternFlags outer = flags_;
  flags_ = changed;
  Inside("(?:", depth);
  flags_ = outer;
}

void Translator::Escape() {
  const char32_t c = Peek();
  if (c == kEnd) return Refuse("Unexpected internal error");
  switch (c) {
    case U'd':
    case U'D':
    case U'w':
    case U'W':
    case U's':
    case U'S':
    case U'h':
    case U'H':
    case U'v':
    case U'V':
    case U'R':
    case U'X':
    case U'G':
    case U'z':
    case U'A':
      ++at_;
      return Emit(fmt::format("(?:\\{})", static_cast<char>(c)));
    case U'Z':
      ++at_;
      return EndOfInput(false);
    case U'b':
      ++at_;
      if (Peek() == U'{' && Peek(1) == U'g') return RefuseUnsupported("The boundary \\b{g}");
      return Emit(kWordBoundary);
    case U'B':
      ++at_;
      return Emit(kNoWordBoundary);
    case U'Q':
      ++at_;
      return Quoted();
    case U'k':
      ++at_;
      return NamedReference();
    case U'p':
    case U'P':
      return Emit(Property().Text(flags_));
    default:
      if (c >= U'1' && c <= U'9') return BackReference();
      const char32_t literal = EscapedCharacter();
      if (!failed_) Literal(literal);
  }
}

void Translator::Quoted() {
  bool any = false;
  while (at_ < in_.size() && !(Peek() == U'\\' && Peek(1) == U'E')) {
    Literal(in_[at_++]);
    any = true;
  }
  at_ = std::min(at_ + 2, in_.size());
  if (!any) Emit("(?:)");
}

/// As many digits as name a group that has begun.
void Translator::BackReference() {
  int number = static_cast<int>(in_[at_++] - U'0');
  while (IsAsciiDigit(Peek())) {
    const int longer = number * 10 + static_cast<int>(Peek() - U'0');
    if (longer > out_.groups) break;
    number = longer;
    ++at_;
  }
  // A group that does not exist never matches.
  if (number > out_.groups) return Emit("(?!)");
  Emit(fmt::format("(?{}:\\g{{{}}})", flags_.fold ? "i" : "", number));
}

void Translator::NamedReference() {
  if (!Accept(U'<')) return Refuse("\\k is not followed by '<' for named capturing group");
  std::string name;
  while (IsAsciiLetter(Peek()) || IsAsciiDigit(Peek())) name += static_cast<char>(in_[at_++]);
  if (!Accept(U'>')) return Refuse("named capturing group is missing trailing '>'");
  const auto group = out_.names.find(name);
  if (group == out_.names.end()) {
    return Refuse(fmt::format("named capturing group <{}> does not exist", name));
  }
  Emit(fmt::format("(?{}:\\g{{{}}})", flags_.fold ? "i" : "", group->second));
}

/// The character after a backslash, which stands at it.
char32_t Translator::EscapedCharacter() {
  const char32_t c = in_[at_++];
  switch (c) {
    case U't':
      return U'\t';
    case U'n':
      return U'\n';
    case U'r':
      return U'\r';
    case U'f':
      return U'\f';
    case U'a':
      return U'\a';
    case U'e':
      return 0x1B;
    case U'0':
      return OctalCharacter();
    case U'x':
      return HexCharacter();
    case U'u':
      return UnicodeCharacter();
    case U'c':
      if (at_ >= in_.size()) break;
      return in_[at_++] ^ 64U;
    case U'N':
      RefuseUnsupported("A character by name, \\N{…}");
      return 0;
    default:
      if (!IsAsciiLetter(c) && !IsAsciiDigit(c)) return c;
  }
  Refuse("Illegal/unsupported escape sequence");
  return 0;
}

char32_t Translator::OctalCharacter() {
  char32_t value = 0;
  int digits = 0;
  while (Peek() >= U'0' && Peek() <= U'7' && digits < 3 && value * 8 + (Peek() - U'0') <= 0377) {
    value = value * 8 + (in_[at_++] - U'0');
    ++digits;
  }
  if (digits == 0) Refuse("Illegal octal escape sequence");
  return value;
}

char32_t Translator::HexCharacter() {
  if (Accept(U'{')) {
    char32_t value = 0;
    int digits = 0;
    for (; IsHexDigit(Peek()) && value <= 0x10FFFF; ++digits) {
      value = value << 4U | HexValue(in_[at_++]);
    }
    if (digits > 0 && value <= 0x10FFFF && Accept(U'}')) return value;
  } else if (IsHexDigit(Peek()) && IsHexDigit(Peek(1))) {
    const char32_t value = HexValue(Peek()) << 4U | HexValue(Peek(1));
    at_ += 2;
    return value;
  }
  Refuse("Illegal hexadecimal escape sequence");
  return 0;
}

/// \uXXXX; two of them may be the halves of one character.
char32_t Translator::UnicodeCharacter() {
  const auto unit = [&]() -> char32_t {
    char32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      if (!IsHexDigit(Peek(i))) return kEnd;
      value = value << 4U | HexValue(Peek(i));
    }
    at_ += 4;
    return value;
  };
  const char32_t high = unit();
  if (high == kEnd) {
    Refuse("Illegal Unicode escape sequence");
    return 0;
  }
  if (high < 0xD800 || high > 0xDFFF) return high;
  const std::size_t before = at_;
  if (high < 0xDC00 && Accept(U'\\') && Accept(U'u')) {
    const char32_t low = unit();
    if (low >= 0xDC00 && low <= 0xDFFF) return 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00);
  }
  at_ = before;
  RefuseUnsupported("Half of a surrogate pair");
  return 0;
}

/// \p{…}, \P{…} or \pL; stands at the p.
CharacterSet Translator::Property() {
  const bool negated = in_[at_++] == U'P';
  std::string name;
  if (Accept(U'{')) {
    while (at_ < in_.size() && Peek() != U'}') {
      name += Peek() < 0x80 ? static_cast<char>(Peek()) : '?';
      ++at_;
    }
    if (!Accept(U'}')) Refuse("Unclosed character family");
  } else if (at_ < in_.size()) {
    name = Peek() < 0x80 ? static_cast<char>(Peek()) : '?';
    ++at_;
  }
  CharacterSet set;
  if (failed_) return set;
  Result<CharacterSet> found = PropertySet(name, negated, flags_);
  if (!found) {
    Refuse(found.error().message, found.error().code);
    return set;
  }
  return *std::move(found);
}

/// The rest of a class after its bracket, as an expression that matches one character.
std::string Translator::Class(int depth) {
  if (depth > kGroupDepthMax) {
    Refuse("Classes are nested too deeply");
    return {};
  }
  const bool negated = Accept(U'^');
  std::vector<CharacterSet> operands;
  bool first = true;
  do {
    operands.push_back(ClassOperand(depth, &first));
  } while (!failed_ && Peek() != U']' && at_ < in_.size());
  if (!Accept(U']')) Refuse("Unclosed character class");
  if (failed_) return {};
  return IntersectionText(operands, negated, flags_);
}

/// Up to the next && or the end of the class.
CharacterSet Translator::ClassOperand(int depth, bool* first) {
  CharacterSet set;
  for (SkipComments(); at_ < in_.size(); SkipComments()) {
    if (Peek() == U'&' && Peek(1) == U'&') {
      while (Peek() == U'&') ++at_;
      *first = false;
      return set;
    }
    if (Peek() == U']' && !*first) return set;
    *first = false;
    ClassItem(depth, &set);
  }
  return set;
}

void Translator::ClassItem(int depth, CharacterSet* set) {
  const char32_t c = in_[at_++];
  if (c == U'[') {
    set->AddExpression(Class(depth + 1));
    return;
  }
  if (c != U'\\') return ClassCharacter(c, set);
  const char32_t escaped = Peek();
  if (escaped == U'p' || escaped == U'P') return set->Add(Property());
  if (escaped == U'Q') {
    for (++at_; at_ < in_.size() && !(Peek() == U'\\' && Peek(1) == U'E'); ++at_) {
      set->AddRange(Peek(), Peek(), flags_);
    }
    at_ = std::min(at_ + 2, in_.size());
    return;
  }
  if (escaped < 0x80 &&
      std::string_view("dDwWsShHvV").find(static_cast<char>(escaped)) != std::string_view::npos) {
    ++at_;
    return set->AddItems(fmt::format("\\{}", static_cast<char>(escaped)));
  }
  if (at_ >= in_.size()) return Refuse("Unclosed character class");
  ClassCharacter(EscapedCharacter(), set);
}

char32_t Translator::RangeEnd() {
  if (!Accept(U'\\')) return at_ < in_.size() ? in_[at_++] : kEnd;
  return at_ < in_.size() ? EscapedCharacter() : kEnd;
}

/// A character, or the range that it begins.
void Translator::ClassCharacter(char32_t c, CharacterSet* set) {
  if (failed_) return;
  char32_t last = c;
  if (Peek() == U'-' && Peek(1) != U']' && Peek(1) != U'[' && Peek(1) != kEnd) {
    ++at_;
    last = RangeEnd();
    if (failed_) return;
    if (last < c) return Refuse("Illegal character range");
  }
  set->AddRange(c, last, flags_);
}

}  // namespace

Result<PcrePattern> TranslateJavaPattern(std::string_view java) { return Translator(java).Run(); }

}  // namespace sluice
