#pragma once

#include "base/json.h"
#include "base/result.h"
#include "lake/table_metadata.h"

namespace sluice {

/// Whether a requirement is `assert-create`: the table must not exist.
bool IsCreateRequirement(const json::object& requirement);

/// Checks one requirement against the table as it is; `assert-create` is the caller's to check.
/// kConflict when it does not hold, kInvalidArgument when it is malformed or unknown.
Result<void> CheckRequirement(const json::object& requirement, const TableMetadata& metadata);

}  // namespace sluice
