#pragma once

#include <string>
#include <string_view>

#include "types/data_type.h"

namespace sluice::sql {

// DuckDB text for the parts of a query. User text enters DuckDB only through QuoteName and
// QuoteText. Pure functions, thread-safe.

/// "name" with its quotes doubled.
std::string QuoteName(std::string_view name);
/// 'text' with its quotes doubled; text with NUL or other control characters is built from pieces.
std::string QuoteText(std::string_view text);
/// A BLOB constant of these bytes.
std::string QuoteBytes(std::string_view bytes);

/// The DuckDB type that carries values of a Spark type in results: INT is INTEGER, STRING is
/// VARCHAR, TIMESTAMP is TIMESTAMP WITH TIME ZONE, TIMESTAMP_NTZ is TIMESTAMP, VOID is INTEGER.
std::string DuckType(const DataType& type);

/// CAST(value AS to) as Spark does it with ANSI off: NULL where a value does not convert, fractions
/// cut, integers wrapped. `value` is DuckDB text that carries `from`; CanCast(from, to) holds.
std::string CastText(const std::string& value, const DataType& from, const DataType& to);

/// The integer behind a decimal of this type, as HUGEINT: 12.50 of scale 2 is 1250.
std::string UnscaledText(const std::string& value, const DataType& type);
/// The decimal of `type` whose unscaled integer is the HUGEINT `value`, which has its digits.
std::string ScaledText(const std::string& value, const DataType& type);
/// A whole number (of an integral or decimal type; a fraction is cut) in an integral type, NULL
/// past its range.
std::string FittedText(const std::string& value, const DataType& from, const DataType& to);
/// A call of one of the engine's native integer functions (src/engine/duckdb/native_integer.cc),
/// which wrap: "system.main.sluice_add32(a, b)". Arguments have exactly the type's DuckType.
std::string NativeIntegerCall(std::string_view name, const DataType& type,
                              std::string_view arguments);
/// Names of the parameters of lambdas that CastText makes; no user name begins like it.
inline constexpr std::string_view kCastLambdaPrefix = "_e";

}  // namespace sluice::sql
