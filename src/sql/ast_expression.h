#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "types/data_type.h"

namespace sluice::sql {

// The expression half of the syntax tree (ast.h includes all of it). Plain immutable-by-convention
// values: children are owned by unique_ptr or vector, nothing points back, a finished tree is safe
// to read from any thread. What is optional in SQL and absent is a null pointer or an empty vector.

struct Query;
struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;

/// A piece of the statement's text. `line` counts from 1; `position` is the 0-based place in that
/// line in code points, as Spark counts.
struct Span {
  std::uint32_t begin = 0;  ///< byte offset of the first byte
  std::uint32_t end = 0;    ///< byte offset behind the last byte
  std::uint32_t line = 1;
  std::uint32_t position = 0;
};

/// A name as written, without its backticks; not folded.
struct Identifier {
  std::string text;
  Span span;
  bool quoted = false;  ///< stood in backticks
};

/// a, a.b, a.b.c …: never empty in a finished tree.
struct QualifiedName {
  std::vector<Identifier> parts;
  Span span;
};

// ---- leaves ------------------------------------------------------------------------------------

enum class LiteralKind : std::uint8_t {
  kNull,
  kBoolean,       ///< text "true" or "false"
  kTinyInt,       ///< 1Y
  kSmallInt,      ///< 1S
  kInt,           ///< 1
  kBigInt,        ///< 1L, or plain digits past the range of INT
  kDecimal,       ///< 1.5, 1.5BD, or plain digits past the range of BIGINT
  kFloat,         ///< 1.5F
  kDouble,        ///< 1.5D, 1E3
  kString,        ///< text is the value: escapes resolved, adjacent literals joined
  kBinary,        ///< X'..': text holds the raw bytes
  kDate,          ///< DATE '..': text is what stood between the quotes, as for the next three
  kTimestamp,     ///< TIMESTAMP '..'
  kTimestampNtz,  ///< TIMESTAMP_NTZ '..'
  kTimestampLtz,  ///< TIMESTAMP_LTZ '..'
};

/// A constant. Numbers: `text` has sign, digits, point and exponent as written, without the suffix,
/// and is in the range of its kind.
struct Literal {
  LiteralKind kind = LiteralKind::kNull;
  std::string text;
};

/// A column, possibly with qualifiers or struct fields: a, t.a, d.t.a, t.a.field. Outside ANSI mode
/// current_date, current_timestamp, current_user and user without parentheses are columns too,
/// which become the function of that name when there is no such column.
struct ColumnRef {
  QualifiedName name;
};

/// *, t.*, d.t.*: qualifier empty for the plain star. Only where Spark's grammar takes one.
struct Star {
  QualifiedName qualifier;
};

/// ? (name empty) or :name. Parsed, never offered.
struct Parameter {
  std::string name;
};

// ---- operators ---------------------------------------------------------------------------------

enum class UnaryOperator : std::uint8_t { kPlus, kMinus, kBitNot, kNot };

struct Unary {
  UnaryOperator op = UnaryOperator::kPlus;
  ExprPtr operand;
};

enum class BinaryOperator : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kIntegerDivide,  ///< DIV
  kBitAnd,
  kBitOr,
  kBitXor,
  kConcat,         ///< ||
  kEqual,          ///< = and ==
  kNullSafeEqual,  ///< <=>
  kNotEqual,       ///< <> and !=
  kLess,
  kLessOrEqual,  ///< <= and !>
  kGreater,
  kGreaterOrEqual  ///< >= and !<
};

struct Binary {
  BinaryOperator op = BinaryOperator::kAdd;
  ExprPtr left;
  ExprPtr right;
};

enum class LogicalOperator : std::uint8_t { kAnd, kOr };

/// A whole chain `a OR b OR c` of one operator, in order; at least two operands. A parenthesised
/// chain is an operand of its own. (Spark balances a chain: [0..n) is combine([0..m], [m+1..n)), m
/// = (n-1)/2.)
struct Logical {
  LogicalOperator op = LogicalOperator::kAnd;
  std::vector<ExprPtr> operands;
};

