#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "api/query_parameters.h"
#include "base/result.h"

namespace sluice::api {

/// A window of a list: `limit` elements from `offset` on.
struct Page {
  std::int64_t offset = 0;
  std::int64_t limit = 0;

  /// The elements in the window; none past the end. The span points into `elements`.
  template <class T>
  std::span<const T> Of(const std::vector<T>& elements) const {
    auto size = static_cast<std::int64_t>(elements.size());
    std::int64_t begin = std::min(offset, size);
    std::int64_t count = std::min(limit, size - begin);
    return std::span<const T>(elements).subspan(static_cast<std::size_t>(begin),
                                                static_cast<std::size_t>(count));
  }
};

/// page-size within `sizes` and current-page from 1; kInvalidArgument out of range.
Result<Page> DecodePage(const QueryParameters& parameters, Range sizes, std::int64_t default_size);
/// offset and limit, both from 0; without a limit the window has no end.
Result<Page> DecodeWindow(const QueryParameters& parameters);

}  // namespace sluice::api
