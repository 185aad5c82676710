#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {

// ---- INSERT ------------------------------------------------------------------------------------

Parsed<StatementNode> Parser::ParseInsert(std::vector<Cte> ctes) {
  if (AtInsertDirectory()) return ParseInsertDirectory(std::move(ctes));
  Insert insert;
  insert.target = PARSED(ParseInsertTarget());
  insert.query = PARSED(ParseQuery());
  PrependCtes(*insert.query, std::move(ctes));
  return insert;
}

void Parser::PrependCtes(Query& query, std::vector<Cte> ctes) {
  query.ctes.insert(query.ctes.begin(), std::make_move_iterator(ctes.begin()),
                    std::make_move_iterator(ctes.end()));
}

bool Parser::AtInsertDirectory() const {
  if (!At(T::kInsert, T::kOverwrite)) return false;
  const Index at = Peek(2).kind == T::kLocal ? 3 : 2;
  const T next = Peek(at + 1).kind;
  return Peek(at).kind == T::kDirectory &&
         (next == T::kStringLiteral || next == T::kDoubleQuoted || next == T::kUsing);
}

/// INSERT OVERWRITE [LOCAL] DIRECTORY ['path'] [ROW FORMAT ..] [STORED AS ..] | USING f [OPTIONS
/// ..].
Parsed<StatementNode> Parser::ParseInsertDirectory(std::vector<Cte> ctes) {
  InsertDirectory insert;
  REQUIRE(ParseDirectoryTarget(insert));
  insert.query = PARSED(ParseQuery());
  PrependCtes(*insert.query, std::move(ctes));
  return insert;
}

bool Parser::ParseDirectoryTarget(InsertDirectory& insert) {
  const Span span = Peek().span;
  REQUIRE(AcceptAll(T::kInsert, T::kOverwrite));
  Accept(T::kLocal);
  REQUIRE(Accept(T::kDirectory));
  const bool has_path = AtString();
  if (has_path) insert.path = PARSED(ParseString());
  if (At(T::kUsing)) {
    insert.format = PARSED(ParseProvider());
    if (Accept(T::kOptions)) REQUIRE(ParseOptions(insert.options));
    bool optional_path = false;
    for (const Property& option : insert.options) {
      if (!EqualsIgnoreCase(option.key, "path")) continue;
      optional_path = true;
      if (!has_path) insert.path = option.value.value_or("");
    }
    if (has_path == optional_path) {
      Complain("", "Directory path and 'path' in OPTIONS should be specified one, but not both.",
               span);
    }
    return true;
  }
  REQUIRE(has_path || Reject());
  StorageFormat storage;
  if (At(T::kRow)) REQUIRE(ParseRowFormat(storage));
  if (At(T::kStored)) REQUIRE(ParseFileFormat(storage));
  insert.format = storage.stored_as;
  return true;
}

Parsed<InsertTarget> Parser::ParseInsertTarget() {
  const Index first = index_;
  InsertTarget target;
  REQUIRE(Accept(T::kInsert));
  if (Accept(T::kOverwrite)) {
    target.mode = InsertMode::kOverwrite;
  } else {
    REQUIRE(Accept(T::kInto));
  }
  // INSERT INTO table VALUES (1): TABLE is the table's name when a query follows it at once.
  const bool is_name = BeginsQuery(index_ + 1) && !BeginsQuery(index_ + 2);
  if (At(T::kTable) && IsIdentifier(Peek(1).kind) && !is_name) Advance();
  target.table = PARSED(ParseReference());
  if (At(T::kReplace, T::kWhere)) {
    Advance();
    Advance();
    target.mode = InsertMode::kReplaceWhere;
    target.replace_where = PARSED(ParseExpression());
    target.span = SpanFrom(first);
    return target;
  }
  REQUIRE(ParseInsertColumns(target));
  target.span = SpanFrom(first);
  return target;
}

