#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {

// Statements that DLI documents and Spark 3.5 does not have, or only refuses.

// ---- roles and privileges ----------------------------------------------------------------------

Parsed<StatementNode> Parser::ParseRole() {
  REQUIRE(Accept(T::kCreate));
  return ParseRoleName(GrantAction::kCreateRole);
}

/// CREATE ROLE [d.]r, DROP ROLE [d.]r.
Parsed<StatementNode> Parser::ParseRoleName(GrantAction action) {
  Grant grant;
  grant.action = action;
  REQUIRE(AcceptWord("ROLE"));
  const QualifiedName name = PARSED(ParseQualifiedName());
  grant.privileges_or_roles.push_back(JoinName(name));
  return grant;
}

std::string Parser::JoinName(const QualifiedName& name) {
  std::string joined;
  for (const Identifier& part : name.parts) {
    if (!joined.empty()) joined += ".";
    joined += part.text;
  }
  return joined;
}

/// GRANT role, … TO user, …; GRANT privilege, … ON object TO USER u | ROLE r, …
Parsed<StatementNode> Parser::ParseGrant() {
  REQUIRE(Accept(T::kGrant));
  Grant grant;
  grant.action = GrantAction::kGrantRole;
  REQUIRE(ParsePrivileges(grant));
  if (Accept(T::kOn)) {
    grant.action = GrantAction::kGrantPrivilege;
    grant.object = PARSED(ParseGrantObject());
  }
  REQUIRE(Accept(T::kTo) && ParsePrincipals(grant));
  return grant;
}

/// REVOKE role, … FROM user, …; REVOKE privilege, … ON object FROM USER u | ROLE r, …
Parsed<StatementNode> Parser::ParseRevoke() {
  REQUIRE(Accept(T::kRevoke));
  Grant grant;
  grant.action = GrantAction::kRevokeRole;
  REQUIRE(ParsePrivileges(grant));
  if (Accept(T::kOn)) {
    grant.action = GrantAction::kRevokePrivilege;
    grant.object = PARSED(ParseGrantObject());
  }
  REQUIRE(Accept(T::kFrom) && ParsePrincipals(grant));
  return grant;
}

/// Privileges or roles; a list may stand in parentheses.
bool Parser::ParsePrivileges(Grant& grant) {
  if (At(T::kRole) && IsIdentifier(Peek(1).kind) && Peek(1).kind != T::kTo &&
      Peek(1).kind != T::kFrom && Peek(1).kind != T::kOn) {
    Advance();
  }
  const bool wrapped = Accept(T::kLeftParen);
  REQUIRE(ParseCommaList([&]() -> bool {
    const QualifiedName name = PARSED(ParseQualifiedName());
    std::string text = JoinName(name);
    // ALL PRIVILEGES and the like: further words up to ON, TO or FROM.
    while (AtIdentifier() && !AtAny(T::kOn, T::kTo, T::kFrom)) text += " " + TakeIdentifier().text;
    grant.privileges_or_roles.push_back(std::move(text));
    return true;
  }));
  return !wrapped || Accept(T::kRightParen);
}

/// databases.d.tables.t.columns.c, queues.q, … or a plain table.
Parsed<std::string> Parser::ParseGrantObject() {
  const bool wrapped = Accept(T::kLeftParen);
  std::string objects;
  REQUIRE(ParseCommaList([&]() -> bool {
    if (At(T::kTable) && IsIdentifier(Peek(1).kind)) Advance();
    const QualifiedName name = PARSED(ParseQualifiedName());
    if (!objects.empty()) objects += ",";
    objects += JoinName(name);
    return true;
  }));
  if (wrapped) REQUIRE(Accept(T::kRightParen));
  return objects;
}

bool Parser::ParsePrincipals(Grant& grant) {
  const bool wrapped = Accept(T::kLeftParen);
  REQUIRE(ParseCommaList([&]() -> bool {
    std::string principal = "USER ";
    const bool named = AtAny(T::kUser, T::kRole) && IsIdentifier(Peek(1).kind);
    if (named) {
      principal = ToUpper(TextAt()) + " ";
      Advance();
    }
    const QualifiedName name = PARSED(ParseQualifiedName());
    grant.principals.push_back(principal + JoinName(name));
    return true;
  }));
  return !wrapped || Accept(T::kRightParen);
}

