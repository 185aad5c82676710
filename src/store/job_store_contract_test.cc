// What every JobStore promises, written against the interface.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/job_store.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobStoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  JobStore& jobs() { return store_->jobs(); }

  JobId Insert(const JobParts& parts) {
    Job job = MakeJob(parts);
    Result<InsertOutcome> outcome = jobs().Insert(job, std::nullopt);
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
    return job.id;
  }
  JobId InsertRunning(const JobParts& parts) {
    JobId id = Insert(parts);
    EXPECT_TRUE(jobs().Claim({id, 1}).has_value());
    EXPECT_TRUE(jobs().Start({id, 1}).has_value());
    return id;
  }
  JobId InsertFinished(const JobParts& parts, std::int64_t duration_ms,
                       JobState state = JobState::kFinished) {
    JobId id = InsertRunning(parts);
    JobFinish finish;
    finish.state = state;
    finish.duration_ms = duration_ms;
    EXPECT_TRUE(jobs().Finish({id, 1}, finish).has_value());
    return id;
  }
  Job Get(const JobId& id) {
    Result<Job> job = jobs().Get(kTestProject, id);
    EXPECT_TRUE(job.has_value());
    return job.value_or(Job{});
  }
  Result<CancelOutcome> Cancel(const JobId& id) {
    return jobs().RequestCancel(kTestProject, id, "Cancelled by tenant1", 1'700'000'000'500, 500);
  }

  std::unique_ptr<StoreUnderTest> store_ = GetParam()();
};

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreContract, ::testing::Values(&MakeSqliteUnderTest));

TEST_P(JobStoreContract, AnInsertedJobIsReadBackWhole) {
  Job job = MakeJob({.tags = {{"run", "7"}, {"name", "täglich"}}});
  job.mode = JobMode::kSync;
  job.type = JobType::kInsert;
  job.conf = {{"a", "1"}, {"b", "x=\"y\""}};
  job.timeout_ms = 60'000;
  job.database_name = "sales";
  job.table_name = "orders";
  job.statement = std::string("INSERT 'a\0b' \xF0\x9F\x98\x80", 17);
  Result<InsertOutcome> outcome = jobs().Insert(job, std::nullopt);
  ASSERT_OK(outcome);
  EXPECT_FALSE(outcome->existed);
  store_->Reopen();

  Job stored = Get(job.id);
  EXPECT_EQ(stored.id, job.id);
  EXPECT_EQ(stored.project, job.project);
  EXPECT_EQ(stored.seq, outcome->seq);
  EXPECT_EQ(stored.queue, job.queue);
  EXPECT_EQ(stored.owner, job.owner);
  EXPECT_EQ(stored.type, job.type);
  EXPECT_EQ(stored.mode, job.mode);
  EXPECT_EQ(stored.statement, job.statement);
  EXPECT_EQ(stored.current_database, job.current_database);
  EXPECT_EQ(stored.engine_type, job.engine_type);
  EXPECT_EQ(stored.conf, job.conf);
  EXPECT_EQ(stored.tags, job.tags);
  EXPECT_EQ(stored.start_time_ms, job.start_time_ms);
  EXPECT_EQ(stored.database_name, job.database_name);
  EXPECT_EQ(stored.table_name, job.table_name);
  EXPECT_EQ(stored.timeout_ms, job.timeout_ms);
  EXPECT_EQ(stored.state, JobState::kLaunching);
  EXPECT_EQ(stored.attempt, 0);
  EXPECT_FALSE(stored.cancel_requested_ms.has_value());
}

TEST_P(JobStoreContract, SeqsFollowTheOrderOfSubmission) {
  JobId first = Insert({.start_time_ms = 2000});
  JobId second = Insert({.start_time_ms = 1000});
  EXPECT_LT(Get(first).seq, Get(second).seq);
}

