#pragma once

#include "base/result.h"
#include "server/config.h"

namespace sluice::server {

/// Runs a server until SIGTERM or SIGINT. Returns when it has stopped in good order; an error is
/// one line that says why it cannot start.
Result<void> Serve(const Config& config);

/// Adds a user to the store of a data folder and prints their access key; a running server sees it.
Result<void> AddUser(const Config& config, const std::string& name, const std::string& password);

}  // namespace sluice::server
