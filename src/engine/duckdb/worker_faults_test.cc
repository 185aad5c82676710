// What happens to attempts and processes when workers are stopped, killed, stuck or too greedy.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "base/random.h"
#include "engine/duckdb/engine_harness_test.h"
#include "engine/duckdb/sandbox.h"
#include "engine/duckdb/worker_process.h"

namespace sluice {
namespace {

using Kind = AttemptOutcome::Kind;

constexpr const char* kEndlessSql = "SELECT count(*) FROM range(10000000000) a, range(100000) b";

std::string Why(const AttemptOutcome& outcome) {
  return outcome.error.message + " | " + outcome.error.detail;
}

EngineHarness::Handle BeginEndless(EngineHarness* harness) {
  EngineHarness::Handle handle = harness->Begin(harness->Spec(kEndlessSql, {{"n", "bigint"}}));
  handle.observer->WaitUntilStarted();
  return handle;
}

std::string StatusLine(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(name + ":")) return line;
  }
  return {};
}

TEST(WorkerFaults, InterruptEndsAStatementAndKeepsTheWorker) {
  EngineHarness harness;
  harness.options.spare_workers = 0;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  EngineHarness::Handle handle = BeginEndless(&harness);
  const std::vector<pid_t> before = harness.WorkerPids();
  handle.execution->Interrupt();
  AttemptOutcome outcome = handle.observer->WaitForEnd();
  EXPECT_EQ(outcome.kind, Kind::kInterrupted) << Why(outcome);
  EXPECT_EQ(harness.Run("SELECT 1", {{"a", "int"}}).kind, Kind::kFinished);
  EXPECT_EQ(harness.WorkerPids(), before);
}