TEST_P(JobStoreContract, AJobOfAnotherProjectIsNotFound) {
  JobId id = Insert({});
  EXPECT_CODE(ErrorCode::kNotFound, jobs().Get(ProjectId("other"), id));
  EXPECT_CODE(ErrorCode::kNotFound, jobs().RequestCancel(ProjectId("other"), id, "x", 1, 1));
  EXPECT_EQ(Get(id).state, JobState::kLaunching);
}

TEST_P(JobStoreContract, AnUnknownJobIsNotFound) {
  JobId id(MakeUuidV7(1));
  EXPECT_CODE(ErrorCode::kNotFound, jobs().Get(kTestProject, id));
  EXPECT_CODE(ErrorCode::kNotFound, jobs().Claim({id, 1}));
  EXPECT_CODE(ErrorCode::kNotFound, jobs().Start({id, 1}));
  EXPECT_CODE(ErrorCode::kNotFound, jobs().Finish({id, 1}, JobFinish{}));
  EXPECT_CODE(ErrorCode::kNotFound, Cancel(id));
}

TEST_P(JobStoreContract, TheSameIdTwiceIsRefused) {
  Job job = MakeJob({});
  ASSERT_OK(jobs().Insert(job, std::nullopt));
  EXPECT_CODE(ErrorCode::kAlreadyExists, jobs().Insert(job, std::nullopt));
}

TEST_P(JobStoreContract, AKnownIdempotencyKeyAnswersTheFirstJob) {
  Job job = MakeJob({});
  Result<InsertOutcome> first = jobs().Insert(job, IdempotencyKey{"k1", "digest"});
  ASSERT_OK(first);
  store_->Reopen();
  Result<InsertOutcome> again = jobs().Insert(MakeJob({}), IdempotencyKey{"k1", "digest"});
  ASSERT_OK(again);
  EXPECT_TRUE(again->existed);
  EXPECT_EQ(again->id, job.id);
  EXPECT_EQ(again->seq, first->seq);
  EXPECT_CODE(ErrorCode::kFailedPrecondition,
              jobs().Insert(MakeJob({}), IdempotencyKey{"k1", "another digest"}));
  JobFilter filter;
  filter.project = kTestProject;
  EXPECT_EQ(jobs().List(filter)->job_count, 1);
}

TEST_P(JobStoreContract, TheJobOfAnIdempotencyKeyIsFound) {
  Job job = MakeJob({});
  IdempotencyKey key{"k1", "digest"};
  EXPECT_EQ(jobs().FindByKey(job.project, job.owner, key).value(), std::nullopt);
  ASSERT_OK(jobs().Insert(job, key));
  EXPECT_EQ(jobs().FindByKey(job.project, job.owner, key).value(), job.id);
  EXPECT_EQ(jobs().FindByKey(job.project, "another", key).value(), std::nullopt);
  EXPECT_CODE(ErrorCode::kFailedPrecondition,
              jobs().FindByKey(job.project, job.owner, IdempotencyKey{"k1", "another digest"}));
}

TEST_P(JobStoreContract, AnIdempotencyKeyBelongsToItsOwner) {
  ASSERT_OK(jobs().Insert(MakeJob({.owner = "a"}), IdempotencyKey{"k1", "d1"}));
  Result<InsertOutcome> other = jobs().Insert(MakeJob({.owner = "b"}), IdempotencyKey{"k1", "d2"});
  ASSERT_OK(other);
  EXPECT_FALSE(other->existed);
}

TEST_P(JobStoreContract, AClaimedJobIsNotShownRunningBeforeItsStart) {
  JobId id = Insert({});
  ASSERT_OK(jobs().Claim({id, 1}));
  EXPECT_EQ(Get(id).state, JobState::kLaunching);
  EXPECT_EQ(Get(id).attempt, 1);
  ASSERT_OK(jobs().Start({id, 1}));
  EXPECT_EQ(Get(id).state, JobState::kRunning);
}

