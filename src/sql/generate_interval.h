#pragma once

#include <string>
#include <string_view>

#include "types/data_type.h"

namespace sluice::sql {

// DuckDB texts of ANSI intervals. They are computed on as counts of their smallest unit, as
// src/engine/duckdb/native_interval.cc has it: microseconds or months, BIGINT.

bool IsAnsiInterval(const DataType& type);
/// The type with all units of an interval's kind: what arithmetic on it gives.
DataType WidestInterval(const DataType& type);
/// The count behind an interval of this type.
std::string IntervalCount(const std::string& value, const DataType& type);
/// The interval of `type` that a count stands for.
std::string IntervalOfCount(const std::string& count, const DataType& type);
/// The greatest count an interval of this type has, as a constant.
std::string_view IntervalLimit(const DataType& type);
/// CAST from or to an interval, one of the two types being one; CanCast(from, to) holds.
std::string CastIntervalText(const std::string& value, const DataType& from, const DataType& to);

}  // namespace sluice::sql
