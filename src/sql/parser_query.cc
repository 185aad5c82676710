#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

/// How far behind a FROM its SELECT is looked for; a longer FROM clause counts as having none.
constexpr std::size_t kFromTokensMax = 1000;

bool IsSelectWord(TokenKind kind) {
  return kind == TokenKind::kSelect || kind == TokenKind::kMap || kind == TokenKind::kReduce;
}

/// Words of the clauses that stand behind the FROM of a SELECT.
bool IsClauseWord(TokenKind kind) {
  using T = TokenKind;
  return kind == T::kWhere || kind == T::kGroup || kind == T::kHaving || kind == T::kWindow ||
         kind == T::kOrder || kind == T::kCluster || kind == T::kDistribute || kind == T::kSort ||
         kind == T::kLimit || kind == T::kOffset;
}

}  // namespace

QueryPtr Parser::ParseQuery() {
  const Nested nested(*this);
  REQUIRE(nested);
  const Index first = index_;
  const std::uint32_t outside = deepest_;
  deepest_ = 0;
  auto query = std::make_unique<Query>();
  if (At(T::kWith)) REQUIRE(ParseCtes(query->ctes));
  query->body = ParseQueryBody();
  REQUIRE(query->body != nullptr && ParseOrganization(*query));
  query->span = SpanFrom(first);
  query->height = deepest_;
  deepest_ = std::max(outside, deepest_);
  return query;
}

QueryPtr Parser::ParseParenthesizedQuery() {
  REQUIRE(Accept(T::kLeftParen));
  const BehindFrom outside = std::exchange(behind_from_, BehindFrom::kClauses);
  QueryPtr query = ParseQuery();
  behind_from_ = outside;
  REQUIRE(query != nullptr);
  REQUIRE(Accept(T::kRightParen));
  return query;
}

/// WITH a [(x, y)] [AS] (query), …
bool Parser::ParseCtes(std::vector<Cte>& out) {
  const Span with = Peek().span;
  // Spark looks through the whole list of the outermost WITH to see which statement follows.
  const bool outermost = frames_.empty();
  const Framed framed(*this, outermost ? Frame::Kind::kParenthesis : Frame::Kind::kWord,
                      outermost ? index_ : tokens_.size());
  REQUIRE(Accept(T::kWith));
  REQUIRE(ParseCommaList([&]() -> bool {
    Cte cte;
    cte.name = PARSED(ParseNameChecked());
    if (At(T::kLeftParen) && !AtQueryInParens(index_)) {
      cte.columns = PARSED(ParseIdentifierList());
    }
    Accept(T::kAs);
    cte.query = PARSED(ParseParenthesizedQuery());
    out.push_back(std::move(cte));
    return true;
  }));
  std::set<std::string_view> seen;
  std::string twice;
  for (const Cte& cte : out) {
    if (seen.insert(cte.name.text).second) continue;
    twice += fmt::format("{}'{}'", twice.empty() ? "" : ", ", cte.name.text);
  }
  if (!twice.empty()) {
    Complain("", fmt::format("CTE definition can't have duplicate names: {}.", twice), with);
  }
  return true;
}

// ---- set operations ----------------------------------------------------------------------------

bool Parser::AtSetOperator() const {
  return AtAny(T::kUnion, T::kExcept, T::kMinusWord, T::kIntersect);
}

std::unique_ptr<QueryBody> Parser::ParseQueryBody() {
  const Index first = index_;
  auto body = ParseIntersections();
  REQUIRE(body != nullptr);
  if (!AtSetOperator()) return body;
  SetOperation operation;
  operation.first = std::move(body);
  while (AtSetOperator()) REQUIRE(ParseSetArm(operation, SetLevel::kUnions));
  auto whole = std::make_unique<QueryBody>();
  whole->node = std::move(operation);
  whole->span = SpanFrom(first);
  return whole;
}

