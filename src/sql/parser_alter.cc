#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {

Parsed<StatementNode> Parser::ParseAlter() {
  const Span start = Peek().span;
  REQUIRE(Accept(T::kAlter));
  if (AtNamespaceWord()) return ParseAlterDatabase();
  if (At(T::kIndex)) {
    Complain("", "Operation not allowed: ALTER INDEX.", start);
    SkipRest();
    return UnsupportedStatement{.name = "ALTER INDEX", .tables = {}, .query = nullptr};
  }
  if (!At(T::kView)) return ParseAlterTable(start);
  Advance();
  AlterTable alter;
  alter.is_view = true;
  alter.name = PARSED(ParseReference());
  const bool query = At(T::kAs) || BeginsQuery(index_) || AtQueryInParens(index_);
  if (query) {
    Accept(T::kAs);
    AlterViewAs view{.name = std::move(alter.name), .query = nullptr, .query_span = {}};
    view.query = PARSED(ParseQuery());
    view.query_span = view.query->span;
    return view;
  }
  REQUIRE(ParseAlterAction(alter));
  return alter;
}

Parsed<StatementNode> Parser::ParseAlterDatabase() {
  AlterDatabase alter;
  Advance();
  alter.name = PARSED(ParseReference());
  REQUIRE(Accept(T::kSet));
  if (Accept(T::kLocation)) {
    alter.location = PARSED(ParseString());
    return alter;
  }
  REQUIRE(AtAny(T::kDbproperties, T::kProperties) || Reject());
  Advance();
  REQUIRE(ParseProperties(alter.properties));
  return alter;
}

Parsed<StatementNode> Parser::ParseAlterTable(const Span& start) {
  REQUIRE(Accept(T::kTable));
  AlterTable alter;
  alter.name = PARSED(ParseReference());
  if (alter.name.parts.size() <= 2) {
    const std::string refused = HiveAlter();
    if (!refused.empty()) {
      Complain("", fmt::format("Operation not allowed: ALTER TABLE {}.", refused), start);
      SkipRest();
      return UnsupportedStatement{.name = "ALTER TABLE " + refused, .tables = {}, .query = nullptr};
    }
  }
  REQUIRE(ParseAlterAction(alter));
  return alter;
}

/// The name of an action of Hive's ALTER TABLE that Spark knows only to refuse it; empty if not
/// one.
std::string Parser::HiveAlter() const {
  struct Action {
    std::string_view words;
    T first;
    T second;
    T third;
  };
  constexpr T kNone = T::kEndOfText;
  constexpr Action kActions[] = {
      {"NOT CLUSTERED", T::kNot, T::kClustered, kNone},
      {"CLUSTERED BY", T::kClustered, T::kBy, kNone},
      {"NOT SORTED", T::kNot, T::kSorted, kNone},
      {"SKEWED BY", T::kSkewed, T::kBy, kNone},
      {"NOT SKEWED", T::kNot, T::kSkewed, kNone},
      {"NOT STORED AS DIRECTORIES", T::kNot, T::kStored, T::kAs},
      {"SET SKEWED LOCATION", T::kSet, T::kSkewed, T::kLocation},
      {"EXCHANGE PARTITION", T::kExchange, T::kPartition, kNone},
      {"ARCHIVE PARTITION", T::kArchive, T::kPartition, kNone},
      {"UNARCHIVE PARTITION", T::kUnarchive, T::kPartition, kNone},
      {"TOUCH", T::kTouch, kNone, kNone},
  };
  for (const Action& action : kActions) {
    const bool second = action.second == kNone || Peek(1).kind == action.second;
    const bool third = action.third == kNone || Peek(2).kind == action.third;
    if (At(action.first) && second && third) return std::string(action.words);
  }
  const Index behind = At(T::kPartition, T::kLeftParen) ? BehindParens(index_ + 1) : index_;
  if (KindAt(behind) == T::kCompact) return "COMPACT";
  if (KindAt(behind) == T::kConcatenate) return "CONCATENATE";
  if (KindAt(behind) == T::kSet && KindAt(behind + 1) == T::kFileformat) return "SET FILEFORMAT";
  return {};
}

