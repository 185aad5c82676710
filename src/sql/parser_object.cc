#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

std::string BackquotedName(const QualifiedName& name) {
  std::string text;
  for (const Identifier& part : name.parts) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ".", part.text);
  }
  return text;
}

}  // namespace

// ---- views, functions, indexes -----------------------------------------------------------------

Parsed<StatementNode> Parser::ParseCreateView() {
  const Span start = Peek().span;
  CreateView view;
  REQUIRE(Accept(T::kCreate));
  view.replace = AcceptPair(T::kOr, T::kReplace);
  view.global = Accept(T::kGlobal);
  view.temporary = Accept(T::kTemporary);
  REQUIRE(!view.global || view.temporary);
  REQUIRE(Accept(T::kView));
  view.if_not_exists = PARSED(ParseIfNotExists());
  view.name = PARSED(ParseReference());
  if (At(T::kUsing) || AtTypedViewColumns()) return ParseViewUsing(std::move(view), start);
  if (At(T::kLeftParen)) {
    Advance();
    REQUIRE(ParseCommaList([&]() -> bool {
      view.columns.push_back(PARSED(ParseIdentifier()));
      if (Accept(T::kComment)) PARSED(ParseString());
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  }
  REQUIRE(ParseViewClauses(view, start));
  REQUIRE(Accept(T::kAs));
  view.query = PARSED(ParseQuery());
  view.query_span = view.query->span;
  const bool exists = view.if_not_exists == IfNotExists::kSaid;
  if (view.temporary && exists) {
    Complain("", "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.", start);
  } else if (view.replace && exists) {
    Complain("", "CREATE VIEW with both IF NOT EXISTS and REPLACE is not allowed.", start);
  }
  if (view.temporary && view.name.parts.size() > 1) {
    Complain("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS",
             fmt::format("CREATE TEMPORARY VIEW or the corresponding Dataset APIs only accept "
                         "single-part view names, but got: {}.",
                         BackquotedName(view.name)),
             start);
  }
  if (view.temporary && !view.properties.empty()) {
    Complain("", "Operation not allowed: TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW.",
             start);
  }
  return view;
}

bool Parser::ParseViewClauses(CreateView& view, const Span& start) {
  std::unordered_set<std::string> seen;
  while (true) {
    if (At(T::kComment)) {
      CheckOnce("COMMENT", seen, start);
      Advance();
      view.comment = PARSED(ParseString());
    } else if (At(T::kPartitioned)) {
      CheckOnce("PARTITIONED ON", seen, start);
      REQUIRE(AcceptAll(T::kPartitioned, T::kOn));
      PARSED(ParseIdentifierList());
      Complain("", "Operation not allowed: CREATE VIEW ... PARTITIONED ON.", start);
    } else if (At(T::kTblproperties)) {
      CheckOnce("TBLPROPERTIES", seen, start);
      Advance();
      REQUIRE(ParseValuedProperties(view.properties));
    } else {
      Reject();
      return true;
    }
  }
}

/// (a INT, …) behind a view's name: only CREATE TEMPORARY VIEW .. USING has types.
bool Parser::AtTypedViewColumns() const {
  return At(T::kLeftParen) && IsIdentifier(Peek(1).kind) && IsIdentifier(Peek(2).kind) &&
         Peek(2).kind != T::kComment && KindAt(BehindParens(index_)) == T::kUsing;
}

Parsed<StatementNode> Parser::ParseViewUsing(CreateView view, const Span& start) {
  REQUIRE(view.temporary && view.if_not_exists == IfNotExists::kNotSaid);
  std::vector<ColumnDefinition> columns;
  if (Accept(T::kLeftParen)) REQUIRE(ParseColumnTypes(columns) && Accept(T::kRightParen));
  view.provider = PARSED(ParseProvider());
  if (Accept(T::kOptions)) REQUIRE(ParseOptions(view.options));
  if (view.provider == "hive") {
    Complain("", "Operation not allowed: Hive data source can only be used with tables.", start);
  }
  return StatementNode(std::move(view));
}

Parsed<StatementNode> Parser::ParseCreateFunction() {
  const Span start = Peek().span;
  CreateFunction function;
  REQUIRE(Accept(T::kCreate));
  function.replace = AcceptPair(T::kOr, T::kReplace);
  function.temporary = Accept(T::kTemporary);
  REQUIRE(Accept(T::kFunction));
  function.if_not_exists = PARSED(ParseIfNotExists());
  function.name = PARSED(ParseReference());
  REQUIRE(Accept(T::kAs));
  function.class_name = PARSED(ParseString());
  if (Accept(T::kUsing)) {
    REQUIRE(ParseCommaList([&]() -> bool {
      const Identifier kind = PARSED(ParseIdentifier());
      PARSED(ParseString());
      const std::string upper = ToUpper(kind.text);
      if (upper != "JAR" && upper != "FILE" && upper != "ARCHIVE") {
        Complain("",
                 fmt::format("Operation not allowed: CREATE FUNCTION with resource type '{}'.",
                             ToLower(upper)),
                 start);
      }
      return true;
    }));
  }
  const bool exists = function.if_not_exists == IfNotExists::kSaid;
  if (function.replace && exists) {
    Complain("INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_IF_NOT_EXISTS_AND_REPLACE",
             "Invalid SQL syntax: CREATE FUNCTION with both IF NOT EXISTS and REPLACE is not "
             "allowed.",
             start);
  } else if (function.temporary && exists) {
    Complain("INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS",
             "Invalid SQL syntax: CREATE TEMPORARY FUNCTION with IF NOT EXISTS is not allowed.",
             start);
  } else if (function.temporary && function.name.parts.size() > 2) {
    Complain(
        "INVALID_SQL_SYNTAX.MULTI_PART_NAME",
        "Invalid SQL syntax: CREATE TEMPORARY FUNCTION with multiple part name is not allowed.",
        start);
  } else if (function.temporary && function.name.parts.size() > 1) {
    Complain("INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_DATABASE",
             fmt::format("Invalid SQL syntax: CREATE TEMPORARY FUNCTION with specifying a "
                         "database(`{}`) is not allowed.",
                         function.name.parts.front().text),
             start);
  }
  return function;
}

/// CREATE INDEX i ON t (..), DROP INDEX i ON t: parsed, never offered.
Parsed<StatementNode> Parser::ParseCreateIndex() {
  const Mark mark = Here();
  const Span span = Peek().span;
  REQUIRE(AcceptAll(T::kCreate, T::kIndex));
  UnsupportedStatement index{.name = "CREATE INDEX", .tables = {}, .query = nullptr};
  PARSED(ParseIfNotExists());
  const bool named = AtIdentifier() && ParseIdentifier() && Accept(T::kOn);
  if (named) {
    if (At(T::kTable) && IsIdentifier(Peek(1).kind)) Advance();
    if (auto table = ParseReference()) {
      index.tables.push_back(std::move(*table));
      if (ParseIndexColumns() && AtAny(T::kEndOfText, T::kSemicolon)) return index;
    }
  }
  Return(mark);
  Complain("", "Operation not allowed: CREATE INDEX.", span);
  SkipRest();
  return index;
}

bool Parser::ParseIndexColumns() {
  if (Accept(T::kUsing)) PARSED(ParseIdentifier());
  REQUIRE(Accept(T::kLeftParen));
  std::vector<Property> options;
  REQUIRE(ParseCommaList([&]() -> bool {
    PARSED(ParseMultipartName());
    return !Accept(T::kOptions) || ParseProperties(options);
  }));
  REQUIRE(Accept(T::kRightParen));
  return !Accept(T::kOptions) || ParseProperties(options);
}

// ---- DROP, TRUNCATE ----------------------------------------------------------------------------

Parsed<StatementNode> Parser::ParseDrop() {
  const Span start = Peek().span;
  REQUIRE(Accept(T::kDrop));
  if (AtWord("ROLE")) return ParseRoleName(GrantAction::kDropRole);
  if (AcceptNamespaceWord()) {
    DropDatabase drop;
    drop.if_exists = ParseIfExists();
    drop.name = PARSED(ParseReference());
    if (Accept(T::kCascade)) {
      drop.behavior = DropBehavior::kCascade;
    } else if (Accept(T::kRestrict)) {
      drop.behavior = DropBehavior::kRestrict;
    }
    return drop;
  }
  if (Accept(T::kTable)) {
    DropTable drop;
    drop.if_exists = ParseIfExists();
    drop.name = PARSED(ParseReference());
    drop.purge = Accept(T::kPurge);
    return drop;
  }
  if (Accept(T::kView)) {
    DropView drop;
    drop.if_exists = ParseIfExists();
    drop.name = PARSED(ParseReference());
    return drop;
  }
  if (At(T::kIndex)) return ParseDropIndex(start);
  DropFunction drop;
  drop.temporary = Accept(T::kTemporary);
  if (drop.temporary && AtWord("MACRO")) {
    Complain("", "Operation not allowed: DROP TEMPORARY MACRO.", start);
    SkipRest();
    return UnsupportedStatement{.name = "DROP TEMPORARY MACRO", .tables = {}, .query = nullptr};
  }
  REQUIRE(Accept(T::kFunction));
  drop.if_exists = ParseIfExists();
  drop.name = PARSED(ParseReference());
  if (drop.temporary && drop.name.parts.size() > 1) {
    Complain("INVALID_SQL_SYNTAX.MULTI_PART_NAME",
             fmt::format("Invalid SQL syntax: DROP TEMPORARY FUNCTION with multiple part function "
                         "name({}) is not allowed.",
                         BackquotedName(drop.name)),
             start);
  }
  return drop;
}

Parsed<StatementNode> Parser::ParseDropIndex(const Span& start) {
  const Mark mark = Here();
  REQUIRE(Accept(T::kIndex));
  UnsupportedStatement index{.name = "DROP INDEX", .tables = {}, .query = nullptr};
  ParseIfExists();
  if (AtIdentifier() && ParseIdentifier() && Accept(T::kOn)) {
    if (At(T::kTable) && IsIdentifier(Peek(1).kind)) Advance();
    auto table = ParseReference();
    if (table && AtAny(T::kEndOfText, T::kSemicolon)) {
      index.tables.push_back(std::move(*table));
      return index;
    }
  }
  Return(mark);
  Complain("", "Operation not allowed: DROP INDEX.", start);
  SkipRest();
  return index;
}

Parsed<StatementNode> Parser::ParseTruncate() {
  REQUIRE(AcceptAll(T::kTruncate, T::kTable));
  TruncateTable truncate;
  truncate.name = PARSED(ParseReference());
  REQUIRE(ParseFullPartition(truncate.partition));
  return truncate;
}

// ---- DESCRIBE ----------------------------------------------------------------------------------

Parsed<StatementNode> Parser::ParseDescribe() {
  Advance();
  const bool ends = Peek(1).kind == T::kEndOfText || Peek(1).kind == T::kSemicolon;
  if (At(T::kFunction) && !ends) return ParseDescribeFunction();
  if (AtNamespaceWord() && IsIdentifier(Peek(1).kind)) {
    Advance();
    DescribeDatabase describe;
    describe.extended = At(T::kExtended) && IsIdentifier(Peek(1).kind);
    if (describe.extended) Advance();
    describe.name = PARSED(ParseReference());
    return describe;
  }
  if (At(T::kQuery) && BeginsQuery(index_ + 1)) {
    Advance();
    return DescribeQuery{PARSED(ParseQuery())};
  }
  if (AtQueryInParens(index_) || (BeginsQuery(index_) && !ends && !DescribesTableWord())) {
    return DescribeQuery{PARSED(ParseQuery())};
  }
  return ParseDescribeTable();
}

/// DESCRIBE TABLE t is about a table, not the query TABLE t.
bool Parser::DescribesTableWord() const { return At(T::kTable); }

/// DESCRIBE FUNCTION [EXTENDED] name | 'name' | operator.
Parsed<StatementNode> Parser::ParseDescribeFunction() {
  REQUIRE(Accept(T::kFunction));
  DescribeFunction describe;
  const bool ends = Peek(1).kind == T::kEndOfText || Peek(1).kind == T::kSemicolon;
  describe.extended = At(T::kExtended) && !ends;
  if (describe.extended) Advance();
  const bool symbol = Peek().kind >= T::kEqual && Peek().kind <= T::kCaret;
  if (AtString() || symbol) {
    const Span span = Peek().span;
    std::string text = AtString() ? StringValue(TextAt()) : std::string(TextAt());
    Advance();
    describe.name.parts.push_back(
        Identifier{.text = std::move(text), .span = span, .quoted = true});
    describe.name.span = span;
    return describe;
  }
  describe.name = PARSED(ParseReference());
  return describe;
}

/// DESCRIBE [TABLE] [EXTENDED | FORMATTED] t [PARTITION (..)] [column].
Parsed<StatementNode> Parser::ParseDescribeTable() {
  const Span start = tokens_[index_ - 1].span;
  const auto name_follows = [&] { return IsIdentifier(Peek(1).kind); };
  DescribeTable describe;
  if (At(T::kTable) && name_follows()) Advance();
  if (AtAny(T::kExtended, T::kFormatted) && name_follows()) {
    describe.extended = true;
    Advance();
  }
  describe.name = PARSED(ParseReference());
  REQUIRE(ParseFullPartition(describe.partition));
  if (AtIdentifier()) {
    describe.column = PARSED(ParseQualifiedName());
    if (!describe.partition.empty()) {
      Complain("UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_PARTITION",
               "The feature is not supported: DESC TABLE COLUMN for a specific partition.", start);
    }
  } else {
    Reject();
  }
  return describe;
}

}  // namespace sluice::sql
