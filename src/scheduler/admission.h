#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "job/job.h"
#include "job/principal.h"
#include "job/queue.h"
#include "lake/catalog.h"
#include "scheduler/job_service.h"
#include "scheduler/planner.h"
#include "scheduler/planning_room.h"

namespace sluice {

/// How submits are read, of the configuration.
struct AdmissionRules {
  bool ddl_async_default = true;         ///< dli.sql.sqlasync.enabled when not said
  std::int64_t timeout_unit_ms = 1'000;  ///< of dli.sql.job.timeout: seconds, or 1 for ms
};

/// A job fit to be stored, and where it will run.
struct AdmittedJob {
  Job job;
  Lane lane = Lane::kWorker;
};

/// May it enter? Checks a submit against names, limits, queues and databases, parses and classifies
/// the statement. Nothing is stored. Immutable; thread-safe.
class Admission {
 public:
  /// Catalog, clock and room must outlive it.
  Admission(const LakeCatalog* catalog, const Clock* clock, PlanningRoom* room,
            std::map<QueueName, Queue> queues, AdmissionRules rules);

  /// The errors are those of contract/decisions.md "Jobs": kInvalidArgument, kNotFound, kSyntax …
  Result<AdmittedJob> Admit(const Principal& caller, const SubmitRequest& request) const;

  const std::map<QueueName, Queue>& queues() const { return queues_; }
  /// The queue's name as asked for, folded, `default` when empty; kNotFound when there is none.
  Result<const Queue*> FindQueue(const std::string& name) const;
  /// Folded; `default` when empty. kInvalidArgument or kNotFound.
  Result<std::string> FindDatabase(const ProjectId& project, const std::string& name) const;

 private:
  const LakeCatalog* catalog_;
  const Clock* clock_;
  PlanningRoom* room_;
  std::map<QueueName, Queue> queues_;
  AdmissionRules rules_;
};

/// The lane of a job that was admitted before.
Lane LaneOf(const Job& job, PlanningRoom* room);

}  // namespace sluice