/// [PARTITION (..)] [IF NOT EXISTS] [BY NAME | (columns)].
bool Parser::ParseInsertColumns(InsertTarget& target) {
  const Span start = tokens_[0].span;
  if (At(T::kPartition)) {
    target.partition = PARSED(ParsePartitionSpec());
    if (target.mode != InsertMode::kOverwrite || At(T::kIf)) {
      target.if_not_exists = PARSED(ParseIfNotExists());
    }
  } else if (target.mode == InsertMode::kInto) {
    target.if_not_exists = PARSED(ParseIfNotExists());
  }
  if (target.if_not_exists == IfNotExists::kSaid && target.mode == InsertMode::kInto) {
    Complain("", "Operation not allowed: INSERT INTO ... IF NOT EXISTS.", start);
  }
  std::string dynamic;
  for (const PartitionItem& item : target.partition) {
    if (item.value == nullptr) dynamic += (dynamic.empty() ? "" : ", ") + item.column.text;
  }
  if (target.if_not_exists == IfNotExists::kSaid && !dynamic.empty() &&
      target.mode == InsertMode::kOverwrite) {
    Complain(
        "",
        fmt::format("Operation not allowed: IF NOT EXISTS with dynamic partitions: {}.", dynamic),
        start);
  }
  if (At(T::kBy, T::kName)) {
    Advance();
    Advance();
    target.by_name = true;
  } else if (At(T::kLeftParen) && !AtQueryInParens(index_)) {
    target.columns = PARSED(ParseIdentifierList());
  } else {
    Reject();
  }
  return true;
}

// ---- FROM .. INSERT ----------------------------------------------------------------------------

/// Whether an INSERT stands behind the FROM at `from`, before any SELECT of its level.
bool Parser::AtMultiInsert(Index from) const {
  for (Index i = from + 1; i + 1 < tokens_.size(); ++i) {
    switch (KindAt(i)) {
      case T::kLeftParen:
        i = BehindParens(i) - 1;
        break;
      case T::kSelect:
      case T::kMap:
      case T::kReduce:
        if (BeginsExpression(i + 1) && KindAt(i + 1) != T::kLeftParen) return false;
        break;
      case T::kInsert:
        if (KindAt(i + 1) == T::kInto || KindAt(i + 1) == T::kOverwrite) return true;
        break;
      default:
        break;
    }
  }
  return false;
}

namespace {

/// FROM source INSERT .. SELECT ..: an ordinary INSERT.
Insert InsertOfOneBranch(MultiInsert multi) {
  Insert insert;
  insert.target = std::move(multi.branches.front().target);
  insert.query = std::move(multi.branches.front().query);
  insert.query->ctes = std::move(multi.ctes);
  auto& select = std::get<Select>(insert.query->body->node);
  select.from = std::move(multi.from);
  select.lateral_views.insert(select.lateral_views.begin(),
                              std::make_move_iterator(multi.lateral_views.begin()),
                              std::make_move_iterator(multi.lateral_views.end()));
  return insert;
}

}  // namespace

Parsed<StatementNode> Parser::ParseMultiInsert(std::vector<Cte> ctes) {
  MultiInsert insert;
  insert.ctes = std::move(ctes);
  REQUIRE(ParseFrom(insert.from, insert.lateral_views, BehindFrom::kSelects));
  do {
    MultiInsert::Branch branch;
    if (AtInsertDirectory()) {
      InsertDirectory directory;
      REQUIRE(ParseDirectoryTarget(directory));
      branch.directory = std::move(directory.path);
    } else {
      branch.target = PARSED(ParseInsertTarget());
    }
    branch.query = PARSED(ParseFromFirstBody());
    insert.branches.push_back(std::move(branch));
  } while (At(T::kInsert));
  if (insert.branches.size() > 1 || insert.branches.front().directory) return insert;
  return InsertOfOneBranch(std::move(insert));
}

// ---- DELETE, UPDATE, MERGE ---------------------------------------------------------------------

Parsed<StatementNode> Parser::ParseDelete() {
  REQUIRE(AcceptAll(T::kDelete, T::kFrom));
  Delete node;
  node.table = PARSED(ParseReference());
  const Index alias = index_;
  node.alias = PARSED(ParseTableAlias());
  CheckAliasColumns(node.alias, "DELETE", alias);
  if (Accept(T::kWhere)) node.where = PARSED(ParseExpression());
  return node;
}

void Parser::CheckAliasColumns(const TableAlias& alias, std::string_view statement, Index first) {
  if (alias.columns.empty()) return;
  const Index open =
      KindAt(first) == T::kAs && KindAt(first + 1) != T::kLeftParen ? first + 2 : first + 1;
  Complain("COLUMN_ALIASES_IS_NOT_ALLOWED",
           fmt::format("Columns aliases are not allowed in {}.", statement), tokens_[open].span);
}