/// A chain of INTERSECT, which binds tighter than the other set operators.
std::unique_ptr<QueryBody> Parser::ParseIntersections() {
  const Index first = index_;
  auto body = ParseQueryPrimary();
  REQUIRE(body != nullptr);
  if (!At(T::kIntersect)) return body;
  SetOperation operation;
  operation.first = std::move(body);
  while (At(T::kIntersect)) REQUIRE(ParseSetArm(operation, SetLevel::kIntersections));
  auto whole = std::make_unique<QueryBody>();
  whole->node = std::move(operation);
  whole->span = SpanFrom(first);
  return whole;
}

bool Parser::ParseSetArm(SetOperation& operation, SetLevel level) {
  SetArm arm;
  arm.span = Peek().span;
  const Index word = index_;
  arm.op = At(T::kUnion)       ? SetOperator::kUnion
           : At(T::kIntersect) ? SetOperator::kIntersect
                               : SetOperator::kExcept;
  Advance();
  if (AtAny(T::kAll, T::kDistinct)) {
    arm.quantifier = At(T::kAll) ? SetQuantifier::kAll : SetQuantifier::kDistinct;
    Advance();
  }
  const bool is_minus = KindAt(word) == T::kMinusWord;
  const Framed framed(*this, Frame::Kind::kWord, is_minus ? word : tokens_.size());
  arm.body = level == SetLevel::kUnions ? ParseIntersections() : ParseQueryPrimary();
  REQUIRE(arm.body != nullptr);
  operation.arms.push_back(std::move(arm));
  return true;
}

std::unique_ptr<QueryBody> Parser::ParseQueryPrimary() {
  const Index first = index_;
  auto body = std::make_unique<QueryBody>();
  switch (Peek().kind) {
    case T::kSelect:
    case T::kMap:
    case T::kReduce:
      body->node = PARSED(ParseSelect());
      break;
    case T::kFrom:
      body = ParseFromFirst();
      REQUIRE(body != nullptr);
      break;
    case T::kTable:
      Advance();
      body->node = TableQuery{PARSED(ParseReference())};
      break;
    case T::kValues:
      body->node = PARSED(ParseInlineTable());
      body->inline_alias = PARSED(ParseTableAlias());
      break;
    case T::kLeftParen:
      body->node = ParenthesizedQuery{PARSED(ParseParenthesizedQuery())};
      break;
    default:
      Reject();
      return {};
  }
  body->span = SpanFrom(first);
  return body;
}

// ---- SELECT ------------------------------------------------------------------------------------

Parsed<Select> Parser::ParseSelect() {
  Select select;
  REQUIRE(ParseSelectHead(select));
  if (At(T::kFrom)) {
    REQUIRE(ParseFrom(select.from, select.lateral_views, BehindFrom::kClauses));
  }
  REQUIRE(ParseSelectTail(select));
  return select;
}

/// SELECT [hints] [DISTINCT] items, or one of the transform forms.
bool Parser::ParseSelectHead(Select& select) {
  if (AtTransform()) return ParseTransform(select);
  REQUIRE(Accept(T::kSelect));
  while (At(T::kHintStart)) REQUIRE(ParseHints(select.hints));
  select.quantifier = ParseSetQuantifier();
  return ParseNamedExpressions(select.items);
}

/// LATERAL VIEWs, WHERE, GROUP BY, HAVING, WINDOW.
bool Parser::ParseSelectTail(Select& select) {
  REQUIRE(ParseLateralViews(select.lateral_views));
  if (Accept(T::kWhere)) select.where = PARSED(ParseExpression());
  if (At(T::kGroup)) select.group_by = PARSED(ParseGroupBy());
  if (Accept(T::kHaving)) select.having = PARSED(ParseExpression());
  if (At(T::kWindow)) {
    const Framed framed(*this, Frame::Kind::kClause, index_);
    REQUIRE(ParseWindowClause(select.windows));
  }
  return true;
}

/// SELECT TRANSFORM(..) USING, MAP .. USING, REDUCE .. USING; transform(..) is also a function.
bool Parser::AtTransform() const {
  if (AtAny(T::kMap, T::kReduce)) return true;
  if (!At(T::kSelect, T::kTransform, T::kLeftParen)) return false;
  int depth = 0;
  for (Index i = index_ + 2; i < tokens_.size(); ++i) {
    if (KindAt(i) == T::kLeftParen) ++depth;
    if (KindAt(i) != T::kRightParen || --depth > 0) continue;
    const T next = KindAt(i + 1);
    return next == T::kUsing || next == T::kRow || next == T::kRecordwriter;
  }
  return false;
}

