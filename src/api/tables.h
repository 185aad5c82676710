#pragma once

#include "api/gate.h"

namespace sluice::api {

// Tables (contract/http-api.md 4.2 to 4.5). Managed tables only: OBS tables and views are checked
// and then refused with kUnsupported.

Result<http::Response> CreateTable(const ApiServices& services, const Call& call);
Result<http::Response> ListTables(const ApiServices& services, const Call& call);
Result<http::Response> ShowTable(const ApiServices& services, const Call& call);
/// async=true makes it a job.
Result<http::Response> DeleteTable(const ApiServices& services, const Call& call);

void RegisterTables(Gate* gate);

}  // namespace sluice::api
