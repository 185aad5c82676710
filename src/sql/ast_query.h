#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/ast_expression.h"

namespace sluice::sql {

// The query half of the syntax tree. Chains that people and programs make long (UNION ALL arms,
// joins, select items) are vectors, never left-deep trees.

struct Relation;
struct QueryBody;

/// [AS] name (a, b)
struct TableAlias {
  std::optional<Identifier> name;
  std::vector<Identifier> columns;
};

enum class SampleMethod : std::uint8_t { kPercent, kRows, kBucket, kBytes };

/// TABLESAMPLE (..) [REPEATABLE (seed)]
struct TableSample {
  SampleMethod method = SampleMethod::kPercent;
  std::string amount;       ///< of kPercent with its sign, kBytes ("10M"); bucket numerator
  std::string denominator;  ///< of kBucket
  ExprPtr rows;             ///< of kRows
  std::optional<std::string> seed;
};

/// t VERSION AS OF x, t TIMESTAMP AS OF x
struct TimeTravel {
  bool by_version = true;
  ExprPtr at;
};

struct TableRef {
  QualifiedName name;
  std::optional<TimeTravel> travel;
};

struct SubqueryRef {
  QueryPtr query;
};

/// (a JOIN b ON ..)
struct ParenthesizedRelation {
  std::unique_ptr<Relation> relation;
};

/// VALUES (1, 'a'), (2, 'b') as a relation or a query. A row of one value may lack parentheses.
struct InlineTable {
  std::vector<std::vector<ExprPtr>> rows;
};

/// TABLE(x), TABLE(SELECT ..) as an argument of a table function.
struct TableArgument {
  std::optional<QualifiedName> table;
  QueryPtr query;
};

struct TableFunctionArgument {
  std::variant<Argument, TableArgument> value;
};

/// range(10), explode(array(1, 2)) in FROM.
struct TableFunction {
  QualifiedName name;
  std::vector<TableFunctionArgument> arguments;
};

struct TableFactor {
  std::variant<TableRef, SubqueryRef, ParenthesizedRelation, InlineTable, TableFunction> node;
  std::optional<TableSample> sample;
  TableAlias alias;
  Span span;
};

enum class JoinKind : std::uint8_t { kInner, kCross, kLeft, kRight, kFull, kLeftSemi, kLeftAnti };

struct Join {
  JoinKind kind = JoinKind::kInner;
  bool natural = false;
  bool lateral = false;
  TableFactor right;
  ExprPtr on;
  std::vector<Identifier> using_columns;
  Span span;
};

/// PIVOT (aggregates FOR columns IN (values))
struct Pivot {
  std::vector<NamedExpr> aggregates;
  std::vector<Identifier> columns;
  std::vector<NamedExpr> values;
  Span span;
};

/// UNPIVOT [INCLUDE NULLS] (values FOR name IN (columns)) [alias]
struct Unpivot {
  struct Source {
    std::vector<QualifiedName> columns;
    std::optional<Identifier> alias;
  };
  bool include_nulls = false;
  std::vector<Identifier> value_columns;
  Identifier name_column;
  std::vector<Source> sources;
  TableAlias alias;
  Span span;
};

/// One item of FROM: a factor and what is joined to it, left to right.
struct Relation {
  bool lateral = false;
  TableFactor first;
  std::vector<std::variant<Join, Pivot, Unpivot>> extensions;
  Span span;
};

/// LATERAL VIEW [OUTER] f(args) table AS columns
struct LateralView {
  bool outer = false;
  QualifiedName function;
  std::vector<ExprPtr> arguments;
  Identifier table;
  std::vector<Identifier> columns;
  Span span;
};

enum class GroupingKind : std::uint8_t { kExpression, kRollup, kCube, kGroupingSets };

/// One element of GROUP BY. kExpression: `sets` holds one set of one expression. ROLLUP and CUBE: a
/// set per parenthesised item. GROUPING SETS: `sets` are the plain sets in order; when a nested
/// ROLLUP, CUBE or GROUPING SETS is among them, `nested` has every element in order and `sets` is
/// empty.
struct GroupingElement {
  GroupingKind kind = GroupingKind::kExpression;
  std::vector<std::vector<ExprPtr>> sets;
  std::vector<GroupingElement> nested;
  Span span;
};

/// GROUP BY a, b WITH ROLLUP: `elements` are the expressions and `with` says the rest.
/// GROUP BY a, b GROUPING SETS (..): with = kGroupingSets and `with_sets`.
struct GroupBy {
  std::vector<GroupingElement> elements;
  GroupingKind with = GroupingKind::kExpression;  ///< kExpression: nothing follows
  std::vector<std::vector<ExprPtr>> with_sets;
};

struct NamedWindow {
  Identifier name;
  WindowSpec spec;
};

/// /*+ BROADCAST(a), COALESCE(3) */
struct Hint {
  Identifier name;
  std::vector<ExprPtr> parameters;
};

/// SELECT TRANSFORM(..) USING '..': parsed, never offered.
struct TransformClause {
  std::vector<ExprPtr> inputs;
  std::string script;
};

struct Select {
  SetQuantifier quantifier = SetQuantifier::kNone;
  std::vector<Hint> hints;
  std::vector<NamedExpr> items;
  std::optional<TransformClause> transform;  ///< instead of items
  std::vector<Relation> from;
  std::vector<LateralView> lateral_views;
  ExprPtr where;
  std::optional<GroupBy> group_by;
  ExprPtr having;
  std::vector<NamedWindow> windows;
};

/// TABLE t
struct TableQuery {
  QualifiedName name;
};

/// ( query ) as a part of a query.
struct ParenthesizedQuery {
  QueryPtr query;
};

/// FROM t SELECT a SELECT b: one scan, several selects (their union). A single select after FROM is
/// an ordinary Select instead. The selects' own `from` is empty.
struct FromFirst {
  std::vector<Relation> from;
  std::vector<LateralView> lateral_views;
  std::vector<QueryPtr> selects;
};

enum class SetOperator : std::uint8_t { kUnion, kIntersect, kExcept };  ///< MINUS is kExcept

struct SetArm {
  SetOperator op = SetOperator::kUnion;
  SetQuantifier quantifier = SetQuantifier::kNone;  ///< none means distinct
  std::unique_ptr<QueryBody> body;
  Span span;  ///< of the operator's word
};

/// first op arm op arm …, left-associative; INTERSECT binds tighter and so is a node of its own
/// below.
struct SetOperation {
  std::unique_ptr<QueryBody> first;
  std::vector<SetArm> arms;
};

struct QueryBody {
  std::variant<Select, SetOperation, InlineTable, TableQuery, ParenthesizedQuery, FromFirst> node;
  std::optional<TableAlias> inline_alias;  ///< VALUES (1) AS t(a) as a whole query
  Span span;
};

/// WITH name (columns) AS (query)
struct Cte {
  Identifier name;
  std::vector<Identifier> columns;
  QueryPtr query;
};

struct Query {
  std::vector<Cte> ctes;
  std::unique_ptr<QueryBody> body;
  std::vector<SortItem> order_by;
  std::vector<SortItem> sort_by;
  std::vector<ExprPtr> cluster_by;
  std::vector<ExprPtr> distribute_by;
  std::vector<NamedWindow> windows;  ///< WINDOW clause behind the last arm
  bool limit_all = false;
  ExprPtr limit;
  ExprPtr offset;
  Span span;
  std::uint32_t height = 0;  ///< greatest Expr::height in it, sub-queries included
};

}  // namespace sluice::sql
