#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "job/job.h"
#include "scheduler/text_dictionary.h"

namespace sluice {

/// The 16 bytes of a UUID.
using UuidBytes = std::array<std::uint8_t, 16>;

/// Spread evenly over all bits, also for ids that were counted up.
std::uint32_t HashUuid(const UuidBytes& id);

/// Empty when the text is no UUID.
std::optional<UuidBytes> ParseUuidBytes(std::string_view text);

/// A final job in few bytes, so that a million of them fit in memory; its id is the key it is kept
/// under. Texts that many jobs share are numbers of the dictionary, which unpacking needs again.
std::string PackJob(const Job& job, TextDictionary* shared);
Job UnpackJob(const JobId& id, std::string_view packed, const TextDictionary& shared);

}  // namespace sluice