TEST_P(JobStoreContract, OnlyTheNextAttemptCanClaim) {
  JobId id = Insert({});
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Claim({id, 2}));
  ASSERT_OK(jobs().Claim({id, 1}));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Claim({id, 1}));
  ASSERT_OK(jobs().Claim({id, 2}));
}

TEST_P(JobStoreContract, OnlyTheClaimingAttemptCanStart) {
  JobId id = Insert({});
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Start({id, 0}));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Start({id, 1}));
  ASSERT_OK(jobs().Claim({id, 1}));
  ASSERT_OK(jobs().Claim({id, 2}));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Start({id, 1}));
  ASSERT_OK(jobs().Start({id, 2}));
  ASSERT_OK(jobs().Start({id, 2}));
}

TEST_P(JobStoreContract, ARetriedJobStaysRunning) {
  JobId id = InsertRunning({});
  ASSERT_OK(jobs().Claim({id, 2}));
  EXPECT_EQ(Get(id).state, JobState::kRunning);
  ASSERT_OK(jobs().Start({id, 2}));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Finish({id, 1}, JobFinish{}));
  EXPECT_EQ(Get(id).state, JobState::kRunning);
  ASSERT_OK(jobs().Finish({id, 2}, JobFinish{}));
}

TEST_P(JobStoreContract, TheEndIsReadBackWhole) {
  JobId id = InsertRunning({});
  JobFinish finish;
  finish.state = JobState::kFinished;
  finish.schema_json = R"({"type":"struct","fields":[]})";
  finish.counts = {.input_size_bytes = 22,
                   .result_count = 4,
                   .input_row_count = 5,
                   .bad_row_count = 1,
                   .output_bytes = 35,
                   .cpu_ms = 12};
  finish.duration_ms = 2523;
  finish.result = StoredResult{R"({"rows":4})"};
  ASSERT_OK(jobs().Finish({id, 1}, finish));
  store_->Reopen();

  Job job = Get(id);
  EXPECT_EQ(job.state, JobState::kFinished);
  EXPECT_EQ(job.schema_json, finish.schema_json);
  EXPECT_EQ(job.message, "");
  EXPECT_EQ(job.duration_ms, 2523);
  EXPECT_EQ(job.counts.input_size_bytes, 22);
  EXPECT_EQ(job.counts.result_count, 4);
  EXPECT_EQ(job.counts.input_row_count, 5);
  EXPECT_EQ(job.counts.bad_row_count, 1);
  EXPECT_EQ(job.counts.output_bytes, 35);
  EXPECT_EQ(job.counts.cpu_ms, 12);
  ASSERT_TRUE(jobs().GetResult(id)->has_value());
  EXPECT_EQ(jobs().GetResult(id)->value().manifest_json, R"({"rows":4})");
}

TEST_P(JobStoreContract, AbsentCountsStayAbsent) {
  JobId id = InsertFinished({}, 10);
  EXPECT_FALSE(Get(id).counts.input_row_count.has_value());
  EXPECT_FALSE(Get(id).counts.bad_row_count.has_value());
  EXPECT_FALSE(jobs().GetResult(id)->has_value());
}

TEST_P(JobStoreContract, AFinalJobDoesNotChange) {
  JobId id = InsertFinished({}, 10);
  JobFinish failed;
  failed.state = JobState::kFailed;
  failed.message = "late";
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Finish({id, 1}, failed));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Claim({id, 2}));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Start({id, 1}));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, Cancel(id));
  EXPECT_EQ(Get(id).state, JobState::kFinished);
  EXPECT_EQ(Get(id).message, "");
}

TEST_P(JobStoreContract, AnUnclaimedJobCanFail) {
  JobId id = Insert({});
  JobFinish failed;
  failed.state = JobState::kFailed;
  failed.message = "no such table";
  ASSERT_OK(jobs().Finish({id, 0}, failed));
  EXPECT_EQ(Get(id).state, JobState::kFailed);
  EXPECT_EQ(Get(id).message, "no such table");
}

