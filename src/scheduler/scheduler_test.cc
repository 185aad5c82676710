#include "scheduler/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "base/random.h"
#include "engine/fake/fake_engine.h"
#include "store/faulty/faulty_job_store.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice {
namespace {

constexpr std::int64_t kPatienceMs = 20'000;

/// A scheduler over a real store and a real lake, with an engine that does as it is told. The store
/// can be made to fail, and everything can be stopped and opened again on the same files.
class World {
 public:
  World() : root_(std::filesystem::temp_directory_path() / ("sluice-test-" + MakeUuidV4())) {
    std::filesystem::create_directories(root_);
    Open();
  }
  ~World() {
    Close();
    std::filesystem::remove_all(root_);
  }

  void Open() {
    SqliteStore::Options options;
    options.file = root_ / "store.db";
    options.clock = &clock_;
    store_ = std::move(SqliteStore::Open(options).value());
    (void)store_->identity().AddProject(ProjectRecord{caller_.project, "p", "d", "sluice"});
    faulty_ = std::make_unique<FaultyJobStore>(store_->jobs(), plan_);
    catalog_ =
        std::move(LakeCatalog::Create(LakeCatalog::Options{&files_, &store_->catalog(), &clock_,
                                                           root_ / "warehouse", root_ / "notes"})
                      .value());
    engine_ = std::make_unique<FakeEngine>();
    Scheduler::Options parts;
    parts.parts.clock = &clock_;
    parts.parts.jobs = faulty_.get();
    parts.parts.catalog = catalog_.get();
    parts.parts.leases = &leases_;
    parts.parts.engine = engine_.get();
    parts.parts.results = &results_;
    parts.parts.metrics = &metrics_;
    Queue queue;
    queue.name = QueueName("default");
    queue.depth_max = 50;
    parts.queues = {{queue.name, queue}};
    parts.limits.cancel_deadline_ms = 50;
    scheduler_ = std::make_unique<Scheduler>(std::move(parts));
  }
  void Start() {
    ASSERT_TRUE(scheduler_->Load());
    scheduler_->Start();
  }
  void Close() {
    if (scheduler_ != nullptr) scheduler_->Stop(0, {});
    scheduler_.reset();
    engine_.reset();
    catalog_.reset();
    faulty_.reset();
    store_.reset();
  }
  void Restart() {
    Close();
    Open();
    Start();
  }

  Result<SubmitOutcome> Submit(const std::string& sql, std::vector<std::string> conf = {}) {
    SubmitRequest request;
    request.sql = sql;
    request.conf = std::move(conf);
    return Submit(request);
  }
  /// With the end of a synchronous job.
  Result<SubmitOutcome> Submit(const SubmitRequest& request) {
    Result<SubmitOutcome> accepted = scheduler_->Submit(caller_, request);
    if (!accepted || accepted->mode == JobMode::kAsync) return accepted;
    std::promise<Result<SubmitOutcome>> end;
    scheduler_->AwaitEnd(caller_.project, *std::move(accepted),
                         [&end](Result<SubmitOutcome> outcome) { end.set_value(outcome); });
    return end.get_future().get();
  }
  /// The job once its state is wanted, or final, or patience ends.
  JobView WaitFor(const JobId& id, const std::function<bool(const JobView&)>& wanted) {
    std::int64_t deadline = clock_.MonotonicMs() + kPatienceMs;
    while (true) {
      JobView view = scheduler_->Find(caller_.project, id).value();
      if (wanted(view) || clock_.MonotonicMs() > deadline) return view;
      std::this_thread::yield();
    }
  }
  JobView WaitForEnd(const JobId& id) {
    return WaitFor(id, [](const JobView& view) { return IsFinal(view.job.state); });
  }
  JobView WaitForRunning(const JobId& id) {
    return WaitFor(id, [](const JobView& v) { return v.job.state != JobState::kLaunching; });
  }
  Job Stored(const JobId& id) { return store_->jobs().Get(caller_.project, id).value(); }

