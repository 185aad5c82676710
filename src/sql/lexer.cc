#include "sql/lexer.h"

#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "sql/front_end.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kWordBytesMax = 32;  // longer than any word of the grammar

bool IsWordChar(char c) { return IsAlnum(c) || c == '_'; }

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t Utf8Width(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

// Longer spellings before their prefixes.
constexpr std::array<Symbol, 35> kSymbols = {{
    {"/*+", TokenKind::kHintStart},
    {"<=>", TokenKind::kNullSafeEqual},
    {"->", TokenKind::kArrow},
    {"=>", TokenKind::kFatArrow},
    {"*/", TokenKind::kHintEnd},
    {"==", TokenKind::kEqual},
    {"<>", TokenKind::kNotEqual},
    {"!=", TokenKind::kBangEqual},
    {"<=", TokenKind::kLessOrEqual},
    {"!>", TokenKind::kLessOrEqual},
    {">=", TokenKind::kGreaterOrEqual},
    {"!<", TokenKind::kGreaterOrEqual},
    {"||", TokenKind::kConcatPipe},
    {";", TokenKind::kSemicolon},
    {"(", TokenKind::kLeftParen},
    {")", TokenKind::kRightParen},
    {"[", TokenKind::kLeftBracket},
    {"]", TokenKind::kRightBracket},
    {",", TokenKind::kComma},
    {".", TokenKind::kDot},
    {":", TokenKind::kColon},
    {"?", TokenKind::kQuestion},
    {"=", TokenKind::kEqual},
    {"<", TokenKind::kLess},
    {">", TokenKind::kGreater},
    {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},
    {"*", TokenKind::kStar},
    {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},
    {"~", TokenKind::kTilde},
    {"&", TokenKind::kAmpersand},
    {"|", TokenKind::kPipe},
    {"^", TokenKind::kCaret},
    {"!", TokenKind::kNot},
}};

/// A number's kind and length, by the characters from its start.
struct NumberMatch {
  TokenKind kind;
  std::size_t length;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<TokenList> Run() {
    while (SkipBlanksAndComments(), at_ < text_.size()) {
      if (list_.tokens.size() >= kTokensMax) {
        return Fail(ErrorCode::kLimitExceeded, "The SQL text has more than {} tokens", kTokensMax);
      }
      const auto [kind, length] = Match();
      Emit(kind, length);
    }
    Emit(TokenKind::kEndOfText, 0);
    return std::move(list_);
  }

 private:
  char CharAt(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }
  bool StartsWith(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  /// Moves on, keeping count of lines and code points.
  void Advance(std::size_t bytes) {
    for (const std::size_t end = at_ + bytes; at_ < end; ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        position_ = 0;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) {
        ++position_;
      }
    }
  }

  Span SpanHere(std::size_t length) const {
    return Span{.begin = static_cast<std::uint32_t>(at_),
                .end = static_cast<std::uint32_t>(at_ + length),
                .line = line_,
                .position = position_};
  }

  void Emit(TokenKind kind, std::size_t length) {
    list_.tokens.push_back(Token{kind, SpanHere(length)});
    Advance(length);
  }

  void SkipBlanksAndComments() {
    while (at_ < text_.size()) {
      if (IsBlank(text_[at_])) {
        Advance(1);
      } else if (StartsWith("--")) {
        SkipLineComment();
      } else if (StartsWith("/*") && CharAt(at_ + 2) != '+') {
        SkipBracketedComment();
      } else {
        return;
      }
    }
  }

  /// A backslash before the line's end carries the comment on.
  void SkipLineComment() {
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
      Advance(StartsWith("\\\n") ? 2 : 1);
    }
  }

  /// Comments nest; what looks like a hint inside one opens nothing.
  void SkipBracketedComment() {
    const Span opening = SpanHere(2);
    int depth = 0;
    while (at_ < text_.size()) {
      if (StartsWith("/*") && CharAt(at_ + 2) != '+') {
        ++depth;
        Advance(2);
      } else if (StartsWith("*/")) {
        Advance(2);
        if (--depth == 0) return;
      } else {
        Advance(1);
      }
    }
    list_.unclosed_comment = true;
    list_.unclosed_span = opening;
  }

  std::pair<TokenKind, std::size_t> Match() const {
    const char c = text_[at_];
    if (auto quoted = MatchQuoted()) return *quoted;
    if (IsDigit(c) || (c == '.' && IsDigit(CharAt(at_ + 1)))) {
      const NumberMatch number = MatchNumber();
      const std::size_t word = WordLength();
      if (number.length >= word && number.length > 0) return {number.kind, number.length};
    }
    if (IsWordChar(c)) return MatchWord();
    for (const Symbol& symbol : kSymbols) {
      if (StartsWith(symbol.text)) return {symbol.kind, symbol.text.size()};
    }
    return {TokenKind::kUnrecognized, Utf8Width(c)};
  }

  /// '..', "..", `..`, r'..', r"..": nothing when the closing quote is missing.
  std::optional<std::pair<TokenKind, std::size_t>> MatchQuoted() const {
    const char c = text_[at_];
    if (c == '\'' || c == '"') {
      const auto length = EscapedLength(c);
      if (length == 0) return std::nullopt;
      return std::pair{c == '"' ? TokenKind::kDoubleQuoted : TokenKind::kStringLiteral, length};
    }
    if (c == '`') {
      const auto length = BackquotedLength();
      if (length == 0) return std::nullopt;
      return std::pair{TokenKind::kBackquoted, length};
    }
    const char next = CharAt(at_ + 1);
    if ((c == 'r' || c == 'R') && (next == '\'' || next == '"')) {
      const std::size_t close = text_.find(next, at_ + 2);
      if (close == std::string_view::npos) return std::nullopt;
      return std::pair{TokenKind::kStringLiteral, close + 1 - at_};
    }
    return std::nullopt;
  }

  std::size_t EscapedLength(char quote) const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        return i + 1 - at_;
      }
    }
    return 0;
  }

  /// The longest match ends at the first backquote that is not doubled; a text that ends in the
  /// middle of a doubled one falls back to the quote before.
  std::size_t BackquotedLength() const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != '`') continue;
      if (CharAt(i + 1) != '`') return i + 1 - at_;
      const std::size_t rest = text_.find('`', i + 2);
      if (rest == std::string_view::npos) return i + 1 - at_;
      ++i;
    }
    return 0;
  }

  std::size_t WordLength() const {
    std::size_t i = at_;
    while (i < text_.size() && IsWordChar(text_[i])) ++i;
    return i - at_;
  }

  std::pair<TokenKind, std::size_t> MatchWord() const {
    const std::size_t length = WordLength();
    if (length > kWordBytesMax) return {TokenKind::kIdentifier, length};
    return {WordKind(ToUpper(text_.substr(at_, length))), length};
  }

  std::size_t DigitsFrom(std::size_t index) const {
    std::size_t i = index;
    while (IsDigit(CharAt(i)) && i < text_.size()) ++i;
    return i - index;
  }

  std::size_t ExponentFrom(std::size_t index) const {
    if (ToLower(CharAt(index)) != 'e') return 0;
    const char sign = CharAt(index + 1);
    const std::size_t skip = sign == '+' || sign == '-' ? 2 : 1;
    const std::size_t digits = DigitsFrom(index + skip);
    return digits == 0 ? 0 : skip + digits;
  }

  /// Spark's rule: what has a point or an exponent and no suffix is a number only if no letter,
  /// digit or underscore follows, so that 1.a and 2.3e_ fall apart.
  NumberMatch MatchNumber() const {
    const std::size_t whole = DigitsFrom(at_);
    const NumberMatch plain = MatchSuffixed(at_ + whole, NumberShape::kWhole);
    const NumberMatch fallback = whole == 0 ? NumberMatch{TokenKind::kDot, 0} : plain;
    if (CharAt(at_ + whole) != '.') return fallback;
    const std::size_t fraction = DigitsFrom(at_ + whole + 1);
    if (whole == 0 && fraction == 0) return fallback;
    const NumberMatch pointed = MatchSuffixed(at_ + whole + 1 + fraction, NumberShape::kPointed);
    return pointed.length > fallback.length ? pointed : fallback;
  }

  enum class NumberShape { kWhole, kPointed };

  /// The best token for digits that end before `end`, with an exponent and a suffix where they fit.
  NumberMatch MatchSuffixed(std::size_t end, NumberShape shape) const {
    const std::size_t exponent = ExponentFrom(end);
    if (exponent > 0) {
      const NumberMatch match = MatchSuffix(end + exponent, shape, TokenKind::kExponentValue);
      if (match.length > 0) return match;
    }
    return MatchSuffix(
        end, shape,
        shape == NumberShape::kPointed ? TokenKind::kDecimalValue : TokenKind::kIntegerValue);
  }

  NumberMatch MatchSuffix(std::size_t end, NumberShape shape, TokenKind bare) const {
    const char suffix = ToLower(CharAt(end));
    const auto with = [&](TokenKind kind, std::size_t length) {
      const std::size_t total = end + length - at_;
      const bool runs_on = IsWordChar(CharAt(end + length));
      if (shape == NumberShape::kPointed && runs_on) return NumberMatch{kind, 0};
      return NumberMatch{kind, total};
    };
    NumberMatch match{bare, 0};
    if (suffix == 'f') match = with(TokenKind::kFloatLiteral, 1);
    if (suffix == 'd') match = with(TokenKind::kDoubleLiteral, 1);
    if (suffix == 'b' && ToLower(CharAt(end + 1)) == 'd') {
      match = with(TokenKind::kBigDecimalLiteral, 2);
    }
    if (bare == TokenKind::kIntegerValue) {
      if (suffix == 'l') match = with(TokenKind::kBigIntLiteral, 1);
      if (suffix == 's') match = with(TokenKind::kSmallIntLiteral, 1);
      if (suffix == 'y') match = with(TokenKind::kTinyIntLiteral, 1);
    }
    return match.length > 0 ? match : with(bare, 0);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t position_ = 0;
  TokenList list_;
};

