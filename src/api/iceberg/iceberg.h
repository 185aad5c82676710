#pragma once

#include "api/authenticator.h"
#include "http/router.h"
#include "lake/catalog.h"

namespace sluice::api {

/// Adds the Iceberg REST catalog for other engines: /iceberg/v1/…, bearer = an IAM token, prefix =
/// its project. Tables made here are managed tables of the caller. Both pointers must outlive the
/// server.
void RegisterIceberg(http::Router* router, LakeCatalog* catalog, Authenticator* authenticator);

}  // namespace sluice::api
