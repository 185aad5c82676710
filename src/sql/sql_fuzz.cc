#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sql/front_end.h"

/// Any bytes: Parse answers, and what it accepts can be classified.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = sluice::sql::Parse(text);
  if (parsed) static_cast<void>(sluice::sql::Classify(*parsed));
  return 0;
}
