#pragma once

#include "base/result.h"
#include "engine/duckdb/sandbox.h"

namespace sluice {

/// The kernel's Landlock version, 0 when it has none.
int LandlockAbi();

/// Restricts the calling thread by the rules, as far as this version can. `abi` is >= 1.
Result<void> RestrictByLandlock(int abi, const SandboxRules& rules);

}  // namespace sluice
