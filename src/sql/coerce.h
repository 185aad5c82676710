#pragma once

#include <optional>
#include <vector>

#include "types/data_type.h"

namespace sluice::sql {

// Spark 3.5's implicit type rules with ANSI off, as pure functions over types. Thread-safe.

inline constexpr int kDecimalPrecisionMax = 38;
/// Digits behind the point that a too wide result keeps before it gives up whole digits.
inline constexpr int kDecimalScaleKept = 6;

/// A decimal's precision and scale before they are brought into range.
struct DecimalShape {
  int precision = 10;
  int scale = 0;
};

/// The decimal that holds every value of an integral type: INT is (10,0).
DecimalShape ShapeOfIntegral(TypeId id);
/// Of a decimal, or of an integral type.
DecimalShape ShapeOf(const DataType& type);

/// Both parts cut at 38, as common types are.
DataType BoundedDecimal(DecimalShape shape);
/// Cut at 38 by giving up scale down to kDecimalScaleKept first, as results of arithmetic are.
DataType AdjustedDecimal(DecimalShape shape);

/// Result shapes of arithmetic on two decimals, before AdjustedDecimal.
DecimalShape AddShape(DecimalShape a, DecimalShape b);
DecimalShape MultiplyShape(DecimalShape a, DecimalShape b);
DecimalShape DivideShape(DecimalShape a, DecimalShape b);
DecimalShape ModuloShape(DecimalShape a, DecimalShape b);

enum class StringPromotion : unsigned char {
  kNo,   ///< GREATEST, LEAST: a string and a number have no common type
  kYes,  ///< CASE, COALESCE, IN, UNION, ARRAY: they meet as strings
};

/// The narrowest type both convert to without loss, empty when there is none.
std::optional<DataType> TightestCommonType(const DataType& a, const DataType& b);
/// The type two values of a CASE, COALESCE, UNION … meet in; empty when there is none.
std::optional<DataType> WiderType(const DataType& a, const DataType& b, StringPromotion strings);
std::optional<DataType> WiderType(const std::vector<DataType>& types, StringPromotion strings);
/// The type two operands of =, <, … are compared in.
std::optional<DataType> ComparisonType(const DataType& a, const DataType& b);

/// Whether CAST(from AS to) is a cast Spark's analysis takes.
bool CanCast(const DataType& from, const DataType& to);
/// Whether storeAssignmentPolicy ANSI lets a value of `from` be stored in a column of `to`.
bool CanStore(const DataType& from, const DataType& to);

/// CHAR and VARCHAR become STRING, as expressions see them; nested types too.
DataType WithoutLengths(const DataType& type);

}  // namespace sluice::sql
