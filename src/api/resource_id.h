#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::api {

/// The `resource_id` of an object that is known by its name alone: a UUID that stays the same for
/// as long as the object lives, and is another when it is made anew.
std::string ResourceId(std::string_view kind, std::string_view name, std::int64_t created_ms);

}  // namespace sluice::api
