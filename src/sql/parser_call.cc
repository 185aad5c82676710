#include <utility>

#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

bool Named(const QualifiedName& name, std::string_view word) {
  return name.parts.size() == 1 && !name.parts.front().quoted &&
         EqualsIgnoreCase(name.parts.front().text, word);
}

}  // namespace

/// The parenthesis of a call and what follows it. SUBSTRING, POSITION and OVERLAY show only behind
/// their first argument whether they have their own syntax.
ExprPtr Parser::ParseCall(Index first, QualifiedName name) {
  FunctionCall call{.name = std::move(name),
                    .quantifier = SetQuantifier::kNone,
                    .arguments = {},
                    .nulls = NullTreatment::kNone,
                    .within_group = {},
                    .filter = nullptr,
                    .over = nullptr};
  if (Named(call.name, "identifier")) {
    Complain("UNSUPPORTED_FEATURE", "IDENTIFIER(..) names are not supported.", tokens_[first].span);
  }
  const bool closed = At(T::kLeftParen, T::kRightParen);
  if (!closed) {
    const Framed framed(*this, Frame::Kind::kCall, index_);
    const bool outside = std::exchange(alias_possible_, false);
    ExprPtr special;
    const bool fits = ParseCallBody(first, call, special);
    alias_possible_ = outside;
    REQUIRE(fits);
    if (special != nullptr) return special;
  } else {
    Advance();
    Advance();
  }
  REQUIRE(ParseCallTail(call));
  return Make(first, std::move(call));
}

/// The parenthesis with arguments; `special` is the whole call if it has a syntax of its own.
bool Parser::ParseCallBody(Index first, FunctionCall& call, ExprPtr& special) {
  REQUIRE(Accept(T::kLeftParen));
  if (Named(call.name, "position")) {
    const Index at = index_;
    ExprPtr value = PARSED(ParseValue());
    if (Accept(T::kIn)) {
      special = ParsePositionTail(first, std::move(value));
      return special != nullptr;
    }
    if (AtPredicate()) value = PARSED(ParsePredicate(at, std::move(value)));
    value = PARSED(ContinueBoolean(at, std::move(value), 0));
    call.arguments.push_back(Argument{.name = {}, .value = std::move(value)});
    if (Accept(T::kComma)) REQUIRE(ParseArguments(call));
  } else {
    call.quantifier = ParseSetQuantifier();
    REQUIRE(ParseArguments(call));
    if (At(T::kFrom) && call.arguments.size() == 1 &&
        (Named(call.name, "substring") || Named(call.name, "substr"))) {
      special = ParseSubstringTail(first, std::move(call.arguments.front().value),
                                   call.name.parts.front().text);
      return special != nullptr;
    }
    if (At(T::kFrom) && Named(call.name, "trim") && call.arguments.size() == 1) {
      special = ParseTrimTail(first, std::move(call.arguments.front().value));
      return special != nullptr;
    }
    if (At(T::kPlacing) && Named(call.name, "overlay") && call.arguments.size() == 1) {
      special = ParseOverlayTail(first, std::move(call.arguments.front().value));
      return special != nullptr;
    }
    const bool can_ignore =
        Named(call.name, "first") || Named(call.name, "last") || Named(call.name, "any_value");
    if (can_ignore && call.arguments.size() == 1 && At(T::kIgnore, T::kNulls, T::kRightParen)) {
      Advance();
      Advance();
      Advance();
      call.nulls = NullTreatment::kIgnore;
      special = Make(first, std::move(call));
      return true;
    }
  }
  return Accept(T::kRightParen);
}

