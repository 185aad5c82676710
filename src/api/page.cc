#include "api/page.h"

namespace sluice::api {

namespace {

/// Small enough that a page times its size stays within 64 bits.
constexpr std::int64_t kNumberMax = 2'147'483'647;

}  // namespace

Result<Page> DecodePage(const QueryParameters& parameters, Range sizes, std::int64_t default_size) {
  std::int64_t size = TRY(parameters.FindInt("page-size", sizes)).value_or(default_size);
  std::int64_t number = TRY(parameters.FindInt("current-page", {1, kNumberMax})).value_or(1);
  return Page{.offset = (number - 1) * size, .limit = size};
}

Result<Page> DecodeWindow(const QueryParameters& parameters) {
  constexpr Range kFromZero{0, kNumberMax};
  std::int64_t offset = TRY(parameters.FindInt("offset", kFromZero)).value_or(0);
  std::int64_t limit = TRY(parameters.FindInt("limit", kFromZero)).value_or(kNumberMax);
  return Page{.offset = offset, .limit = limit};
}

}  // namespace sluice::api
