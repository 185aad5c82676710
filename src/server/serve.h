#pragma once

#include "base/result.h"
#include "server/config.h"

namespace sluice::server {

/// Runs a server until SIGTERM or SIGINT. Returns when it has stopped in good order; an error is
/// one line that says why it cannot start.
Result<void> Serve(const Config& config);

}  // namespace sluice::server