/// Whether NOT stood inside a predicate: a NOT IN (..), a NOT LIKE b, a IS NOT NULL.
enum class Polarity : std::uint8_t { kPlain, kNegated };

struct Between {
  Polarity polarity = Polarity::kPlain;
  ExprPtr value;
  ExprPtr low;
  ExprPtr high;
};

struct InList {
  Polarity polarity = Polarity::kPlain;
  ExprPtr value;
  std::vector<ExprPtr> list;
};

/// `value` is a Row for (a, b) IN (SELECT ..).
struct InQuery {
  Polarity polarity = Polarity::kPlain;
  ExprPtr value;
  QueryPtr query;
};

enum class LikeOperator : std::uint8_t { kLike, kILike, kRLike };
/// LIKE ANY (..), LIKE ALL (..); SOME is ANY.
enum class LikeQuantifier : std::uint8_t { kOne, kAny, kAll };

struct Like {
  LikeOperator op = LikeOperator::kLike;
  LikeQuantifier quantifier = LikeQuantifier::kOne;
  Polarity polarity = Polarity::kPlain;
  ExprPtr value;
  std::vector<ExprPtr> patterns;  ///< one unless quantified
  std::string escape;             ///< one character, empty when not said
};

enum class IsOperator : std::uint8_t { kNull, kTrue, kFalse, kUnknown, kDistinctFrom };

struct Is {
  IsOperator op = IsOperator::kNull;
  Polarity polarity = Polarity::kPlain;
  ExprPtr value;
  ExprPtr other;  ///< of IS [NOT] DISTINCT FROM
};

// ---- structure ---------------------------------------------------------------------------------

struct CaseBranch {
  ExprPtr when;
  ExprPtr then;
};

struct Case {
  ExprPtr operand;  ///< CASE x WHEN ..: null for the searched form
  std::vector<CaseBranch> branches;
  ExprPtr otherwise;
};

/// A type as written.
struct TypeSpec {
  DataType type;
  Span span;
};

enum class CastKind : std::uint8_t { kCast, kTryCast };

struct Cast {
  CastKind kind = CastKind::kCast;
  ExprPtr value;
  TypeSpec type;
};

/// base[index]
struct Subscript {
  ExprPtr base;
  ExprPtr index;
};

/// base.field where base is no column name: f(x).a, arr[0].a
struct FieldAccess {
  ExprPtr base;
  Identifier field;
};

/// (a, b): Spark's struct with fields col1, col2 (or the columns' names).
struct Row {
  std::vector<ExprPtr> items;
};

/// x -> e, (x, y) -> e
struct Lambda {
  std::vector<Identifier> parameters;
  ExprPtr body;
};

struct Exists {
  QueryPtr query;
};

struct ScalarSubquery {
  QueryPtr query;
};

// ---- intervals ---------------------------------------------------------------------------------

enum class IntervalUnit : std::uint8_t {
  kYear,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond
};

/// One "3 days" of an interval. `value` has sign and digits as written, quotes removed.
struct IntervalPart {
  std::string value;
  IntervalUnit unit = IntervalUnit::kDay;
  bool value_is_string = false;
};

/// INTERVAL 1 DAY 2 HOURS; INTERVAL '1-2' YEAR TO MONTH (one part whose unit is the first unit, and
/// `to`); INTERVAL '1 day 2 hours' (no parts, `text`).
struct Interval {
  std::vector<IntervalPart> parts;
  std::optional<IntervalUnit> to;
  std::optional<std::string> text;
};

// ---- calls -------------------------------------------------------------------------------------

enum class SortDirection : std::uint8_t { kAscending, kDescending };
enum class NullOrder : std::uint8_t { kDefault, kFirst, kLast };

struct SortItem {
  ExprPtr expr;
  SortDirection direction = SortDirection::kAscending;
  NullOrder nulls = NullOrder::kDefault;
};

