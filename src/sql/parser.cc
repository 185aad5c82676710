#include "sql/parser.h"

#include <algorithm>

#include "base/ascii.h"
#include "sql/front_end.h"

namespace sluice::sql {
namespace {

// Every token may be read this often before the parser gives up: second readings are short, so only
// text made to hurt gets there.
constexpr std::size_t kStepsPerToken = 64;
constexpr std::size_t kStepsAtLeast = 10'000;

}  // namespace

Parser::Parser(std::string_view text, const std::vector<Token>& tokens)
    : text_(text), tokens_(tokens), steps_left_(tokens.size() * kStepsPerToken + kStepsAtLeast) {}

Parser::Parser(std::string_view text, const std::vector<Token>& tokens, std::size_t failed)
    : Parser(text, tokens) {
  watched_ = failed;
}

Result<Statement> Parser::Run() {
  Parsed<Statement> statement = ParseStatement();
  if (!statement || stopped_) return Refuse();
  while (Accept(T::kSemicolon)) {
  }
  if (!AtEnd()) {
    Accept(T::kEndOfText);
    return Refuse();
  }
  parsed_ = true;
  if (!complaints_.empty()) {
    error_ = complaints_.front();
    return Fail(ErrorCode::kSyntax, "{}", error_->Message());
  }
  return std::move(*statement);
}

Result<DataType> Parser::RunType() {
  Parsed<TypeSpec> type = ParseType();
  if (!type || stopped_ || !Accept(T::kEndOfText)) {
    Result<Statement> refused = Refuse();
    return Fail(refused.error());
  }
  if (!complaints_.empty()) {
    error_ = complaints_.front();
    return Fail(ErrorCode::kSyntax, "{}", error_->Message());
  }
  return std::move(type->type);
}

std::optional<DataType> Parser::RunColumns() {
  std::vector<ColumnDefinition> columns;
  const bool read = ParseColumnTypes(columns);
  if (!read || stopped_ || !Accept(T::kEndOfText) || !complaints_.empty()) return std::nullopt;
  std::vector<StructField> fields;
  for (ColumnDefinition& column : columns) {
    fields.push_back({column.name.parts.back().text, std::move(column.type.type), true, {}});
  }
  return DataType::Struct(std::move(fields));
}

// ---- cursor ------------------------------------------------------------------------------------

const Token& Parser::Peek(Index ahead) const {
  return tokens_[std::min(index_ + ahead, tokens_.size() - 1)];
}

TokenKind Parser::KindAt(Index index) const {
  return tokens_[std::min(index, tokens_.size() - 1)].kind;
}

bool Parser::AtWord(std::string_view upper, Index ahead) const {
  const Token& token = Peek(ahead);
  return IsIdentifier(token.kind) && token.kind != T::kBackquoted &&
         EqualsIgnoreCase(TextOf(token), upper);
}

void Parser::Advance() {
  if (index_ + 1 < tokens_.size()) ++index_;
  if (steps_left_ == 0) {
    Stop("The SQL text is ambiguous in too many places");
  } else {
    --steps_left_;
  }
}

bool Parser::Accept(T kind) {
  if (!At(kind)) {
    Reject();
    if (watched_ == index_) watched_kind_ = kind;
    return false;
  }
  Advance();
  return true;
}

bool Parser::AcceptPair(T first, T second) {
  if (!At(first, second)) return false;
  Advance();
  Advance();
  return true;
}

bool Parser::AcceptWord(std::string_view upper) {
  if (!AtWord(upper)) return Reject();
  Advance();
  return true;
}

bool Parser::Reject() {
  furthest_ = std::max(furthest_, index_);
  if (watched_ == index_) {
    watched_frames_ = frames_;
    watched_kind_.reset();
  }
  return false;
}

std::string_view Parser::TextOf(const Token& token) const {
  return TextBetween(token.span.begin, token.span.end);
}

std::string_view Parser::TextBetween(std::uint32_t begin, std::uint32_t end) const {
  return text_.substr(begin, end - begin);
}

Span Parser::SpanFrom(Index first) const {
  Span span = tokens_[first].span;
  const Index last = index_ > first ? index_ - 1 : first;
  span.end = tokens_[last].span.end;
  return span;
}

void Parser::Return(const Mark& mark) {
  if (stopped_) return;
  index_ = mark.index;
  complaints_.resize(mark.complaints);
}

void Parser::Complain(std::string_view error_class, std::string text, const Span& span) {
  complaints_.push_back(SyntaxError{std::string(error_class), std::move(text), span});
}

/// Moves to the end of the tokens, where nothing fits, so every loop and descent ends at once.
void Parser::Stop(std::string message) {
  if (stopped_) return;
  stopped_ = true;
  stop_message_ = std::move(message);
  index_ = tokens_.size() - 1;
}

Parser::Nested::Nested(Parser& parser) : parser_(parser) {
  if (++parser_.nesting_ > kNestingMax) {
    parser_.Stop(fmt::format("The SQL text nests deeper than {} levels", kNestingMax));
  }
}

// ---- names -------------------------------------------------------------------------------------

Identifier Parser::TakeIdentifier() {
  const Token& token = Peek();
  const bool quoted = token.kind == T::kBackquoted;
  Identifier name{.text = quoted ? BackquotedValue(TextOf(token)) : std::string(TextOf(token)),
                  .span = token.span,
                  .quoted = quoted};
  Advance();
  return name;
}

Parsed<Identifier> Parser::ParseIdentifier() {
  if (!AtIdentifier()) {
    Reject();
    return {};
  }
  return TakeIdentifier();
}

/// Spark reads a-b as one bad name where only a name can stand.
Parsed<Identifier> Parser::ParseNameChecked() {
  const Index first = index_;
  Identifier name = PARSED(ParseIdentifier());
  if (!At(T::kMinus) || !IsIdentifier(Peek(1).kind)) return name;
  while (At(T::kMinus) && IsIdentifier(Peek(1).kind)) {
    Advance();
    Advance();
  }
  const Span span = SpanFrom(first);
  const std::string text(TextBetween(span.begin, span.end));
  Complain("INVALID_IDENTIFIER",
           fmt::format("The identifier {} is invalid. Please, consider quoting it with back-quotes "
                       "as `{}`.",
                       text, text),
           tokens_[first + 1].span);
  return name;
}

Parsed<QualifiedName> Parser::ParseQualifiedName() {
  const Index first = index_;
  QualifiedName name;
  do {
    name.parts.push_back(PARSED(ParseIdentifier()));
  } while (At(T::kDot) && IsIdentifier(Peek(1).kind) && Accept(T::kDot));
  name.span = SpanFrom(first);
  return name;
}

Parsed<QualifiedName> Parser::ParseMultipartName() {
  const Index first = index_;
  QualifiedName name;
  do {
    name.parts.push_back(PARSED(ParseNameChecked()));
  } while (Accept(T::kDot));
  name.span = SpanFrom(first);
  return name;
}

Parsed<QualifiedName> Parser::ParseTableIdentifier() {
  const Index first = index_;
  QualifiedName name;
  name.parts.push_back(PARSED(ParseNameChecked()));
  if (Accept(T::kDot)) name.parts.push_back(PARSED(ParseNameChecked()));
  name.span = SpanFrom(first);
  return name;
}

/// IDENTIFIER('a.b') names by a constant expression; only a plain string is offered.
Parsed<QualifiedName> Parser::ParseReference() {
  if (!At(T::kIdentifierWord, T::kLeftParen)) return ParseMultipartName();
  const Index first = index_;
  Advance();
  Advance();
  const Span inner = Peek().span;
  const ExprPtr expr = PARSED(ParseExpression());
  REQUIRE(Accept(T::kRightParen));
  QualifiedName name{.parts = {}, .span = SpanFrom(first)};
  const auto* literal = std::get_if<Literal>(&expr->node);
  std::string text = literal != nullptr && literal->kind == LiteralKind::kString
                         ? literal->text
                         : std::string(TextBetween(inner.begin, expr->span.end));
  for (const std::string_view part : Split(text, '.')) {
    name.parts.push_back(Identifier{.text = std::string(part), .span = inner, .quoted = true});
  }
  return name;
}

Parsed<std::vector<Identifier>> Parser::ParseIdentifierSequence() {
  std::vector<Identifier> names;
  REQUIRE(ParseCommaList([&]() -> bool {
    names.push_back(PARSED(ParseNameChecked()));
    return true;
  }));
  return names;
}

Parsed<std::vector<Identifier>> Parser::ParseIdentifierList() {
  REQUIRE(Accept(T::kLeftParen));
  std::vector<Identifier> names = PARSED(ParseIdentifierSequence());
  REQUIRE(Accept(T::kRightParen));
  return names;
}

bool Parser::LooksLikeIdentifierList(Index from, Index* behind) const {
  if (KindAt(from) != T::kLeftParen) return false;
  for (Index i = from + 1;; i += 2) {
    if (!IsIdentifier(KindAt(i))) return false;
    if (KindAt(i + 1) == T::kRightParen) {
      *behind = i + 2;
      return true;
    }
    if (KindAt(i + 1) != T::kComma) return false;
  }
}

Parsed<std::string> Parser::ParseString() {
  if (!AtString()) {
    Reject();
    return {};
  }
  std::string value = StringValue(TextAt());
  Advance();
  return value;
}

}  // namespace sluice::sql