bool Parser::ParseAlterAction(AlterTable& alter) {
  switch (Peek().kind) {
    case T::kRename:
      return ParseAlterRename(alter);
    case T::kSet:
    case T::kUnset:
      return ParseAlterSet(alter);
    case T::kAdd:
      return ParseAlterAdd(alter);
    case T::kDrop:
      return ParseAlterDrop(alter);
    case T::kAlter:
    case T::kChange:
      return ParseAlterColumn(alter);
    case T::kReplace:
      return ParseAlterReplace(alter);
    case T::kRecover:
      alter.action = AlterTableAction::kRecoverPartitions;
      return AcceptAll(T::kRecover, T::kPartitions);
    case T::kPartition:
      return ParseAlterPartition(alter);
    default:
      return ParseLifecycle(alter);
  }
}

/// RENAME TO t, RENAME COLUMN a TO b.
bool Parser::ParseAlterRename(AlterTable& alter) {
  REQUIRE(Accept(T::kRename));
  if (Accept(T::kTo)) {
    alter.action = AlterTableAction::kRename;
    alter.new_name = PARSED(ParseMultipartName());
    return true;
  }
  REQUIRE(Accept(T::kColumn));
  alter.action = AlterTableAction::kRenameColumn;
  alter.column_names.push_back(PARSED(ParseMultipartName()));
  REQUIRE(Accept(T::kTo));
  const Index first = index_;
  alter.new_name.parts.push_back(PARSED(ParseNameChecked()));
  alter.new_name.span = SpanFrom(first);
  return true;
}

/// SET TBLPROPERTIES | LOCATION | SERDE | SERDEPROPERTIES, UNSET TBLPROPERTIES, DLI's SET
/// LIFECYCLE.
bool Parser::ParseAlterSet(AlterTable& alter) {
  if (Accept(T::kUnset)) {
    alter.action = AlterTableAction::kUnsetProperties;
    REQUIRE(Accept(T::kTblproperties));
    alter.if_exists = ParseIfExists() == IfExists::kSaid;
    const Span list = Peek().span;
    REQUIRE(ParseProperties(alter.properties));
    for (const Property& property : alter.properties) {
      if (!property.value) continue;
      Complain(
          "",
          fmt::format("Operation not allowed: Values should not be specified for key(s): [{}].",
                      property.key),
          list);
      break;
    }
    return true;
  }
  REQUIRE(Accept(T::kSet));
  if (Accept(T::kTblproperties)) {
    alter.action = AlterTableAction::kSetProperties;
    return ParseValuedProperties(alter.properties);
  }
  if (Accept(T::kLocation)) {
    alter.action = AlterTableAction::kSetLocation;
    alter.text = PARSED(ParseString());
    return true;
  }
  alter.action = AlterTableAction::kSetSerde;
  if (Accept(T::kSerdeproperties)) return ParseProperties(alter.properties);
  if (AtWord("LIFECYCLE")) return ParseLifecycle(alter);
  REQUIRE(Accept(T::kSerde));
  alter.text = PARSED(ParseString());
  if (AcceptPair(T::kWith, T::kSerdeproperties)) REQUIRE(ParseProperties(alter.properties));
  return true;
}

void Parser::CheckPropertyValues(const std::vector<Property>& properties, const Span& span) {
  std::string missing;
  for (const Property& property : properties) {
    if (property.value) continue;
    missing += (missing.empty() ? "" : ",") + property.key;
  }
  if (missing.empty()) return;
  Complain(
      "", fmt::format("Operation not allowed: Values must be specified for key(s): [{}].", missing),
      span);
}