enum class FrameUnit : std::uint8_t { kRows, kRange };
enum class FrameBoundKind : std::uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing
};

struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  ExprPtr offset;  ///< of n PRECEDING, n FOLLOWING
};

struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound start;
  FrameBound end;  ///< CURRENT ROW when only the start was said
};

/// OVER w (`reference` only) or OVER (PARTITION BY .. ORDER BY .. frame).
struct WindowSpec {
  std::optional<Identifier> reference;
  std::vector<ExprPtr> partition_by;
  std::vector<SortItem> order_by;
  std::optional<WindowFrame> frame;
};

enum class SetQuantifier : std::uint8_t { kNone, kDistinct, kAll };
enum class NullTreatment : std::uint8_t { kNone, kIgnore, kRespect };

struct Argument {
  std::optional<Identifier> name;  ///< name => value
  ExprPtr value;                   ///< Star for count(*)
};

/// name(args): any function, incl. those whose names are words of the grammar (left, if, first, …).
struct FunctionCall {
  QualifiedName name;
  SetQuantifier quantifier = SetQuantifier::kNone;
  std::vector<Argument> arguments;
  NullTreatment nulls = NullTreatment::kNone;
  std::vector<SortItem> within_group;  ///< percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
  ExprPtr filter;                      ///< FILTER (WHERE ..)
  std::unique_ptr<WindowSpec> over;
};

/// Calls with a syntax of their own. Arguments are in the order of the named Spark function's.
enum class SpecialForm : std::uint8_t {
  kExtract,        ///< EXTRACT(unit FROM a0)
  kTrim,           ///< TRIM([BOTH] [a1] FROM a0); a1 may be absent; also TRIM(BOTH FROM a0)
  kTrimLeading,    ///< TRIM(LEADING [a1] FROM a0)
  kTrimTrailing,   ///< TRIM(TRAILING [a1] FROM a0)
  kSubstring,      ///< SUBSTRING(a0 FROM a1 [FOR a2]); with commas it is a FunctionCall
  kPosition,       ///< POSITION(a0 IN a1)
  kOverlay,        ///< OVERLAY(a0 PLACING a1 FROM a2 [FOR a3])
  kTimestampAdd,   ///< TIMESTAMPADD/DATEADD/DATE_ADD(unit, a0, a1)
  kTimestampDiff,  ///< TIMESTAMPDIFF/DATEDIFF/DATE_DIFF(unit, a0, a1)
  kCurrentDate,    ///< without parentheses, as the next two
  kCurrentTimestamp,
  kCurrentUser,
};

struct SpecialCall {
  SpecialForm form = SpecialForm::kExtract;
  std::vector<ExprPtr> arguments;
  std::string unit;     ///< as written: of EXTRACT, TIMESTAMPADD, TIMESTAMPDIFF
  std::string keyword;  ///< the function's word as written ("dateadd", "SUBSTR")
};

/// An expression with an optional alias: a select item, a struct's member, a pivot's aggregate.
struct NamedExpr {
  ExprPtr expr;
  std::optional<Identifier> alias;
  std::vector<Identifier> aliases;  ///< expr AS (a, b), for generators
  Span span;
};

/// STRUCT(a, b AS x)
struct StructConstructor {
  std::vector<NamedExpr> fields;
};

using ExprNode =
    std::variant<Literal, ColumnRef, Star, Parameter, Unary, Binary, Logical, Between, InList,
                 InQuery, Like, Is, Case, Cast, Subscript, FieldAccess, Row, Lambda, Exists,
                 ScalarSubquery, Interval, FunctionCall, SpecialCall, StructConstructor>;

/// Heights of expression trees are bounded (ast.h: kExprHeightMax), so recursion over one is
/// safe.
struct Expr {
  ExprNode node;
  Span span;
  std::uint32_t height = 1;    ///< 1 + the greatest height of the children
  bool parenthesized = false;  ///< stood in its own parentheses
};

}  // namespace sluice::sql
