#include <algorithm>

#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

bool IsKeyChar(char c) { return IsAlnum(c) || c == '_' || c == '.' || c == ':' || c == '\\'; }

bool IsKey(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), IsKeyChar);
}

constexpr std::string_view kSetFormat =
    "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special "
    "characters in key, or include semicolon in value, please use backquotes, e.g., SET "
    "`key`=`value`.";

}  // namespace

Parsed<StatementNode> Parser::ParseSet() {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kSet));
  if (At(T::kCatalog) && Peek(1).kind != T::kEqual && Peek(1).kind != T::kEndOfText &&
      Peek(1).kind != T::kDot) {
    Advance();
    SetStatement set{.kind = SetKind::kCatalog, .key = {}, .value = {}};
    if (AtString()) {
      set.value = PARSED(ParseString());
    } else {
      const Identifier name = PARSED(ParseIdentifier());
      set.value = name.text;
    }
    return set;
  }
  if (At(T::kRole)) {
    SkipRest();
    Complain("", "Operation not allowed: SET ROLE.", span);
    return SetStatement{.kind = SetKind::kRole, .key = {}, .value = {}};
  }
  if (AcceptPair(T::kTime, T::kZone)) return ParseSetTimeZone(span);
  return ParseSetConfiguration(span);
}

/// SET TIME ZONE LOCAL | 'zone' | INTERVAL ..
Parsed<StatementNode> Parser::ParseSetTimeZone(const Span& span) {
  SetStatement set{.kind = SetKind::kTimeZone, .key = {}, .value = {}};
  const Mark mark = Here();
  bool valid = false;
  if (Accept(T::kLocal)) {
    set.value = "LOCAL";
    valid = true;
  } else if (AtString()) {
    set.value = PARSED(ParseString());
    valid = true;
  } else if (AtInterval()) {
    const ExprPtr interval = PARSED(ParseInterval());
    set.value = std::string(TextBetween(interval->span.begin, interval->span.end));
    valid = true;
  }
  if (valid && AtAny(T::kEndOfText, T::kSemicolon)) return set;
  Return(mark);
  SkipRest();
  Complain("", "Invalid time zone displacement value.", span);
  return set;
}

/// SET, SET k, SET k=v: Spark reads the raw text behind SET.
Parsed<StatementNode> Parser::ParseSetConfiguration(const Span& span) {
  SetStatement set;
  if (At(T::kBackquoted) && (Peek(1).kind == T::kEqual || Peek(1).kind == T::kEndOfText)) {
    set.key = TakeIdentifier().text;
    if (!Accept(T::kEqual)) return set;
    const bool quoted = At(T::kBackquoted) && Peek(1).kind == T::kEndOfText;
    const std::string_view value = Trim(RestOfText(index_));
    set.value = quoted ? BackquotedValue(TextAt()) : std::string(value);
    if (!quoted && value.find(';') != std::string_view::npos) {
      const std::string_view cut = value.substr(0, value.find(';'));
      if (value.substr(cut.size()).find_first_not_of(';') != std::string_view::npos) {
        Complain("INVALID_SET_SYNTAX", std::string(kSetFormat), span);
      }
      set.value = std::string(Trim(cut));
    }
    SkipRest();
    return set;
  }
  const std::string_view rest = Trim(RestOfText(index_));
  const std::size_t equal = rest.find('=');
  SkipRest();
  if (rest.empty() || rest == "-v") {
    if (!rest.empty()) set.key = std::string(rest);
    return set;
  }
  const std::string_view key = Trim(rest.substr(0, equal));
  bool valid = IsKey(key);
  if (equal != std::string_view::npos) {
    std::string_view value = rest.substr(equal + 1);
    const std::size_t semicolon = value.find(';');
    const std::string_view tail =
        semicolon == std::string_view::npos ? std::string_view() : value.substr(semicolon);
    value = value.substr(0, semicolon);
    valid = valid && tail.find_first_not_of(';') == std::string_view::npos;
    set.value = std::string(Trim(value));
    const std::string_view whole = Trim(rest.substr(equal + 1));
    const bool quoted =
        whole.size() > 2 && whole.front() == '`' && whole.find('`', 1) == whole.size() - 1;
    if (quoted) {
      valid = IsKey(key);
      set.value = BackquotedValue(whole);
    }
  }
  if (!valid) Complain("INVALID_SET_SYNTAX", std::string(kSetFormat), span);
  set.key = std::string(key);
  return set;
}

Parsed<StatementNode> Parser::ParseReset() {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kReset));
  ResetStatement reset;
  if (At(T::kBackquoted) && Peek(1).kind == T::kEndOfText) {
    reset.key = TakeIdentifier().text;
    return reset;
  }
  const std::string_view rest = Trim(RestOfText(index_));
  SkipRest();
  if (rest.empty()) return reset;
  if (!IsKey(rest)) {
    Complain("",
             "Expected format is 'RESET' or 'RESET key'. If you want to include special characters "
             "in key, please use quotes, e.g., RESET `key`.",
             span);
  }
  reset.key = std::string(rest);
  return reset;
}

}  // namespace sluice::sql
