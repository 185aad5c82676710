#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "sql/ast.h"
#include "sql/lexer.h"
#include "sql/syntax_error.h"

namespace sluice::sql {

/// A part of the tree, or nothing when the tokens do not have its form (the parser then knows where
/// it went wrong).
template <class T>
using Parsed = std::optional<T>;

template <class T>
T Unwrap(std::optional<T> parsed) {
  return std::move(*parsed);
}
inline ExprPtr Unwrap(ExprPtr parsed) { return parsed; }
inline QueryPtr Unwrap(QueryPtr parsed) { return parsed; }

/// The part, or return of "not this form" from the enclosing function.
#define PARSED(expression)      \
  ({                            \
    auto parsed = (expression); \
    if (!parsed) return {};     \
    Unwrap(std::move(parsed));  \
  })

/// Return of "not this form" unless the condition holds.
#define REQUIRE(condition)       \
  do {                           \
    if (!(condition)) return {}; \
  } while (false)

/// Recursive descent over the tokens of one statement; expressions by precedence climbing. Spark's
/// words are all names outside ANSI mode, so each choice looks at the tokens behind a word before
/// it takes it for a keyword; where looking is not enough, a mark is set and the second reading
/// tried. Bounded: nesting, expression height and the number of steps have limits. Used once, by
/// one thread.
///
/// Methods return nothing (null, false) when the tokens do not fit. The furthest token that did not
/// fit is the error. What fits the grammar and breaks one of Spark's further rules is a complaint;
/// the first complaint counts once the whole statement has parsed.
class Parser {
 public:
  Parser(std::string_view text, const std::vector<Token>& tokens);
  /// A second run over a text that failed at `failed`, to see what stood open there.
  Parser(std::string_view text, const std::vector<Token>& tokens, std::size_t failed);

  /// The statement, or the reason against it. kSyntax, kLimitExceeded.
  Result<Statement> Run();

  /// The whole text as one type. kSyntax, kLimitExceeded.
  Result<DataType> RunType();
  /// The whole text as columns, `a INT, b STRING`, which are a struct.
  std::optional<DataType> RunColumns();

  /// What the error was, in its parts; set when Run() failed with kSyntax.
  const std::optional<SyntaxError>& error() const { return error_; }
  std::size_t failed_index() const { return furthest_; }

 private:
  using T = TokenKind;
  using Index = std::size_t;

  // ---- cursor (parser.cc) ----
  const Token& Peek(Index ahead = 0) const;
  T KindAt(Index index) const;
  bool At(T kind) const { return Peek().kind == kind; }
  bool At(T first, T second) const { return At(first) && Peek(1).kind == second; }
  bool At(T first, T second, T third) const { return At(first, second) && Peek(2).kind == third; }
  template <class... Kinds>
  bool AtAny(Kinds... kinds) const {
    return (At(kinds) || ...);
  }
  bool AtString() const { return AtAny(T::kStringLiteral, T::kDoubleQuoted); }
  bool AtIdentifier() const { return IsIdentifier(Peek().kind); }
  bool AtEnd() const { return At(T::kEndOfText); }
  /// A word that Spark's grammar does not know: RESTORE, HISTORY, LIFECYCLE …
  bool AtWord(std::string_view upper, Index ahead = 0) const;
  void Advance();
  /// Takes the token if it is of the kind, else stays and notes the miss.
  bool Accept(T kind);
  template <class... Kinds>
  bool AcceptAll(Kinds... kinds) {
    return (Accept(kinds) && ...);
  }
  /// Takes both tokens or none.
  bool AcceptPair(T first, T second);
  bool AcceptWord(std::string_view upper);
  /// Notes that the token here does not fit; false.
  bool Reject();
  std::string_view TextOf(const Token& token) const;
  std::string_view TextAt(Index ahead = 0) const { return TextOf(Peek(ahead)); }
  std::string_view TextBetween(std::uint32_t begin, std::uint32_t end) const;
  /// From `first` to the last token taken.
  Span SpanFrom(Index first) const;

  struct Mark {
    Index index;
    std::size_t complaints;
  };
  Mark Here() const { return {index_, complaints_.size()}; }
  void Return(const Mark& mark);