bool Parser::ParseTransform(Select& select) {
  TransformClause transform;
  const bool parens = Accept(T::kSelect);
  Advance();
  if (parens) REQUIRE(Accept(T::kLeftParen));
  ParseSetQuantifier();
  REQUIRE(ParseExpressions(transform.inputs));
  if (parens) REQUIRE(Accept(T::kRightParen));
  StorageFormat ignored;
  if (At(T::kRow)) REQUIRE(ParseRowFormat(ignored));
  if (Accept(T::kRecordwriter)) PARSED(ParseString());
  REQUIRE(Accept(T::kUsing));
  transform.script = PARSED(ParseString());
  if (Accept(T::kAs)) {
    const bool wrapped = Accept(T::kLeftParen);
    const auto column = [&]() -> bool {
      PARSED(ParseNameChecked());
      const bool typed =
          AtIdentifier() && !StartsClause(index_) && !At(T::kRow) && !At(T::kRecordreader);
      if (typed) PARSED(ParseType());
      return true;
    };
    REQUIRE(ParseCommaList(column));
    if (wrapped) REQUIRE(Accept(T::kRightParen));
  }
  if (At(T::kRow)) REQUIRE(ParseRowFormat(ignored));
  if (Accept(T::kRecordreader)) PARSED(ParseString());
  select.transform = std::move(transform);
  return true;
}

/// FROM t SELECT a [SELECT b …]; one SELECT is an ordinary one.
std::unique_ptr<QueryBody> Parser::ParseFromFirst() {
  const Index first = index_;
  FromFirst node;
  // Spark looks through the outermost query, and through a WITH before it, as a whole.
  const bool outermost =
      first == head_ || (!frames_.empty() && frames_.front().kind == Frame::Kind::kParenthesis);
  const BehindFrom behind = outermost ? BehindFrom::kSelects : BehindFrom::kSelectsNested;
  {
    const Framed framed(*this, outermost ? Frame::Kind::kParenthesis : Frame::Kind::kWord,
                        outermost ? first : tokens_.size());
    REQUIRE(ParseFrom(node.from, node.lateral_views, behind));
  }
  do {
    QueryPtr query = PARSED(ParseFromFirstBody());
    node.selects.push_back(std::move(query));
  } while (AtAny(T::kSelect, T::kMap, T::kReduce));
  auto body = std::make_unique<QueryBody>();
  body->span = SpanFrom(first);
  if (node.selects.size() > 1) {
    body->node = std::move(node);
    return body;
  }
  auto& select = std::get<Select>(node.selects.front()->body->node);
  select.from = std::move(node.from);
  select.lateral_views.insert(select.lateral_views.begin(),
                              std::make_move_iterator(node.lateral_views.begin()),
                              std::make_move_iterator(node.lateral_views.end()));
  body->node = ParenthesizedQuery{std::move(node.selects.front())};
  return body;
}

/// SELECT .. [WHERE ..] [ORDER BY ..] behind a FROM or behind an INSERT of a multi-insert.
QueryPtr Parser::ParseFromFirstBody() {
  const Index first = index_;
  REQUIRE(AtAny(T::kSelect, T::kMap, T::kReduce) || Reject());
  auto query = std::make_unique<Query>();
  Select select;
  REQUIRE(ParseSelectHead(select) && ParseSelectTail(select));
  query->body = std::make_unique<QueryBody>();
  query->body->node = std::move(select);
  query->body->span = SpanFrom(first);
  REQUIRE(ParseOrganization(*query));
  query->span = SpanFrom(first);
  query->height = deepest_;
  return query;
}

