#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lake/manifest.h"

/// Bytes as a manifest, and as a list of them: what is read can be written, with as many entries,
/// unless its partition has another form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = sluice::ReadManifest(bytes)) {
    const auto written = sluice::WriteManifest(*manifest);
    if (!written) return 0;
    const auto again = sluice::ReadManifest(*written);
    if (again) CHECK_EQ(again->entries.size(), manifest->entries.size());
  }
  if (const auto list = sluice::ReadManifestList(bytes)) {
    const auto again = sluice::ReadManifestList(sluice::WriteManifestList({}, *list));
    CHECK(again);
    CHECK_EQ(again->size(), list->size());
  }
  return 0;
}