  void Complain(std::string_view error_class, std::string text, const Span& span);
  void Stop(std::string message);
  Result<Statement> Refuse();

  /// What Spark's parser looks through as a whole before it enters it. When the tokens inside fail,
  /// it takes the reading without the construct, if there is one, and reports the token that then
  /// does not fit: behind the IN, CASE, ORDER … that a name could also have been.
  struct Frame {
    enum class Kind : std::uint8_t {
      kParenthesis,  ///< no other reading: the error stays where it is
      kClause,       ///< ORDER BY, LIMIT …: the error is at its word
      kIn,           ///< x IN (..): at IN, or behind it where IN could be an alias
      kCase,         ///< CASE WHEN ..: at WHEN, or behind it where WHEN could be an alias
      kCall,         ///< f(a, b: at the parenthesis while only names were read
      kOver,         ///< OVER (a: likewise
      kExists,       ///< EXISTS (..): at the parenthesis, or behind SELECT where it could be a call
      kWord,         ///< MINUS, SEMI, ANTI: at the word if the next token fails
    };
    Kind kind;
    Index index;
    bool alias_possible;
  };
  class Framed {
   public:
    Framed(Parser& parser, Frame::Kind kind, Index index);
    ~Framed() { parser_.frames_.pop_back(); }
    Framed(const Framed&) = delete;
    Framed& operator=(const Framed&) = delete;

   private:
    Parser& parser_;
  };
  /// Where Spark reports the failure at `failed`, met inside `frames`.
  Index ReportedIndex(Index failed, const std::vector<Frame>& frames) const;
  bool OnlyNamesBetween(Index open, Index failed) const;
  std::string HintFor(Index reported, const Parser& again) const;
  bool GoesOnWith(T kind, Index index) const;
  bool QueryGoesBeyond(Index select, Index failed) const;

  /// Counts nesting while alive.
  class Nested {
   public:
    explicit Nested(Parser& parser);
    ~Nested() { --parser_.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    explicit operator bool() const { return !parser_.stopped_; }

   private:
    Parser& parser_;
  };

  // ---- names (parser.cc) ----
  Identifier TakeIdentifier();
  Parsed<Identifier> ParseIdentifier();
  /// An identifier after which Spark notices a stray "-x".
  Parsed<Identifier> ParseNameChecked();
  Parsed<QualifiedName> ParseQualifiedName();             ///< a.b.c without the check
  Parsed<QualifiedName> ParseMultipartName();             ///< a.b.c with it
  Parsed<QualifiedName> ParseTableIdentifier();           ///< a or a.b
  Parsed<QualifiedName> ParseReference();                 ///< a name, or IDENTIFIER(expression)
  Parsed<std::vector<Identifier>> ParseIdentifierList();  ///< (a, b)
  Parsed<std::vector<Identifier>> ParseIdentifierSequence();
  bool LooksLikeIdentifierList(Index from, Index* behind) const;
  Parsed<std::string> ParseString();
  template <class Item>
  bool ParseCommaList(Item item);

  // ---- expressions (parser_expression.cc) ----
  ExprPtr Make(Index first, ExprNode node);
  ExprPtr ParseExpression();
  ExprPtr ParseBoolean(int precedence);
  ExprPtr ParseBooleanPrefix();
  ExprPtr ContinueBoolean(Index first, ExprPtr left, int precedence);
  ExprPtr ParseChain(Index first, ExprPtr left, T word, LogicalOperator op, int precedence);
  ExprPtr ParseValue(int precedence = 0);
  ExprPtr ParseValuePrefix();
  ExprPtr ParseTerm();  ///< a value with at most one predicate
  ExprPtr ParsePredicate(Index first, ExprPtr value);
  bool AtPredicate() const;
  bool AtTypedLiteralList();
  ExprPtr ParseIn(Index first, ExprPtr value, Polarity polarity);
  ExprPtr ParseLike(Index first, ExprPtr value, Polarity polarity);
  ExprPtr ParseIs(Index first, ExprPtr value);
  bool BeginsExpression(Index index) const;
  bool ParseExpressions(std::vector<ExprPtr>& out);
  Parsed<NamedExpr> ParseNamedExpression();
  bool ParseNamedExpressions(std::vector<NamedExpr>& out);
  Parsed<SortItem> ParseSortItem();
  bool ParseSortItems(std::vector<SortItem>& out);

