#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "job/job.h"

namespace sluice {

/// The 16 bytes of a UUID.
using UuidBytes = std::array<std::uint8_t, 16>;

/// Empty when the text is no UUID.
std::optional<UuidBytes> ParseUuidBytes(std::string_view text);

/// A final job in as few bytes as one allocation allows, so that a million of them fit in memory;
/// its id is the key it is kept under.
std::string PackJob(const Job& job);
Job UnpackJob(const JobId& id, std::string_view packed);

}  // namespace sluice