  /// Removes the metadata of every table.
  void RemoveMetadata() {
    for (const auto& path : MetadataPaths()) std::filesystem::remove(path);
  }
  /// Reading it fails in a way that may pass: a file stands where its folder was.
  void HideMetadata() {
    for (const auto& path : MetadataPaths()) {
      std::filesystem::rename(path.parent_path(), path.parent_path().string() + ".hidden");
      std::ofstream(path.parent_path()) << "no folder";
    }
  }
  std::vector<std::filesystem::path> MetadataPaths() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "warehouse")) {
      if (entry.path().extension() == ".json") found.push_back(entry.path());
    }
    return found;
  }

  /// Rows of a table of the default database.
  std::int64_t RowsOf(const std::string& table) {
    return catalog_->FindTable(caller_.project, "default", table)->value().total_rows;
  }
  bool HasTable(const std::string& table) {
    return *catalog_->HasTable(caller_.project, "default", table);
  }
  /// Data files that lie in the warehouse, committed or not.
  int DataFiles() const {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "warehouse")) {
      count += entry.path().extension() == ".parquet" ? 1 : 0;
    }
    return count;
  }
  bool HasNotes() {
    for (const std::string& name :
         files_.List(root_ / "notes").value_or(std::vector<std::string>())) {
      if (!std::filesystem::is_empty(root_ / "notes" / name)) return true;
    }
    return false;
  }

  Scheduler& scheduler() { return *scheduler_; }
  FakeEngine& engine() { return *engine_; }
  FaultPlan& faults() { return plan_; }
  const Principal& caller() const { return caller_; }
  CatalogStore& catalog_rows() { return store_->catalog(); }

 private:
  std::filesystem::path root_;
  SystemClock clock_;
  LocalFileSystem files_;
  MetricRegistry metrics_;
  FaultPlan plan_;
  Principal caller_{"u1", "ann", ProjectId("p1"), true};
  TableWriterLeases leases_;
  ResultStore results_{&files_, root_ / "results"};
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<FaultyJobStore> faulty_;
  std::unique_ptr<LakeCatalog> catalog_;
  std::unique_ptr<FakeEngine> engine_;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST(Scheduler, ARepeatedRequestIsAnsweredWithItsJobWhateverHasBecomeOfItsDatabase) {
  World world;
  world.Start();
  SubmitRequest request;
  request.sql = "SELECT 1";
  request.current_database = "d";
  request.idempotency_key = IdempotencyKey{"k", "digest"};
  ASSERT_TRUE(world.Submit("CREATE DATABASE d", {"dli.sql.sqlasync.enabled = false"}));
  JobId first = world.Submit(request).value().id;
  world.WaitForEnd(first);
  ASSERT_TRUE(world.Submit("DROP DATABASE d", {"dli.sql.sqlasync.enabled = false"}));
  EXPECT_EQ(world.Submit(request).value().id, first);
  request.idempotency_key->request_digest = "another";
  EXPECT_EQ(world.Submit(request).error().code, ErrorCode::kFailedPrecondition);
}

TEST(Scheduler, ManySynchronousJobsWaitForTheirEndsAndAStopReleasesThem) {
  constexpr int kWaiters = 40;
  World world;
  world.Start();
  for (int i = 0; i < kWaiters; ++i) {
    world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  }
  std::vector<std::future<Result<SubmitOutcome>>> ends;
  for (int i = 0; i < kWaiters; ++i) {
    SubmitRequest request;
    request.sql = fmt::format("CREATE TABLE t{} AS SELECT 1 AS a", i);
    request.ddl_async_default = false;
    SubmitOutcome accepted = world.scheduler().Submit(world.caller(), request).value();
    EXPECT_EQ(accepted.mode, JobMode::kSync);
    auto end = std::make_shared<std::promise<Result<SubmitOutcome>>>();
    ends.push_back(end->get_future());
    world.scheduler().AwaitEnd(
        world.caller().project, accepted,
        [end](Result<SubmitOutcome> outcome) { end->set_value(std::move(outcome)); });
  }
  world.Close();
  for (auto& end : ends) {
    Result<SubmitOutcome> outcome = end.get();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(outcome.error().message, testing::HasSubstr("id: "));
  }
}