  // ---- primaries (parser_primary.cc) ----
  ExprPtr ParsePrimary();
  ExprPtr ParsePostfix(Index first, ExprPtr base);
  ExprPtr ParsePrimaryBase();
  ExprPtr ParseParenthesized();
  ExprPtr ParseTuple(Index first);
  ExprPtr ParseLambda();
  bool AtLambda() const;
  bool AtQueryInParens(Index index) const;
  bool BeginsQuery(Index index) const;
  ExprPtr ParseWordLed();
  bool AtCurrentLike() const;
  ExprPtr ParseCurrentLike();
  ExprPtr ParseNameLed();
  ExprPtr ParseCase();
  ExprPtr ParseCast();
  ExprPtr ParseCastCall(Index first, ExprPtr value);
  ExprPtr ParseStruct();
  ExprPtr ParseExtract();
  ExprPtr ParseTrim();
  ExprPtr ParseOverlayTail(Index first, ExprPtr value);
  ExprPtr ParseTimestampArithmetic();
  bool AtTimestampArithmetic() const;
  bool AtTrimSpecification() const;
  ExprPtr ParseCall(Index first, QualifiedName name);
  bool ParseCallBody(Index first, FunctionCall& call, ExprPtr& special);
  ExprPtr ParsePositionTail(Index first, ExprPtr value);
  ExprPtr ParseTrimTail(Index first, ExprPtr characters);
  ExprPtr ParseSubstringTail(Index first, ExprPtr value, std::string keyword);
  bool ParseArguments(FunctionCall& call);
  Parsed<Argument> ParseArgument();
  bool ParseCallTail(FunctionCall& call);
  bool ParseWithinGroup(FunctionCall& call);
  Parsed<WindowSpec> ParseWindowSpec();
  bool ParseWindowBody(WindowSpec& spec);
  Parsed<WindowFrame> ParseWindowFrame();
  Parsed<FrameBound> ParseFrameBound();

  // ---- literals (parser_literal.cc) ----
  bool AtConstant() const;
  ExprPtr ParseConstant();
  ExprPtr ParseStrings();
  ExprPtr ParseNumber();
  bool AtNumber() const;
  Literal NumberLiteral(T kind, std::string text, const Span& span);
  Literal PlainInteger(std::string text, const Span& span);
  ExprPtr ParseTypedLiteral();
  void CheckTypedLiteral(const std::string& type, Literal& literal, const Span& span);
  bool AtInterval() const;
  bool AtIntervalValue() const;
  ExprPtr ParseInterval();
  bool ParseIntervalPart(Interval& interval);

  // ---- types (parser_type.cc) ----
  Parsed<TypeSpec> ParseType();
  Parsed<DataType> ParseTypeBody();
  Parsed<DataType> ParseArrayType();
  Parsed<DataType> ParseMapType();
  Parsed<DataType> ParseStructType();
  Parsed<DataType> ParseIntervalType();
  Parsed<DataType> ParsePlainType();
  DataType PlainType(const Identifier& name, const std::vector<std::string>& numbers,
                     const Span& span);
  Parsed<StructField> ParseStructField();
  Parsed<ColumnDefinition> ParseColumnType();  ///< name type [NOT NULL] [COMMENT]
  bool ParseColumnTypes(std::vector<ColumnDefinition>& out);

