#include "scheduler/planner.h"

#include <algorithm>
#include <set>
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

// A job whose table is being written would hold its slot only to wait: it is passed over, and those
// behind it are not held up.
void PlanLane(const QueueSnapshot& queue, Lane lane, int free_slots, std::int64_t now_ms,
              Plan* plan) {
  std::set<std::string_view> written;
  for (const RunningJob& job : queue.running) written.insert(job.table);
  written.erase("");
  for (const WaitingJob& job : queue.waiting) {
    if (job.lane != lane) continue;
    if (job.cancel_promised) {
      plan->drop.push_back(job.id);
    } else if (job.not_before_ms > now_ms) {
      WakeAt(plan, job.not_before_ms);
    } else if (free_slots > 0 && !written.contains(job.table)) {
      plan->claim.push_back(job.id);
      --free_slots;
      if (!job.table.empty()) written.insert(job.table);
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
