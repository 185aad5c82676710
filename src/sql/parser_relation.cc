#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {

/// FROM relation, relation … [LATERAL VIEW ..] [PIVOT ..] [UNPIVOT ..].
bool Parser::ParseFrom(std::vector<Relation>& from, std::vector<LateralView>& views,
                       BehindFrom behind) {
  const BehindFrom outside = std::exchange(behind_from_, behind);
  const bool parsed = ParseFromParts(from, views);
  behind_from_ = outside;
  return parsed;
}

bool Parser::ParseFromParts(std::vector<Relation>& from, std::vector<LateralView>& views) {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kFrom));
  REQUIRE(ParseCommaList([&]() -> bool {
    from.push_back(PARSED(ParseRelation()));
    const Relation& relation = from.back();
    if (relation.lateral && from.size() > 1) CheckLateral(relation.first, relation.first.span);
    return true;
  }));
  REQUIRE(ParseLateralViews(views));
  if (At(T::kPivot, T::kLeftParen)) {
    if (!views.empty()) {
      Complain("", "LATERAL cannot be used together with PIVOT in FROM clause.", span);
    }
    from.back().extensions.emplace_back(PARSED(ParsePivot()));
  }
  if (AtUnpivot()) {
    if (!views.empty()) {
      Complain("", "LATERAL cannot be used together with UNPIVOT in FROM clause.", span);
    }
    from.back().extensions.emplace_back(PARSED(ParseUnpivot()));
  }
  return true;
}

Parsed<Relation> Parser::ParseRelation() {
  const Index first = index_;
  Relation relation;
  if (At(T::kLateral) && (Peek(1).kind == T::kLeftParen || IsIdentifier(Peek(1).kind)) &&
      Peek(1).kind != T::kView) {
    relation.lateral = true;
    Advance();
  }
  relation.first = PARSED(ParseTableFactor());
  bool more = true;
  while (more) REQUIRE(ParseRelationExtension(relation, more));
  relation.span = SpanFrom(first);
  return relation;
}

void Parser::CheckLateral(const TableFactor& factor, const Span& span) {
  if (std::holds_alternative<SubqueryRef>(factor.node) ||
      std::holds_alternative<TableFunction>(factor.node)) {
    return;
  }
  Complain("INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC",
           "Invalid SQL syntax: LATERAL can only be used with subquery and table-valued functions.",
           span);
}

/// One JOIN, PIVOT or UNPIVOT; `more` says whether there was one.
bool Parser::ParseRelationExtension(Relation& relation, bool& more) {
  if (AtJoin()) {
    relation.extensions.emplace_back(PARSED(ParseJoin()));
  } else if (At(T::kPivot, T::kLeftParen)) {
    relation.extensions.emplace_back(PARSED(ParsePivot()));
  } else if (AtUnpivot()) {
    relation.extensions.emplace_back(PARSED(ParseUnpivot()));
  } else {
    Reject();
    more = false;
  }
  return true;
}

Parsed<TableFactor> Parser::ParseTableFactor() {
  const Nested nested(*this);
  REQUIRE(nested);
  const Index first = index_;
  TableFactor factor;
  REQUIRE(ParseTableFactorBody(factor));
  const bool sampled = At(T::kTablesample, T::kLeftParen) &&
                       !std::holds_alternative<InlineTable>(factor.node) &&
                       !std::holds_alternative<TableFunction>(factor.node);
  if (sampled) factor.sample = PARSED(ParseSample());
  factor.alias = PARSED(ParseTableAlias());
  factor.span = SpanFrom(first);
  return factor;
}

