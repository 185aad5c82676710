#pragma once

#include <string_view>

#include "sql/ast_expression.h"

namespace sluice::sql {

// What Spark 3.5 accepts between the quotes of typed literals. Pure text checks; no values are
// made.

/// DATE '..': yyyy, yyyy-[m]m, yyyy-[m]m-[d]d with anything behind a blank or T; epoch, now, today
/// …
bool IsDateText(std::string_view text);

/// TIMESTAMP '..': a date, a time [h]h:[m]m:[s]s[.fraction] behind it, a zone behind that.
bool IsTimestampText(std::string_view text);

/// INTERVAL '..': [INTERVAL] 1 day 2.5 seconds …
bool IsIntervalText(std::string_view text);

/// Whether `text` fits INTERVAL '..' first TO last ("1-2" for YEAR TO MONTH).
bool IsUnitToUnitText(std::string_view text, IntervalUnit first, IntervalUnit last);

}  // namespace sluice::sql