/// SHOW [ALL | CURRENT] ROLES [user], SHOW PRINCIPALS role, SHOW GRANT [USER u | ROLE r] [ON
/// object].
Parsed<StatementNode> Parser::ParseShowGrants() {
  const Span start = tokens_[index_ - 1].span;
  Grant grant;
  if (Accept(T::kPrincipals)) {
    grant.action = GrantAction::kShowPrincipals;
    const QualifiedName role = PARSED(ParseQualifiedName());
    grant.privileges_or_roles.push_back(JoinName(role));
    return grant;
  }
  const bool roles = At(T::kRoles) || (AtAny(T::kAll, T::kCurrent) && Peek(1).kind == T::kRoles);
  if (roles) {
    grant.action = GrantAction::kShowRoles;
    if (!At(T::kRoles)) {
      grant.object = ToUpper(TextAt());
      Advance();
    }
    REQUIRE(Accept(T::kRoles));
    if (AtIdentifier()) grant.principals.push_back("USER " + TakeIdentifier().text);
    return grant;
  }
  grant.action = GrantAction::kShowGrant;
  if (At(T::kRole, T::kGrant)) Advance();
  if (At(T::kGrant)) {
    Advance();
    if (AtIdentifier() && !At(T::kOn)) REQUIRE(ParsePrincipals(grant));
    if (Accept(T::kOn)) grant.object = PARSED(ParseGrantObject());
    return grant;
  }
  if (AtAny(T::kCompactions, T::kTransactions, T::kIndexes, T::kLocks)) {
    Complain("", fmt::format("Operation not allowed: SHOW {}.", ToUpper(TextAt())), start);
    SkipRest();
    return UnsupportedStatement{.name = "SHOW", .tables = {}, .query = nullptr};
  }
  return ParseShowHistory();
}

// ---- versions of a table -----------------------------------------------------------------------

/// SHOW HISTORY FOR TABLE t.
Parsed<StatementNode> Parser::ParseShowHistory() {
  REQUIRE(AcceptWord("HISTORY"));
  REQUIRE(AcceptAll(T::kFor, T::kTable));
  Show show;
  show.kind = ShowKind::kHistory;
  show.name = PARSED(ParseReference());
  return show;
}

/// RESTORE TABLE t TO VERSION '..' | INITIAL LAYOUT, CLEAR HISTORY FOR TABLE t OLDER_THAN '..'.
Parsed<StatementNode> Parser::ParseTableHistory() {
  TableHistory history;
  if (Accept(T::kClear)) {
    history.action = TableHistory::Action::kClear;
    REQUIRE(AcceptWord("HISTORY") && AcceptAll(T::kFor, T::kTable));
    history.name = PARSED(ParseReference());
    REQUIRE(AcceptWord("OLDER_THAN"));
    history.argument = PARSED(ParseString());
    return history;
  }
  REQUIRE(AcceptWord("RESTORE") && Accept(T::kTable));
  history.name = PARSED(ParseReference());
  REQUIRE(Accept(T::kTo));
  if (Accept(T::kVersion)) {
    if (At(T::kIntegerValue)) {
      history.argument = std::string(TextAt());
      Advance();
    } else {
      history.argument = PARSED(ParseString());
    }
    return history;
  }
  REQUIRE(AcceptWord("INITIAL") && AcceptWord("LAYOUT"));
  history.argument = "INITIAL LAYOUT";
  return history;
}

// ---- partitions --------------------------------------------------------------------------------

/// DROP [IF EXISTS] PARTITIONS (filter) [, [PARTITIONS] (filter)].
bool Parser::ParseDropPartitionFilters(AlterTable& alter) {
  alter.action = AlterTableAction::kDropPartitionsByFilter;
  REQUIRE(At(T::kPartitions) || Reject());
  return ParseCommaList([&]() -> bool {
    if (AtAny(T::kPartitions, T::kPartition)) Advance();
    REQUIRE(Accept(T::kLeftParen));
    REQUIRE(ParseExpressions(alter.filters));
    return Accept(T::kRightParen);
  });
}

/// LIFECYCLE n, [ENABLE | DISABLE] LIFECYCLE, LIFECYCLE ENABLE | DISABLE.
bool Parser::ParseLifecycle(AlterTable& alter) {
  alter.action = AlterTableAction::kPartitionLifecycle;
  if (AtWord("ENABLE") || AtWord("DISABLE")) {
    alter.text = ToUpper(TextAt());
    Advance();
    return AcceptWord("LIFECYCLE");
  }
  REQUIRE(AcceptWord("LIFECYCLE"));
  REQUIRE(At(T::kIntegerValue) || AtWord("ENABLE") || AtWord("DISABLE") || Reject());
  alter.text = ToUpper(TextAt());
  Advance();
  return true;
}

}  // namespace sluice::sql