TEST(WorkerFaults, AWorkerThatSendsWithoutEndKeepsNobodyFromTheOthers) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("flood-" + MakeUuidV4());
  std::filesystem::create_directories(folder);
  const std::string pong("\x02\x00\x00\x00\x3a\x00", 6);
  std::ofstream pongs(folder / "pongs");
  for (int i = 0; i < 100'000; ++i) pongs << pong;
  pongs.close();
  std::ofstream(folder / "worker")
      << "#!/bin/sh\nwhile cat " << (folder / "pongs").string() << " >&3; do :; done\n";
  std::filesystem::permissions(folder / "worker", std::filesystem::perms::owner_all);
  Result<WorkerProcess> worker = WorkerProcess::Spawn(folder / "worker");
  ASSERT_TRUE(worker);
  std::vector<frames::ToServer> messages;
  while (messages.empty()) {
    pollfd waiting = {worker->socket(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 10'000), 1);
    ASSERT_TRUE(worker->Receive(&messages));
  }
  EXPECT_LT(messages.size(), 100'000U);
  worker->Kill();
  std::filesystem::remove_all(folder);
}

TEST(WorkerFaults, AnInterruptRightAfterStartIsNotLost) {
  EngineHarness harness;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  EngineHarness::Handle handle = harness.Begin(harness.Spec(kEndlessSql, {{"n", "bigint"}}));
  handle.execution->Interrupt();
  EXPECT_EQ(handle.observer->WaitForEnd().kind, Kind::kInterrupted);
}

TEST(WorkerFaults, KillEndsTheProcessAndTheNextAttemptRuns) {
  EngineHarness harness;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  EngineHarness::Handle handle = BeginEndless(&harness);
  handle.execution->Kill();
  EXPECT_EQ(handle.observer->WaitForEnd().kind, Kind::kInterrupted);
  AttemptOutcome outcome = harness.Run("SELECT 1", {{"a", "int"}});
  EXPECT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
}

TEST(WorkerFaults, ACrashedWorkerCostsItsAttemptOnly) {
  for (int signal : {SIGKILL, SIGSEGV}) {
    EngineHarness harness;
    harness.options.spare_workers = 0;
    ASSERT_NO_FATAL_FAILURE(harness.Start());
    EngineHarness::Handle handle = BeginEndless(&harness);
    for (pid_t pid : harness.WorkerPids()) ::kill(pid, signal);
    AttemptOutcome outcome = handle.observer->WaitForEnd();
    EXPECT_EQ(outcome.kind, Kind::kLost);
    EXPECT_EQ(outcome.error.code, ErrorCode::kUnavailable);
    outcome = harness.Run("SELECT 1", {{"a", "int"}});
    EXPECT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  }
}

TEST(WorkerFaults, AnIdleWorkerThatDiedIsReplacedWithoutATrace) {
  EngineHarness harness;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  ASSERT_EQ(harness.Run("SELECT 1", {{"a", "int"}}).kind, Kind::kFinished);
  for (pid_t pid : harness.WorkerPids()) ::kill(pid, SIGKILL);
  AttemptOutcome outcome = harness.Run("SELECT 2", {{"a", "int"}});
  EXPECT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
}

TEST(WorkerFaults, AStuckWorkerIsNoticed) {
  EngineHarness harness;
  harness.options.spare_workers = 0;
  harness.options.heartbeat_ms = 50;
  harness.options.silence_ms_max = 1'000;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  EngineHarness::Handle handle = BeginEndless(&harness);
  for (pid_t pid : harness.WorkerPids()) ::kill(pid, SIGSTOP);
  EXPECT_EQ(handle.observer->WaitForEnd().kind, Kind::kLost);
}

TEST(WorkerFaults, TheMemoryLimitFailsTheStatementInPlainWords) {
  EngineHarness harness;
  harness.options.memory_limit_bytes = std::uint64_t{128} << 20U;
  harness.options.temp_quota_bytes = std::uint64_t{16} << 20U;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  AttemptOutcome outcome = harness.Run(
      "SELECT length(string_agg(repeat('x', 1000), '')) FROM range(10000000)", {{"n", "bigint"}});
  EXPECT_EQ(outcome.kind, Kind::kFailed) << Why(outcome);
  EXPECT_EQ(outcome.error.code, ErrorCode::kLimitExceeded) << Why(outcome);
  EXPECT_EQ(outcome.error.message, "The statement exceeded its memory limit of 128 MB");
  const AttemptOutcome next = harness.Run("SELECT 1", {{"a", "int"}});
  EXPECT_EQ(next.kind, Kind::kFinished) << Why(next);
}

TEST(WorkerFaults, TheTempQuotaFailsTheStatementInPlainWords) {
  EngineHarness harness;
  // One thread pins little at a time: what does not fit goes to the temporary files.
  harness.options.threads = 1;
  harness.options.memory_limit_bytes = std::uint64_t{512} << 20U;
  harness.options.temp_quota_bytes = std::uint64_t{32} << 20U;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  AttemptOutcome outcome = harness.Run(
      "SELECT a, random()::VARCHAR || repeat(md5(a::VARCHAR), 40) AS b FROM range(600000) t(a) "
      "ORDER BY b",
      {{"a", "bigint"}, {"b", "string"}});
  EXPECT_EQ(outcome.kind, Kind::kFailed) << Why(outcome);
  EXPECT_EQ(outcome.error.code, ErrorCode::kLimitExceeded) << Why(outcome);
  // What the engine has pinned when the files are full decides which limit it names.
  EXPECT_THAT(outcome.error.message,
              testing::AnyOf("The statement exceeded its limit for temporary files of 32 MB",
                             "The statement exceeded its memory limit of 512 MB"));
}

TEST(WorkerFaults, ProgressGrowsWhileAScanRunsAndItsInputIsMeasured) {
  EngineHarness harness;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  AttemptOutcome made =
      harness.Run("SELECT range AS a, md5(range::VARCHAR) AS b FROM range(3000000)",
                  {{"a", "bigint"}, {"b", "string"}});
  ASSERT_EQ(made.kind, Kind::kFinished) << Why(made);
  const std::filesystem::path table = harness.options.warehouse_root / "project" / "t.parquet";
  std::filesystem::rename(made.scratch_folder / "part-0.parquet", table);
  EngineHarness::Handle handle = harness.Begin(
      harness.Spec("SELECT sum(length(md5(md5(md5(md5(md5(b)))))) + a % 3) FROM read_parquet('" +
                       table.string() + "')",
                   {{"s", "bigint"}}));
  AttemptOutcome outcome = handle.observer->WaitForEnd();
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_EQ(outcome.input_size_bytes, static_cast<std::int64_t>(std::filesystem::file_size(table)));
  EXPECT_GT(outcome.cpu_ms, 0);
  const std::vector<double> progress = handle.observer->progress();
  EXPECT_GE(progress.size(), 3U);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  for (double fraction : progress) {
    EXPECT_GT(fraction, 0);
    EXPECT_LT(fraction, 1);
  }
}

TEST(WorkerFaults, AWorkerIsConfinedBeforeItRunsSql) {
  const SandboxLevel level = ProbeSandbox();
  if (!level.files) GTEST_SKIP() << "this kernel has no Landlock";
  EngineHarness harness;
  harness.options.spare_workers = 0;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  EXPECT_TRUE(harness.engine().sandbox_level().files);
  ASSERT_EQ(harness.Run("SELECT 1", {{"a", "int"}}).kind, Kind::kFinished);
  for (pid_t pid : harness.WorkerPids()) {
    EXPECT_EQ(StatusLine(pid, "NoNewPrivs"), "NoNewPrivs:\t1");
    EXPECT_EQ(StatusLine(pid, "Seccomp"), "Seccomp:\t2");
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
      std::ifstream status(task.path() / "status");
      std::stringstream text;
      text << status.rdbuf();
      EXPECT_NE(text.str().find("Seccomp:\t2"), std::string::npos) << "every thread is confined";
    }
  }
}

TEST(WorkerFaults, WorkersRetireAfterTheirShareOfAttempts) {
  EngineHarness harness;
  harness.options.spare_workers = 0;
  harness.options.attempts_per_worker = 2;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  std::set<pid_t> seen;
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(harness.Run("SELECT 1", {{"a", "int"}}).kind, Kind::kFinished);
    for (pid_t pid : harness.WorkerPids()) seen.insert(pid);
  }
  EXPECT_GE(seen.size(), 2U);
}

TEST(WorkerFaults, WorkersDieWithTheirServer) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  // The worker inherits nothing but its socket, so the pipe closes with the stand-in server alone;
  // the worker's death is seen through its number.
  pid_t server = ::fork();
  if (server == 0) {
    Result<WorkerProcess> worker = WorkerProcess::Spawn("/proc/self/exe");
    pid_t pid = worker ? worker->pid() : 0;
    (void)!::write(ends[1], &pid, sizeof pid);
    ::pause();
    ::_exit(0);
  }
  pid_t worker = 0;
  ASSERT_EQ(::read(ends[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  ASSERT_GT(worker, 0);
  UniqueFd watched(static_cast<int>(::syscall(SYS_pidfd_open, worker, 0)));
  ASSERT_TRUE(watched.valid());
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  pollfd ended = {watched.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 2'000), 1) << "the worker outlived its server";
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(WorkerFaults, GarbageFramesAreAnErrorNotACrash) {
  FrameBuffer buffer(1024);
  buffer.Append(std::string("\xff\xff\xff\xff garbage", 12));
  EXPECT_FALSE(buffer.Next());
  FrameBuffer pieces(1024);
  frames::ToServer pong;
  pong.mutable_pong();
  const std::string bytes = EncodeFrame(pong);
  for (char c : bytes.substr(0, bytes.size() - 1)) {
    pieces.Append({&c, 1});
    Result<std::optional<std::string>> frame = pieces.Next();
    ASSERT_TRUE(frame);
    EXPECT_FALSE(*frame);
  }
  pieces.Append(bytes.substr(bytes.size() - 1));
  EXPECT_TRUE(*pieces.Next());
}

TEST(WorkerFaults, AProgramThatIsNoWorkerIsALostAttempt) {
  EngineHarness harness;
  harness.options.functions_script.clear();
  harness.options.spare_workers = 0;
  harness.options.worker_executable = "/bin/false";
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  EXPECT_EQ(harness.Run("SELECT 1", {{"a", "int"}}).kind, Kind::kLost);
}

}  // namespace
}  // namespace sluice
