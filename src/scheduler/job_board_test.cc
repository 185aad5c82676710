#include "scheduler/job_board.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/fake_clock.h"
#include "base/random.h"

namespace sluice {
namespace {

Job MakeJob() {
  Job job;
  job.id = JobId(MakeUuidV7(1'700'000'000'000));
  job.project = ProjectId("p1");
  job.seq = 7;
  job.queue = QueueName("default");
  job.owner = "ann";
  job.type = JobType::kInsert;
  job.statement = "INSERT INTO t VALUES (1)";
  job.conf = {{"a", "b"}};
  job.tags = {{"k", "v"}, {"k2", ""}};
  job.start_time_ms = -5;
  return job;
}

JobFinish MakeFinish() {
  JobFinish finish;
  finish.message = "done";
  finish.schema_json = "{}";
  finish.counts.result_count = 3;
  finish.counts.input_row_count = 4;
  finish.duration_ms = 12;
  return finish;
}

TEST(PackedJob, KeepsEveryMember) {
  Job job = MakeJob();
  job.state = JobState::kCancelled;
  job.message = std::string("x\0y", 3);
  job.counts = {INT64_MAX, 2, std::nullopt, 5, -1, 6};
  job.cancel_requested_ms = 99;
  job.cancel_reason = "why";
  job.duration_ms = 1'000'000'000'000;
  TextDictionary shared(1 << 10);
  Job again = UnpackJob(job.id, PackJob(job, &shared), shared);
  EXPECT_EQ(PackJob(again, &shared), PackJob(job, &shared));
  EXPECT_EQ(again.message, job.message);
  EXPECT_EQ(again.counts.input_size_bytes, INT64_MAX);
  EXPECT_EQ(again.counts.bad_row_count, 5);
  EXPECT_EQ(again.tags, job.tags);
  EXPECT_EQ(again.start_time_ms, -5);
}

TEST(PackedJob, NeedsNoRoomInTheDictionary) {
  Job job = MakeJob();
  job.schema_json = R"({"type":"struct","fields":[]})";
  TextDictionary full(0);
  std::string packed = PackJob(job, &full);
  EXPECT_EQ(UnpackJob(job.id, packed, full).schema_json, job.schema_json);
  TextDictionary roomy(1 << 10);
  EXPECT_LT(PackJob(job, &roomy).size(), packed.size());
}

TEST(PackedJob, ATextThatIsNoUuidHasNoBytes) {
  EXPECT_FALSE(ParseUuidBytes("no-job"));
  EXPECT_TRUE(ParseUuidBytes("00000000-0000-4000-8000-000000000000"));
}

TEST(JobBoard, ShowsDurationSoFarThenFrozen) {
  FakeClock clock;
  JobBoard board(&clock, 1 << 20);
  Job job = MakeJob();
  board.Add(job, clock.MonotonicMs());
  clock.Advance(40);
  EXPECT_EQ(board.Find(job.id)->duration_ms, 40);
  clock.StepWall(-100'000);
  EXPECT_EQ(board.Find(job.id)->duration_ms, 40) << "a wall clock that steps changes nothing";

  board.Finish(job.id, MakeFinish());
  clock.Advance(1'000);
  auto view = board.Find(job.id);
  EXPECT_EQ(view->duration_ms, 12);
  EXPECT_EQ(view->job.state, JobState::kFinished);
  EXPECT_EQ(view->job.counts.input_row_count, 4);
  EXPECT_EQ(view->progress, 1);
}

TEST(JobBoard, ProgressNeverGoesBack) {
  FakeClock clock;
  JobBoard board(&clock, 1 << 20);
  Job job = MakeJob();
  board.Add(job, 0);
  board.SetProgress(job.id, 0.6);
  board.SetProgress(job.id, 0.2);
  EXPECT_EQ(board.Find(job.id)->progress, 0.6);
}

TEST(JobBoard, ForgetsTheOldestFinalJobsPastItsLimit) {
  FakeClock clock;
  JobBoard board(&clock, 16 * 2000);
  std::vector<JobId> ids;
  for (int i = 0; i < 400; ++i) {
    Job job = MakeJob();
    board.Add(job, 0);
    board.Finish(job.id, MakeFinish());
    ids.push_back(job.id);
  }
  EXPECT_FALSE(board.Find(ids.front()));
  EXPECT_TRUE(board.Find(ids.back()));
}

TEST(JobBoard, WakesAWaiterWhenTheStateIsAnother) {
  FakeClock clock;
  JobBoard board(&clock, 1 << 20);
  Job job = MakeJob();
  board.Add(job, 0);
  int calls = 0;
  board.WaitForChange(job.id, JobState::kRunning, INT64_MAX, [&] { ++calls; });
  EXPECT_EQ(calls, 1) << "already another";
  board.WaitForChange(job.id, JobState::kLaunching, INT64_MAX, [&] { ++calls; });
  board.Update(job.id, [](Job& live) { live.message = "still launching"; });
  EXPECT_EQ(calls, 1);
  board.Update(job.id, [](Job& live) { live.state = JobState::kRunning; });
  EXPECT_EQ(calls, 2);
  board.WaitForChange(job.id, JobState::kRunning, INT64_MAX, [&] { ++calls; });
  board.Finish(job.id, MakeFinish());
  EXPECT_EQ(calls, 3);
  board.WaitForChange(JobId("unknown"), JobState::kRunning, INT64_MAX, [&] { ++calls; });
  EXPECT_EQ(calls, 4);
}

TEST(JobBoard, ExpiresWaitersAtTheirDeadline) {
  FakeClock clock;
  JobBoard board(&clock, 1 << 20);
  Job job = MakeJob();
  board.Add(job, 0);
  int calls = 0;
  board.WaitForChange(job.id, JobState::kLaunching, 100, [&] { ++calls; });
  board.ExpireWaiters(99);
  EXPECT_EQ(calls, 0);
  board.ExpireWaiters(100);
  EXPECT_EQ(calls, 1);
}

TEST(JobBoard, ReadersAndWritersMayBeManyThreads) {
  SystemClock clock;
  JobBoard board(&clock, 1 << 20);
  std::vector<Job> jobs;
  for (int i = 0; i < 200; ++i) jobs.push_back(MakeJob());
  std::atomic<int> woken = 0;
  {
    std::jthread writer([&] {
      for (const Job& job : jobs) {
        board.Add(job, 0);
        board.Update(job.id, [](Job& live) { live.state = JobState::kRunning; });
        board.Finish(job.id, MakeFinish());
      }
    });
    std::jthread reader([&] {
      for (const Job& job : jobs) {
        board.WaitForChange(job.id, JobState::kLaunching, INT64_MAX, [&] { ++woken; });
        auto view = board.Find(job.id);
        if (view) {
          EXPECT_EQ(view->job.owner, "ann");
        }
      }
    });
  }
  EXPECT_EQ(woken, 200);
}

}  // namespace
}  // namespace sluice