bool Parser::ParseTableFactorBody(TableFactor& factor) {
  if (At(T::kLeftParen)) {
    // A query or a relation: behind two parentheses Spark looks through all of it to tell.
    const bool looked_through = At(T::kLeftParen, T::kLeftParen);
    const Framed framed(*this, looked_through ? Frame::Kind::kParenthesis : Frame::Kind::kWord,
                        looked_through ? index_ : tokens_.size());
    if (AtQueryInParens(index_)) {
      factor.node = SubqueryRef{PARSED(ParseParenthesizedQuery())};
      return true;
    }
    Advance();
    Relation relation = PARSED(ParseRelation());
    REQUIRE(Accept(T::kRightParen));
    factor.node = ParenthesizedRelation{std::make_unique<Relation>(std::move(relation))};
    return true;
  }
  if (At(T::kValues) && BeginsExpression(index_ + 1) &&
      !(IsIdentifier(Peek(1).kind) && StartsClauseAfterRelation(index_ + 1))) {
    factor.node = PARSED(ParseInlineTable());
    return true;
  }
  if (AtTableFunction()) {
    factor.node = PARSED(ParseTableFunction());
    return true;
  }
  TableRef table;
  table.name = PARSED(ParseReference());
  REQUIRE(ParseTimeTravel(table));
  factor.node = std::move(table);
  return true;
}

/// a.b.c followed by a parenthesis; IDENTIFIER(..) is a name.
bool Parser::AtTableFunction() const {
  if (!AtIdentifier() || At(T::kIdentifierWord)) return false;
  Index i = index_;
  while (KindAt(i + 1) == T::kDot && IsIdentifier(KindAt(i + 2))) i += 2;
  return KindAt(i + 1) == T::kLeftParen;
}

/// [FOR] VERSION | SYSTEM_VERSION AS OF n, [FOR] TIMESTAMP | SYSTEM_TIME AS OF value.
bool Parser::ParseTimeTravel(TableRef& table) {
  const Index skip = At(T::kFor) ? 1 : 0;
  const T kind = Peek(skip).kind;
  const bool version = kind == T::kVersion || kind == T::kSystemVersion;
  const bool time = kind == T::kTimestamp || kind == T::kSystemTime;
  if (!(version || time) || Peek(skip + 1).kind != T::kAs || Peek(skip + 2).kind != T::kOf) {
    return true;
  }
  for (Index i = 0; i < skip + 3; ++i) Advance();
  TimeTravel travel{.by_version = version, .at = nullptr};
  const bool literal = AtString() || At(T::kIntegerValue);
  if (version) {
    REQUIRE(literal || Reject());
    travel.at = AtString() ? ParseStrings() : ParseNumber();
  } else {
    travel.at = PARSED(ParseValue());
  }
  table.travel = std::move(travel);
  return true;
}

// ---- joins -------------------------------------------------------------------------------------

bool Parser::AtJoin() const {
  return AtAny(T::kJoin, T::kInner, T::kCross, T::kLeft, T::kRight, T::kFull, T::kSemi, T::kAnti,
               T::kNatural);
}

Parsed<JoinKind> Parser::ParseJoinKind() {
  const Framed framed(*this, Frame::Kind::kWord,
                      AtAny(T::kSemi, T::kAnti) ? index_ : tokens_.size());
  JoinKind kind = JoinKind::kInner;
  if (Accept(T::kCross)) {
    kind = JoinKind::kCross;
  } else if (Accept(T::kRight)) {
    kind = JoinKind::kRight;
    Accept(T::kOuter);
  } else if (Accept(T::kFull)) {
    kind = JoinKind::kFull;
    Accept(T::kOuter);
  } else if (!Accept(T::kInner)) {
    if (Accept(T::kLeft)) kind = JoinKind::kLeft;
    if (Accept(T::kSemi)) {
      kind = JoinKind::kLeftSemi;
    } else if (Accept(T::kAnti)) {
      kind = JoinKind::kLeftAnti;
    } else if (kind == JoinKind::kLeft) {
      Accept(T::kOuter);
    }
  }
  REQUIRE(Accept(T::kJoin));
  return kind;
}

Parsed<Join> Parser::ParseJoin() {
  const Index first = index_;
  Join join;
  join.natural = Accept(T::kNatural);
  join.kind = PARSED(ParseJoinKind());
  if (At(T::kLateral) && (Peek(1).kind == T::kLeftParen || IsIdentifier(Peek(1).kind))) {
    join.lateral = true;
    Advance();
  }
  const Span right = Peek().span;
  join.right = PARSED(ParseTableFactor());
  if (join.lateral) CheckLateral(join.right, right);
  if (!join.natural && Accept(T::kOn)) {
    join.on = PARSED(ParseExpression());
  } else if (!join.natural && Accept(T::kUsing)) {
    join.using_columns = PARSED(ParseIdentifierList());
  }
  join.span = SpanFrom(first);
  CheckJoin(join, tokens_[first].span);
  return join;
}

