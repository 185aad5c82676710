#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "job/job.h"
#include "store/job_store.h"
#include "store/sqlite/connection.h"

namespace sluice {

// The changes of a job's state, inside a transaction of the writer. Job and catalog store share
// them, which is what lets a table's commit and its job's record change together.

/// What decides whether a change may happen.
struct JobGate {
  std::string project;
  std::int64_t seq = 0;
  JobState state = JobState::kLaunching;
  int attempt = 0;
  bool is_cancel_promised = false;
  std::string cancel_reason;
  bool is_marked = false;  ///< has a commit marker

  /// Whether an attempt still has the right to an effect.
  bool Admits(const AttemptFence& fence) const {
    return !IsFinal(state) && attempt == fence.attempt && attempt > 0 && !is_cancel_promised;
  }
};

/// kNotFound for an unknown job; kInternal for a record that cannot be read.
Result<JobGate> LoadGate(Connection& connection, const JobId& id);

Result<void> ClaimJob(Connection& connection, const JobGate& gate, const AttemptFence& fence);
/// Whether the state changed: a second Start of the same attempt finds it RUNNING.
Result<bool> StartJob(Connection& connection, const JobGate& gate, const AttemptFence& fence);
/// `served_ms` is the time of the end by the store's ServedClock.
Result<void> FinishJob(Connection& connection, const JobGate& gate, const AttemptFence& fence,
                       const JobFinish& finish, std::int64_t served_ms);
/// Promises the cancellation of a claimed job.
Result<void> PromiseCancel(Connection& connection, const JobGate& gate, const std::string& reason,
                           std::int64_t now_wall_ms);
Result<void> InsertMarker(Connection& connection, const JobGate& gate, const CommitMarker& marker);
/// Removes every row of a job but what the idempotency key needs.
Result<void> RemoveJobRows(Connection& connection, const std::string& project, std::int64_t seq);

}  // namespace sluice
