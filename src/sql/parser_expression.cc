#include <algorithm>
#include <utility>

#include "sql/parser.h"

namespace sluice::sql {
namespace {

std::uint32_t HeightOf(const ExprPtr& expr) { return expr == nullptr ? 0 : expr->height; }

template <class Range>
std::uint32_t HeightOfAll(const Range& range) {
  std::uint32_t height = 0;
  for (const ExprPtr& expr : range) height = std::max(height, HeightOf(expr));
  return height;
}

std::uint32_t HeightOfSorts(const std::vector<SortItem>& items) {
  std::uint32_t height = 0;
  for (const SortItem& item : items) height = std::max(height, HeightOf(item.expr));
  return height;
}

std::uint32_t HeightOfCall(const FunctionCall& call) {
  std::uint32_t height = std::max(HeightOf(call.filter), HeightOfSorts(call.within_group));
  for (const Argument& argument : call.arguments) {
    height = std::max(height, HeightOf(argument.value));
  }
  if (call.over == nullptr) return height;
  height = std::max(height, HeightOfAll(call.over->partition_by));
  return std::max(height, HeightOfSorts(call.over->order_by));
}

std::uint32_t HeightOfCase(const Case& node) {
  std::uint32_t height = std::max(HeightOf(node.operand), HeightOf(node.otherwise));
  for (const CaseBranch& branch : node.branches) {
    height = std::max({height, HeightOf(branch.when), HeightOf(branch.then)});
  }
  return height;
}

std::uint32_t HeightOfFields(const StructConstructor& node) {
  std::uint32_t height = 0;
  for (const NamedExpr& field : node.fields) height = std::max(height, HeightOf(field.expr));
  return height;
}

/// The greatest height of the children, sub-queries included.
std::uint32_t ChildHeight(const ExprNode& node) {
  return std::visit(
      Overloaded{
          [](const Unary& n) { return HeightOf(n.operand); },
          [](const Binary& n) { return std::max(HeightOf(n.left), HeightOf(n.right)); },
          [](const Logical& n) { return HeightOfAll(n.operands); },
          [](const Between& n) {
            return std::max({HeightOf(n.value), HeightOf(n.low), HeightOf(n.high)});
          },
          [](const InList& n) { return std::max(HeightOf(n.value), HeightOfAll(n.list)); },
          [](const InQuery& n) { return std::max(HeightOf(n.value), n.query->height); },
          [](const Exists& n) { return n.query->height; },
          [](const ScalarSubquery& n) { return n.query->height; },
          [](const Like& n) { return std::max(HeightOf(n.value), HeightOfAll(n.patterns)); },
          [](const Is& n) { return std::max(HeightOf(n.value), HeightOf(n.other)); },
          [](const Case& n) { return HeightOfCase(n); },
          [](const Cast& n) { return HeightOf(n.value); },
          [](const Subscript& n) { return std::max(HeightOf(n.base), HeightOf(n.index)); },
          [](const FieldAccess& n) { return HeightOf(n.base); },
          [](const Row& n) { return HeightOfAll(n.items); },
          [](const Lambda& n) { return HeightOf(n.body); },
          [](const FunctionCall& n) { return HeightOfCall(n); },
          [](const SpecialCall& n) { return HeightOfAll(n.arguments); },
          [](const StructConstructor& n) { return HeightOfFields(n); },
          [](const auto&) { return std::uint32_t{0}; },
      },
      node);
}

struct BinaryLevel {
  BinaryOperator op;
  int precedence;
};

/// Precedences of Spark's grammar; 0 is no operator.
BinaryLevel LevelOf(TokenKind kind) {
  using T = TokenKind;
  switch (kind) {
    case T::kStar:
      return {BinaryOperator::kMultiply, 6};
    case T::kSlash:
      return {BinaryOperator::kDivide, 6};
    case T::kPercent:
      return {BinaryOperator::kModulo, 6};
    case T::kDiv:
      return {BinaryOperator::kIntegerDivide, 6};
    case T::kPlus:
      return {BinaryOperator::kAdd, 5};
    case T::kMinus:
      return {BinaryOperator::kSubtract, 5};
    case T::kConcatPipe:
      return {BinaryOperator::kConcat, 5};
    case T::kAmpersand:
      return {BinaryOperator::kBitAnd, 4};
    case T::kCaret:
      return {BinaryOperator::kBitXor, 3};
    case T::kPipe:
      return {BinaryOperator::kBitOr, 2};
    case T::kEqual:
      return {BinaryOperator::kEqual, 1};
    case T::kNullSafeEqual:
      return {BinaryOperator::kNullSafeEqual, 1};
    case T::kNotEqual:
    case T::kBangEqual:
      return {BinaryOperator::kNotEqual, 1};
    case T::kLess:
      return {BinaryOperator::kLess, 1};
    case T::kLessOrEqual:
      return {BinaryOperator::kLessOrEqual, 1};
    case T::kGreater:
      return {BinaryOperator::kGreater, 1};
    case T::kGreaterOrEqual:
      return {BinaryOperator::kGreaterOrEqual, 1};
    default:
      return {BinaryOperator::kAdd, 0};
  }
}

constexpr int kOrPrecedence = 1;
constexpr int kAndPrecedence = 2;
constexpr int kNotPrecedence = 3;
constexpr int kUnaryPrecedence = 7;

}  // namespace

ExprPtr Parser::Make(Index first, ExprNode node) {
  const std::uint32_t below = ChildHeight(node);
  auto expr = std::make_unique<Expr>();
  expr->node = std::move(node);
  expr->span = SpanFrom(first);
  expr->height = below + 1;
  deepest_ = std::max(deepest_, expr->height);
  if (expr->height > kExprHeightMax) {
    Stop(fmt::format("An expression is higher than {} operators", kExprHeightMax));
  }
  return expr;
}

ExprPtr Parser::ParseExpression() {
  const Nested nested(*this);
  REQUIRE(nested);
  const bool outside = std::exchange(alias_possible_, false);
  ExprPtr expr = ParseBoolean(0);
  alias_possible_ = outside;
  return expr;
}

ExprPtr Parser::ParseBoolean(int precedence) {
  const Index first = index_;
  ExprPtr left = PARSED(ParseBooleanPrefix());
  return ContinueBoolean(first, std::move(left), precedence);
}

/// The rest of a chain of ANDs and ORs whose first term is `left`.
ExprPtr Parser::ContinueBoolean(Index first, ExprPtr left, int precedence) {
  while (true) {
    if (At(T::kAnd) && kAndPrecedence > precedence && BeginsExpression(index_ + 1)) {
      left = PARSED(
          ParseChain(first, std::move(left), T::kAnd, LogicalOperator::kAnd, kAndPrecedence));
    } else if (At(T::kOr) && kOrPrecedence > precedence && BeginsExpression(index_ + 1)) {
      left =
          PARSED(ParseChain(first, std::move(left), T::kOr, LogicalOperator::kOr, kOrPrecedence));
    } else {
      Reject();
      return left;
    }
  }
}

ExprPtr Parser::ParseChain(Index first, ExprPtr left, T word, LogicalOperator op, int precedence) {
  Logical chain{.op = op, .operands = {}};
  chain.operands.push_back(std::move(left));
  while (At(word) && BeginsExpression(index_ + 1)) {
    Advance();
    chain.operands.push_back(PARSED(ParseBoolean(precedence)));
  }
  return Make(first, std::move(chain));
}

ExprPtr Parser::ParseBooleanPrefix() {
  const Index first = index_;
  if (At(T::kNot) && BeginsExpression(index_ + 1)) {
    const Nested nested(*this);
    REQUIRE(nested);
    Advance();
    ExprPtr operand = PARSED(ParseBoolean(kNotPrecedence));
    return Make(first, Unary{UnaryOperator::kNot, std::move(operand)});
  }
  if (At(T::kExists, T::kLeftParen) && AtQueryInParens(index_ + 1)) {
    const Framed framed(*this, Frame::Kind::kExists, first);
    Advance();
    QueryPtr query = PARSED(ParseParenthesizedQuery());
    return Make(first, Exists{std::move(query)});
  }
  return ParseTerm();
}

ExprPtr Parser::ParseTerm() {
  const Index first = index_;
  ExprPtr value = PARSED(ParseValue());
  if (!AtPredicate()) {
    Reject();
    return value;
  }
  return ParsePredicate(first, std::move(value));
}

// ---- values ------------------------------------------------------------------------------------

ExprPtr Parser::ParseValue(int precedence) {
  const Index first = index_;
  ExprPtr left = PARSED(ParseValuePrefix());
  while (true) {
    const BinaryLevel level = LevelOf(Peek().kind);
    const bool is_word = At(T::kDiv) && !BeginsExpression(index_ + 1);
    if (level.precedence <= precedence || is_word) {
      Reject();
      return left;
    }
    Advance();
    ExprPtr right = PARSED(ParseValue(level.precedence));
    left = Make(first, Binary{level.op, std::move(left), std::move(right)});
  }
}

ExprPtr Parser::ParseValuePrefix() {
  if (!AtAny(T::kPlus, T::kMinus, T::kTilde) || AtNumber()) return ParsePrimary();
  const Nested nested(*this);
  REQUIRE(nested);
  const Index first = index_;
  const UnaryOperator op = At(T::kPlus)    ? UnaryOperator::kPlus
                           : At(T::kMinus) ? UnaryOperator::kMinus
                                           : UnaryOperator::kBitNot;
  Advance();
  ExprPtr operand = PARSED(ParseValue(kUnaryPrecedence));
  return Make(first, Unary{op, std::move(operand)});
}

/// Whether an expression can start at a token. Every name can, so words never end the question.
bool Parser::BeginsExpression(Index index) const {
  switch (KindAt(index)) {
    case T::kStringLiteral:
    case T::kDoubleQuoted:
    case T::kIntegerValue:
    case T::kBigIntLiteral:
    case T::kSmallIntLiteral:
    case T::kTinyIntLiteral:
    case T::kDecimalValue:
    case T::kExponentValue:
    case T::kFloatLiteral:
    case T::kDoubleLiteral:
    case T::kBigDecimalLiteral:
    case T::kLeftParen:
    case T::kPlus:
    case T::kMinus:
    case T::kTilde:
    case T::kStar:
    case T::kQuestion:
      return true;
    case T::kColon:
      return IsIdentifier(KindAt(index + 1));
    default:
      return IsIdentifier(KindAt(index));
  }
}

// ---- predicates --------------------------------------------------------------------------------

bool Parser::AtPredicate() const {
  const Index at = At(T::kNot) ? index_ + 1 : index_;
  switch (KindAt(at)) {
    case T::kBetween:
    case T::kRlike:
    case T::kLike:
    case T::kIlike:
      return BeginsExpression(at + 1);
    case T::kIn:
      return KindAt(at + 1) == T::kLeftParen;
    case T::kIs:
      if (at != index_) return false;
      switch (KindAt(at + 1)) {
        case T::kNot:
        case T::kNull:
        case T::kTrue:
        case T::kFalse:
        case T::kUnknown:
        case T::kDistinct:
          return true;
        default:
          return false;
      }
    default:
      return false;
  }
}

ExprPtr Parser::ParsePredicate(Index first, ExprPtr value) {
  if (Accept(T::kIs)) return ParseIs(first, std::move(value));
  const Polarity polarity = Accept(T::kNot) ? Polarity::kNegated : Polarity::kPlain;
  if (At(T::kIn) && polarity == Polarity::kPlain) {
    const Framed framed(*this, Frame::Kind::kIn, index_);
    Advance();
    return ParseIn(first, std::move(value), polarity);
  }
  if (Accept(T::kIn)) return ParseIn(first, std::move(value), polarity);
  if (AtAny(T::kLike, T::kIlike, T::kRlike)) return ParseLike(first, std::move(value), polarity);
  REQUIRE(Accept(T::kBetween));
  ExprPtr low = PARSED(ParseValue());
  REQUIRE(Accept(T::kAnd));
  ExprPtr high = PARSED(ParseValue());
  return Make(first, Between{polarity, std::move(value), std::move(low), std::move(high)});
}

/// Spark tries a list before a query: IN (SELECT 'a') is a list of the typed literal SELECT 'a'.
bool Parser::AtTypedLiteralList() {
  if (Peek(1).kind != T::kSelect || Peek(2).kind != T::kStringLiteral) return false;
  const Mark mark = Here();
  std::vector<ExprPtr> list;
  const bool is_list = Accept(T::kLeftParen) && ParseExpressions(list) && Accept(T::kRightParen);
  Return(mark);
  return is_list;
}

ExprPtr Parser::ParseIn(Index first, ExprPtr value, Polarity polarity) {
  if (AtQueryInParens(index_) && !AtTypedLiteralList()) {
    QueryPtr query = PARSED(ParseParenthesizedQuery());
    return Make(first, InQuery{polarity, std::move(value), std::move(query)});
  }
  InList in{.polarity = polarity, .value = std::move(value), .list = {}};
  REQUIRE(Accept(T::kLeftParen) && ParseExpressions(in.list) && Accept(T::kRightParen));
  return Make(first, std::move(in));
}

ExprPtr Parser::ParseLike(Index first, ExprPtr value, Polarity polarity) {
  const Span span = tokens_[polarity == Polarity::kNegated ? index_ - 1 : index_].span;
  Like like{.op = At(T::kLike)    ? LikeOperator::kLike
                  : At(T::kIlike) ? LikeOperator::kILike
                                  : LikeOperator::kRLike,
            .quantifier = LikeQuantifier::kOne,
            .polarity = polarity,
            .value = std::move(value),
            .patterns = {},
            .escape = {}};
  Advance();
  if (like.op != LikeOperator::kRLike && AtAny(T::kAny, T::kSome, T::kAll) &&
      Peek(1).kind == T::kLeftParen) {
    like.quantifier = At(T::kAll) ? LikeQuantifier::kAll : LikeQuantifier::kAny;
    Advance();
    Advance();
    if (At(T::kRightParen)) {
      Complain("", "Expected something between '(' and ')'..", span);
    } else {
      REQUIRE(ParseExpressions(like.patterns));
    }
    REQUIRE(Accept(T::kRightParen));
    return Make(first, std::move(like));
  }
  like.patterns.push_back(PARSED(ParseValue()));
  if (like.op != LikeOperator::kRLike && At(T::kEscape) &&
      (Peek(1).kind == T::kStringLiteral || Peek(1).kind == T::kDoubleQuoted)) {
    Advance();
    const std::string raw(TextAt());
    like.escape = PARSED(ParseString());
    if (like.escape.size() != 1) {
      Complain(
          "INVALID_ESC",
          fmt::format("Found an invalid escape string: {}. The escape string must contain only "
                      "one character.",
                      raw),
          span);
    }
  }
  return Make(first, std::move(like));
}

ExprPtr Parser::ParseIs(Index first, ExprPtr value) {
  Is is{.op = IsOperator::kNull,
        .polarity = Accept(T::kNot) ? Polarity::kNegated : Polarity::kPlain,
        .value = std::move(value),
        .other = nullptr};
  if (Accept(T::kNull)) return Make(first, std::move(is));
  if (Accept(T::kDistinct)) {
    is.op = IsOperator::kDistinctFrom;
    REQUIRE(Accept(T::kFrom));
    is.other = PARSED(ParseValue());
    return Make(first, std::move(is));
  }
  is.op = At(T::kTrue)    ? IsOperator::kTrue
          : At(T::kFalse) ? IsOperator::kFalse
                          : IsOperator::kUnknown;
  REQUIRE(AtAny(T::kTrue, T::kFalse, T::kUnknown) || Reject());
  Advance();
  return Make(first, std::move(is));
}

// ---- lists of expressions ----------------------------------------------------------------------

bool Parser::ParseExpressions(std::vector<ExprPtr>& out) {
  return ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseExpression()));
    return true;
  });
}

