#include <array>
#include <limits>

#include "sql/parser.h"

namespace sluice::sql {
namespace {

struct SymbolName {
  TokenKind kind;
  std::string_view text;
};

/// How Spark names a token that it misses: quoted where the grammar has one spelling.
std::string NameOf(TokenKind kind) {
  using T = TokenKind;
  constexpr std::array<SymbolName, 15> kSymbols = {{
      {T::kLeftParen, "'('"},
      {T::kRightParen, "')'"},
      {T::kLeftBracket, "'['"},
      {T::kRightBracket, "']'"},
      {T::kComma, "','"},
      {T::kDot, "'.'"},
      {T::kColon, "':'"},
      {T::kArrow, "'->'"},
      {T::kHintEnd, "'*/'"},
      {T::kEqual, "EQ"},
      {T::kLess, "'<'"},
      {T::kGreater, "'>'"},
      {T::kStar, "'*'"},
      {T::kNot, "NOT"},
      {T::kIntegerValue, "INTEGER_VALUE"},
  }};
  for (const SymbolName& symbol : kSymbols) {
    if (symbol.kind == kind) return std::string(symbol.text);
  }
  for (const WordSpelling& word : kWords) {
    if (word.kind == kind) return fmt::format("'{}'", word.text);
  }
  return {};
}

/// Kinds that the parser asks for last where the grammar has others beside them.
bool IsOneOfSeveral(TokenKind kind) {
  using T = TokenKind;
  return kind == T::kEndOfText || kind == T::kDot || kind == T::kComma || kind == T::kFunction ||
         kind == T::kColumn || kind == T::kTemporary || kind == T::kWhen;
}

// A watched index that no token has: the run takes no notes and asks nothing further.
constexpr std::size_t kWatchesNothing = std::numeric_limits<std::size_t>::max();

}  // namespace

// Spark's parser reports a failure where its own look-ahead ends, not always at the first token
// that fits nowhere, and says which token it would rather have dropped or added. Two more runs
// over the same tokens find that out; they cost time only for text that is refused.

Result<Statement> Parser::Refuse() {
  if (stopped_) return Fail(ErrorCode::kLimitExceeded, "{}", stop_message_);
  if (watched_) return Fail(ErrorCode::kSyntax, "Not the run that reports");
  Parser again(text_, tokens_, furthest_);
  static_cast<void>(again.Run());
  const Index reported = ReportedIndex(furthest_, again.watched_frames_);
  const Token& token = tokens_[reported];
  error_ = UnexpectedToken(TextOf(token), HintFor(reported, again), token.span);
  return Fail(ErrorCode::kSyntax, "{}", error_->Message());
}

Parser::Framed::Framed(Parser& parser, Frame::Kind kind, Index index) : parser_(parser) {
  parser_.frames_.push_back(Frame{kind, index, parser_.alias_possible_});
}

/// Whether (a, b, … is all that stands between a parenthesis and the token that failed.
bool Parser::OnlyNamesBetween(Index open, Index failed) const {
  for (Index i = open + 1; i < failed; ++i) {
    const bool name_place = (i - open) % 2 == 1;
    if (name_place ? !IsIdentifier(KindAt(i)) : KindAt(i) != T::kComma) return false;
  }
  return true;
}

/// Whether a query that begins at `select` fits beyond the token that failed.
bool Parser::QueryGoesBeyond(Index select, Index failed) const {
  const std::vector<Token> tokens(tokens_.begin() + static_cast<std::ptrdiff_t>(select),
                                  tokens_.end());
  Parser probe(text_, tokens, kWatchesNothing);
  static_cast<void>(probe.Run());
  return !probe.stopped_ && (probe.parsed_ || probe.furthest_ + select > failed);
}

Parser::Index Parser::ReportedIndex(Index failed, const std::vector<Frame>& frames) const {
  for (const Frame& frame : frames) {
    switch (frame.kind) {
      case Frame::Kind::kParenthesis:
        return failed;
      case Frame::Kind::kClause:
        if (frame.index + 1 == query_behind_word_) break;
        return frame.index;
      case Frame::Kind::kExists:
        return frame.alias_possible ? frame.index + 3 : frame.index + 1;
      case Frame::Kind::kIn:
        return frame.alias_possible ? frame.index + 1 : frame.index;
      case Frame::Kind::kCase: {
        const bool searched =
            KindAt(frame.index + 1) == T::kWhen && BeginsExpression(frame.index + 2);
        if (searched || (failed == frame.index + 2 && IsIdentifier(KindAt(frame.index + 1)))) {
          return frame.alias_possible ? frame.index + 2 : frame.index + 1;
        }
        break;
      }
      case Frame::Kind::kCall:
        if (!OnlyNamesBetween(frame.index, failed)) break;
        return frame.alias_possible ? failed : frame.index;
      case Frame::Kind::kOver:
        if (!OnlyNamesBetween(frame.index + 1, failed)) break;
        return frame.alias_possible ? frame.index + 1 : frame.index;
      case Frame::Kind::kWord:
        if (failed == frame.index + 1) return frame.index;
        break;
    }
  }
  // FROM t WHERE SELECT a: a table called WHERE, and a query for which it is too late.
  if (query_behind_word_ && *query_behind_word_ < failed &&
      QueryGoesBeyond(*query_behind_word_, failed)) {
    return *query_behind_word_;
  }
  return failed;
}

/// ": extra input 'x'", ": missing 'X'" or nothing.
std::string Parser::HintFor(Index reported, const Parser& again) const {
  const Token& token = tokens_[reported];
  const bool at_end = token.kind == T::kEndOfText;
  std::string extra =
      at_end ? std::string() : fmt::format(": extra input {}", QuotedForError(TextOf(token)));
  for (const Frame& frame : again.watched_frames_) {
    const bool looked_through =
        frame.kind == Frame::Kind::kParenthesis || frame.kind == Frame::Kind::kOver;
    if (looked_through && reported == furthest_) return {};
  }
  const T next = KindAt(reported + 1);
  if (reported != furthest_) {
    return next == T::kEndOfText || next == T::kSemicolon ? extra : std::string();
  }
  if (!again.watched_kind_) return {};
  const T wanted = *again.watched_kind_;
  if (!at_end && (next == wanted || (wanted == T::kEndOfText && next == T::kSemicolon))) {
    return extra;
  }
  if (IsOneOfSeveral(wanted) || !GoesOnWith(wanted, reported)) return {};
  const std::string name = NameOf(wanted);
  return name.empty() ? std::string() : ": missing " + name;
}

/// Whether the token at `index` would fit behind one of the kind.
bool Parser::GoesOnWith(T kind, Index index) const {
  std::vector<Token> tokens = tokens_;
  const auto at = tokens.begin() + static_cast<std::ptrdiff_t>(index);
  tokens.insert(at, Token{kind, tokens_[index].span});
  Parser probe(text_, tokens, kWatchesNothing);
  static_cast<void>(probe.Run());
  return !probe.stopped_ && (probe.parsed_ || probe.furthest_ > index + 1);
}

}  // namespace sluice::sql
