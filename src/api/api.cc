#include "api/api.h"

#include "api/databases.h"
#include "api/gate.h"
#include "api/iam.h"
#include "api/jobs/operations.h"
#include "api/queues.h"
#include "api/tables.h"
#include "base/check.h"

namespace sluice::api {

void RegisterApi(http::Router* router, const ApiServices& services) {
  CHECK(services.jobs != nullptr && services.catalog != nullptr);
  CHECK(services.identities != nullptr && services.authenticator != nullptr);
  CHECK(services.clock != nullptr && services.run_blocking != nullptr);
  Gate gate(router, std::make_shared<const ApiServices>(services));
  RegisterIam(&gate);
  RegisterJobs(&gate);
  RegisterQueues(&gate);
  RegisterDatabases(&gate);
  RegisterTables(&gate);
}

}  // namespace sluice::api