TEST_P(JobStoreContract, CancellingAnUnclaimedJobEndsItAtOnce) {
  JobId id = Insert({});
  EXPECT_EQ(*Cancel(id), CancelOutcome::kCancelledAtOnce);
  store_->Reopen();
  Job job = Get(id);
  EXPECT_EQ(job.state, JobState::kCancelled);
  EXPECT_EQ(job.message, "Cancelled by tenant1");
  EXPECT_EQ(job.duration_ms, 500);
  EXPECT_EQ(job.cancel_requested_ms, 1'700'000'000'500);
  Result<CancelOutcome> again = Cancel(id);
  EXPECT_CODE(ErrorCode::kFailedPrecondition, again);
  EXPECT_EQ(again.error().message, "The job has already finished");
}

TEST_P(JobStoreContract, CancellingAClaimedJobIsAPromise) {
  JobId id = InsertRunning({});
  EXPECT_EQ(*Cancel(id), CancelOutcome::kPromised);
  EXPECT_EQ(*Cancel(id), CancelOutcome::kAlreadyPromised);
  store_->Reopen();
  EXPECT_EQ(Get(id).state, JobState::kRunning);
  EXPECT_EQ(Get(id).cancel_reason, "Cancelled by tenant1");

  JobFinish finish;
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Finish({id, 1}, finish));
  finish.state = JobState::kFailed;
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Finish({id, 1}, finish));
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Claim({id, 2}));
  finish.state = JobState::kCancelled;
  ASSERT_OK(jobs().Finish({id, 1}, finish));
  EXPECT_EQ(Get(id).state, JobState::kCancelled);
  EXPECT_EQ(Get(id).message, "Cancelled by tenant1");
}

TEST_P(JobStoreContract, UnfinishedJobsAreLoadedInOrderOfSubmission) {
  JobId first = Insert({.start_time_ms = 3000});
  InsertFinished({}, 5);
  JobId second = InsertRunning({.start_time_ms = 1000});
  JobId third = Insert({.start_time_ms = 2000, .project = ProjectId("other")});
  store_->Reopen();
  Result<std::vector<Job>> loaded = jobs().LoadUnfinished();
  ASSERT_OK(loaded);
  std::vector<JobId> ids;
  for (const Job& job : *loaded) ids.push_back(job.id);
  EXPECT_THAT(ids, ElementsAre(first, second, third));
}

TEST_P(JobStoreContract, FinalJobsAreVisitedNewestFirstUntilTheVisitorHasEnough) {
  JobId first = InsertFinished({}, 5);
  Insert({});
  JobId second = InsertFinished({.project = ProjectId("other")}, 5);
  JobId third = InsertFinished({}, 5, JobState::kFailed);
  std::vector<JobId> all;
  ASSERT_OK(jobs().VisitFinal([&](Job&& job) {
    all.push_back(job.id);
    return true;
  }));
  EXPECT_THAT(all, ElementsAre(third, second, first));
  std::vector<JobId> newest;
  ASSERT_OK(jobs().VisitFinal([&](Job&& job) {
    newest.push_back(job.id);
    return newest.size() < 2;
  }));
  EXPECT_THAT(newest, ElementsAre(third, second));
}

TEST_P(JobStoreContract, OldFinalRecordsAreRemovedAPortionAtATime) {
  std::vector<JobId> old;
  JobId unfinished = Insert({});
  for (int i = 0; i < 3; ++i) old.push_back(InsertFinished({}, 10));
  store_->Serve(1500);
  JobId young = InsertFinished({}, 10);
  EXPECT_THAT(*jobs().ListEnded(1500, EndedJobs::kAny, 2), ElementsAre(old[0], old[1]));
  EXPECT_THAT(*jobs().RemoveRecords(1500, 2), ElementsAre(old[0], old[1]));
  EXPECT_THAT(*jobs().RemoveRecords(1500, 2), ElementsAre(old[2]));
  EXPECT_THAT(*jobs().RemoveRecords(1500, 2), IsEmpty());
  store_->Reopen();
  EXPECT_CODE(ErrorCode::kNotFound, jobs().Get(kTestProject, old[0]));
  EXPECT_EQ(Get(young).state, JobState::kFinished);
  EXPECT_EQ(Get(unfinished).state, JobState::kLaunching);
  JobFilter filter;
  filter.project = kTestProject;
  EXPECT_EQ(jobs().List(filter)->job_count, 2);
}

TEST_P(JobStoreContract, ASeqIsNotGivenAgainAfterItsRecordIsGone) {
  JobId id = InsertFinished({}, 10);
  std::int64_t seq = Get(id).seq;
  ASSERT_OK(jobs().RemoveRecords(5000, 10));
  store_->Reopen();
  EXPECT_GT(Get(Insert({})).seq, seq);
}

TEST_P(JobStoreContract, ExpiredResultsAreForgottenAndTheirJobsStay) {
  store_->Serve(1000);
  JobId id = InsertRunning({});
  JobFinish finish;
  finish.duration_ms = 10;
  finish.result = StoredResult{"{}"};
  ASSERT_OK(jobs().Finish({id, 1}, finish));
  JobId without = InsertFinished({}, 10);
  EXPECT_THAT(*jobs().ExpireResults(1000, 10), IsEmpty());
  EXPECT_THAT(*jobs().ListEnded(1001, EndedJobs::kWithResult, 10), ElementsAre(id));
  EXPECT_THAT(*jobs().ExpireResults(1001, 10), ElementsAre(id));
  EXPECT_THAT(*jobs().ExpireResults(1001, 10), IsEmpty());
  store_->Reopen();
  EXPECT_FALSE(jobs().GetResult(id)->has_value());
  EXPECT_EQ(Get(id).state, JobState::kFinished);
  EXPECT_EQ(Get(without).state, JobState::kFinished);
}

TEST_P(JobStoreContract, AnOldIdempotencyKeyIsForgottenAndItsJobStays) {
  Job old = MakeJob({});
  Job young = MakeJob({});
  ASSERT_OK(jobs().Insert(old, IdempotencyKey{"old", "digest"}));
  ASSERT_OK(jobs().Insert(MakeJob({}), IdempotencyKey{"older", "digest"}));
  store_->Serve(2000);
  ASSERT_OK(jobs().Insert(young, IdempotencyKey{"young", "digest"}));
  EXPECT_EQ(*jobs().RemoveIdempotencyKeys(2000, 1), 1);
  EXPECT_EQ(*jobs().RemoveIdempotencyKeys(2000, 10), 1);
  EXPECT_EQ(*jobs().RemoveIdempotencyKeys(2000, 10), 0);
  store_->Reopen();
  EXPECT_FALSE(jobs().Insert(MakeJob({}), IdempotencyKey{"old", "another"})->existed);
  EXPECT_TRUE(jobs().Insert(MakeJob({}), IdempotencyKey{"young", "digest"})->existed);
  EXPECT_EQ(Get(old.id).state, JobState::kLaunching);
}

TEST_P(JobStoreContract, AHealthyStoreIsWritable) {
  ASSERT_OK(jobs().CheckWritable());
  EXPECT_EQ(jobs().quarantined_count(), 0);
}

TEST_P(JobStoreContract, InsertsAreSyncedAndClaimsAndStartsAreNot) {
  std::int64_t before = jobs().sync_count();
  JobId id = Insert({});
  std::int64_t inserted = jobs().sync_count();
  EXPECT_EQ(inserted, before + 1);
  ASSERT_OK(jobs().Claim({id, 1}));
  ASSERT_OK(jobs().Start({id, 1}));
  EXPECT_EQ(jobs().sync_count(), inserted);
  ASSERT_OK(jobs().Finish({id, 1}, JobFinish{}));
  EXPECT_EQ(jobs().sync_count(), inserted + 1);
}

}  // namespace

}  // namespace sluice