TEST(Scheduler, AQueryRunsAndItsRowsCanBeRead) {
  World world;
  world.Start();
  world.engine().Script({.outcome = FakeEngine::FinishedOutcome({"[1]", "[2]"})});
  JobId id = world.Submit("SELECT 1").value().id;
  JobView view = world.WaitForEnd(id);
  EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
  EXPECT_EQ(view.job.message, "");
  EXPECT_EQ(view.job.counts.result_count, 2);
  Preview preview = world.scheduler().GetPreview(world.caller().project, id, {0, 1'000}).value();
  std::string rows;
  ASSERT_TRUE(ReadExactly(preview.rows.get(), preview.rows->size(), &rows));
  EXPECT_EQ(rows, "[1],[2]");
}

TEST(Scheduler, ADdlIsAnEffectAndAnEndAtOnce) {
  World world;
  world.Start();
  auto outcome = world.Submit("CREATE TABLE t (id INT)", {"dli.sql.sqlasync.enabled = false"});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->state, JobState::kFinished) << outcome->message;
  EXPECT_TRUE(world.catalog_rows().FindTable(world.caller().project, "default", "t")->has_value());
  auto shown = world.Submit("SHOW TABLES", {"dli.sql.sqlasync.enabled = false"});
  ASSERT_TRUE(shown);
  ASSERT_EQ(shown->rows.size(), 1u);
  EXPECT_EQ(shown->rows[0][1], "t");
}

TEST(Scheduler, ASyntaxErrorStoresNothing) {
  World world;
  world.Start();
  auto refused = world.Submit("SELEC 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kSyntax);
  JobFilter filter;
  filter.project = world.caller().project;
  EXPECT_EQ(world.scheduler().List(filter)->job_count, 0);
}

TEST(Scheduler, AJobMayHaveAThousandSettingsAndNoMore) {
  World world;
  world.Start();
  std::vector<std::string> conf(1000, "a.key = value");
  EXPECT_TRUE(world.Submit("SELECT 1", conf));
  conf.emplace_back("one = more");
  EXPECT_EQ(world.Submit("SELECT 1", conf).error().code, ErrorCode::kInvalidArgument);
  conf.assign(1, "long = " + std::string(256 * 1024, 'x'));
  EXPECT_EQ(world.Submit("SELECT 1", conf).error().code, ErrorCode::kInvalidArgument);
}

TEST(Scheduler, AnUnknownTableFailsTheJobWithItsCode) {
  World world;
  world.Start();
  JobView view = world.WaitForEnd(world.Submit("SELECT * FROM nowhere").value().id);
  EXPECT_EQ(view.job.state, JobState::kFailed);
  EXPECT_NE(view.job.message.find("DLI.0005"), std::string::npos) << view.job.message;
  EXPECT_NE(view.job.message.find("TABLE_OR_VIEW_NOT_FOUND"), std::string::npos);
}

TEST(Scheduler, ALostAttemptIsRetriedAndStaysRunning) {
  World world;
  world.Start();
  world.engine().Script({.outcome = FakeEngine::LostOutcome()});
  world.engine().Script({.outcome = FakeEngine::FinishedOutcome({"[7]"})});
  JobView view = world.WaitForEnd(world.Submit("SELECT 7").value().id);
  EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
  EXPECT_EQ(view.job.attempt, 2);
}

TEST(Scheduler, ThreeLostAttemptsFailTheJobAndSayWhatWasLost) {
  World world;
  world.Start();
  for (int i = 0; i < 3; ++i) world.engine().Script({.outcome = FakeEngine::LostOutcome()});
  JobView view = world.WaitForEnd(world.Submit("SELECT 7").value().id);
  EXPECT_EQ(view.job.state, JobState::kFailed);
  EXPECT_EQ(view.job.attempt, 3);
  EXPECT_NE(view.job.message.find("DLI.0999"), std::string::npos) << view.job.message;
}

TEST(Scheduler, ARunningJobIsCancelledOnceAndForAll) {
  World world;
  world.Start();
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  JobId id = world.Submit("SELECT 1").value().id;
  world.WaitForRunning(id);
  EXPECT_TRUE(world.scheduler().Cancel(world.caller(), id));
  JobView view = world.WaitForEnd(id);
  EXPECT_EQ(view.job.state, JobState::kCancelled);
  EXPECT_EQ(view.job.message, "The job was cancelled by ann");
  auto again = world.scheduler().Cancel(world.caller(), id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kFailedPrecondition);
}

TEST(Scheduler, AWorkerThatDoesNotListenIsKilledAtTheDeadline) {
  World world;
  world.Start();
  world.engine().Script({.ending = FakeEngine::Ending::kDeaf});
  JobId id = world.Submit("SELECT 1").value().id;
  world.WaitForRunning(id);
  EXPECT_TRUE(world.scheduler().Cancel(world.caller(), id));
  EXPECT_EQ(world.WaitForEnd(id).job.state, JobState::kCancelled);
}

TEST(Scheduler, AJobPastItsTimeLimitIsCancelledAndSaysSo) {
  World world;
  world.Start();
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  JobView view = world.WaitForEnd(world.Submit("SELECT 1", {"dli.sql.job.timeout = 1"}).value().id);
  EXPECT_EQ(view.job.state, JobState::kCancelled);
  EXPECT_NE(view.job.message.find("DLI.0019"), std::string::npos) << view.job.message;
}

TEST(Scheduler, AFullQueueRefusesWithAReason) {
  World world;  // not started: everything waits
  ASSERT_TRUE(world.scheduler().Load());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(world.Submit("SELECT 1"));
  auto refused = world.Submit("SELECT 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
}

TEST(Scheduler, AJobThatNoAttemptTookIsCancelledAtOnce) {
  World world;
  ASSERT_TRUE(world.scheduler().Load());
  JobId id = world.Submit("SELECT 1").value().id;
  EXPECT_TRUE(world.scheduler().Cancel(world.caller(), id));
  EXPECT_EQ(world.scheduler().Find(world.caller().project, id)->job.state, JobState::kCancelled);
}

TEST(Scheduler, ARestartTakesUpWhatWasUnderWay) {
  World world;
  world.Start();
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  JobId running = world.Submit("SELECT 1").value().id;
  world.WaitForRunning(running);
  world.Restart();
  EXPECT_NE(world.scheduler().Find(world.caller().project, running)->job.state,
            JobState::kLaunching)
      << "never backwards";
  JobView view = world.WaitForEnd(running);
  EXPECT_EQ(view.job.state, JobState::kFinished);
  EXPECT_EQ(view.job.attempt, 2);
}

TEST(Scheduler, AStopAnswersASynchronousCallWhoseJobGoesOnLater) {
  World world;
  world.Start();
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  Result<SubmitOutcome> outcome = SubmitOutcome{};
  std::jthread caller([&] {
    outcome = world.Submit("CREATE TABLE c AS SELECT 1 AS a", {"dli.sql.sqlasync.enabled = false"});
  });
  JobFilter running;
  running.project = world.caller().project;
  running.state = JobState::kRunning;
  while (world.scheduler().List(running)->job_count == 0) std::this_thread::yield();
  world.scheduler().Stop(0, {});
  caller.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kTimeout);
  EXPECT_NE(outcome.error().message.find("id: "), std::string::npos) << outcome.error().message;
}

TEST(Scheduler, ACancellationAfterTheStopIsStillPromised) {
  World world;
  world.Start();
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  JobId id = world.Submit("SELECT 1").value().id;
  world.WaitForRunning(id);
  world.scheduler().Stop(0, {});
  EXPECT_TRUE(world.scheduler().Cancel(world.caller(), id));
  world.Restart();
  EXPECT_EQ(world.WaitForEnd(id).job.state, JobState::kCancelled);
}

TEST(Scheduler, ATableWithoutItsMetadataFailsItsJobsAndCanBeDropped) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  world.Restart();  // nothing of the table is in memory
  world.RemoveMetadata();
  JobView read = world.WaitForEnd(world.Submit("SELECT a FROM t").value().id);
  EXPECT_EQ(read.job.state, JobState::kFailed);
  EXPECT_NE(read.job.message.find("DLI.0999"), std::string::npos) << read.job.message;
  JobView drop = world.WaitForEnd(world.Submit("DROP TABLE t").value().id);
  EXPECT_EQ(drop.job.state, JobState::kFinished) << drop.job.message;
}

TEST(Scheduler, ACancelledJobDoesNotWaitForAFileThatCannotBeRead) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  world.Restart();
  world.HideMetadata();
  JobId id = world.Submit("SELECT a FROM t").value().id;
  while (world.Stored(id).attempt == 0) std::this_thread::yield();
  EXPECT_TRUE(world.scheduler().Cancel(world.caller(), id));
  EXPECT_EQ(world.WaitForEnd(id).job.state, JobState::kCancelled);
}

