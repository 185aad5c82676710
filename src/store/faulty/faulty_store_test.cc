#include <gtest/gtest.h>

#include "store/faulty/faulty_catalog_store.h"
#include "store/faulty/faulty_job_store.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

class FaultyStore : public ::testing::Test {
 protected:
  SqliteUnderTest store_;
  FaultPlan plan_;
  FaultyJobStore jobs_{store_.jobs(), plan_};
  FaultyCatalogStore catalog_{store_.catalog(), plan_};
};

TEST_F(FaultyStore, WithoutAPlanEverythingGoesThrough) {
  Job job = MakeJob({});
  ASSERT_OK(jobs_.Insert(job, std::nullopt));
  ASSERT_OK(jobs_.Claim({job.id, 1}));
  ASSERT_OK(jobs_.CheckWritable());
  EXPECT_FALSE(plan_.has_failed());
}

TEST_F(FaultyStore, ACallThatFailsBeforeItsEffectHasNone) {
  plan_.FailAt(0, FaultMoment::kBeforeEffect);
  Job job = MakeJob({});
  EXPECT_CODE(ErrorCode::kUnavailable, jobs_.Insert(job, std::nullopt));
  EXPECT_TRUE(plan_.has_failed());
  EXPECT_CODE(ErrorCode::kNotFound, jobs_.Get(kTestProject, job.id));
  ASSERT_OK(jobs_.Insert(job, std::nullopt));
}

TEST_F(FaultyStore, ACallThatFailsAfterItsEffectHasHadIt) {
  plan_.FailAt(1, FaultMoment::kAfterEffect);
  Job job = MakeJob({});
  ASSERT_OK(jobs_.Insert(job, std::nullopt));
  EXPECT_CODE(ErrorCode::kUnavailable, jobs_.Claim({job.id, 1}));
  EXPECT_EQ(jobs_.Get(kTestProject, job.id)->attempt, 1);
}

TEST_F(FaultyStore, StoresThatShareAPlanCountTogether) {
  plan_.FailAt(1, FaultMoment::kBeforeEffect);
  ASSERT_OK(jobs_.Insert(MakeJob({}), std::nullopt));
  EXPECT_CODE(ErrorCode::kUnavailable, catalog_.ForgetDroppedLocation("/nowhere"));
  EXPECT_EQ(plan_.calls(), 2);
  ASSERT_OK(catalog_.ForgetDroppedLocation("/nowhere"));
}

/// The life of a job, whatever its steps answer.
void RunJob(JobStore& jobs, const Job& job) {
  std::ignore = jobs.Insert(job, std::nullopt);
  std::ignore = jobs.Claim({job.id, 1});
  std::ignore = jobs.Start({job.id, 1});
  std::ignore = jobs.Finish({job.id, 1}, JobFinish{});
}

TEST_F(FaultyStore, AJobWhoseStepsFailInTurnIsNeverInAnImpossibleState) {
  for (FaultMoment moment : {FaultMoment::kBeforeEffect, FaultMoment::kAfterEffect}) {
    for (std::int64_t call = 0;; ++call) {
      plan_.FailAt(call, moment);
      Job job = MakeJob({});
      RunJob(jobs_, job);
      Result<Job> stored = jobs_.Get(kTestProject, job.id);
      bool is_lost_insert = call == 0 && moment == FaultMoment::kBeforeEffect;
      EXPECT_EQ(stored.has_value(), !is_lost_insert);
      if (stored && IsFinal(stored->state)) {
        EXPECT_EQ(stored->attempt, 1);
      }
      if (!plan_.has_failed()) {
        EXPECT_EQ(stored->state, JobState::kFinished);
        break;
      }
    }
  }
}

}  // namespace

}  // namespace sluice
