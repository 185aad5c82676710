#include "scheduler/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace sluice {
namespace {

WaitingJob Waiting(std::int64_t seq, Lane lane = Lane::kWorker) {
  return WaitingJob{seq, JobId("job-" + std::to_string(seq)), lane, 0, false, {}, false};
}

RunningJob Running(std::int64_t seq) {
  RunningJob job;
  job.id = JobId("job-" + std::to_string(seq));
  return job;
}

TEST(Planner, ClaimsInOrderUntilTheSlotsAreTaken) {
  QueueSnapshot queue{2, {Waiting(3), Waiting(4), Waiting(5)}, {Running(1)}};
  Plan plan = MakePlan({queue}, {}, 0);
  EXPECT_EQ(plan.claim, std::vector<JobId>{JobId("job-3")});
  EXPECT_FALSE(plan.wake_ms.has_value());
}

TEST(Planner, AJobInBackOffDoesNotHoldUpTheNextOne) {
  QueueSnapshot queue{1, {Waiting(1), Waiting(2)}, {}};
  queue.waiting[0].not_before_ms = 500;
  Plan plan = MakePlan({queue}, {}, 100);
  EXPECT_EQ(plan.claim, std::vector<JobId>{JobId("job-2")});
  EXPECT_EQ(plan.wake_ms, 500);
}

TEST(Planner, CatalogChangesDoNotWaitForWorkers) {
  QueueSnapshot queue{1, {Waiting(2), Waiting(3, Lane::kServer)}, {Running(1)}};
  Plan plan = MakePlan({queue}, {}, 0);
  EXPECT_EQ(plan.claim, std::vector<JobId>{JobId("job-3")});
}

TEST(Planner, AWriterWhoseTableIsBeingWrittenIsPassedOver) {
  QueueSnapshot queue{3, {Waiting(2), Waiting(3), Waiting(4)}, {Running(1)}};
  queue.running[0].table = "p/db.t";
  queue.waiting[0].table = "p/db.t";
  queue.waiting[1].table = "p/db.other";
  EXPECT_EQ(MakePlan({queue}, {}, 0).claim, (std::vector<JobId>{JobId("job-3"), JobId("job-4")}));
}

TEST(Planner, OfTwoWritersOfATableTheFirstIsClaimed) {
  QueueSnapshot queue{3, {Waiting(2), Waiting(3), Waiting(4)}, {}};
  queue.waiting[0].table = "p/db.t";
  queue.waiting[1].table = "p/db.t";
  EXPECT_EQ(MakePlan({queue}, {}, 0).claim, (std::vector<JobId>{JobId("job-2"), JobId("job-4")}));
}

TEST(Planner, AppendsOfATableGoTogether) {
  QueueSnapshot queue{4, {Waiting(2), Waiting(3), Waiting(4)}, {Running(1)}};
  queue.running[0].table = "p/db.t";
  queue.running[0].appends = true;
  for (WaitingJob& job : queue.waiting) {
    job.table = "p/db.t";
    job.appends = true;
  }
  EXPECT_EQ(MakePlan({queue}, {}, 0).claim,
            (std::vector<JobId>{JobId("job-2"), JobId("job-3"), JobId("job-4")}));
  queue.running[0].appends = false;
  EXPECT_TRUE(MakePlan({queue}, {}, 0).claim.empty()) << "an overwrite is alone";
}

TEST(Planner, AnOverwriteWaitsForTheAppendsBeforeItAndHoldsUpThoseBehindIt) {
  QueueSnapshot queue{5, {Waiting(1), Waiting(2), Waiting(3), Waiting(4), Waiting(5)}, {}};
  for (std::size_t i = 0; i < 4; ++i) {
    queue.waiting[i].table = "p/db.t";
    queue.waiting[i].appends = i != 1;
  }
  EXPECT_EQ(MakePlan({queue}, {}, 0).claim, (std::vector<JobId>{JobId("job-1"), JobId("job-5")}));
  queue.waiting.erase(queue.waiting.begin());
  EXPECT_EQ(MakePlan({queue}, {}, 0).claim, (std::vector<JobId>{JobId("job-2"), JobId("job-5")}));
}

TEST(Planner, ACancelledJobThatWaitsIsDroppedWithoutASlot) {
  QueueSnapshot queue{1, {Waiting(2)}, {Running(1)}};
  queue.waiting[0].cancel_promised = true;
  Plan plan = MakePlan({queue}, {}, 0);
  EXPECT_EQ(plan.drop, std::vector<JobId>{JobId("job-2")});
  EXPECT_TRUE(plan.claim.empty());
}

TEST(Planner, ACancelledExecutionIsInterruptedThenKilledAtTheDeadline) {
  QueueSnapshot queue{1, {}, {Running(1)}};
  RunningJob& job = queue.running[0];
  job.cancel_promised = true;
  EXPECT_TRUE(MakePlan({queue}, {}, 0).interrupt.empty()) << "nothing to tell before the worker";

  job.has_execution = true;
  Plan plan = MakePlan({queue}, {}, 1'000);
  EXPECT_EQ(plan.interrupt.size(), 1u);
  EXPECT_EQ(plan.wake_ms, 6'000);

  job.interrupted_ms = 1'000;
  EXPECT_TRUE(MakePlan({queue}, {}, 5'999).kill.empty());
  EXPECT_EQ(MakePlan({queue}, {}, 6'000).kill.size(), 1u);
  job.killed = true;
  EXPECT_TRUE(MakePlan({queue}, {}, 7'000).kill.empty());
}

TEST(Planner, AJobPastItsTimeLimitIsTimedOutOnce) {
  QueueSnapshot queue{1, {}, {Running(1)}};
  queue.running[0].deadline_ms = 300;
  EXPECT_EQ(MakePlan({queue}, {}, 299).wake_ms, 300);
  EXPECT_EQ(MakePlan({queue}, {}, 300).time_out.size(), 1u);
}

// A model of the world around the planner: seeded random events against the plan, with the
// invariants after each step. A failure prints its seed.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) { queue_.concurrency = 3; }

  void Step() {
    now_ms_ += static_cast<std::int64_t>(random_() % 400);
    switch (random_() % 5) {
      case 0:
        Submit();
        break;
      case 1:
        CancelAny();
        break;
      case 2:
        FinishAny();
        break;
      case 3:
        LoseAny();
        break;
      default:
        break;
    }
    Apply(MakePlan({queue_}, limits_, now_ms_));
    CheckInvariants();
  }
  void Settle() {
    // No more events: everything must end by waiting alone.
    for (int i = 0; i < 10'000 && !(queue_.waiting.empty() && queue_.running.empty()); ++i) {
      now_ms_ += 100;
      FinishAny();
      Apply(MakePlan({queue_}, limits_, now_ms_));
    }
    EXPECT_TRUE(queue_.waiting.empty());
    EXPECT_TRUE(queue_.running.empty());
    EXPECT_EQ(ended_.size(), static_cast<std::size_t>(next_seq_ - 1)) << "each job ends once";
  }

 private:
  void Submit() {
    Lane lane = random_() % 4 == 0 ? Lane::kServer : Lane::kWorker;
    queue_.waiting.push_back(Waiting(next_seq_++, lane));
    if (lane == Lane::kWorker && random_() % 2 == 0) {
      queue_.waiting.back().table = random_() % 2 == 0 ? "a" : "b";
      queue_.waiting.back().appends = random_() % 2 == 0;
    }
  }
  void CancelAny() {
    if (!queue_.waiting.empty() && random_() % 2 == 0) {
      queue_.waiting[random_() % queue_.waiting.size()].cancel_promised = true;
    } else if (!queue_.running.empty()) {
      queue_.running[random_() % queue_.running.size()].cancel_promised = true;
    }
  }
  void FinishAny() {
    if (!queue_.running.empty()) End(queue_.running[random_() % queue_.running.size()].id);
  }
  void LoseAny() {
    if (queue_.running.empty()) return;
    auto lost =
        queue_.running.begin() + static_cast<std::ptrdiff_t>(random_() % queue_.running.size());
    WaitingJob again{seqs_.at(lost->id),    lost->id,    lost->lane,   now_ms_ + 200,
                     lost->cancel_promised, lost->table, lost->appends};
    queue_.running.erase(lost);
    auto place = std::find_if(queue_.waiting.begin(), queue_.waiting.end(),
                              [&](const WaitingJob& job) { return job.seq > again.seq; });
    queue_.waiting.insert(place, again);
  }
  void Apply(const Plan& plan) {
    for (const JobId& id : plan.claim) Begin(id);
    for (const JobId& id : plan.drop) {
      Begin(id);
      End(id);
    }
    for (const JobId& id : plan.time_out) Find(id)->cancel_promised = true;
    for (const JobId& id : plan.interrupt) Find(id)->interrupted_ms = now_ms_;
    for (const JobId& id : plan.kill) End(id);
  }
  void Begin(const JobId& id) {
    auto found = std::find_if(queue_.waiting.begin(), queue_.waiting.end(),
                              [&](const WaitingJob& job) { return job.id == id; });
    ASSERT_NE(found, queue_.waiting.end()) << "claimed a job that does not wait";
    RunningJob job;
    job.id = id;
    job.lane = found->lane;
    job.deadline_ms = now_ms_ + 2'000;
    job.has_execution = true;
    job.table = found->table;
    job.appends = found->appends;
    seqs_[id] = found->seq;
    queue_.waiting.erase(found);
    queue_.running.push_back(job);
  }
  void End(JobId id) {
    std::erase_if(queue_.running, [&](const RunningJob& job) { return job.id == id; });
    EXPECT_TRUE(ended_.insert(id.value()).second) << "ended twice";
  }
  RunningJob* Find(const JobId& id) {
    for (RunningJob& job : queue_.running) {
      if (job.id == id) return &job;
    }
    ADD_FAILURE() << "told a job that does not run";
    return &queue_.running.front();
  }
  void CheckInvariants() {
    auto workers = std::count_if(queue_.running.begin(), queue_.running.end(),
                                 [](const RunningJob& job) { return job.lane == Lane::kWorker; });
    EXPECT_LE(workers, queue_.concurrency);
    EXPECT_LE(static_cast<int>(queue_.running.size()) - workers, limits_.server_lane_concurrency);
    for (const char* table : {"a", "b"}) {
      int overwrites = 0;
      int writers = 0;
      for (const RunningJob& job : queue_.running) {
        if (job.table != table) continue;
        ++writers;
        overwrites += job.appends ? 0 : 1;
      }
      EXPECT_TRUE(overwrites == 0 || writers == 1) << table;
    }
  }

  std::mt19937_64 random_;
  PlannerLimits limits_;
  QueueSnapshot queue_;
  std::int64_t now_ms_ = 0;
  std::int64_t next_seq_ = 1;
  std::map<JobId, std::int64_t> seqs_;
  std::set<std::string> ended_;
};

TEST(PlannerSimulation, EveryJobEndsOnceWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int i = 0; i < 300; ++i) world.Step();
    world.Settle();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice
