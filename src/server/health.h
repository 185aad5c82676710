#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "http/router.h"
#include "store/job_store.h"

namespace sluice::server {

/// What /readyz and /metrics show. Everything must outlive the server.
struct HealthSources {
  JobStore* jobs = nullptr;
  MetricRegistry* metrics = nullptr;
  bool read_only = false;
  std::function<std::string()> sandbox_level;  ///< for people: "landlock files, seccomp"
};

/// Adds /healthz (the process lives), /readyz (it can take jobs; 503 with the reason otherwise) and
/// /metrics (Prometheus text). None needs credentials.
void RegisterHealth(http::Router* router, HealthSources sources);

}  // namespace sluice::server