bool Parser::ParseAlterAdd(AlterTable& alter) {
  REQUIRE(Accept(T::kAdd));
  if (AtAny(T::kColumn, T::kColumns)) {
    Advance();
    alter.action = AlterTableAction::kAddColumns;
    const bool wrapped = Accept(T::kLeftParen);
    REQUIRE(ParseAddedColumns(alter));
    return !wrapped || Accept(T::kRightParen);
  }
  alter.action = AlterTableAction::kAddPartitions;
  alter.if_exists = PARSED(ParseIfNotExists()) == IfNotExists::kSaid;
  REQUIRE(At(T::kPartition) || Reject());
  while (At(T::kPartition)) {
    const Span span = Peek().span;
    alter.partitions.push_back(PARSED(ParsePartitionSpec()));
    CheckPartitionValues(alter.partitions.back(), span);
    if (Accept(T::kLocation)) {
      std::string location = PARSED(ParseString());
      alter.properties.push_back(Property{"location", std::move(location), Peek().span});
    }
  }
  return true;
}

bool Parser::ParseAddedColumns(AlterTable& alter) {
  return ParseCommaList([&]() -> bool {
    alter.columns.push_back(PARSED(ParseAddedColumn()));
    return true;
  });
}

/// name type [NOT NULL] [DEFAULT e] [COMMENT '..'] [FIRST | AFTER c], in any order.
Parsed<ColumnDefinition> Parser::ParseAddedColumn() {
  const Index first = index_;
  ColumnDefinition column;
  column.name = PARSED(ParseMultipartName());
  column.type = PARSED(ParseType());
  std::unordered_set<std::string> seen;
  while (AtAny(T::kNot, T::kDefault, T::kComment, T::kFirst, T::kAfter)) {
    const Span span = Peek().span;
    const std::string option = At(T::kNot)                   ? "NOT NULL"
                               : AtAny(T::kFirst, T::kAfter) ? "FIRST|AFTER"
                                                             : ToUpper(TextAt());
    const bool position = AtAny(T::kFirst, T::kAfter);
    REQUIRE(position ? ParsePosition(column) : ParseColumnOption(column));
    if (seen.insert(option).second) continue;
    Complain("ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE",
             fmt::format("ALTER TABLE ADD column {} specifies descriptor \"{}\" more than "
                         "once, which is invalid.",
                         column.name.parts.front().text, option),
             span);
  }
  Reject();
  column.span = SpanFrom(first);
  return column;
}

/// FIRST | AFTER column.
bool Parser::ParsePosition(ColumnDefinition& column) {
  if (Accept(T::kFirst)) {
    column.first = true;
    return true;
  }
  REQUIRE(Accept(T::kAfter));
  const Index first = index_;
  QualifiedName after;
  after.parts.push_back(PARSED(ParseNameChecked()));
  after.span = SpanFrom(first);
  column.after = std::move(after);
  return true;
}

bool Parser::ParseAlterDrop(AlterTable& alter) {
  REQUIRE(Accept(T::kDrop));
  if (AtAny(T::kColumn, T::kColumns)) {
    Advance();
    alter.action = AlterTableAction::kDropColumns;
    alter.if_exists = ParseIfExists() == IfExists::kSaid;
    const bool wrapped = Accept(T::kLeftParen);
    REQUIRE(ParseCommaList([&]() -> bool {
      alter.column_names.push_back(PARSED(ParseMultipartName()));
      return true;
    }));
    return !wrapped || Accept(T::kRightParen);
  }
  alter.if_exists = ParseIfExists() == IfExists::kSaid;
  if (At(T::kPartitions)) return ParseDropPartitionFilters(alter);
  alter.action = AlterTableAction::kDropPartitions;
  REQUIRE(ParseCommaList([&]() -> bool {
    const Span span = Peek().span;
    alter.partitions.push_back(PARSED(ParsePartitionSpec()));
    CheckPartitionValues(alter.partitions.back(), span);
    return true;
  }));
  Accept(T::kPurge);
  return true;
}

