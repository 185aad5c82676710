// Failing disks, injected below SQLite: its calls to the operating system are replaced for the
// process.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "store/store_test_support.h"

namespace sluice {

namespace {

using ::testing::HasSubstr;

std::atomic<int> failing_errno = 0;
std::atomic<int> writes_until_failure = 0;

ssize_t FailingWrite(int fd, const void* bytes, std::size_t count, off_t offset) {
  if (failing_errno != 0 && writes_until_failure-- <= 0) {
    errno = failing_errno;
    return -1;
  }
  return ::pwrite(fd, bytes, count, offset);
}

/// Makes every write fail from the N-th on, until it goes.
class FailingDisk {
 public:
  FailingDisk(int error, int good_writes) {
    writes_until_failure = good_writes;
    failing_errno = error;
  }
  ~FailingDisk() { failing_errno = 0; }
};

class WriteFailure : public ::testing::Test {
 protected:
  void SetUp() override {
    Replace(reinterpret_cast<sqlite3_syscall_ptr>(&FailingWrite));
    store_ = std::make_unique<SqliteUnderTest>();
  }
  void TearDown() override {
    store_.reset();
    Replace(nullptr);
  }
  static void Replace(sqlite3_syscall_ptr call) {
    sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    for (const char* name : {"pwrite", "pwrite64"}) system->xSetSystemCall(system, name, call);
  }
  JobStore& jobs() { return store_->jobs(); }
  std::int64_t Count() {
    JobFilter filter;
    filter.project = kTestProject;
    return jobs().List(filter)->job_count;
  }

  std::unique_ptr<SqliteUnderTest> store_;
};

TEST_F(WriteFailure, AFullDiskIsSaidAndRecoveredFrom) {
  Job before = MakeJob({});
  ASSERT_OK(jobs().Insert(before, std::nullopt));
  {
    FailingDisk disk(ENOSPC, 0);
    Result<InsertOutcome> outcome = jobs().Insert(MakeJob({}), std::nullopt);
    EXPECT_CODE(ErrorCode::kUnavailable, outcome);
    EXPECT_EQ(outcome.error().message, "The job store cannot write: disk full");
    EXPECT_CODE(ErrorCode::kUnavailable, jobs().CheckWritable());
    ASSERT_OK(jobs().Get(kTestProject, before.id));
    EXPECT_EQ(Count(), 1);
  }
  ASSERT_OK(jobs().CheckWritable());
  Job after = MakeJob({});
  ASSERT_OK(jobs().Insert(after, std::nullopt));
  EXPECT_EQ(Count(), 2);
  store_->Reopen();
  ASSERT_OK(jobs().Get(kTestProject, before.id));
  ASSERT_OK(jobs().Get(kTestProject, after.id));
  EXPECT_EQ(Count(), 2);
}

TEST_F(WriteFailure, AnInputOutputErrorIsSaidAndRecoveredFrom) {
  {
    FailingDisk disk(EIO, 0);
    Result<InsertOutcome> outcome = jobs().Insert(MakeJob({}), std::nullopt);
    EXPECT_CODE(ErrorCode::kUnavailable, outcome);
    EXPECT_THAT(outcome.error().message, HasSubstr("input/output error"));
  }
  ASSERT_OK(jobs().Insert(MakeJob({}), std::nullopt));
  ASSERT_OK(jobs().CheckWritable());
}

TEST_F(WriteFailure, EveryFailingWriteLeavesAllOrNothing) {
  Job job = MakeJob({});
  bool has_failed = true;
  for (int good_writes = 0; has_failed; ++good_writes) {
    ASSERT_LT(good_writes, 1000);
    Job next = MakeJob({.statement = std::string(20'000, 'x')});
    std::int64_t count = Count();
    {
      FailingDisk disk(ENOSPC, good_writes);
      has_failed = !jobs().Insert(next, std::nullopt).has_value();
    }
    EXPECT_EQ(jobs().Get(kTestProject, next.id).has_value(), !has_failed);
    EXPECT_EQ(Count(), count + (has_failed ? 0 : 1));
    ASSERT_OK(jobs().CheckWritable());
  }
  store_->Reopen();
  EXPECT_EQ(Count(), 1);
}

TEST_F(WriteFailure, ClaimsFailWithTheDiskToo) {
  Job job = MakeJob({});
  ASSERT_OK(jobs().Insert(job, std::nullopt));
  {
    FailingDisk disk(ENOSPC, 0);
    EXPECT_CODE(ErrorCode::kUnavailable, jobs().Claim({job.id, 1}));
  }
  ASSERT_OK(jobs().Claim({job.id, 1}));
}

}  // namespace

}  // namespace sluice