/// ORDER, CLUSTER, DISTRIBUTE, SORT BY, WINDOW, LIMIT, OFFSET, in this order.
bool Parser::ParseOrganization(Query& query) {
  const Span span = Peek().span;
  while (
      AtAny(T::kOrder, T::kCluster, T::kDistribute, T::kSort, T::kWindow, T::kLimit, T::kOffset)) {
    const T kind = Peek().kind;
    const Framed framed(*this, Frame::Kind::kClause, index_);
    if (!OrganizationGoesOn(query, kind)) break;
    REQUIRE(ParseOrganizationClause(query, kind));
  }
  const bool ordered = !query.order_by.empty();
  const bool sorted = !query.sort_by.empty();
  const bool spread = !query.distribute_by.empty();
  const bool clustered = !query.cluster_by.empty();
  if ((ordered && (sorted || spread || clustered)) || (clustered && (sorted || spread))) {
    Complain("UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES",
             "The feature is not supported: Combination of ORDER BY/SORT BY/DISTRIBUTE BY/CLUSTER "
             "BY.",
             span);
  }
  return true;
}

/// Whether a clause may stand behind those that the query already has.
bool Parser::OrganizationGoesOn(const Query& query, T kind) {
  const bool sorted = !query.sort_by.empty();
  const bool spread = !query.distribute_by.empty();
  const bool limited = query.limit != nullptr || query.limit_all;
  const bool offset = query.offset != nullptr;
  const bool windowed = !query.windows.empty();
  switch (kind) {
    case T::kOrder:
      return query.order_by.empty() && query.cluster_by.empty() && !spread && !sorted &&
             !windowed && !limited && !offset;
    case T::kCluster:
      return query.cluster_by.empty() && !spread && !sorted && !windowed && !limited && !offset;
    case T::kDistribute:
      return !spread && !sorted && !windowed && !limited && !offset;
    case T::kSort:
      return !sorted && !windowed && !limited && !offset;
    case T::kWindow:
      return !windowed && !limited && !offset;
    case T::kLimit:
      return !limited && !offset;
    default:
      return !offset;
  }
}

bool Parser::ParseOrganizationClause(Query& query, T kind) {
  switch (kind) {
    case T::kOrder:
      return AcceptAll(T::kOrder, T::kBy) && ParseSortItems(query.order_by);
    case T::kCluster:
      return AcceptAll(T::kCluster, T::kBy) && ParseExpressions(query.cluster_by);
    case T::kDistribute:
      return AcceptAll(T::kDistribute, T::kBy) && ParseExpressions(query.distribute_by);
    case T::kSort:
      return AcceptAll(T::kSort, T::kBy) && ParseSortItems(query.sort_by);
    case T::kWindow:
      return ParseWindowClause(query.windows);
    case T::kLimit: {
      Advance();
      const T next = Peek(1).kind;
      query.limit_all = At(T::kAll) && (next == T::kEndOfText || next == T::kSemicolon ||
                                        next == T::kRightParen || next == T::kOffset);
      if (query.limit_all) {
        Advance();
      } else {
        query.limit = PARSED(ParseExpression());
      }
      return true;
    }
    default:
      Advance();
      query.offset = PARSED(ParseExpression());
      return true;
  }
}

bool Parser::ParseHints(std::vector<Hint>& out) {
  REQUIRE(Accept(T::kHintStart));
  do {
    Hint hint;
    hint.name = PARSED(ParseIdentifier());
    if (Accept(T::kLeftParen)) {
      REQUIRE(ParseCommaList([&]() -> bool {
        hint.parameters.push_back(PARSED(ParsePrimary()));
        return true;
      }));
      REQUIRE(Accept(T::kRightParen));
    }
    out.push_back(std::move(hint));
    Accept(T::kComma);
  } while (!At(T::kHintEnd));
  return Accept(T::kHintEnd);
}

// ---- GROUP BY ----------------------------------------------------------------------------------

bool Parser::AtGroupingAnalytics() const {
  return (AtAny(T::kRollup, T::kCube) && Peek(1).kind == T::kLeftParen) ||
         At(T::kGrouping, T::kSets);
}

Parsed<GroupBy> Parser::ParseGroupBy() {
  REQUIRE(AcceptAll(T::kGroup, T::kBy));
  GroupBy group;
  REQUIRE(ParseCommaList([&]() -> bool {
    group.elements.push_back(PARSED(ParseGroupingElement()));
    return true;
  }));
  REQUIRE(ParseGroupByWith(group));
  return group;
}