  // ---- queries (parser_query.cc) ----
  QueryPtr ParseQuery();
  QueryPtr ParseParenthesizedQuery();
  bool ParseCtes(std::vector<Cte>& out);
  std::unique_ptr<QueryBody> ParseQueryBody();
  std::unique_ptr<QueryBody> ParseIntersections();
  std::unique_ptr<QueryBody> ParseQueryPrimary();
  bool AtSetOperator() const;
  enum class SetLevel { kUnions, kIntersections };
  bool ParseSetArm(SetOperation& operation, SetLevel level);
  Parsed<Select> ParseSelect();
  bool ParseSelectHead(Select& select);
  bool ParseSelectTail(Select& select);
  bool AtTransform() const;
  bool ParseTransform(Select& select);
  std::unique_ptr<QueryBody> ParseFromFirst();
  QueryPtr ParseFromFirstBody();
  bool ParseOrganization(Query& query);
  static bool OrganizationGoesOn(const Query& query, T kind);
  bool ParseOrganizationClause(Query& query, T kind);
  bool ParseHints(std::vector<Hint>& out);
  SetQuantifier ParseSetQuantifier();
  Parsed<GroupBy> ParseGroupBy();
  bool ParseGroupByWith(GroupBy& group);
  Parsed<GroupingElement> ParseGroupingElement();
  Parsed<GroupingElement> ParseGroupingAnalytics();
  bool AtGroupingAnalytics() const;
  Parsed<std::vector<ExprPtr>> ParseGroupingSet();
  bool ParseWindowClause(std::vector<NamedWindow>& out);
  bool StartsClause(Index index) const;
  bool SelectsBehindFrom(Index index) const;
  bool StartsClauseAfterRelation(Index index) const;
  void NoteUnnamed();

  // ---- relations (parser_relation.cc) ----
  /// What may stand behind a FROM, and so what a word such as WHERE is there.
  enum class BehindFrom : std::uint8_t {
    kClauses,        ///< WHERE, GROUP BY … of its SELECT
    kSelects,        ///< FROM t SELECT ..: only SELECTs, the word is an alias
    kSelectsNested,  ///< the same inside a query: an alias if a SELECT follows the word
  };
  bool ParseFrom(std::vector<Relation>& from, std::vector<LateralView>& views, BehindFrom behind);
  bool ParseFromParts(std::vector<Relation>& from, std::vector<LateralView>& views);
  Parsed<Relation> ParseRelation();
  bool ParseRelationExtension(Relation& relation, bool& more);
  Parsed<TableFactor> ParseTableFactor();
  bool ParseTableFactorBody(TableFactor& factor);
  bool AtTableFunction() const;
  bool AtJoin() const;
  Parsed<Join> ParseJoin();
  void CheckJoin(const Join& join, const Span& span);
  void CheckLateral(const TableFactor& factor, const Span& span);
  Parsed<JoinKind> ParseJoinKind();
  Parsed<TableAlias> ParseTableAlias();
  bool AtTableAlias() const;
  bool CanFollowRelation(Index index) const;
  Parsed<TableSample> ParseSample();
  bool ParseSampleMethod(TableSample& sample);
  bool ParseTimeTravel(TableRef& table);
  Parsed<InlineTable> ParseInlineTable();
  Parsed<TableFunction> ParseTableFunction();
  Parsed<TableFunctionArgument> ParseTableFunctionArgument();
  Parsed<Pivot> ParsePivot();
  Parsed<Unpivot> ParseUnpivot();
  bool AtUnpivot() const;
  bool AtUnpivotNulls(Index ahead) const;
  enum class Columns { kOne, kSet };
  Parsed<Unpivot::Source> ParseUnpivotSource(Columns columns);
  Parsed<LateralView> ParseLateralView();
  bool ParseLateralViews(std::vector<LateralView>& out);

  // ---- statements (parser_statement.cc and the files named) ----
  Parsed<Statement> ParseStatement();
  Parsed<StatementNode> ParseStatementNode();
  Parsed<StatementNode> ParseSessionStatement();
  Parsed<StatementNode> ParseQueryOrDml();
  Index BehindCtes() const;
  Index BehindParens(Index open) const;
  Parsed<StatementNode> ParseExplain();
  Parsed<StatementNode> ParseUse();
  Parsed<StatementNode> ParseSet();
  Parsed<StatementNode> ParseSetTimeZone(const Span& span);
  Parsed<StatementNode> ParseSetConfiguration(const Span& span);
  Parsed<StatementNode> ParseReset();
  Parsed<StatementNode> ParseCommentOn();
  Parsed<StatementNode> ParseAnalyze();
  Parsed<StatementNode> ParseAnalyzeScan(AnalyzeTable analyze);
  Parsed<StatementNode> ParseRefresh();
  Parsed<StatementNode> ParseCache();
  Parsed<StatementNode> ParseRepair();
  Parsed<StatementNode> ParseResource();
  Parsed<StatementNode> ParseRefusedByName();
  void SkipRest();
  std::string_view RestOfText(Index from) const;
  bool AtNamespaceWord(Index ahead = 0) const;
  bool AcceptNamespaceWord();