FakeEngine::Act RowsAct(std::size_t rows) {
  return {.outcome = FakeEngine::FinishedOutcome(std::vector<std::string>(rows, "[1]"))};
}

TEST(Scheduler, AnInsertCommitsWhatItsWorkerWrote) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  world.engine().Script(RowsAct(3));
  JobView view = world.WaitForEnd(world.Submit("INSERT INTO t SELECT 1").value().id);
  EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
  EXPECT_EQ(view.job.counts.result_count, 3);
  EXPECT_EQ(view.job.counts.input_row_count, 3);
  EXPECT_EQ(view.job.counts.output_bytes, 30);
  EXPECT_EQ(world.Stored(view.job.id).state, JobState::kFinished);
  EXPECT_EQ(world.RowsOf("t"), 3);
  const AttemptSpec spec = world.engine().started().back();
  EXPECT_EQ(spec.kind, WorkKind::kWrite);
  ASSERT_TRUE(spec.write);
  EXPECT_TRUE(spec.sources.empty());
  EXPECT_FALSE(world.HasNotes());
}

TEST(Scheduler, AnOverwriteReplacesAndAnEmptyOneEmpties) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  for (std::size_t rows : {3, 5}) {
    world.engine().Script(RowsAct(rows));
    JobView view = world.WaitForEnd(world.Submit("INSERT OVERWRITE t SELECT 1").value().id);
    EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
    EXPECT_EQ(world.RowsOf("t"), static_cast<std::int64_t>(rows));
  }
  world.engine().Script(RowsAct(0));
  JobView view = world.WaitForEnd(world.Submit("INSERT OVERWRITE t SELECT 1").value().id);
  EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
  EXPECT_EQ(world.RowsOf("t"), 0);
}