/// ALTER | CHANGE [COLUMN] a action, and Hive's CHANGE [COLUMN] a b type [COMMENT '..'] [FIRST |
/// AFTER].
bool Parser::ParseAlterColumn(AlterTable& alter) {
  const Span start = tokens_[0].span;
  const bool change = At(T::kChange);
  Advance();
  alter.action = AlterTableAction::kAlterColumn;
  if (At(T::kColumn) && IsIdentifier(Peek(1).kind)) Advance();
  ColumnDefinition column;
  column.name = PARSED(ParseMultipartName());
  const Mark mark = Here();
  if (ParseColumnChange(column, start) && AtAny(T::kEndOfText, T::kSemicolon)) {
    alter.columns.push_back(std::move(column));
    return true;
  }
  REQUIRE(change);
  Return(mark);
  ColumnDefinition changed = PARSED(ParseColumnType());
  if (AtAny(T::kFirst, T::kAfter)) REQUIRE(ParsePosition(changed));
  if (column.name.parts.size() == 1 &&
      column.name.parts.front().text != changed.name.parts.front().text) {
    Complain("",
             "Operation not allowed: Renaming column is not supported in Hive-style ALTER COLUMN, "
             "please run RENAME COLUMN instead.",
             start);
  }
  alter.column_names.push_back(std::move(column.name));
  alter.columns.push_back(std::move(changed));
  return true;
}

/// TYPE t | COMMENT '..' | FIRST | AFTER c | SET NOT NULL | DROP NOT NULL | SET DEFAULT e | DROP
/// DEFAULT.
bool Parser::ParseColumnChange(ColumnDefinition& column, const Span& start) {
  switch (Peek().kind) {
    case T::kType:
      Advance();
      column.type = PARSED(ParseType());
      return true;
    case T::kComment:
      Advance();
      column.comment = PARSED(ParseString());
      return true;
    case T::kFirst:
    case T::kAfter:
      return ParsePosition(column);
    case T::kSet:
      Advance();
      if (Accept(T::kDefault)) {
        column.default_value = PARSED(ParseExpression());
        return true;
      }
      column.not_null = true;
      return AcceptAll(T::kNot, T::kNull);
    case T::kDrop:
      Advance();
      if (Accept(T::kDefault)) return true;
      return AcceptAll(T::kNot, T::kNull);
    case T::kEndOfText:
    case T::kSemicolon:
      Complain("",
               "Operation not allowed: ALTER TABLE table ALTER COLUMN requires a TYPE, a SET/DROP, "
               "a COMMENT, or a FIRST/AFTER.",
               start);
      return true;
    default:
      return Reject();
  }
}

bool Parser::ParseAlterReplace(AlterTable& alter) {
  alter.action = AlterTableAction::kReplaceColumns;
  REQUIRE(AcceptAll(T::kReplace, T::kColumns, T::kLeftParen));
  REQUIRE(ParseAddedColumns(alter));
  return Accept(T::kRightParen);
}

/// What may stand behind ALTER TABLE t PARTITION (..).
bool Parser::ParseAlterPartition(AlterTable& alter) {
  const Span start = tokens_[0].span;
  alter.partitions.push_back(PARSED(ParsePartitionSpec()));
  switch (Peek().kind) {
    case T::kRename:
      Advance();
      alter.action = AlterTableAction::kRenamePartition;
      REQUIRE(Accept(T::kTo));
      alter.partitions.push_back(PARSED(ParsePartitionSpec()));
      return true;
    case T::kChange: {
      REQUIRE(ParseAlterColumn(alter));
      Complain("",
               "Operation not allowed: ALTER TABLE table PARTITION partition_spec CHANGE COLUMN.",
               start);
      return true;
    }
    case T::kReplace:
      REQUIRE(ParseAlterReplace(alter));
      Complain("",
               "Operation not allowed: ALTER TABLE table PARTITION partition_spec REPLACE COLUMNS.",
               start);
      return true;
    case T::kSet:
      return ParseAlterSet(alter);
    default:
      return ParseLifecycle(alter);
  }
}

}  // namespace sluice::sql