void Parser::CheckJoin(const Join& join, const Span& span) {
  if (join.natural && join.kind == JoinKind::kCross) {
    Complain("INCOMPATIBLE_JOIN_TYPES", "The join types NATURAL and CROSS are incompatible.", span);
  }
  if (!join.lateral) return;
  if (!join.using_columns.empty()) {
    Complain("UNSUPPORTED_FEATURE.LATERAL_JOIN_USING",
             "The feature is not supported: JOIN USING with LATERAL correlation.", span);
  }
  if (join.natural) {
    Complain("INCOMPATIBLE_JOIN_TYPES", "The join types LATERAL and NATURAL are incompatible.",
             span);
  }
  const bool possible = join.kind == JoinKind::kInner || join.kind == JoinKind::kCross ||
                        join.kind == JoinKind::kLeft;
  if (!possible) {
    Complain("INVALID_LATERAL_JOIN_TYPE",
             "The join type with LATERAL correlation is not allowed because an OUTER subquery "
             "cannot correlate to its join partner. Remove the LATERAL correlation or use an INNER "
             "JOIN, or LEFT OUTER JOIN instead.",
             span);
  }
}

// ---- aliases -----------------------------------------------------------------------------------

/// Whether what stands at a token can follow a whole relation.
bool Parser::CanFollowRelation(Index index) const {
  switch (KindAt(index)) {
    case T::kEndOfText:
    case T::kSemicolon:
    case T::kRightParen:
    case T::kComma:
      return true;
    default:
      return IsStrictNonReserved(KindAt(index)) || StartsClauseAfterRelation(index);
  }
}

bool Parser::AtTableAlias() const {
  if (At(T::kAs) && IsStrictIdentifier(Peek(1).kind) && !StartsClauseAfterRelation(index_ + 1)) {
    return true;
  }
  if (!IsStrictIdentifier(Peek().kind)) return false;
  // FROM t WHERE (a): Spark reads an alias called WHERE with a column a.
  Index behind = 0;
  if (LooksLikeIdentifierList(index_ + 1, &behind) && CanFollowRelation(behind)) return true;
  return !StartsClauseAfterRelation(index_);
}

Parsed<TableAlias> Parser::ParseTableAlias() {
  TableAlias alias;
  if (!AtTableAlias()) {
    NoteUnnamed();
    Reject();
    return alias;
  }
  if (At(T::kAs) && IsStrictIdentifier(Peek(1).kind) && !StartsClauseAfterRelation(index_ + 1)) {
    Advance();
  }
  alias.name = TakeIdentifier();
  if (At(T::kLeftParen)) alias.columns = PARSED(ParseIdentifierList());
  return alias;
}

// ---- samples -----------------------------------------------------------------------------------

Parsed<TableSample> Parser::ParseSample() {
  const Span span = Peek().span;
  TableSample sample;
  REQUIRE(AcceptAll(T::kTablesample, T::kLeftParen));
  if (At(T::kRightParen)) {
    Complain("", "TABLESAMPLE does not accept empty inputs.", span);
  } else {
    REQUIRE(ParseSampleMethod(sample));
  }
  REQUIRE(Accept(T::kRightParen));
  if (At(T::kRepeatable, T::kLeftParen)) {
    Advance();
    Advance();
    REQUIRE(At(T::kIntegerValue) || Reject());
    sample.seed = std::string(TextAt());
    Advance();
    REQUIRE(Accept(T::kRightParen));
  }
  return sample;
}

