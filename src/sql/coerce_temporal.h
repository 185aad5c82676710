#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/ast_expression.h"
#include "types/data_type.h"

namespace sluice::sql {

/// An INTERVAL constant in Spark's ANSI types: months, or microseconds.
struct IntervalLiteral {
  DataType type;
  std::int64_t months = 0;
  std::int64_t microseconds = 0;
};

/// Reads an INTERVAL; empty when its text is wrong or it mixes months with days (a calendar
/// interval, which is not offered).
std::optional<IntervalLiteral> ReadInterval(const Interval& interval);

/// "INTERVAL '1 02:03:04' DAY TO SECOND" as Spark shows it.
std::string IntervalName(const IntervalLiteral& interval);

}  // namespace sluice::sql