/// expression [[AS] alias | [AS] (alias, …)].
Parsed<NamedExpr> Parser::ParseNamedExpression() {
  const Index first = index_;
  NamedExpr named;
  {
    const Nested nested(*this);
    REQUIRE(nested);
    const bool outside = std::exchange(alias_possible_, true);
    named.expr = ParseBoolean(0);
    alias_possible_ = outside;
    REQUIRE(named.expr != nullptr);
  }
  const bool said = At(T::kAs) && (Peek(1).kind == T::kLeftParen ||
                                   (IsIdentifier(Peek(1).kind) && !StartsClause(index_ + 1)));
  if (said) Advance();
  if (At(T::kLeftParen)) {
    named.aliases = PARSED(ParseIdentifierList());
  } else if (AtIdentifier() && (said || !StartsClause(index_))) {
    named.alias = PARSED(ParseNameChecked());
  } else {
    NoteUnnamed();
    Reject();
  }
  named.span = SpanFrom(first);
  return named;
}

bool Parser::ParseNamedExpressions(std::vector<NamedExpr>& out) {
  return ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseNamedExpression()));
    return true;
  });
}

Parsed<SortItem> Parser::ParseSortItem() {
  SortItem item;
  item.expr = PARSED(ParseExpression());
  if (Accept(T::kDesc)) {
    item.direction = SortDirection::kDescending;
  } else {
    Accept(T::kAsc);
  }
  if (Accept(T::kNulls)) {
    item.nulls = At(T::kFirst) ? NullOrder::kFirst : NullOrder::kLast;
    REQUIRE(At(T::kFirst) ? Accept(T::kFirst) : Accept(T::kLast));
  }
  return item;
}

bool Parser::ParseSortItems(std::vector<SortItem>& out) {
  return ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseSortItem()));
    return true;
  });
}

}  // namespace sluice::sql
