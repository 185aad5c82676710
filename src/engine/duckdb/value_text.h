#pragma once

#include <cstdint>
#include <string>

#include "types/data_type.h"

namespace sluice {

__extension__ using Int128 = __int128;

// How a preview shows single values, and how Spark casts them to string (contract/decisions.md,
// preview values). All append to *out. Pure, thread-safe.

/// All digits and the scale: unscaled 1250, scale 2 is 12.50.
void AppendDecimal(Int128 unscaled, int scale, std::string* out);
/// As Spark casts a decimal to string: scientific below 1e-6 ("0E-18").
void AppendDecimalText(Int128 unscaled, int scale, std::string* out);
/// The shortest JSON number that reads back; NaN and infinities are JSON strings.
void AppendJsonFloat(double value, std::string* out);
void AppendJsonFloat(float value, std::string* out);
/// As Spark (Java) casts to string: "1.0", "1.0E10", "NaN", "-Infinity".
void AppendFloatText(double value, std::string* out);
void AppendFloatText(float value, std::string* out);

/// The engine's interval: three independent parts.
struct IntervalParts {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t micros = 0;
};
/// As Spark casts an interval of this type: "INTERVAL '1-2' YEAR TO MONTH", "1 months 3 days".
void AppendInterval(const IntervalParts& parts, const DataType& type, std::string* out);

}  // namespace sluice