Parsed<StatementNode> Parser::ParseUpdate() {
  REQUIRE(Accept(T::kUpdate));
  Update node;
  node.table = PARSED(ParseReference());
  const Index alias = index_;
  node.alias = PARSED(ParseTableAlias());
  CheckAliasColumns(node.alias, "UPDATE", alias);
  REQUIRE(Accept(T::kSet) && ParseAssignments(node.assignments));
  if (Accept(T::kWhere)) node.where = PARSED(ParseExpression());
  return node;
}

bool Parser::ParseAssignments(std::vector<Assignment>& out) {
  return ParseCommaList([&]() -> bool {
    Assignment assignment;
    assignment.column = PARSED(ParseMultipartName());
    REQUIRE(Accept(T::kEqual));
    assignment.value = PARSED(ParseExpression());
    out.push_back(std::move(assignment));
    return true;
  });
}

Parsed<StatementNode> Parser::ParseMerge() {
  const Span span = Peek().span;
  REQUIRE(AcceptAll(T::kMerge, T::kInto));
  Merge merge;
  merge.target = PARSED(ParseReference());
  Index alias = index_;
  merge.target_alias = PARSED(ParseTableAlias());
  CheckAliasColumns(merge.target_alias, "MERGE", alias);
  REQUIRE(Accept(T::kUsing));
  if (At(T::kLeftParen)) {
    merge.source = PARSED(ParseParenthesizedQuery());
  } else {
    merge.source = PARSED(ParseReference());
  }
  alias = index_;
  merge.source_alias = PARSED(ParseTableAlias());
  CheckAliasColumns(merge.source_alias, "MERGE", alias);
  REQUIRE(Accept(T::kOn));
  merge.on = PARSED(ParseExpression());
  while (At(T::kWhen)) REQUIRE(ParseMergeClause(merge));
  CheckMerge(merge, span);
  return merge;
}

void Parser::CheckMerge(const Merge& merge, const Span& span) {
  if (merge.clauses.empty()) {
    Complain("", "There must be at least one WHEN clause in a MERGE statement.", span);
    return;
  }
  struct Kind {
    MergeWhen when;
    std::string_view error_class;
    std::string_view name;
  };
  constexpr Kind kKinds[] = {
      {MergeWhen::kMatched, "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION", "MATCHED"},
      {MergeWhen::kNotMatched, "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION",
       "NOT MATCHED [BY TARGET]"},
      {MergeWhen::kNotMatchedBySource, "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION",
       "NOT MATCHED BY SOURCE"},
  };
  for (const Kind& kind : kKinds) {
    bool open = false;
    for (const MergeClause& clause : merge.clauses) {
      if (clause.when != kind.when) continue;
      if (open) {
        Complain(kind.error_class,
                 fmt::format("When there are more than one {0} clauses in a MERGE statement, only "
                             "the last {0} clause can omit the condition.",
                             kind.name),
                 span);
        break;
      }
      open = clause.condition == nullptr;
    }
  }
}

/// WHEN [NOT] MATCHED [BY TARGET | BY SOURCE] [AND condition] THEN action, in Spark's order.
bool Parser::ParseMergeClause(Merge& merge) {
  MergeClause clause;
  REQUIRE(Accept(T::kWhen));
  if (Accept(T::kNot)) {
    REQUIRE(Accept(T::kMatched));
    clause.when = MergeWhen::kNotMatched;
    if (AcceptPair(T::kBy, T::kSource)) {
      clause.when = MergeWhen::kNotMatchedBySource;
    } else if (At(T::kBy)) {
      REQUIRE(AcceptAll(T::kBy, T::kTarget));
    }
  } else {
    REQUIRE(Accept(T::kMatched));
  }
  if (!merge.clauses.empty() && clause.when < merge.clauses.back().when) return Reject();
  if (Accept(T::kAnd)) clause.condition = PARSED(ParseExpression());
  REQUIRE(Accept(T::kThen) && ParseMergeAction(clause));
  merge.clauses.push_back(std::move(clause));
  return true;
}

