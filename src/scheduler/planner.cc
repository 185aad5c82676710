#include "scheduler/planner.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace sluice {

namespace {

void WakeAt(Plan* plan, std::int64_t ms) {
  plan->wake_ms = plan->wake_ms ? std::min(*plan->wake_ms, ms) : ms;
}

int FreeSlots(const QueueSnapshot& queue, Lane lane, int concurrency) {
  auto taken = std::count_if(queue.running.begin(), queue.running.end(),
                             [lane](const RunningJob& job) { return job.lane == lane; });
  return std::max(0, concurrency - static_cast<int>(taken));
}

// Who writes a table, or would if there were room.
struct TableUse {
  bool appended = false;
  bool overwritten = false;

  bool Admits(bool appends) const { return !overwritten && (appends || !appended); }
  void Add(bool appends) { (appends ? appended : overwritten) = true; }
};

// A job that must wait for its table would hold its slot only to wait: it is passed over, and those
// behind it are not held up.
void PlanLane(const QueueSnapshot& queue, Lane lane, int free_slots, std::int64_t now_ms,
              Plan* plan) {
  std::map<std::string_view, TableUse> uses;
  for (const RunningJob& job : queue.running) {
    if (!job.table.empty()) uses[job.table].Add(job.appends);
  }
  for (const WaitingJob& job : queue.waiting) {
    if (job.lane != lane) continue;
    if (job.cancel_promised) {
      plan->drop.push_back(job.id);
      continue;
    }
    if (job.not_before_ms > now_ms) {
      WakeAt(plan, job.not_before_ms);
      continue;
    }
    bool may_write = true;
    if (!job.table.empty()) {
      TableUse& use = uses[job.table];
      may_write = use.Admits(job.appends);
      use.Add(job.appends);  // nobody overtakes who waits for the table
    }
    if (free_slots > 0 && may_write) {
      plan->claim.push_back(job.id);
      --free_slots;
    }
  }
}

void PlanStop(const RunningJob& job, const PlannerLimits& limits, std::int64_t now_ms, Plan* plan) {
  if (!job.has_execution || job.killed) return;
  if (!job.interrupted_ms) {
    plan->interrupt.push_back(job.id);
    WakeAt(plan, now_ms + limits.cancel_deadline_ms);
  } else if (now_ms >= *job.interrupted_ms + limits.cancel_deadline_ms) {
    plan->kill.push_back(job.id);
  } else {
    WakeAt(plan, *job.interrupted_ms + limits.cancel_deadline_ms);
  }
}

}  // namespace

Plan MakePlan(const std::vector<QueueSnapshot>& queues, const PlannerLimits& limits,
              std::int64_t now_ms) {
  Plan plan;
  for (const QueueSnapshot& queue : queues) {
    PlanLane(queue, Lane::kWorker, FreeSlots(queue, Lane::kWorker, queue.concurrency), now_ms,
             &plan);
    PlanLane(queue, Lane::kServer, FreeSlots(queue, Lane::kServer, limits.server_lane_concurrency),
             now_ms, &plan);
    for (const RunningJob& job : queue.running) {
      if (job.cancel_promised) {
        PlanStop(job, limits, now_ms, &plan);
      } else if (now_ms >= job.deadline_ms) {
        plan.time_out.push_back(job.id);
      } else if (job.deadline_ms != kNoDeadline) {
        WakeAt(&plan, job.deadline_ms);
      }
    }
  }
  return plan;
}

}  // namespace sluice