bool Parser::ParseSampleMethod(TableSample& sample) {
  const Span span = Peek().span;
  const Index sign = At(T::kMinus) ? 1 : 0;
  const T number = Peek(sign).kind;
  if ((number == T::kIntegerValue || number == T::kDecimalValue) &&
      Peek(sign + 1).kind == T::kPercentWord) {
    sample.amount = (sign == 1 ? "-" : "") + std::string(TextAt(sign));
    for (Index i = 0; i < sign + 2; ++i) Advance();
    const double fraction = std::strtod(sample.amount.c_str(), nullptr) / 100;
    if (fraction < 0 || fraction > 1) {
      Complain("", fmt::format("Sampling fraction ({}) must be on interval [0, 1].", fraction),
               tokens_[index_ - sign - 4].span);
    }
    return true;
  }
  if (At(T::kBucket, T::kIntegerValue)) {
    sample.method = SampleMethod::kBucket;
    sample.amount = std::string(TextAt(1));
    Advance();
    Advance();
    REQUIRE(AcceptAll(T::kOut, T::kOf) && (At(T::kIntegerValue) || Reject()));
    sample.denominator = std::string(TextAt());
    Advance();
    if (Accept(T::kOn)) {
      const ExprPtr on = PARSED(ParsePrimary());
      const bool column = std::holds_alternative<ColumnRef>(on->node);
      Complain("",
               fmt::format("TABLESAMPLE(BUCKET x OUT OF y ON {}) is not supported.",
                           column ? "colname" : "function"),
               span);
    }
    return true;
  }
  sample.rows = PARSED(ParseExpression());
  sample.method = SampleMethod::kRows;
  if (Accept(T::kRows)) return true;
  sample.method = SampleMethod::kBytes;
  Complain("", "TABLESAMPLE(byteLengthLiteral) is not supported.", span);
  return true;
}

// ---- rows and functions as relations -----------------------------------------------------------

Parsed<InlineTable> Parser::ParseInlineTable() {
  REQUIRE(Accept(T::kValues));
  InlineTable table;
  REQUIRE(ParseCommaList([&]() -> bool {
    ExprPtr row = PARSED(ParseExpression());
    std::vector<ExprPtr> values;
    if (auto* items = std::get_if<Row>(&row->node)) {
      values = std::move(items->items);
    } else {
      values.push_back(std::move(row));
    }
    table.rows.push_back(std::move(values));
    return true;
  }));
  return table;
}

Parsed<TableFunction> Parser::ParseTableFunction() {
  TableFunction function;
  function.name = PARSED(ParseQualifiedName());
  REQUIRE(Accept(T::kLeftParen));
  if (!At(T::kRightParen)) {
    REQUIRE(ParseCommaList([&]() -> bool {
      function.arguments.push_back(PARSED(ParseTableFunctionArgument()));
      return true;
    }));
  }
  REQUIRE(Accept(T::kRightParen));
  return function;
}

Parsed<TableFunctionArgument> Parser::ParseTableFunctionArgument() {
  TableFunctionArgument argument;
  const Index skip = AtIdentifier() && Peek(1).kind == T::kFatArrow ? 2 : 0;
  const bool table = Peek(skip).kind == T::kTable &&
                     (IsIdentifier(Peek(skip + 1).kind) || Peek(skip + 1).kind == T::kLeftParen);
  if (!table) {
    argument.value = PARSED(ParseArgument());
    return argument;
  }
  for (Index i = 0; i < skip + 1; ++i) Advance();
  TableArgument source;
  if (AtQueryInParens(index_)) {
    source.query = PARSED(ParseParenthesizedQuery());
  } else {
    const bool wrapped = Accept(T::kLeftParen);
    source.table = PARSED(ParseReference());
    if (wrapped) REQUIRE(Accept(T::kRightParen));
  }
  argument.value = std::move(source);
  return argument;
}

// ---- PIVOT, UNPIVOT ----------------------------------------------------------------------------

