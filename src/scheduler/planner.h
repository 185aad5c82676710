#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "job/job.h"

namespace sluice {

/// Where a job's statement runs: rows in a worker, catalog changes in the server.
enum class Lane { kWorker, kServer };
inline constexpr std::size_t kLanes = 2;

/// Limits of the plan, of the configuration.
struct PlannerLimits {
  std::int64_t cancel_deadline_ms = 5'000;  ///< from interrupt to kill
  int server_lane_concurrency = 8;
};

/// A job that waits for a slot.
struct WaitingJob {
  std::int64_t seq = 0;
  JobId id;
  Lane lane = Lane::kWorker;
  std::int64_t not_before_ms = 0;  ///< monotonic; back-off of a retry
  bool cancel_promised = false;
  std::string table;     ///< the one it writes; empty when it writes none
  bool appends = false;  ///< beside other appends; else alone
};

/// The deadline of a job without a time limit.
inline constexpr std::int64_t kNoDeadline = INT64_MAX;

/// A job that holds a slot.
struct RunningJob {
  JobId id;
  Lane lane = Lane::kWorker;
  std::int64_t deadline_ms = 0;  ///< monotonic; its time limit
  bool cancel_promised = false;
  bool has_execution = false;                  ///< a worker can be told
  std::optional<std::int64_t> interrupted_ms;  ///< when it was told to stop
  bool killed = false;
  std::string table;  ///< the one it is writing; empty when it writes none or is done with it
  bool appends = false;
};

/// One queue as it stands.
struct QueueSnapshot {
  int concurrency = 1;
  std::vector<WaitingJob> waiting;  ///< by seq
  std::vector<RunningJob> running;
};

/// What to do now, and when to look again.
struct Plan {
  std::vector<JobId> claim;      ///< start an attempt
  std::vector<JobId> drop;       ///< waiting and cancelled: write the end
  std::vector<JobId> time_out;   ///< promise a cancellation for its time limit
  std::vector<JobId> interrupt;  ///< tell the worker
  std::vector<JobId> kill;       ///< end the worker process
  std::optional<std::int64_t>
      wake_ms;  ///< monotonic; nothing to do before, unless something happens
};

/// Decides by the snapshot alone: no clock, no I/O, no randomness. First come, first served in each
/// lane; a job in back-off does not hold up those behind it.
Plan MakePlan(const std::vector<QueueSnapshot>& queues, const PlannerLimits& limits,
              std::int64_t now_ms);

}  // namespace sluice