bool Parser::ParseMergeAction(MergeClause& clause) {
  if (clause.when == MergeWhen::kNotMatched) {
    REQUIRE(Accept(T::kInsert));
    if (Accept(T::kStar)) {
      clause.action = MergeAction::kInsertAll;
      return true;
    }
    return ParseMergeInsert(clause);
  }
  if (Accept(T::kDelete)) return true;
  REQUIRE(AcceptAll(T::kUpdate, T::kSet));
  if (clause.when == MergeWhen::kMatched && Accept(T::kStar)) {
    clause.action = MergeAction::kUpdateAll;
    return true;
  }
  clause.action = MergeAction::kUpdate;
  return ParseAssignments(clause.assignments);
}

bool Parser::ParseMergeInsert(MergeClause& clause) {
  const Span span = tokens_[index_ - 1].span;
  clause.action = MergeAction::kInsert;
  REQUIRE(Accept(T::kLeftParen));
  REQUIRE(ParseCommaList([&]() -> bool {
    clause.assignments.push_back(Assignment{.column = PARSED(ParseMultipartName()), .value = {}});
    return true;
  }));
  REQUIRE(AcceptAll(T::kRightParen, T::kValues, T::kLeftParen));
  std::vector<ExprPtr> values;
  REQUIRE(ParseExpressions(values) && Accept(T::kRightParen));
  if (values.size() != clause.assignments.size()) {
    Complain("", "The number of inserted values cannot match the fields.", span);
  }
  for (std::size_t i = 0; i < values.size() && i < clause.assignments.size(); ++i) {
    clause.assignments[i].value = std::move(values[i]);
  }
  return true;
}

// ---- LOAD DATA, PARTITION ----------------------------------------------------------------------

/// LOAD DATA [LOCAL] INPATH 'p' [OVERWRITE] INTO TABLE t [PARTITION (..)], and DLI's OPTIONS (..).
Parsed<StatementNode> Parser::ParseLoad() {
  LoadData load;
  REQUIRE(AcceptAll(T::kLoad, T::kData));
  load.local = Accept(T::kLocal);
  REQUIRE(Accept(T::kInpath));
  load.path = PARSED(ParseString());
  load.overwrite = Accept(T::kOverwrite);
  REQUIRE(AcceptAll(T::kInto, T::kTable));
  load.table = PARSED(ParseReference());
  REQUIRE(ParseFullPartition(load.partition));
  if (Accept(T::kOptions)) REQUIRE(ParseOptions(load.options));
  return load;
}

bool Parser::ParseOptionalPartition(PartitionSpec& spec) {
  if (!At(T::kPartition, T::kLeftParen)) {
    Reject();
    return true;
  }
  spec = PARSED(ParsePartitionSpec());
  return true;
}

/// A partition of which every column has a value.
bool Parser::ParseFullPartition(PartitionSpec& spec) {
  const Span span = Peek().span;
  REQUIRE(ParseOptionalPartition(spec));
  CheckPartitionValues(spec, span);
  return true;
}

void Parser::CheckPartitionValues(const PartitionSpec& spec, const Span& span) {
  for (const PartitionItem& item : spec) {
    if (item.value != nullptr) continue;
    Complain(
        "INVALID_SQL_SYNTAX.EMPTY_PARTITION_VALUE",
        fmt::format("Invalid SQL syntax: Partition key `{}` must set value.", item.column.text),
        span);
    return;
  }
}

/// PARTITION (a = 1, b, c = DEFAULT).
Parsed<PartitionSpec> Parser::ParsePartitionSpec() {
  const Span span = Peek().span;
  REQUIRE(AcceptAll(T::kPartition, T::kLeftParen));
  PartitionSpec spec;
  REQUIRE(ParseCommaList([&]() -> bool {
    PartitionItem item;
    item.column = PARSED(ParseIdentifier());
    if (Accept(T::kEqual)) {
      if (At(T::kDefault)) {
        Complain("REF_DEFAULT_VALUE_IS_NOT_ALLOWED_IN_PARTITION",
                 "References to DEFAULT column values are not allowed within the PARTITION clause.",
                 span);
        Advance();
      } else {
        REQUIRE(AtConstant() || Reject());
        item.value = PARSED(ParseConstant());
      }
    }
    spec.push_back(std::move(item));
    return true;
  }));
  REQUIRE(Accept(T::kRightParen));
  for (std::size_t i = 1; i < spec.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (spec[i].column.text != spec[k].column.text) continue;
      Complain("DUPLICATE_KEY", fmt::format("Found duplicate keys `{}`.", spec[i].column.text),
               span);
      return spec;
    }
  }
  return spec;
}

}  // namespace sluice::sql
