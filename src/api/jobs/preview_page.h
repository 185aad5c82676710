#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::api {

/// Drops the first `count` elements from the inside of a JSON array, "[1],[2],[3]"; empty when it
/// has no more than that. The text must be well-formed.
std::string_view SkipRows(std::string_view rows_json, std::int64_t count);

}  // namespace sluice::api
