#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/ast_expression.h"
#include "types/data_type.h"

namespace sluice::sql {

/// A date or timestamp constant, read by Spark's rules for strings.
struct TemporalLiteral {
  int year = 1970;
  int month = 1;
  int day = 1;
  std::int64_t microseconds = 0;  ///< of the day
  std::string zone;               ///< "+02:00", "Z", "Asia/Shanghai"; empty for none

  std::string DateText() const;  ///< 2024-02-03
  std::string Text() const;      ///< 2024-02-03 10:00:00.5
};

/// yyyy, yyyy-[m]m, yyyy-[m]m-[d]d, then anything behind 'T' or a blank.
std::optional<TemporalLiteral> ReadDateLiteral(std::string_view text);
/// As dates, with [h]h[:[m]m[:[s]s[.ffffff]]] and a zone.
std::optional<TemporalLiteral> ReadTimestampLiteral(std::string_view text);

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
