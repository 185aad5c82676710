#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/authenticator.h"
#include "base/clock.h"
#include "base/spool.h"
#include "http/router.h"
#include "job/queue.h"
#include "lake/catalog.h"
#include "scheduler/job_service.h"
#include "store/identity_store.h"

namespace sluice::api {

/// Runs a task that may block on a bounded pool; false when its queue is full.
using RunBlocking = std::function<bool(std::function<void()> task)>;

/// What the API works with. Everything pointed to must outlive the server that serves the routes.
struct ApiServices {
  JobService* jobs = nullptr;
  LakeCatalog* catalog = nullptr;
  IdentityStore* identities = nullptr;
  Authenticator* authenticator = nullptr;
  const Clock* clock = nullptr;
  std::vector<Queue> queues;
  RunBlocking run_blocking;         ///< for fast handlers that turn out to need the store
  std::shared_ptr<Spool> spool;     ///< for long answers on their way; null: none
  std::string url_scheme = "http";  ///< of the public listener, for the catalog in a token
};

/// Adds the DLI and IAM operations to the router.
///
///     http::Router router;
///     api::RegisterApi(&router, services);
void RegisterApi(http::Router* router, const ApiServices& services);

}  // namespace sluice::api