TEST(Scheduler, ATableOfAQueryIsThereWithItsRowsOrNotAtAll) {
  World world;
  world.Start();
  world.engine().Script(RowsAct(4));
  JobView made = world.WaitForEnd(world.Submit("CREATE TABLE c AS SELECT 1 AS a").value().id);
  EXPECT_EQ(made.job.state, JobState::kFinished) << made.job.message;
  EXPECT_EQ(world.RowsOf("c"), 4);
  world.engine().Script(
      {.outcome = FakeEngine::FailedOutcome({ErrorCode::kExecution, "Division by zero", ""})});
  JobView failed = world.WaitForEnd(world.Submit("CREATE TABLE d AS SELECT 1 AS a").value().id);
  EXPECT_EQ(failed.job.state, JobState::kFailed);
  EXPECT_FALSE(world.HasTable("d"));
  EXPECT_FALSE(world.HasNotes());
}

TEST(Scheduler, ATableThatIsThereIsEnoughForIfNotExists) {
  World world;
  world.Start();
  world.engine().Script(RowsAct(4));
  world.WaitForEnd(world.Submit("CREATE TABLE c AS SELECT 1 AS a").value().id);
  const char* sql = "CREATE TABLE IF NOT EXISTS c AS SELECT 2 AS b";
  EXPECT_EQ(world.WaitForEnd(world.Submit(sql).value().id).job.state, JobState::kFinished);
  EXPECT_EQ(world.RowsOf("c"), 4);
  JobView again = world.WaitForEnd(world.Submit("CREATE TABLE c AS SELECT 2 AS b").value().id);
  EXPECT_EQ(again.job.state, JobState::kFailed);
  EXPECT_FALSE(world.HasNotes());
}

TEST(Scheduler, AStatementReadsItsTablesAsTheyAreWhenItStarts) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a DOUBLE)").value().id);
  world.engine().Script(RowsAct(2));
  world.WaitForEnd(world.Submit("INSERT INTO t SELECT 1").value().id);
  world.WaitForEnd(world.Submit("SELECT x.a FROM t x JOIN t y ON x.a = y.a").value().id);
  const AttemptSpec spec = world.engine().started().back();
  ASSERT_EQ(spec.sources.size(), 1u) << "each table once";
  EXPECT_EQ(spec.sources.front().database, "default");
  EXPECT_EQ(spec.sources.front().table, "t");
  EXPECT_TRUE(spec.sources.front().can_have_nan);
  EXPECT_NE(spec.sources.front().metadata_json.find("snap-"), std::string::npos);
  EXPECT_EQ(spec.source_bytes, 20);
}

