#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::spark {

// Numbers as CAST reads them out of a STRING (Spark: UTF8String.toLong, Cast.castToDouble,
// Decimal.fromString). No value where Spark has NULL. Pure.

/// Without blanks and ASCII control characters at both ends (UTF8String.trimAll).
std::string_view TrimAll(std::string_view text);

/// A whole number of 64 bits. A fraction is read and dropped; "." is 0.
std::optional<std::int64_t> ReadInteger(std::string_view text);

/// As java.lang.Double.parseDouble, and "inf" and "nan" in any case. Past the range is infinity or
/// zero.
std::optional<double> ReadDouble(std::string_view text);
/// The same in one rounding.
std::optional<float> ReadFloat(std::string_view text);

/// What java.math.BigDecimal takes: digits, a point, an exponent. Digits of other scripts count,
/// and come out as ASCII.
std::optional<std::string> DecimalDigits(std::string_view text);

/// round(value, digits): half away from zero, of the decimal that the value is shown as (Spark:
/// scala.math.BigDecimal(double).setScale). With bround's `to_even`, a half goes to the even digit.
double RoundDouble(double value, std::int32_t digits, bool to_even);

std::optional<bool> ReadBoolean(std::string_view text);

}  // namespace sluice::spark
