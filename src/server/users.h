#pragma once

#include <string>

#include "base/result.h"
#include "server/config.h"

namespace sluice::server {

/// Adds a user to the store of a data folder and prints their access key; a running server sees it.
Result<void> AddUser(const Config& config, const std::string& name, const std::string& password);

/// Gives a user of a data folder another password; a running server takes it, and only it, from
/// then on. kNotFound when there is no such user.
Result<void> SetPassword(const Config& config, const std::string& name,
                         const std::string& password);

}  // namespace sluice::server