ExprPtr Parser::ParsePositionTail(Index first, ExprPtr value) {
  SpecialCall call{
      .form = SpecialForm::kPosition, .arguments = {}, .unit = {}, .keyword = "position"};
  call.arguments.push_back(std::move(value));
  call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

/// TRIM(characters FROM text).
ExprPtr Parser::ParseTrimTail(Index first, ExprPtr characters) {
  SpecialCall call{.form = SpecialForm::kTrim, .arguments = {}, .unit = {}, .keyword = "trim"};
  REQUIRE(Accept(T::kFrom));
  call.arguments.push_back(PARSED(ParseValue()));
  call.arguments.push_back(std::move(characters));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

ExprPtr Parser::ParseSubstringTail(Index first, ExprPtr value, std::string keyword) {
  SpecialCall call{
      .form = SpecialForm::kSubstring, .arguments = {}, .unit = {}, .keyword = std::move(keyword)};
  call.arguments.push_back(std::move(value));
  Advance();
  call.arguments.push_back(PARSED(ParseValue()));
  if (Accept(T::kFor) || Accept(T::kComma)) call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

ExprPtr Parser::ParseOverlayTail(Index first, ExprPtr value) {
  SpecialCall call{
      .form = SpecialForm::kOverlay, .arguments = {}, .unit = {}, .keyword = "overlay"};
  call.arguments.push_back(std::move(value));
  REQUIRE(Accept(T::kPlacing));
  call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kFrom));
  call.arguments.push_back(PARSED(ParseValue()));
  if (Accept(T::kFor)) call.arguments.push_back(PARSED(ParseValue()));
  REQUIRE(Accept(T::kRightParen));
  return Make(first, std::move(call));
}

SetQuantifier Parser::ParseSetQuantifier() {
  if (!AtAny(T::kDistinct, T::kAll) || !BeginsExpression(index_ + 1)) return SetQuantifier::kNone;
  const bool distinct = At(T::kDistinct);
  Advance();
  return distinct ? SetQuantifier::kDistinct : SetQuantifier::kAll;
}

bool Parser::ParseArguments(FunctionCall& call) {
  return ParseCommaList([&]() -> bool {
    call.arguments.push_back(PARSED(ParseArgument()));
    return true;
  });
}

Parsed<Argument> Parser::ParseArgument() {
  Argument argument;
  if (AtIdentifier() && Peek(1).kind == T::kFatArrow) {
    argument.name = TakeIdentifier();
    Advance();
  }
  argument.value = PARSED(ParseExpression());
  return argument;
}

/// [WITHIN GROUP (..)] [FILTER (WHERE ..)] [IGNORE | RESPECT NULLS] [OVER window].
bool Parser::ParseCallTail(FunctionCall& call) {
  const bool percentile =
      Named(call.name, "percentile_cont") || Named(call.name, "percentile_disc");
  const bool within =
      percentile && call.quantifier == SetQuantifier::kNone && At(T::kWithin, T::kGroup);
  if (within) REQUIRE(ParseWithinGroup(call));
  if (At(T::kFilter, T::kLeftParen, T::kWhere)) {
    Advance();
    Advance();
    Advance();
    call.filter = PARSED(ParseExpression());
    REQUIRE(Accept(T::kRightParen));
  }
  if (!within && AtAny(T::kIgnore, T::kRespect) && Peek(1).kind == T::kNulls) {
    call.nulls = At(T::kIgnore) ? NullTreatment::kIgnore : NullTreatment::kRespect;
    Advance();
    Advance();
  }
  if (At(T::kOver) && (Peek(1).kind == T::kLeftParen || IsIdentifier(Peek(1).kind))) {
    const Framed framed(*this, Frame::Kind::kOver, index_);
    Advance();
    WindowSpec spec = PARSED(ParseWindowSpec());
    call.over = std::make_unique<WindowSpec>(std::move(spec));
  } else {
    Reject();
  }
  return true;
}

bool Parser::ParseWithinGroup(FunctionCall& call) {
  REQUIRE(AcceptAll(T::kWithin, T::kGroup, T::kLeftParen, T::kOrder, T::kBy));
  call.within_group.push_back(PARSED(ParseSortItem()));
  return Accept(T::kRightParen);
}

// ---- windows -----------------------------------------------------------------------------------

/// w, (w), or ([CLUSTER | PARTITION | DISTRIBUTE BY ..] [ORDER | SORT BY ..] [frame]).
Parsed<WindowSpec> Parser::ParseWindowSpec() {
  WindowSpec spec;
  if (AtIdentifier()) {
    spec.reference = PARSED(ParseNameChecked());
    return spec;
  }
  REQUIRE(Accept(T::kLeftParen));
  if (AtIdentifier() && Peek(1).kind == T::kRightParen) {
    spec.reference = TakeIdentifier();
    Advance();
    return spec;
  }
  const Nested nested(*this);
  REQUIRE(nested && ParseWindowBody(spec) && Accept(T::kRightParen));
  return spec;
}

bool Parser::ParseWindowBody(WindowSpec& spec) {
  if (AcceptPair(T::kCluster, T::kBy)) {
    REQUIRE(ParseExpressions(spec.partition_by));
  } else {
    if (AcceptPair(T::kPartition, T::kBy) || AcceptPair(T::kDistribute, T::kBy)) {
      REQUIRE(ParseExpressions(spec.partition_by));
    }
    if (Accept(T::kOrder) || Accept(T::kSort)) {
      REQUIRE(Accept(T::kBy) && ParseSortItems(spec.order_by));
    }
  }
  if (AtAny(T::kRange, T::kRows)) spec.frame = PARSED(ParseWindowFrame());
  return true;
}

Parsed<WindowFrame> Parser::ParseWindowFrame() {
  WindowFrame frame;
  frame.unit = At(T::kRows) ? FrameUnit::kRows : FrameUnit::kRange;
  Advance();
  if (!Accept(T::kBetween)) {
    frame.start = PARSED(ParseFrameBound());
    return frame;
  }
  frame.start = PARSED(ParseFrameBound());
  REQUIRE(Accept(T::kAnd));
  frame.end = PARSED(ParseFrameBound());
  return frame;
}

Parsed<FrameBound> Parser::ParseFrameBound() {
  FrameBound bound;
  if (At(T::kUnbounded) && (Peek(1).kind == T::kPreceding || Peek(1).kind == T::kFollowing)) {
    bound.kind = Peek(1).kind == T::kPreceding ? FrameBoundKind::kUnboundedPreceding
                                               : FrameBoundKind::kUnboundedFollowing;
    Advance();
    Advance();
    return bound;
  }
  if (AcceptPair(T::kCurrent, T::kRow)) return bound;
  const Span span = Peek().span;
  bound.offset = PARSED(ParseExpression());
  REQUIRE(AtAny(T::kPreceding, T::kFollowing) || Reject());
  bound.kind = At(T::kPreceding) ? FrameBoundKind::kPreceding : FrameBoundKind::kFollowing;
  Advance();
  if (std::holds_alternative<ColumnRef>(bound.offset->node)) {
    Complain("", "Frame bound value must be a literal..", span);
  }
  return bound;
}

}  // namespace sluice::sql