void AppendUtf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::optional<std::uint32_t> HexValue(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const char low = ToLower(c);
    if (IsDigit(low)) {
      value = value * 16 + static_cast<std::uint32_t>(low - '0');
    } else if (low >= 'a' && low <= 'f') {
      value = value * 16 + static_cast<std::uint32_t>(low - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::uint32_t kCodePointMax = 0x10FFFF;

bool IsSurrogate(std::uint32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

/// Resolves the escapes of one literal's inside.
class Unescaper {
 public:
  explicit Unescaper(std::string_view body) : body_(body) {}

  std::string Run() {
    while (at_ < body_.size()) {
      if (body_[at_] != '\\' || at_ + 1 >= body_.size()) {
        out_.push_back(body_[at_++]);
      } else if (!TakeUnicode('u', 4) && !TakeUnicode('U', 8) && !TakeOctal()) {
        TakeSimple();
      }
    }
    return std::move(out_);
  }

 private:
  bool TakeUnicode(char marker, std::size_t digits) {
    if (body_[at_ + 1] != marker || at_ + 2 + digits > body_.size()) return false;
    const auto value = HexValue(body_.substr(at_ + 2, digits));
    if (!value) return false;
    at_ += 2 + digits;
    AppendUtf8(WithLowSurrogate(*value), out_);
    return true;
  }

  /// Joins \uD83D\uDE00 into one code point; half a pair has no UTF-8 and becomes U+FFFD.
  std::uint32_t WithLowSurrogate(std::uint32_t code) {
    if (code > kCodePointMax) return kReplacement;
    if (!IsSurrogate(code)) return code;
    if (code < 0xDC00 && body_.substr(at_).starts_with("\\u") && at_ + 6 <= body_.size()) {
      const auto low = HexValue(body_.substr(at_ + 2, 4));
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
        at_ += 6;
        return 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
      }
    }
    return kReplacement;
  }

  /// \000 to \177.
  bool TakeOctal() {
    if (at_ + 3 >= body_.size()) return false;
    const char a = body_[at_ + 1];
    const char b = body_[at_ + 2];
    const char c = body_[at_ + 3];
    const auto octal = [](char digit) { return digit >= '0' && digit <= '7'; };
    if ((a != '0' && a != '1') || !octal(b) || !octal(c)) return false;
    AppendUtf8(static_cast<std::uint32_t>((a - '0') * 64 + (b - '0') * 8 + (c - '0')), out_);
    at_ += 4;
    return true;
  }

  void TakeSimple() {
    const char c = body_[at_ + 1];
    at_ += 2;
    switch (c) {
      case '0':
        return out_.push_back('\0');
      case 'b':
        return out_.push_back('\b');
      case 'n':
        return out_.push_back('\n');
      case 'r':
        return out_.push_back('\r');
      case 't':
        return out_.push_back('\t');
      case 'Z':
        return out_.push_back('\x1A');
      case '%':
        out_ += "\\%";
        return;
      case '_':
        out_ += "\\_";
        return;
      default:
        return out_.push_back(c);
    }
  }

  std::string_view body_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Result<TokenList> Tokenize(std::string_view text) { return Lexer(text).Run(); }

std::string StringValue(std::string_view token) {
  if (token.starts_with('r') || token.starts_with('R')) {
    return std::string(token.substr(2, token.size() - 3));
  }
  return Unescaper(token.substr(1, token.size() - 2)).Run();
}

std::string BackquotedValue(std::string_view token) {
  std::string name;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    name.push_back(token[i]);
    if (token[i] == '`') ++i;
  }
  return name;
}

}  // namespace sluice::sql
