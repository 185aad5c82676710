#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// The name by which every engine knows a time zone that Spark takes in spark.sql.session.timeZone:
/// the region itself, `Etc/GMT-8` for `+08:00`, `UTC` for `Z`. kInvalidArgument for what is no
/// zone, kUnsupported for an offset that no region stands for.
Result<std::string> ResolveTimeZone(std::string_view zone);

}  // namespace sluice
