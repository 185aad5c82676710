#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/ast.h"
#include "sql/bind_state.h"
#include "sql/bind_typed.h"
#include "sql/functions.h"
#include "sql/scope.h"

namespace sluice::sql {

/// Spark's name of every parameter of a lambda; the parameter's own is the value's alias_hint.
inline constexpr std::string_view kLambdaVariableName = "namedlambdavariable()";

/// A select item's name, in sight of HAVING, ORDER BY and later items.
struct AliasEntry {
  std::string name;
  Typed value;
};

enum class AliasUse : unsigned char {
  kNever,
  kLateral,  ///< when no column of FROM has the name: SELECT id x, x + 1
  kFirst,    ///< before the columns of FROM: ORDER BY, HAVING
};

enum class Aggregates : unsigned char { kAllowed, kForbidden };

/// Where an expression stands, for what it may contain.
struct ExpressionContext {
  Aggregates aggregates = Aggregates::kForbidden;
  AliasUse alias_use = AliasUse::kNever;
  const std::vector<AliasEntry>* aliases = nullptr;
  /// Items that are columns under their own names; in sight where several of FROM have the name.
  const std::vector<AliasEntry>* shown_columns = nullptr;
  /// DuckDB texts of the GROUP BY expressions; null outside a grouped query.
  const std::vector<Typed>* group_keys = nullptr;
  bool has_grouping_sets = false;
  const std::vector<NamedWindow>* windows = nullptr;
  /// A condition in DuckDB's text that every aggregate takes its rows by, beside its own FILTER.
  std::string aggregate_filter;
  /// Whether it is an item of a SELECT, whose rows may be counted.
  bool counts_rows = false;
};

/// Binds expressions over one scope: names, types, Spark's coercions, DuckDB's text.
/// Recursion is bounded by kExprHeightMax and the parser's nesting limit. Used by one thread.
class ExpressionBinder {
 public:
  ExpressionBinder(BindState& state, const Scope& scope, ExpressionContext context)
      : state_(state), scope_(scope), context_(std::move(context)) {}

  Result<Typed> Bind(const Expr& expr);
  /// Bind, and the result must be BOOLEAN (a string becomes one); `what` is Spark's error class.
  /// The error stands at `place` where given, else at the condition.
  Result<Typed> BindCondition(const Expr& expr, std::string_view error_class, std::string_view what,
                              const Span* place = nullptr);
  /// The condition of HAVING, which is cast to BOOLEAN where it is none.
  Result<Typed> BindHaving(const Expr& expr);
  /// "expr ASC NULLS FIRST", with Spark's default order of nulls.
  static std::string SortText(const std::string& sql, const SortItem& item);

 private:
  friend class CallBinder;

  // Leaves and structure: bind_expression.cc.
  Result<Typed> BindNode(const Literal& node, const Expr& expr);
  Result<Typed> BindNode(const ColumnRef& node, const Expr& expr);
  Result<Typed> BindNode(const Star& node, const Expr& expr);
  Result<Typed> BindNode(const Parameter& node, const Expr& expr);
  Result<Typed> BindNode(const Case& node, const Expr& expr);
  Result<Typed> BindNode(const Cast& node, const Expr& expr);
  Result<Typed> BindNode(const Subscript& node, const Expr& expr);
  Result<Typed> BindNode(const FieldAccess& node, const Expr& expr);
  Result<Typed> BindNode(const Row& node, const Expr& expr);
  Result<Typed> BindNode(const Lambda& node, const Expr& expr);
  Result<Typed> BindNode(const Interval& node, const Expr& expr);
  Result<Typed> BindNode(const StructConstructor& node, const Expr& expr);
  // Operators: bind_operator.cc, bind_predicate.cc.
  Result<Typed> BindNode(const Unary& node, const Expr& expr);
  Result<Typed> BindNode(const Binary& node, const Expr& expr);
  Result<Typed> BindNode(const Logical& node, const Expr& expr);
  Result<Typed> BindNode(const Between& node, const Expr& expr);
  Result<Typed> BindNode(const InList& node, const Expr& expr);
  Result<Typed> BindNode(const Like& node, const Expr& expr);
  Result<Typed> BindNode(const Is& node, const Expr& expr);
  // Sub-queries: bind_subquery.cc.
  Result<Typed> BindNode(const InQuery& node, const Expr& expr);
  Result<Typed> BindNode(const Exists& node, const Expr& expr);
  Result<Typed> BindNode(const ScalarSubquery& node, const Expr& expr);
  // Calls: bind_call.cc.
  Result<Typed> BindNode(const FunctionCall& node, const Expr& expr);
  Result<Typed> BindNode(const SpecialCall& node, const Expr& expr);