TEST(Scheduler, ALostWriteLeavesNothingAndIsDoneOnceByTheNextAttempt) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  world.engine().Script({.outcome = FakeEngine::LostOutcome()});
  world.engine().Script(RowsAct(2));
  JobView view = world.WaitForEnd(world.Submit("INSERT INTO t SELECT 1").value().id);
  EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
  EXPECT_EQ(view.job.attempt, 2);
  EXPECT_EQ(world.RowsOf("t"), 2);
  EXPECT_EQ(world.DataFiles(), 1);
  const std::vector<AttemptSpec> started = world.engine().started();
  EXPECT_NE(started.at(0).write->folder, started.at(1).write->folder);
}

TEST(Scheduler, ACancelledWriteHasNoEffect) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  JobId id = world.Submit("INSERT INTO t SELECT 1").value().id;
  while (world.engine().under_way() == 0) std::this_thread::yield();
  EXPECT_TRUE(world.scheduler().Cancel(world.caller(), id));
  EXPECT_EQ(world.WaitForEnd(id).job.state, JobState::kCancelled);
  EXPECT_EQ(world.RowsOf("t"), 0);
}

TEST(Scheduler, ATableThatIsDroppedUnderAWriteFailsItsJob) {
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  world.engine().Script({.ending = FakeEngine::Ending::kHeld});
  JobId id = world.Submit("INSERT INTO t SELECT 1").value().id;
  while (world.engine().under_way() == 0) std::this_thread::yield();
  ASSERT_EQ(world.WaitForEnd(world.Submit("DROP TABLE t").value().id).job.state,
            JobState::kFinished);
  EXPECT_TRUE(world.engine().Finish(id, FakeEngine::FinishedOutcome({"[1]"})));
  JobView view = world.WaitForEnd(id);
  EXPECT_EQ(view.job.state, JobState::kFailed);
  EXPECT_NE(view.job.message.find("dropped"), std::string::npos) << view.job.message;
}

TEST(Scheduler, ManyAppendsOfOneTableAllArrive) {
  constexpr int kJobs = 20;
  World world;
  world.Start();
  world.WaitForEnd(world.Submit("CREATE TABLE t (a INT)").value().id);
  std::vector<JobId> jobs;
  for (int i = 0; i < kJobs; ++i) jobs.push_back(world.Submit("INSERT INTO t SELECT 1").value().id);
  for (const JobId& id : jobs) {
    EXPECT_EQ(world.WaitForEnd(id).job.state, JobState::kFinished);
  }
  EXPECT_EQ(world.RowsOf("t"), kJobs);
  EXPECT_FALSE(world.HasNotes());
}

TEST(Scheduler, ManyClientsGetOneEndEach) {
  World world;
  world.Start();
  std::atomic<int> finished = 0;
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < 4; ++c) {
      clients.emplace_back([&] {
        for (int i = 0; i < 10; ++i) {
          JobView view = world.WaitForEnd(world.Submit("SELECT 1").value().id);
          finished += view.job.state == JobState::kFinished ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(finished, 40);
}

// Fails one call of the store after the other, before and after its effect: whatever fails, the job
// ends once, memory and store agree, and a submit that was refused leaves nothing that hangs.
class EveryStoreFault : public testing::TestWithParam<FaultMoment> {};

TEST_P(EveryStoreFault, TheJobStillGetsOneHonestEnd) {
  for (std::int64_t call = 0;; ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    World world;
    world.Start();
    world.faults().FailAt(call, GetParam());
    auto submitted = world.Submit("SELECT 1");
    if (submitted) {
      JobView view = world.WaitForEnd(submitted->id);
      EXPECT_EQ(view.job.state, JobState::kFinished) << view.job.message;
      EXPECT_EQ(world.Stored(submitted->id).state, JobState::kFinished);
    } else {
      EXPECT_EQ(submitted.error().code, ErrorCode::kUnavailable);
    }
    JobFilter unfinished;
    unfinished.project = world.caller().project;
    unfinished.state = JobState::kLaunching;
    SystemClock clock;
    std::int64_t deadline = clock.MonotonicMs() + kPatienceMs;
    while (world.scheduler().List(unfinished)->job_count > 0 && clock.MonotonicMs() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_EQ(world.scheduler().List(unfinished)->job_count, 0) << "a job hangs";
    bool was_reached = world.faults().has_failed();
    if (!was_reached || HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(BeforeAndAfterTheEffect, EveryStoreFault,
                         testing::Values(FaultMoment::kBeforeEffect, FaultMoment::kAfterEffect));

}  // namespace
}  // namespace sluice
