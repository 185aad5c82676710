#include "api/resource_id.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace sluice::api {

std::string ResourceId(std::string_view kind, std::string_view name, std::int64_t created_ms) {
  std::string hex = Sha256Hex(fmt::format("{}:{}:{}", kind, name, created_ms));
  // The version of a UUID made of a digest by a rule of one's own is 8.
  hex[12] = '8';
  hex[16] = 'a';
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

}  // namespace sluice::api