Parsed<Pivot> Parser::ParsePivot() {
  const Index first = index_;
  Pivot pivot;
  REQUIRE(AcceptAll(T::kPivot, T::kLeftParen) && ParseNamedExpressions(pivot.aggregates));
  REQUIRE(Accept(T::kFor));
  if (Accept(T::kLeftParen)) {
    REQUIRE(ParseCommaList([&]() -> bool {
      pivot.columns.push_back(PARSED(ParseIdentifier()));
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  } else {
    pivot.columns.push_back(PARSED(ParseIdentifier()));
  }
  REQUIRE(AcceptAll(T::kIn, T::kLeftParen));
  REQUIRE(ParseCommaList([&]() -> bool {
    const Index from = index_;
    NamedExpr value;
    value.expr = PARSED(ParseExpression());
    const bool said = Accept(T::kAs);
    if (AtIdentifier() || said) value.alias = PARSED(ParseIdentifier());
    value.span = SpanFrom(from);
    pivot.values.push_back(std::move(value));
    return true;
  }));
  REQUIRE(AcceptAll(T::kRightParen, T::kRightParen));
  pivot.span = SpanFrom(first);
  return pivot;
}

bool Parser::AtUnpivot() const {
  return At(T::kUnpivot, T::kLeftParen) || (At(T::kUnpivot) && AtUnpivotNulls(1));
}

bool Parser::AtUnpivotNulls(Index ahead) const {
  const T kind = Peek(ahead).kind;
  return (kind == T::kInclude || kind == T::kExclude) && Peek(ahead + 1).kind == T::kNulls;
}

Parsed<Unpivot> Parser::ParseUnpivot() {
  const Index first = index_;
  Unpivot unpivot;
  REQUIRE(Accept(T::kUnpivot));
  if (AtUnpivotNulls(0)) {
    unpivot.include_nulls = At(T::kInclude);
    Advance();
    Advance();
  }
  REQUIRE(Accept(T::kLeftParen));
  const bool several = Accept(T::kLeftParen);
  REQUIRE(ParseCommaList([&]() -> bool {
    unpivot.value_columns.push_back(PARSED(ParseIdentifier()));
    return several || !At(T::kComma) || Reject();
  }));
  if (several) REQUIRE(Accept(T::kRightParen));
  REQUIRE(Accept(T::kFor));
  unpivot.name_column = PARSED(ParseIdentifier());
  REQUIRE(AcceptAll(T::kIn, T::kLeftParen));
  REQUIRE(ParseCommaList([&]() -> bool {
    unpivot.sources.push_back(PARSED(ParseUnpivotSource(several ? Columns::kSet : Columns::kOne)));
    return true;
  }));
  REQUIRE(AcceptAll(T::kRightParen, T::kRightParen));
  if (At(T::kAs) && IsIdentifier(Peek(1).kind)) Advance();
  if (AtIdentifier() && !AtJoin() && !StartsClauseAfterRelation(index_)) {
    unpivot.alias.name = TakeIdentifier();
  }
  unpivot.span = SpanFrom(first);
  return unpivot;
}

Parsed<Unpivot::Source> Parser::ParseUnpivotSource(Columns columns) {
  Unpivot::Source source;
  if (columns == Columns::kSet) {
    REQUIRE(Accept(T::kLeftParen));
    REQUIRE(ParseCommaList([&]() -> bool {
      source.columns.push_back(PARSED(ParseMultipartName()));
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  } else {
    source.columns.push_back(PARSED(ParseMultipartName()));
  }
  const bool said = Accept(T::kAs);
  if (AtIdentifier() || said) source.alias = PARSED(ParseIdentifier());
  return source;
}

// ---- LATERAL VIEW ------------------------------------------------------------------------------

bool Parser::ParseLateralViews(std::vector<LateralView>& out) {
  while (At(T::kLateral)) out.push_back(PARSED(ParseLateralView()));
  return true;
}

Parsed<LateralView> Parser::ParseLateralView() {
  const Index first = index_;
  LateralView view;
  REQUIRE(AcceptAll(T::kLateral, T::kView));
  view.outer = At(T::kOuter) && IsIdentifier(Peek(1).kind);
  if (view.outer) Advance();
  view.function = PARSED(ParseQualifiedName());
  REQUIRE(Accept(T::kLeftParen));
  if (!At(T::kRightParen)) REQUIRE(ParseExpressions(view.arguments));
  REQUIRE(Accept(T::kRightParen));
  view.table = PARSED(ParseIdentifier());
  const bool said =
      At(T::kAs) && IsIdentifier(Peek(1).kind) && !StartsClauseAfterRelation(index_ + 1);
  if (said) Advance();
  if (said || (AtIdentifier() && !StartsClauseAfterRelation(index_))) {
    REQUIRE(ParseCommaList([&]() -> bool {
      view.columns.push_back(PARSED(ParseIdentifier()));
      return true;
    }));
  } else {
    Reject();
  }
  view.span = SpanFrom(first);
  return view;
}

}  // namespace sluice::sql
