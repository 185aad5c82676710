#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "types/data_type.h"

namespace sluice::sql {

/// Where a column stands outside every aggregate; the check of GROUP BY needs name and place.
struct LooseColumn {
  std::string name;
  Span span;
};

enum class Physical : unsigned char {
  kExact,  ///< the engine's type is DuckType(type)
  kClose,  ///< another type that holds the same values; cast before it leaves the query
};

/// An expression after binding: DuckDB's text with Spark's type and Spark's name.
struct Typed {
  std::string sql;  ///< stands by itself: binds tighter than any operator around it
  /// Of a decimal product too wide for 64 bits: the same product in 64 bits, NULL where the value
  /// does not fit. Empty for all else.
  std::string narrow;
  DataType type;     ///< never CHAR or VARCHAR: those read as STRING
  std::string name;  ///< as Spark names an unnamed column of it
  Physical physical = Physical::kClose;
  /// The column's name when it is not `name`: CAST(x AS INT) and st.x are columns x.
  std::string alias_hint;
  bool user_cast = false;                    ///< a CAST as written
  const Literal* literal = nullptr;          ///< set for a constant as written
  bool foldable = false;                     ///< made of constants only
  std::optional<std::string> constant_text;  ///< of a text worked out when binding
  int char_length = 0;                       ///< of a CHAR(n) column taken as it is, else 0
  std::optional<LooseColumn> loose;          ///< first column outside an aggregate
  bool has_aggregate = false;
  bool has_window = false;
  bool has_random = false;  ///< another value each time
  Span span;

  bool IsText() const { return type.id() == TypeId::kString; }
};

/// A struct's field taken by name keeps that name: SELECT st.x is column x.
struct OutputColumn {
  std::string name;
  DataType type;
  int char_length = 0;  ///< of a CHAR(n) column handed on as it is, else 0
  /// As a scope knows the column: CHAR(n) where it is one.
  DataType ScopeType() const { return char_length > 0 ? DataType::Char(char_length) : type; }
};

/// A relation after binding. `sql` is a whole SELECT whose columns are c0, c1, … in order, each of
/// exactly DuckType(type).
struct BoundRelation {
  std::string sql;
  std::vector<OutputColumn> columns;
  bool is_aggregate = false;  ///< a SELECT with aggregates: one row when it has no GROUP BY
};

/// The name that column `index` of every generated SELECT has.
std::string ColumnAlias(std::size_t index);

/// " (line 1, pos 14)" behind a message of the analyser.
std::string AtSpan(const Span& span);

/// kAnalysis with Spark's class: "[CLASS] text (line 1, pos 14)".
template <class... Args>
tl::unexpected<Error> FailAnalysis(const Span& span, std::string_view error_class,
                                   fmt::format_string<Args...> text, Args&&... args) {
  return Fail(Error{ErrorCode::kAnalysis,
                    fmt::format("[{}] {}{}", error_class,
                                fmt::format(text, std::forward<Args>(args)...), AtSpan(span)),
                    {}});
}

/// kUnsupported: what parses and cannot be run faithfully is refused by name.
tl::unexpected<Error> FailUnsupported(std::string_view name);

/// CAST of a bound expression by Spark's rules, implicit: the name stays that of the operand.
Typed Coerced(Typed value, const DataType& to);
/// The text in exactly DuckType(value.type).
std::string ExactText(const Typed& value);

/// "a", "b" of the flags that an expression takes over from its parts.
void Inherit(const Typed& part, Typed* whole);

}  // namespace sluice::sql
