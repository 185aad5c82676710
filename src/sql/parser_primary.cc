#include "sql/front_end.h"
#include "sql/parser.h"

namespace sluice::sql {

ExprPtr Parser::ParsePrimary() {
  const Index first = index_;
  ExprPtr base = PARSED(ParsePrimaryBase());
  return ParsePostfix(first, std::move(base));
}

/// base[index] and base.field, as often as they come.
ExprPtr Parser::ParsePostfix(Index first, ExprPtr base) {
  while (true) {
    if (Accept(T::kLeftBracket)) {
      const Nested nested(*this);
      REQUIRE(nested);
      ExprPtr index = PARSED(ParseValue());
      REQUIRE(Accept(T::kRightBracket));
      base = Make(first, Subscript{std::move(base), std::move(index)});
    } else if (Accept(T::kDot)) {
      Identifier field = PARSED(ParseIdentifier());
      auto* column = std::get_if<ColumnRef>(&base->node);
      if (column != nullptr) {
        column->name.parts.push_back(std::move(field));
        column->name.span = SpanFrom(first);
        base->span = column->name.span;
      } else {
        base = Make(first, FieldAccess{std::move(base), std::move(field)});
      }
    } else {
      return base;
    }
  }
}

ExprPtr Parser::ParsePrimaryBase() {
  if (At(T::kLeftParen)) return ParseParenthesized();
  if (At(T::kStar)) {
    const Index first = index_;
    Advance();
    return Make(first, Star{});
  }
  if (AtConstant()) return ParseConstant();
  if (!AtIdentifier()) {
    Reject();
    return {};
  }
  if (Peek(1).kind == T::kArrow) return ParseLambda();
  return ParseWordLed();
}

// ---- parentheses -------------------------------------------------------------------------------

ExprPtr Parser::ParseParenthesized() {
  const Index first = index_;
  if (AtLambda()) return ParseLambda();
  if (AtQueryInParens(index_)) {
    QueryPtr query = PARSED(ParseParenthesizedQuery());
    return Make(first, ScalarSubquery{std::move(query)});
  }
  return ParseTuple(first);
}

/// (a) or (a, b AS c).
ExprPtr Parser::ParseTuple(Index first) {
  const Framed framed(*this, Frame::Kind::kParenthesis, index_);
  REQUIRE(Accept(T::kLeftParen));
  std::vector<NamedExpr> items;
  items.push_back({});
  items.back().expr = PARSED(ParseExpression());
  if (Accept(T::kRightParen)) {
    ExprPtr only = std::move(items.back().expr);
    only->parenthesized = true;
    return only;
  }
  const bool said = Accept(T::kAs);
  if ((AtIdentifier() && !StartsClause(index_)) || said)
    items.back().alias = PARSED(ParseNameChecked());
  REQUIRE(Accept(T::kComma) && ParseNamedExpressions(items) && Accept(T::kRightParen));
  bool named = false;
  for (const NamedExpr& item : items) named = named || item.alias.has_value();
  if (named) return Make(first, StructConstructor{std::move(items)});
  Row row;
  for (NamedExpr& item : items) row.items.push_back(std::move(item.expr));
  return Make(first, std::move(row));
}

/// (x, y) -> …
bool Parser::AtLambda() const {
  Index behind = 0;
  return LooksLikeIdentifierList(index_, &behind) && KindAt(behind) == T::kArrow &&
         KindAt(index_ + 2) == T::kComma;
}

ExprPtr Parser::ParseLambda() {
  const Index first = index_;
  Lambda lambda;
  if (Accept(T::kLeftParen)) {
    REQUIRE(ParseCommaList([&]() -> bool {
      lambda.parameters.push_back(PARSED(ParseIdentifier()));
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  } else {
    lambda.parameters.push_back(PARSED(ParseIdentifier()));
  }
  REQUIRE(Accept(T::kArrow));
  lambda.body = PARSED(ParseExpression());
  return Make(first, std::move(lambda));
}

/// Whether the parenthesis at `index` holds a query: ( SELECT …, (( SELECT … ) UNION …. A run of
/// parentheses belongs to a query only if what follows each closing one goes on with a query.
bool Parser::AtQueryInParens(Index index) const {
  if (KindAt(index) != T::kLeftParen) return false;
  Index inner = index + 1;
  while (KindAt(inner) == T::kLeftParen && inner - index <= kNestingMax) ++inner;
  if (!BeginsQuery(inner)) return false;
  Index open = inner - index;
  for (Index i = inner; open > 1 && i < tokens_.size(); ++i) {
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      if (KindAt(i) == T::kLeftParen) ++depth;
      if (KindAt(i) == T::kRightParen && --depth < 0) break;
    }
    --open;
    switch (KindAt(i + 1)) {
      case T::kRightParen:
      case T::kUnion:
      case T::kExcept:
      case T::kMinusWord:
      case T::kIntersect:
      case T::kOrder:
      case T::kSort:
      case T::kCluster:
      case T::kDistribute:
      case T::kWindow:
      case T::kLimit:
      case T::kOffset:
      case T::kEndOfText:
        break;
      default:
        return false;
    }
  }
  return true;
}

/// Whether a query starts at a token, as against a name that is spelled like its first word.
bool Parser::BeginsQuery(Index index) const {
  const T next = KindAt(index + 1);
  const bool name_next = IsIdentifier(next);
  switch (KindAt(index)) {
    case T::kSelect:
      return BeginsExpression(index + 1) || next == T::kHintStart || next == T::kEndOfText;
    case T::kWith:
      return name_next && (KindAt(index + 2) == T::kAs || KindAt(index + 2) == T::kLeftParen);
    case T::kValues:
      return BeginsExpression(index + 1) && next != T::kMinus && next != T::kPlus &&
             next != T::kStar;
    case T::kTable:
      return name_next;
    case T::kFrom:
      return name_next || next == T::kLeftParen;
    case T::kMap:
    case T::kReduce:
      return BeginsExpression(index + 1) && next != T::kLeftParen && next != T::kMinus &&
             next != T::kPlus && next != T::kStar;
    default:
      return false;
  }
}

// ---- what a word leads -------------------------------------------------------------------------

ExprPtr Parser::ParseWordLed() {
  if (At(T::kCase) && BeginsExpression(index_ + 1) && !not_case_.contains(index_)) {
    const Mark mark = Here();
    if (ExprPtr expr = ParseCase()) return expr;
    not_case_.insert(mark.index);
    Return(mark);
  }
  if (AtCurrentLike()) return ParseCurrentLike();
  if (Peek(1).kind != T::kLeftParen) return ParseNameLed();
  switch (Peek().kind) {
    case T::kCast:
    case T::kTryCast:
      return ParseCast();
    case T::kStruct:
      return ParseStruct();
    case T::kExtract:
      if (IsIdentifier(Peek(2).kind) && Peek(3).kind == T::kFrom) return ParseExtract();
      break;
    case T::kTrim:
      if (AtTrimSpecification()) return ParseTrim();
      break;
    default:
      if (AtTimestampArithmetic()) return ParseTimestampArithmetic();
  }
  return ParseNameLed();
}

/// CURRENT_DATE and its like without parentheses.
bool Parser::AtCurrentLike() const {
  const T next = Peek(1).kind;
  return AtAny(T::kCurrentDate, T::kCurrentTimestamp, T::kCurrentUser) && next != T::kLeftParen &&
         next != T::kDot;
}

ExprPtr Parser::ParseCurrentLike() {
  const Index first = index_;
  SpecialCall call{.form = At(T::kCurrentDate)        ? SpecialForm::kCurrentDate
                           : At(T::kCurrentTimestamp) ? SpecialForm::kCurrentTimestamp
                                                      : SpecialForm::kCurrentUser,
                   .arguments = {},
                   .unit = {},
                   .keyword = std::string(TextAt())};
  Advance();
  return Make(first, std::move(call));
}

/// A column, qualified star or call.
ExprPtr Parser::ParseNameLed() {
  const Index first = index_;
  QualifiedName name = PARSED(ParseQualifiedName());
  if (At(T::kDot, T::kStar)) {
    Advance();
    Advance();
    return Make(first, Star{std::move(name)});
  }
  if (At(T::kLeftParen)) return ParseCall(first, std::move(name));
  return Make(first, ColumnRef{std::move(name)});
}

ExprPtr Parser::ParseCase() {
  const Index first = index_;
  const Framed framed(*this, Frame::Kind::kCase, index_);
  REQUIRE(Accept(T::kCase));
  Case node;
  const Mark mark = Here();
  const bool searched = At(T::kWhen) && BeginsExpression(index_ + 1);
  if (!searched) node.operand = PARSED(ParseExpression());
  REQUIRE(Accept(T::kWhen));
  do {
    CaseBranch branch;
    branch.when = PARSED(ParseExpression());
    if (!Accept(T::kThen)) {
      // CASE WHEN WHEN 1 THEN …: the first WHEN was a column after all.
      REQUIRE(node.branches.empty() && searched && KindAt(mark.index + 1) == T::kWhen);
      Return(mark);
      node.operand = PARSED(ParseExpression());
      REQUIRE(Accept(T::kWhen));
      branch.when = PARSED(ParseExpression());
      REQUIRE(Accept(T::kThen));
    }
    branch.then = PARSED(ParseExpression());
    node.branches.push_back(std::move(branch));
  } while (Accept(T::kWhen));
  if (Accept(T::kElse)) node.otherwise = PARSED(ParseExpression());
  REQUIRE(Accept(T::kEnd));
  return Make(first, std::move(node));
}

ExprPtr Parser::ParseCast() {
  const Index first = index_;
  const Framed framed(*this, Frame::Kind::kCall, index_ + 1);
  const CastKind kind = At(T::kCast) ? CastKind::kCast : CastKind::kTryCast;
  Advance();
  REQUIRE(Accept(T::kLeftParen));
  ExprPtr value = PARSED(ParseExpression());
  if (AtAny(T::kRightParen, T::kComma)) return ParseCastCall(first, std::move(value));
  REQUIRE(Accept(T::kAs));
  TypeSpec type = PARSED(ParseType());
  REQUIRE(Accept(T::kRightParen));
  return Make(first, Cast{kind, std::move(value), std::move(type)});
}

/// cast(a): a call of a function that happens to have the name.
ExprPtr Parser::ParseCastCall(Index first, ExprPtr value) {
  FunctionCall call;
  const Token& word = tokens_[first];
  call.name.parts.push_back(Identifier{std::string(TextOf(word)), word.span, false});
  call.name.span = word.span;
  call.arguments.push_back(Argument{.name = {}, .value = std::move(value)});
  if (Accept(T::kComma)) REQUIRE(ParseArguments(call));
  REQUIRE(Accept(T::kRightParen) && ParseCallTail(call));
  return Make(first, std::move(call));
}

ExprPtr Parser::ParseStruct() {
  const Index first = index_;
  Advance();
  REQUIRE(Accept(T::kLeftParen));
  StructConstructor node;
  if (!At(T::kRightParen)) REQUIRE(ParseNamedExpressions(node.fields));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(node));
}

ExprPtr Parser::ParseExtract() {
  const Index first = index_;
  const Framed framed(*this, Frame::Kind::kCall, index_ + 1);
  Advance();
  Advance();
  SpecialCall call{
      .form = SpecialForm::kExtract, .arguments = {}, .unit = {}, .keyword = "extract"};
  call.unit = std::string(TextAt());
  Advance();
  Advance();
  call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

/// TRIM(FROM …, TRIM(BOTH …: what no plain call starts with.
bool Parser::AtTrimSpecification() const {
  switch (Peek(2).kind) {
    case T::kFrom:
      return BeginsExpression(index_ + 3);
    case T::kBoth:
    case T::kLeading:
    case T::kTrailing:
      return BeginsExpression(index_ + 3) && Peek(3).kind != T::kMinus &&
             Peek(3).kind != T::kPlus && Peek(3).kind != T::kStar;
    default:
      return false;
  }
}

ExprPtr Parser::ParseTrim() {
  const Index first = index_;
  Advance();
  Advance();
  SpecialCall call{.form = SpecialForm::kTrim, .arguments = {}, .unit = {}, .keyword = "trim"};
  if (At(T::kLeading)) call.form = SpecialForm::kTrimLeading;
  if (At(T::kTrailing)) call.form = SpecialForm::kTrimTrailing;
  if (AtAny(T::kBoth, T::kLeading, T::kTrailing)) Advance();
  ExprPtr characters;
  if (!At(T::kFrom) || !BeginsExpression(index_ + 1)) characters = PARSED(ParseValue());
  REQUIRE(Accept(T::kFrom));
  call.arguments.push_back(PARSED(ParseValue()));
  if (characters != nullptr) call.arguments.push_back(std::move(characters));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

/// DATEADD(unit, …): only the words of the grammar are units; dateadd('2020-01-01', 1, 'dd'), which
/// DLI documents, is a plain call.
bool Parser::AtTimestampArithmetic() const {
  if (!AtAny(T::kDateadd, T::kDateAdd, T::kTimestampadd, T::kDatediff, T::kDateDiff,
             T::kTimestampdiff) ||
      Peek(3).kind != T::kComma) {
    return false;
  }
  switch (Peek(2).kind) {
    case T::kYear:
    case T::kQuarter:
    case T::kMonth:
    case T::kWeek:
    case T::kDay:
    case T::kDayofyear:
    case T::kHour:
    case T::kMinute:
    case T::kSecond:
    case T::kMillisecond:
    case T::kMicrosecond:
      break;
    default:
      return false;
  }
  // A column may be called "day": two arguments are a plain call.
  int depth = 0;
  int commas = 0;
  for (Index i = index_ + 2; i < tokens_.size(); ++i) {
    const T kind = KindAt(i);
    if (kind == T::kLeftParen || kind == T::kLeftBracket) ++depth;
    if (kind == T::kRightParen && depth == 0) return commas == 2;
    if (kind == T::kRightParen || kind == T::kRightBracket) --depth;
    if (kind == T::kComma && depth == 0 && ++commas > 2) return false;
  }
  return false;
}

ExprPtr Parser::ParseTimestampArithmetic() {
  const Index first = index_;
  const bool adds = AtAny(T::kDateadd, T::kDateAdd, T::kTimestampadd);
  SpecialCall call{.form = adds ? SpecialForm::kTimestampAdd : SpecialForm::kTimestampDiff,
                   .arguments = {},
                   .unit = std::string(TextAt(2)),
                   .keyword = std::string(TextAt())};
  for (int i = 0; i < 4; ++i) Advance();
  call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kComma));
  call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

}  // namespace sluice::sql
