#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

Show ShowOf(ShowKind kind) {
  Show show;
  show.kind = kind;
  return show;
}

}  // namespace

Parsed<StatementNode> Parser::ParseShow() {
  REQUIRE(Accept(T::kShow));
  switch (Peek().kind) {
    case T::kDatabases:
    case T::kNamespaces:
    case T::kSchemas:
      Advance();
      return ParseShowList(ShowKind::kDatabases);
    case T::kTables:
      Advance();
      return ParseShowList(ShowKind::kTables);
    case T::kViews:
      Advance();
      return ParseShowList(ShowKind::kViews);
    case T::kTable:
      return ParseShowTableExtended();
    case T::kColumns:
      return ParseShowColumns();
    case T::kTblproperties:
      return ParseShowProperties();
    case T::kPartitions:
      return ParseShowPartitions();
    case T::kCreate:
      return ParseShowCreate();
    case T::kCatalogs: {
      Advance();
      Show show = ShowOf(ShowKind::kCatalogs);
      REQUIRE(ParseShowPattern(show));
      return show;
    }
    case T::kCurrent:
      if (Peek(1).kind == T::kRoles) return ParseShowGrants();
      if (Peek(1).kind == T::kFunctions) return ParseShowFunctions();
      Advance();
      REQUIRE(AcceptNamespaceWord());
      return ShowOf(ShowKind::kCurrentNamespace);
    default:
      break;
  }
  const bool grants = AtAny(T::kPrincipals, T::kRoles, T::kAll, T::kRole, T::kGrant,
                            T::kCompactions, T::kTransactions, T::kIndexes, T::kLocks) ||
                      AtWord("HISTORY");
  return grants && Peek(1).kind != T::kFunctions ? ParseShowGrants() : ParseShowFunctions();
}

/// [[LIKE] 'pattern'].
bool Parser::ParseShowPattern(Show& show) {
  const bool like = Accept(T::kLike);
  if (like || AtString()) show.pattern = PARSED(ParseString());
  return true;
}

/// SHOW DATABASES | TABLES | VIEWS [FROM | IN d] [[LIKE] 'pattern'].
Parsed<StatementNode> Parser::ParseShowList(ShowKind kind) {
  Show show = ShowOf(kind);
  if (AtAny(T::kFrom, T::kIn)) {
    Advance();
    show.name = PARSED(ParseReference());
  }
  REQUIRE(ParseShowPattern(show));
  return show;
}

Parsed<StatementNode> Parser::ParseShowTableExtended() {
  REQUIRE(AcceptAll(T::kTable, T::kExtended));
  Show show = ShowOf(ShowKind::kTableExtended);
  if (AtAny(T::kFrom, T::kIn)) {
    Advance();
    show.name = PARSED(ParseReference());
  }
  REQUIRE(Accept(T::kLike));
  show.pattern = PARSED(ParseString());
  REQUIRE(ParseFullPartition(show.partition));
  return show;
}

/// SHOW COLUMNS FROM | IN t [FROM | IN d].
Parsed<StatementNode> Parser::ParseShowColumns() {
  REQUIRE(Accept(T::kColumns));
  Show show = ShowOf(ShowKind::kColumns);
  REQUIRE(AtAny(T::kFrom, T::kIn) || Reject());
  Advance();
  show.name = PARSED(ParseReference());
  if (AtAny(T::kFrom, T::kIn)) {
    Advance();
    show.in_database = PARSED(ParseMultipartName());
  } else {
    Reject();
  }
  return show;
}

Parsed<StatementNode> Parser::ParseShowProperties() {
  REQUIRE(Accept(T::kTblproperties));
  Show show = ShowOf(ShowKind::kTableProperties);
  show.name = PARSED(ParseReference());
  if (Accept(T::kLeftParen)) {
    show.key = PARSED(ParsePropertyKey());
    REQUIRE(Accept(T::kRightParen));
  }
  return show;
}

Parsed<StatementNode> Parser::ParseShowPartitions() {
  REQUIRE(Accept(T::kPartitions));
  Show show = ShowOf(ShowKind::kPartitions);
  show.name = PARSED(ParseReference());
  REQUIRE(ParseFullPartition(show.partition));
  return show;
}

/// SHOW CREATE TABLE t [AS SERDE]; with anything else behind it, a statement of Hive's.
Parsed<StatementNode> Parser::ParseShowCreate() {
  const Span start = tokens_[index_ - 1].span;
  REQUIRE(AcceptAll(T::kCreate, T::kTable));
  const Mark mark = Here();
  Show show = ShowOf(ShowKind::kCreateTable);
  if (auto name = ParseReference()) {
    show.name = std::move(*name);
    show.as_serde = AcceptPair(T::kAs, T::kSerde);
    if (AtAny(T::kEndOfText, T::kSemicolon)) return show;
  }
  Return(mark);
  Complain("", "Operation not allowed: SHOW CREATE TABLE.", start);
  SkipRest();
  return show;
}

/// SHOW [scope] FUNCTIONS [FROM | IN d] [[LIKE] f | 'pattern'].
Parsed<StatementNode> Parser::ParseShowFunctions() {
  Show show = ShowOf(ShowKind::kFunctions);
  if (!At(T::kFunctions) || Peek(1).kind == T::kFunctions) {
    const Identifier scope = PARSED(ParseIdentifier());
    show.scope = ToLower(scope.text);
    if (show.scope != "all" && show.scope != "system" && show.scope != "user") {
      Complain("INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE",
               fmt::format("Invalid SQL syntax: SHOW `{}` FUNCTIONS not supported.", *show.scope),
               scope.span);
    }
  }
  REQUIRE(Accept(T::kFunctions));
  if (AtAny(T::kFrom, T::kIn) && IsIdentifier(Peek(1).kind)) {
    Advance();
    show.name = PARSED(ParseReference());
  }
  if (At(T::kLike) && (IsIdentifier(Peek(1).kind) || Peek(1).kind == T::kStringLiteral ||
                       Peek(1).kind == T::kDoubleQuoted)) {
    Advance();
  }
  if (AtString()) {
    show.pattern = PARSED(ParseString());
  } else if (AtIdentifier()) {
    show.function = PARSED(ParseMultipartName());
  } else {
    Reject();
  }
  return show;
}

}  // namespace sluice::sql
