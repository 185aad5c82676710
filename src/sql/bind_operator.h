#pragma once

#include <optional>
#include <string>

#include "sql/bind_expression.h"

namespace sluice::sql {

// What the binders of operators share: bind_operator.cc, bind_temporal.cc.

/// "(left + right)"
std::string BinaryName(BinaryOperator op, const Typed& left, const Typed& right);
/// A result of both operands: their flags, foldable when both are.
Typed Joined(const Typed& left, const Typed& right, std::string sql, DataType type,
             std::string name);
/// BINARY_OP_WRONG_TYPE or BINARY_OP_DIFF_TYPES as Spark words them.
tl::unexpected<Error> FailOperands(BinaryOperator op, const Typed& left, const Typed& right,
                                   const Span& span);

/// date ± days, time ± interval, differences of times, arithmetic of intervals; empty when no
/// temporal type takes part.
std::optional<Result<Typed>> TemporalArithmetic(BinaryOperator op, const Typed& left,
                                                const Typed& right, const Span& span);

}  // namespace sluice::sql