  // DML (parser_dml.cc)
  Parsed<StatementNode> ParseInsert(std::vector<Cte> ctes);
  static void PrependCtes(Query& query, std::vector<Cte> ctes);
  bool AtInsertDirectory() const;
  Parsed<StatementNode> ParseInsertDirectory(std::vector<Cte> ctes);
  bool ParseDirectoryTarget(InsertDirectory& insert);
  Parsed<InsertTarget> ParseInsertTarget();
  bool ParseInsertColumns(InsertTarget& target);
  Parsed<StatementNode> ParseMultiInsert(std::vector<Cte> ctes);
  bool AtMultiInsert(Index from) const;
  Parsed<StatementNode> ParseDelete();
  Parsed<StatementNode> ParseUpdate();
  void CheckAliasColumns(const TableAlias& alias, std::string_view statement, Index first);
  Parsed<StatementNode> ParseMerge();
  void CheckMerge(const Merge& merge, const Span& span);
  bool ParseMergeInsert(MergeClause& clause);
  bool ParseMergeClause(Merge& merge);
  bool ParseMergeAction(MergeClause& clause);
  bool ParseAssignments(std::vector<Assignment>& out);
  Parsed<StatementNode> ParseLoad();
  Parsed<PartitionSpec> ParsePartitionSpec();
  bool ParseOptionalPartition(PartitionSpec& spec);
  bool ParseFullPartition(PartitionSpec& spec);
  void CheckPartitionValues(const PartitionSpec& spec, const Span& span);

  // Databases, tables (parser_create.cc, parser_object.cc, parser_alter.cc)
  Parsed<StatementNode> ParseCreate();
  Parsed<StatementNode> ParseCreateDatabase();
  Parsed<StatementNode> ParseCreateTable();
  bool ParseTableHeader(CreateTable& table);
  void CheckCreateTable(const CreateTable& table, const Span& span);
  std::string PartitionMixText(const std::vector<PartitionField>& fields) const;
  bool ParseValuedProperties(std::vector<Property>& out);
  Parsed<StatementNode> ParseCreateTableLike(CreateTable header);
  void CheckOnce(std::string_view clause, std::unordered_set<std::string>& seen, const Span& span);
  bool ParseCreateClauses(CreateTable& table);
  bool ParseCreateClause(CreateTable& table, std::unordered_set<std::string>& seen,
                         const Span& span);
  bool ParseColumnDefinitions(std::vector<ColumnDefinition>& out);
  Parsed<ColumnDefinition> ParseColumnDefinition();
  bool ParseColumnOption(ColumnDefinition& column);
  Parsed<PartitionField> ParsePartitionField();
  Parsed<BucketSpec> ParseBucketSpec();
  bool ParseSkewSpec();
  bool ParseRowFormat(StorageFormat& storage);
  bool ParseDelimited(StorageFormat& storage);
  bool ParseFileFormat(StorageFormat& storage);
  bool ParseProperties(std::vector<Property>& out);
  void CheckPropertyKeys(const std::vector<Property>& properties, const Span& span);
  Parsed<Property> ParseProperty();
  bool ParseOptions(std::vector<Property>& out);
  Parsed<Property> ParseOption();
  Parsed<std::string> ParsePropertyKey();
  Parsed<std::string> ParseUnquotedValue();
  Parsed<std::string> ParseProvider();
  Parsed<StatementNode> ParseCreateView();
  bool ParseViewClauses(CreateView& view, const Span& start);
  bool AtTypedViewColumns() const;
  Parsed<StatementNode> ParseViewUsing(CreateView view, const Span& start);
  Parsed<StatementNode> ParseCreateFunction();
  Parsed<StatementNode> ParseCreateIndex();
  bool ParseIndexColumns();
  Parsed<StatementNode> ParseDropIndex(const Span& start);
  Parsed<StatementNode> ParseDrop();
  Parsed<StatementNode> ParseTruncate();
  Parsed<StatementNode> ParseDescribe();
  bool DescribesTableWord() const;
  Parsed<StatementNode> ParseDescribeFunction();
  Parsed<StatementNode> ParseDescribeTable();
  IfExists ParseIfExists();
  Parsed<IfNotExists> ParseIfNotExists();
  Parsed<StatementNode> ParseAlter();
  Parsed<StatementNode> ParseAlterDatabase();
  Parsed<StatementNode> ParseAlterTable(const Span& start);
  bool ParseAlterAction(AlterTable& alter);
  bool ParseAlterAdd(AlterTable& alter);
  bool ParseAlterDrop(AlterTable& alter);
  bool ParseAlterRename(AlterTable& alter);
  bool ParseAlterSet(AlterTable& alter);
  bool ParseAlterColumn(AlterTable& alter);
  bool ParseAlterReplace(AlterTable& alter);
  bool ParseAlterPartition(AlterTable& alter);
  bool ParseColumnChange(ColumnDefinition& column, const Span& start);
  Parsed<ColumnDefinition> ParseAddedColumn();
  bool ParseAddedColumns(AlterTable& alter);
  bool ParsePosition(ColumnDefinition& column);
  std::string HiveAlter() const;
  void CheckPropertyValues(const std::vector<Property>& properties, const Span& span);

