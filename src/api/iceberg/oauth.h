#pragma once

#include "api/authenticator.h"
#include "base/clock.h"
#include "http/router.h"

namespace sluice::api {

/// Adds POST /iceberg/v1/oauth/tokens, where clients of the REST catalog buy a token with a key
/// pair
/// (`credential=AK:SK`): OAuth 2's client credentials, RFC 6749 section 4.4, and the token exchange
/// with which Iceberg's Java client renews one. Errors are OAuth's. Both pointers must outlive the
/// server.
void RegisterOAuth(http::Router* router, Authenticator* authenticator, const Clock* clock);

}  // namespace sluice::api
