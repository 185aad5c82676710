#pragma once

#include "api/gate.h"

namespace sluice::api {

// Reading queues (contract/http-api.md 3.3 and 3.4).

Result<http::Response> ListQueues(const ApiServices& services, const Call& call);
Result<http::Response> ShowQueue(const ApiServices& services, const Call& call);

void RegisterQueues(Gate* gate);

}  // namespace sluice::api
