#pragma once

#include "api/gate.h"
#include "base/result.h"
#include "lake/catalog.h"

namespace sluice::api {

/// The body of "create table". kInvalidArgument says what is wrong; a sound OBS table or view is
/// kUnsupported.
Result<NewTable> DecodeNewTable(const Call& call);

}  // namespace sluice::api
