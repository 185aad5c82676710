// Many threads on one store, and a store whose process is killed.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "base/mutex.h"
#include "base/unique_fd.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

constexpr std::size_t kIdLength = 36;

/// What the store acknowledged about each job.
struct Acknowledged {
  Mutex mutex;
  std::map<JobId, int> ends GUARDED_BY(mutex);  ///< successful Finish and immediate cancels
  std::map<JobId, int> promises GUARDED_BY(mutex);
};

void ActAtRandom(JobStore& jobs, const std::vector<JobId>& ids, unsigned seed,
                 Acknowledged* acknowledged) {
  constexpr int kActions = 150;
  std::mt19937 random(seed);
  for (int i = 0; i < kActions; ++i) {
    const JobId& id = ids[random() % ids.size()];
    int attempt = 1 + static_cast<int>(random() % 2);
    switch (random() % 5) {
      case 0:
        std::ignore = jobs.Claim({id, attempt});
        break;
      case 1:
        std::ignore = jobs.Start({id, attempt});
        break;
      case 2: {
        JobFinish finish;
        finish.state = random() % 2 == 0 ? JobState::kFinished : JobState::kCancelled;
        if (!jobs.Finish({id, attempt}, finish)) break;
        MutexLock lock(acknowledged->mutex);
        ++acknowledged->ends[id];
        break;
      }
      case 3: {
        Result<CancelOutcome> outcome = jobs.RequestCancel(kTestProject, id, "by a test", 1, 1);
        if (!outcome) break;
        MutexLock lock(acknowledged->mutex);
        if (*outcome == CancelOutcome::kCancelledAtOnce) ++acknowledged->ends[id];
        if (*outcome == CancelOutcome::kPromised) ++acknowledged->promises[id];
        break;
      }
      default: {
        JobFilter filter;
        filter.project = kTestProject;
        filter.sql_pattern = "select";
        Result<JobPage> page = jobs.List(filter);
        EXPECT_TRUE(page.has_value());
        if (page) {
          EXPECT_EQ(page->job_count, static_cast<std::int64_t>(ids.size()));
        }
      }
    }
  }
}

TEST(StoreConcurrency, EveryJobEndsOnceAndAPromisedCancelIsKept) {
  constexpr int kThreads = 4;
  SqliteUnderTest store;
  std::vector<JobId> ids;
  for (int i = 0; i < 40; ++i) {
    Job job = MakeJob({});
    ASSERT_OK(store.jobs().Insert(job, std::nullopt));
    ids.push_back(job.id);
  }
  Acknowledged acknowledged;
  {
    std::vector<std::jthread> threads;
    for (unsigned seed = 0; seed < kThreads; ++seed) {
      threads.emplace_back([&, seed] { ActAtRandom(store.jobs(), ids, seed, &acknowledged); });
    }
  }
  std::map<JobState, std::int64_t> counts;
  MutexLock lock(acknowledged.mutex);
  for (const JobId& id : ids) {
    Result<Job> job = store.jobs().Get(kTestProject, id);
    ASSERT_OK(job);
    ++counts[job->state];
    EXPECT_EQ(acknowledged.ends[id], IsFinal(job->state) ? 1 : 0);
    EXPECT_LE(acknowledged.promises[id], 1);
    if (acknowledged.promises[id] > 0) {
      EXPECT_NE(job->state, JobState::kFinished);
    }
  }
  for (JobState state :
       {JobState::kLaunching, JobState::kRunning, JobState::kFinished, JobState::kCancelled}) {
    JobFilter filter;
    filter.project = kTestProject;
    filter.state = state;
    EXPECT_EQ(store.jobs().List(filter)->job_count, counts[state]);
  }
}

TEST(StoreConcurrency, OneOfManySubmitsWithTheSameKeyStoresAJob) {
  SqliteUnderTest store;
  Mutex mutex;
  std::map<JobId, int> answers;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        auto outcome = store.jobs().Insert(MakeJob({}), IdempotencyKey{"key", "digest"});
        ASSERT_OK(outcome);
        MutexLock lock(mutex);
        ++answers[outcome->id];
      });
    }
  }
  EXPECT_EQ(answers.size(), 1u);
}

/// Inserts from several threads until killed; writes each id to the pipe once it is acknowledged.
[[noreturn]] void SubmitForever(const std::filesystem::path& file, int pipe) {
  FakeClock clock;
  auto store = SqliteStore::Open({.file = file, .mode = StoreMode::kReadWrite, .clock = &clock});
  if (!store) _exit(1);
  auto submit = [&] {
    while (true) {
      Job job = MakeJob({});
      if (!(*store)->jobs().Insert(job, std::nullopt)) _exit(1);
      if (::write(pipe, job.id.value().data(), kIdLength) != kIdLength) _exit(1);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(submit);
  submit();
  _exit(1);
}

/// The ids that the child wrote before it was killed, after at least `count` of them.
std::vector<JobId> KillAfter(const std::filesystem::path& file, std::size_t count) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  UniqueFd from_child(ends[0]);
  UniqueFd to_parent(ends[1]);
  pid_t child = ::fork();
  if (child == 0) SubmitForever(file, to_parent.get());
  to_parent.Reset();
  std::string bytes;
  char buffer[4096];
  bool is_killed = false;
  for (ssize_t size = 0; (size = ::read(from_child.get(), buffer, sizeof buffer)) > 0;) {
    bytes.append(buffer, static_cast<std::size_t>(size));
    if (!is_killed && bytes.size() >= count * kIdLength) is_killed = ::kill(child, SIGKILL) == 0;
  }
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  std::vector<JobId> ids;
  for (std::size_t at = 0; at + kIdLength <= bytes.size(); at += kIdLength) {
    ids.emplace_back(bytes.substr(at, kIdLength));
  }
  return ids;
}

TEST(StoreCrash, EveryAcknowledgedJobOutlivesTheKillOfItsProcess) {
  ScratchFolder folder;
  FakeClock clock;
  std::filesystem::path file = folder.path() / "store.db";
  std::vector<JobId> acknowledged;
  for (std::size_t round = 0; round < 6; ++round) {
    for (JobId& id : KillAfter(file, 1 + round * 37)) acknowledged.push_back(std::move(id));
    auto store = SqliteStore::Open({.file = file, .mode = StoreMode::kReadWrite, .clock = &clock});
    ASSERT_OK(store);
    for (const JobId& id : acknowledged) ASSERT_OK((*store)->jobs().Get(kTestProject, id));
    EXPECT_GE((*store)->jobs().LoadUnfinished()->size(), acknowledged.size());
  }
}

}  // namespace

}  // namespace sluice