/// WITH ROLLUP, WITH CUBE or GROUPING SETS (..) behind plain expressions.
bool Parser::ParseGroupByWith(GroupBy& group) {
  const bool plain = std::all_of(
      group.elements.begin(), group.elements.end(),
      [](const GroupingElement& element) { return element.kind == GroupingKind::kExpression; });
  if (!plain) return true;
  if (Accept(T::kWith)) {
    group.with = At(T::kRollup) ? GroupingKind::kRollup : GroupingKind::kCube;
    REQUIRE(AtAny(T::kRollup, T::kCube) || Reject());
    Advance();
  } else if (At(T::kGrouping, T::kSets)) {
    REQUIRE(AcceptAll(T::kGrouping, T::kSets, T::kLeftParen));
    group.with = GroupingKind::kGroupingSets;
    REQUIRE(ParseCommaList([&]() -> bool {
      group.with_sets.push_back(PARSED(ParseGroupingSet()));
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  } else {
    Reject();
  }
  return true;
}

Parsed<GroupingElement> Parser::ParseGroupingElement() {
  if (AtGroupingAnalytics()) return ParseGroupingAnalytics();
  const Index first = index_;
  GroupingElement element;
  element.sets.emplace_back();
  element.sets.back().push_back(PARSED(ParseExpression()));
  element.span = SpanFrom(first);
  return element;
}

Parsed<GroupingElement> Parser::ParseGroupingAnalytics() {
  const Nested nested(*this);
  REQUIRE(nested);
  const Index first = index_;
  GroupingElement element;
  element.kind = At(T::kRollup) ? GroupingKind::kRollup
                 : At(T::kCube) ? GroupingKind::kCube
                                : GroupingKind::kGroupingSets;
  Advance();
  if (element.kind == GroupingKind::kGroupingSets) Advance();
  REQUIRE(Accept(T::kLeftParen));
  bool nests = false;
  REQUIRE(ParseCommaList([&]() -> bool {
    GroupingElement part;
    if (element.kind == GroupingKind::kGroupingSets && AtGroupingAnalytics()) {
      part = PARSED(ParseGroupingAnalytics());
      nests = true;
    } else {
      part.sets.push_back(PARSED(ParseGroupingSet()));
    }
    element.nested.push_back(std::move(part));
    return true;
  }));
  REQUIRE(Accept(T::kRightParen));
  if (!nests) {
    for (GroupingElement& part : element.nested) {
      element.sets.push_back(std::move(part.sets.front()));
    }
    element.nested.clear();
  }
  element.span = SpanFrom(first);
  return element;
}

/// (a, b), () or a.
Parsed<std::vector<ExprPtr>> Parser::ParseGroupingSet() {
  std::vector<ExprPtr> set;
  if (At(T::kLeftParen, T::kRightParen)) {
    Advance();
    Advance();
    return set;
  }
  // (a, b) is a set of two; (a) + 1 and (a).b are expressions that start with a parenthesis.
  const Mark mark = Here();
  if (Accept(T::kLeftParen)) {
    if (ParseExpressions(set) && Accept(T::kRightParen) &&
        AtAny(T::kComma, T::kRightParen, T::kEndOfText)) {
      return set;
    }
    Return(mark);
    set.clear();
  }
  set.push_back(PARSED(ParseExpression()));
  return set;
}

// ---- WINDOW, ends of names ---------------------------------------------------------------------

bool Parser::ParseWindowClause(std::vector<NamedWindow>& out) {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kWindow));
  REQUIRE(ParseCommaList([&]() -> bool {
    NamedWindow window;
    window.name = PARSED(ParseNameChecked());
    REQUIRE(Accept(T::kAs));
    window.spec = PARSED(ParseWindowSpec());
    const bool repeated = std::any_of(out.begin(), out.end(), [&](const NamedWindow& other) {
      return other.name.text == window.name.text;
    });
    if (repeated) {
      Complain("INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION",
               fmt::format("Invalid SQL syntax: The definition of window `{}` is repetitive.",
                           window.name.text),
               span);
    }
    out.push_back(std::move(window));
    return true;
  }));
  return true;
}

/// Whether the word at `index`, behind a select item, opens the next clause rather than names the
/// item. Both can be; Spark's grammar decides by what follows.
bool Parser::StartsClause(Index index) const {
  const T next = KindAt(index + 1);
  const auto begins_query = [&](Index at) {
    const T kind = KindAt(at);
    return kind == T::kSelect || kind == T::kValues || kind == T::kTable || kind == T::kFrom ||
           kind == T::kMap || kind == T::kReduce || kind == T::kLeftParen;
  };
  switch (KindAt(index)) {
    case T::kFrom:
      if (next == T::kFrom &&
          (IsIdentifier(KindAt(index + 2)) || KindAt(index + 2) == T::kLeftParen)) {
        return false;
      }
      return IsIdentifier(next) || next == T::kLeftParen;
    case T::kWhere:
    case T::kHaving: {
      const bool by_clause = next == T::kGroup || next == T::kOrder || next == T::kSort ||
                             next == T::kCluster || next == T::kDistribute;
      return BeginsExpression(index + 1) && !(by_clause && KindAt(index + 2) == T::kBy);
    }
    case T::kGroup:
    case T::kOrder:
    case T::kSort:
    case T::kCluster:
    case T::kDistribute:
      return next == T::kBy;
    case T::kWindow:
      return IsIdentifier(next);
    case T::kLimit:
    case T::kOffset:
      return BeginsExpression(index + 1);
    case T::kLateral:
      return next == T::kView;
    case T::kUnion:
    case T::kExcept:
    case T::kIntersect:
    case T::kMinusWord:
      if (next == T::kFrom) return SelectsBehindFrom(index + 1);
      return next == T::kAll || next == T::kDistinct || begins_query(index + 1);
    case T::kInsert:
      return next == T::kInto || next == T::kOverwrite;
    case T::kSelect:
    case T::kMap:
    case T::kReduce:
      return BeginsExpression(index + 1) || next == T::kHintStart;
    case T::kFor:
      return (IsIdentifier(next) && KindAt(index + 2) == T::kIn) || next == T::kLeftParen;
    default:
      return false;
  }
}

/// Whether the FROM at `index` has its SELECT behind it, before any other clause.
bool Parser::SelectsBehindFrom(Index index) const {
  const Index end = std::min<Index>(tokens_.size(), index + kFromTokensMax);
  int depth = 0;
  for (Index i = index + 1; i < end && depth >= 0; ++i) {
    const T kind = KindAt(i);
    if (kind == T::kLeftParen) ++depth;
    if (kind == T::kRightParen) --depth;
    if (depth != 0) continue;
    if (IsSelectWord(kind)) return true;
    if (IsClauseWord(kind) && !IsSelectWord(KindAt(i + 1))) return false;
  }
  return false;
}

/// The same behind a relation.
bool Parser::StartsClauseAfterRelation(Index index) const {
  const T next = KindAt(index + 1);
  switch (KindAt(index)) {
    case T::kFrom:
    case T::kFor:
      return false;
    case T::kPivot:
    case T::kTablesample:
      return next == T::kLeftParen;
    case T::kUnpivot:
      return next == T::kLeftParen || next == T::kInclude || next == T::kExclude;
    case T::kSet:
      return IsIdentifier(next) && KindAt(index + 2) != T::kSet;
    default:
      if (IsClauseWord(KindAt(index))) {
        if (behind_from_ == BehindFrom::kSelects) return false;
        if (behind_from_ == BehindFrom::kSelectsNested && IsSelectWord(next)) return false;
      }
      return StartsClause(index);
  }
}

/// Notes that an item or a relation ended without a name, before a word that could be its name.
void Parser::NoteUnnamed() {
  if (IsSelectWord(KindAt(index_ + 1)) && AtAny(T::kWhere, T::kHaving, T::kLimit, T::kOffset)) {
    query_behind_word_ = index_ + 1;
  }
}

}  // namespace sluice::sql
