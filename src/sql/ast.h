#pragma once

/// The typed syntax tree of one statement, as Parse() makes it (front_end.h). To walk it:
///
///     std::visit(Overloaded{[](const QueryStatement& s) {…}, [](const auto&) {…}},
///     statement.node);
///
/// Spans point into ParsedStatement::text(). Trees are immutable once made and safe to share.

#include "sql/ast_expression.h"
#include "sql/ast_query.h"
#include "sql/ast_statement.h"

namespace sluice::sql {

/// Greatest Expr::height a parsed tree can have; recursion over an expression is bounded by it.
inline constexpr std::uint32_t kExprHeightMax = 1000;

/// One lambda per alternative for std::visit.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace sluice::sql
