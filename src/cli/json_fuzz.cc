#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/json.h"
#include "cli/raw_json.h"

/// The parts of valid JSON as written are valid JSON, as many as the parser counts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  sluice::cli::RawMember(text, "rows");
  auto raw = sluice::cli::RawElements(text);
  auto parsed = sluice::ParseJson(text);
  if (!parsed || !parsed->is_array()) return 0;
  CHECK_EQ(raw.size(), parsed->get_array().size());
  for (std::string_view element : raw) CHECK(sluice::ParseJson(element).has_value());
  return 0;
}
