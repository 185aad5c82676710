#pragma once

#include <string_view>

#include "base/error.h"

namespace sluice {

/// How an ErrorCode shows on the wire (contract/http-api.md 1.5): the only such table.
struct DliError {
  int http_status;
  std::string_view code;
};

DliError DliErrorFor(ErrorCode code);

}  // namespace sluice
