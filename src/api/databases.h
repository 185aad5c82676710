#pragma once

#include "api/gate.h"

namespace sluice::api {

// Databases (contract/http-api.md 4.1).

Result<http::Response> CreateDatabase(const ApiServices& services, const Call& call);
Result<http::Response> ListDatabases(const ApiServices& services, const Call& call);
/// async=true makes it a job.
Result<http::Response> DeleteDatabase(const ApiServices& services, const Call& call);

void RegisterDatabases(Gate* gate);

}  // namespace sluice::api