  // SHOW (parser_show.cc), roles and DLI's own (parser_dli.cc)
  Parsed<StatementNode> ParseShow();
  Parsed<StatementNode> ParseShowTableExtended();
  Parsed<StatementNode> ParseShowProperties();
  Parsed<StatementNode> ParseShowPartitions();
  Parsed<StatementNode> ParseShowCreate();
  Parsed<StatementNode> ParseShowHistory();
  Parsed<StatementNode> ParseShowFunctions();
  Parsed<StatementNode> ParseShowColumns();
  Parsed<StatementNode> ParseShowList(ShowKind kind);
  bool ParseShowPattern(Show& show);
  Parsed<StatementNode> ParseRole();
  Parsed<StatementNode> ParseRoleName(GrantAction action);
  Parsed<StatementNode> ParseGrant();
  Parsed<StatementNode> ParseRevoke();
  Parsed<StatementNode> ParseShowGrants();
  Parsed<StatementNode> ParseTableHistory();
  static std::string JoinName(const QualifiedName& name);
  bool ParsePrivileges(Grant& grant);
  bool ParsePrincipals(Grant& grant);
  Parsed<std::string> ParseGrantObject();
  bool ParseDropPartitionFilters(AlterTable& alter);
  bool ParseLifecycle(AlterTable& alter);

  std::string_view text_;
  const std::vector<Token>& tokens_;
  Index index_ = 0;
  Index furthest_ = 0;
  Index head_ = 0;  ///< where the statement's query begins, behind EXPLAIN and WITH
  std::size_t steps_left_ = 0;
  int nesting_ = 0;
  std::uint32_t deepest_ = 0;    ///< greatest height of an expression in the query at hand
  bool alias_possible_ = false;  ///< the expression at hand may be followed by an alias
  BehindFrom behind_from_ = BehindFrom::kClauses;  ///< of the FROM at hand
  std::optional<Index> query_behind_word_;  ///< the last SELECT behind a WHERE, HAVING or LIMIT
                                            ///< that could also be an alias
  std::vector<Frame> frames_;
  std::optional<Index> watched_;  ///< of a second run: note what is open when this fails
  std::vector<Frame> watched_frames_;
  std::optional<T> watched_kind_;  ///< the one kind that would have fitted there
  bool parsed_ = false;            ///< all tokens fitted, complaints or not
  bool stopped_ = false;
  std::string stop_message_;
  std::vector<SyntaxError> complaints_;
  std::unordered_set<Index> not_case_;  ///< tokens CASE that were tried as an expression in vain
  std::optional<SyntaxError> error_;
};

template <class Item>
bool Parser::ParseCommaList(Item item) {
  do {
    REQUIRE(item());
  } while (Accept(T::kComma));
  return true;
}

}  // namespace sluice::sql
