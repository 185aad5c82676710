#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::spark {

/// Seconds east of UTC of "Z", "+8", "+08:00", "UTC+8", "GMT-03:30:15"; nothing for the name of a
/// region and for what is no offset (java.time.ZoneId.of, after Spark's getZoneId).
std::optional<std::int32_t> OffsetSeconds(std::string_view zone);

/// Whether it is the name of a region that Spark and every engine know.
bool IsRegion(std::string_view zone);

/// The name by which every engine knows a time zone that Spark takes in spark.sql.session.timeZone:
/// the region itself, `Etc/GMT-8` for `+08:00`, `UTC` for `Z`. kInvalidArgument for what is no
/// zone, kUnsupported for an offset that no region stands for.
Result<std::string> ResolveTimeZone(std::string_view zone);

}  // namespace sluice::spark
