#include "scheduler/janitor.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/fake_clock.h"
#include "base/random.h"
#include "store/faulty/faulty_job_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/store_test_support.h"

namespace sluice {
namespace {

constexpr std::int64_t kHourMs = 3600LL * 1000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kReadMs = 10LL * 60 * 1000;

/// A janitor over a real store, a real lake and real result files; time moves by hand.
class JanitorTest : public testing::Test {
 protected:
  JanitorTest() : root_(std::filesystem::temp_directory_path() / ("sluice-test-" + MakeUuidV4())) {
    std::filesystem::create_directories(root_);
    Open();
  }
  void Open() {
    SqliteStore::Options options;
    options.file = root_ / "store.db";
    options.clock = &clock_;
    store_ = std::move(SqliteStore::Open(options).value());
    faulty_ = std::make_unique<FaultyJobStore>(store_->jobs(), plan_);
    catalog_ =
        std::move(LakeCatalog::Create(LakeCatalog::Options{&files_, &store_->catalog(), &clock_,
                                                           root_ / "warehouse", root_ / "notes"})
                      .value());
    janitor_ = std::make_unique<Janitor>(
        Janitor::Parts{&clock_, &store_->served(), faulty_.get(), catalog_.get(), &results_},
        Retention{});
  }
  ~JanitorTest() override {
    janitor_.reset();
    catalog_.reset();
    store_.reset();
    std::filesystem::remove_all(root_);
  }

  /// Lets a server run for so long.
  void Serve(std::int64_t ms) {
    for (; ms > 0; ms -= kReadMs) {
      clock_.Advance(kReadMs);
      store_->served().NowMs();
    }
  }
  /// The same, with a pass of the janitor at the end.
  void ServeAndRemove(std::int64_t ms) {
    Serve(ms);
    janitor_->RunOnce();
  }
  /// The server stops, the wall clock steps, the server starts.
  void RestartWithStep(std::int64_t step_ms) {
    ASSERT_OK(store_->served().Keep());
    janitor_.reset();
    catalog_.reset();
    faulty_.reset();
    store_.reset();
    clock_.StepWall(step_ms);
    Open();
  }
  /// A finished job of now, with a result in files.
  JobId MakeFinished(const std::string& key) {
    Job job = MakeJob({.start_time_ms = clock_.WallMs()});
    EXPECT_TRUE(store_->jobs().Insert(job, IdempotencyKey{key, "digest"}));
    EXPECT_TRUE(store_->jobs().Claim({job.id, 1}));
    EXPECT_TRUE(store_->jobs().Start({job.id, 1}));
    JobFinish finish;
    finish.result = StoredResult{"{}"};
    EXPECT_TRUE(store_->jobs().Finish({job.id, 1}, finish));
    std::filesystem::create_directories(ResultFolder(job.id) / "1");
    return job.id;
  }
  bool HasRecord(const JobId& id) { return store_->jobs().Get(kTestProject, id).has_value(); }
  bool HasResult(const JobId& id) { return store_->jobs().GetResult(id)->has_value(); }
  bool KeyIsKnown(const std::string& key) {
    return store_->jobs()
        .Insert(MakeJob({.start_time_ms = clock_.WallMs()}), IdempotencyKey{key, "digest"})
        ->existed;
  }
  std::filesystem::path ResultFolder(const JobId& id) const {
    return root_ / "results" / id.value();
  }

  std::filesystem::path root_;
  FakeClock clock_;
  LocalFileSystem files_;
  FaultPlan plan_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<FaultyJobStore> faulty_;
  std::unique_ptr<LakeCatalog> catalog_;
  ResultStore results_{&files_, root_ / "results"};
  std::unique_ptr<Janitor> janitor_;
};

TEST_F(JanitorTest, EverythingStaysUntilItsRetentionIsOver) {
  JobId id = MakeFinished("k");
  ServeAndRemove(7 * kDayMs - kHourMs);
  EXPECT_TRUE(HasResult(id));
  EXPECT_TRUE(std::filesystem::exists(ResultFolder(id)));
  EXPECT_TRUE(KeyIsKnown("k"));
}

TEST_F(JanitorTest, ResultsAndKeysGoAfterAWeekAndRecordsAfterHalfAYear) {
  JobId id = MakeFinished("k");
  ServeAndRemove(7 * kDayMs + kHourMs);
  EXPECT_TRUE(HasRecord(id));
  EXPECT_FALSE(HasResult(id));
  EXPECT_FALSE(std::filesystem::exists(ResultFolder(id)));
  EXPECT_FALSE(KeyIsKnown("k"));
  ServeAndRemove(173 * kDayMs);
  EXPECT_FALSE(HasRecord(id));
}

TEST_F(JanitorTest, AWallClockThatIsSteppedWhileTheServerRunsRemovesNothing) {
  JobId id = MakeFinished("k");
  for (std::int64_t step_ms : {365 * kDayMs, -730 * kDayMs, -clock_.WallMs(), 9 * kDayMs}) {
    clock_.StepWall(step_ms);
    ServeAndRemove(3 * kHourMs);
    EXPECT_TRUE(HasResult(id));
  }
  EXPECT_TRUE(KeyIsKnown("k"));
}

TEST_F(JanitorTest, AWallClockThatIsSteppedBetweenTwoStartsRemovesNothing) {
  std::vector<JobId> ids;
  for (std::int64_t step_ms :
       {400 * kDayMs, -7700 * kDayMs, 7300 * kDayMs, -clock_.WallMs(), 8 * kDayMs, -8 * kDayMs}) {
    ids.push_back(MakeFinished(std::to_string(ids.size())));
    RestartWithStep(step_ms);
    ServeAndRemove(3 * kHourMs);
    for (const JobId& id : ids) {
      EXPECT_TRUE(HasResult(id));
      EXPECT_TRUE(std::filesystem::exists(ResultFolder(id)));
    }
  }
  ServeAndRemove(7 * kDayMs);
  for (const JobId& id : ids) EXPECT_FALSE(HasResult(id)) << "of whatever wall clock";
}

TEST_F(JanitorTest, WhatAFailingStoreKeepsGoesInALaterPass) {
  JobId id = MakeFinished("k");
  Serve(8 * kDayMs);
  constexpr std::int64_t kExpiryOfResults = 1;  // the call after the keys'
  plan_.FailAt(kExpiryOfResults, FaultMoment::kBeforeEffect);
  janitor_->RunOnce();
  EXPECT_TRUE(plan_.has_failed());
  EXPECT_TRUE(HasResult(id));
  // What is forgotten later has no files by then: a crash in between loses sight of none.
  EXPECT_FALSE(std::filesystem::exists(ResultFolder(id)));
  janitor_->RunOnce();
  EXPECT_FALSE(HasResult(id));
}

}  // namespace
}  // namespace sluice