  /// The columns that a * among a call's arguments stands for.
  Result<std::vector<Typed>> StarColumns(const Star& star, const Expr& expr);
  const AliasEntry* FindAlias(const QualifiedName& name) const;
  const AliasEntry* FindShownColumn(const QualifiedName& name) const;
  /// `around` is what stands over it: NOT turns its polarity.
  Result<Typed> BindInQuery(const InQuery& node, const Expr& expr, Polarity around);
  Result<Typed> BindSubquery(const Query& query, BoundRelation* relation);
  /// Remembers the IN queries that are the condition's own: below AND, OR and NOT only.
  void NoteCondition(const Expr& expr);
  bool IsOfCondition(const Expr& query) const;
  Result<Typed> BindLateralAlias(const AliasEntry& alias, const Span& span);
  Result<std::vector<Typed>> BindAll(const std::vector<ExprPtr>& exprs);

  /// A lambda's parameter in sight.
  struct LambdaParameter {
    std::string name;
    Typed value;
  };

  BindState& state_;
  const Scope& scope_;
  ExpressionContext context_;
  std::vector<LambdaParameter> lambda_parameters_;
  std::vector<const Expr*> condition_queries_;
  int aggregate_depth_ = 0;
  int window_depth_ = 0;
  int last_lambda_ = 0;
};

// Operators on bound operands: bind_operator.cc.

/// What an integer result out of its type's range does.
enum class Overflow : unsigned char { kWraps, kFails };

/// +, -, *, /, %, DIV, &, |, ^, || with Spark's coercions and result types.
Result<Typed> Arithmetic(BinaryOperator op, Typed left, Typed right, const Span& span,
                         Overflow overflow = Overflow::kWraps);
/// -value of a number or an interval; integers wrap. Name and flags stay those of the value.
Typed Minus(Typed value);
/// =, <=>, <, …
Result<Typed> Compare(BinaryOperator op, Typed left, Typed right, const Span& span);
/// || of strings, arrays or binaries, as concat() has it.
Result<Typed> Concatenate(std::vector<Typed> parts, const Span& span, std::string_view name);
/// Rounded division of two decimals, to exactly the type `to`.
std::string DecimalQuotient(const Typed& left, const Typed& right, const DataType& to);
/// pmod of two decimals, or of a decimal and an integer, to exactly the type `to`.
std::string DecimalPositiveRemainder(const Typed& left, const Typed& right, const DataType& to);
/// NOT x
Typed Negated(Typed value);
/// extract(unit FROM interval); `name` is how the call is shown.
Result<Typed> ExtractOfInterval(std::string_view unit, const Typed& interval, std::string name,
                                const Span& span);
/// value[index] of an array or a map; base.field of a struct or an array of structs.
Result<Typed> ElementOf(Typed base, Typed index, const Span& span);
Result<Typed> FieldOf(Typed base, std::string_view field, const Span& span);
/// All to the type they meet in; the error is Spark's DATA_DIFF_TYPES for `call`.
Result<DataType> Unify(std::vector<Typed>* values, const Span& span, std::string_view call);

}  // namespace sluice::sql
