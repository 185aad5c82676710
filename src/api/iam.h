#pragma once

#include "api/gate.h"

namespace sluice::api {

// What clients ask of the identity service (contract/clients.md section 6). Every answer has the
// header X-IAM-Trace-Id.

/// POST /v3/auth/tokens: a password buys a token, which is in the header X-Subject-Token.
Result<http::Response> CreateToken(const ApiServices& services, const http::Request& request);
/// GET /v3/projects, by name if one is given.
Result<http::Response> ListProjects(const ApiServices& services, const Call& call);
/// GET /v3/auth/domains.
Result<http::Response> ListDomains(const ApiServices& services, const Call& call);

void RegisterIam(Gate* gate);

}  // namespace sluice::api
