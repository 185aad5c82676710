#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job/job.h"

namespace sluice {

/// A named lane of jobs. The configuration defines `default`.
struct Queue {
  QueueName name;
  std::string owner;
  std::string description;
  std::int64_t created_ms = 0;
  std::string queue_type = "sql";
  std::string engine = "spark";
  int cu_count = 16;
  int concurrency = 2;                               ///< jobs side by side; at least 2 for default
  int depth_max = 100'000;                           ///< jobs waiting; past it a submit is refused
  std::int64_t job_timeout_ms = 12LL * 3600 * 1000;  ///< http-api.md 1.6: 12 hours
};

}  // namespace sluice
