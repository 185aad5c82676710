// What ages a record, and what does not: clocks that jump, restarts, crashes, stores of before.

#include "store/sqlite/sqlite_served_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/sqlite/migrations.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kYearMs = 365 * kDayMs;
constexpr std::int64_t kRetentionMs = 7 * kDayMs;
constexpr std::size_t kVersionBefore = 2;  // migrations of the release without a served clock

class SqliteServedClockTest : public ::testing::Test {
 protected:
  /// Removes what is past its retention; the ids of the jobs that went.
  std::vector<JobId> Remove() {
    const std::int64_t before_ms = store_.served().NowMs() - kRetentionMs;
    removed_keys_ += *store_.jobs().RemoveIdempotencyKeys(before_ms, 100);
    removed_folders_ += store_.catalog().ListDroppedLocations(before_ms)->size();
    return *store_.jobs().RemoveRecords(before_ms, 100);
  }
  JobId RunJob(const std::string& key) {
    Job job = MakeJob({.start_time_ms = store_.clock().WallMs()});
    EXPECT_TRUE(store_.jobs().Insert(job, IdempotencyKey{key, "digest"}));
    EXPECT_TRUE(store_.jobs().Claim({job.id, 1}));
    EXPECT_TRUE(store_.jobs().Start({job.id, 1}));
    EXPECT_TRUE(store_.jobs().Finish({job.id, 1}, JobFinish{}));
    return job.id;
  }
  void Restart() {
    ASSERT_OK(store_.served().Keep());
    store_.Reopen();
  }

  SqliteUnderTest store_;
  int removed_keys_ = 0;
  std::size_t removed_folders_ = 0;
};

TEST_F(SqliteServedClockTest, GoesWithTheMonotonicClockAndNotWithTheWall) {
  const std::int64_t before_ms = store_.served().NowMs();
  for (std::int64_t step_ms : {400 * kDayMs, -20 * kYearMs, -store_.clock().WallMs(), kHourMs}) {
    store_.clock().StepWall(step_ms);
    EXPECT_EQ(store_.served().NowMs(), before_ms);
  }
  store_.clock().Advance(kHourMs / 10);
  EXPECT_EQ(store_.served().NowMs(), before_ms + kHourMs / 10);
}

TEST_F(SqliteServedClockTest, GoesOnWhereItWasKept) {
  store_.Serve(3 * kHourMs);
  const std::int64_t kept_ms = store_.served().NowMs();
  Restart();
  EXPECT_EQ(store_.served().NowMs(), kept_ms);
  EXPECT_EQ(store_.served().wall_gap_ms(), 0);
}

TEST_F(SqliteServedClockTest, TellsHowFarTheWallClockMovedBetweenTwoStarts) {
  EXPECT_EQ(store_.served().wall_gap_ms(), 0) << "never kept";
  ASSERT_OK(store_.served().Keep());
  store_.clock().StepWall(-kYearMs);
  store_.Reopen();
  EXPECT_EQ(store_.served().wall_gap_ms(), -kYearMs);
}

TEST_F(SqliteServedClockTest, AJumpOfTheMonotonicClockCountsForOneStrideOnly) {
  const std::int64_t before_ms = store_.served().NowMs();
  store_.clock().Advance(400 * kDayMs);
  EXPECT_EQ(store_.served().NowMs(), before_ms + kServedStrideMaxMs);
}

TEST_F(SqliteServedClockTest, AKillMakesRecordsYoungerAndNeverOlder) {
  ASSERT_OK(store_.served().Keep());
  store_.Serve(kRetentionMs);
  const JobId id = RunJob("k");
  store_.Reopen();  // without Keep
  EXPECT_LT(store_.served().NowMs(), kHourMs);
  store_.Serve(kRetentionMs);
  EXPECT_THAT(Remove(), IsEmpty());
  store_.Serve(kRetentionMs + kHourMs);
  EXPECT_THAT(Remove(), ElementsAre(id));
}

TEST_F(SqliteServedClockTest, AWallClockThatFlapsAtEveryStartRemovesNothing) {
  std::vector<JobId> ids;
  for (std::int64_t step_ms : {400 * kDayMs, -800 * kDayMs, -20 * kYearMs, 41 * kYearMs,
                               -store_.clock().WallMs(), 8 * kDayMs, -8 * kDayMs}) {
    ids.push_back(RunJob("key " + std::to_string(ids.size())));
    store_.clock().StepWall(step_ms);
    Restart();
    store_.Serve(3 * kHourMs);
    EXPECT_THAT(Remove(), IsEmpty());
    store_.clock().StepWall(step_ms / 2);
    EXPECT_THAT(Remove(), IsEmpty());
  }
  EXPECT_EQ(removed_keys_, 0);
  store_.Serve(kRetentionMs);
  EXPECT_EQ(Remove(), ids) << "whatever their wall clocks say, all are past their retention";
  EXPECT_EQ(removed_keys_, static_cast<int>(ids.size()));
}

TEST_F(SqliteServedClockTest, ADroppedFolderIsAsOldAsServersRan) {
  DatabaseRecord database;
  database.project = kTestProject;
  database.name = "d";
  TableRecord table;
  table.project = kTestProject;
  table.database = "d";
  table.name = table.uuid = "t";
  table.location = "/warehouse/t";
  ASSERT_OK(store_.catalog().Apply({CreateDatabaseChange{database}, CreateTableChange{table},
                                    DropTableChange{kTestProject, "d", "t"}},
                                   {}));
  store_.clock().StepWall(400 * kDayMs);
  Restart();
  Remove();
  EXPECT_EQ(removed_folders_, 0u);
  store_.Serve(kRetentionMs + kHourMs);
  Remove();
  EXPECT_EQ(removed_folders_, 1u);
}

/// A store as the release before left it, with stamps of any wall clock.
class StoreOfBefore : public ::testing::Test {
 protected:
  static constexpr std::int64_t kWildMs[] = {0, 1, 1'000'000'000'000, 1'700'000'000'000,
                                             4'000'000'000'000};

  void SetUp() override {
    ASSERT_OK(CreateEmpty());
    std::unique_ptr<Connection> connection =
        *Connection::Open(file_, Connection::Access::kReadWrite);
    const std::vector<Migration>& all = EmbeddedMigrations();
    ASSERT_OK(Migrate(*connection, {all.begin(), all.begin() + kVersionBefore}));
    for (std::int64_t wall_ms : kWildMs) ASSERT_OK(FillOne(*connection, wall_ms));
  }
  Result<void> CreateEmpty() {
    sqlite3* database = nullptr;
    sqlite3_open(file_.c_str(), &database);
    sqlite3_exec(database, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    sqlite3_close(database);
    return {};
  }
  static Result<void> FillOne(Connection& connection, std::int64_t wall_ms) {
    const std::string n = std::to_string(wall_ms);
    const std::string& project = kTestProject.value();
    return connection.Execute(
        "INSERT INTO jobs VALUES ('" + project + "', 1 + " + n + ", 'job-" + n +
        "', 'FINISHED', 3, 1, 'QUERY', 'async', 'default', 'o', 'spark', 'db', '', " + n +
        ", 5, 0, 1, 0, 0, NULL, NULL, 0, 0, NULL, '', '', x'');"
        "INSERT INTO job_results VALUES ('" +
        project + "', 1 + " + n +
        ", '{}');"
        "INSERT INTO idempotency_keys VALUES ('" +
        project + "', 'o', 'k" + n + "', 'd', 'job-" + n + "', 1, " + n +
        ");"
        "INSERT INTO dropped_locations VALUES ('" +
        project + "', '/w/" + n + "', " + n +
        ");"
        "INSERT INTO unreferenced_files VALUES ('" +
        project + "', 'u', 'f" + n + "', " + n + ");");
  }

  ScratchFolder folder_;
  std::filesystem::path file_ = folder_.path() / "store.db";
  FakeClock clock_;
};

TEST_F(StoreOfBefore, StartsWithEveryAgeAtZeroWhateverItsClocksWere) {
  auto opened = SqliteStore::Open({.file = file_, .clock = &clock_});
  ASSERT_OK(opened);
  SqliteStore& store = **opened;
  const auto count = std::size(kWildMs);
  std::vector<std::string> files;
  for (std::int64_t wall_ms : kWildMs) files.push_back("f" + std::to_string(wall_ms));
  const TableKey table{kTestProject, "u"};
  for (std::int64_t now_ms = 0; now_ms < kRetentionMs - kHourMs;
       now_ms = store.served().NowMs(), clock_.Advance(kServedStrideMaxMs)) {
    const std::int64_t before_ms = now_ms - kRetentionMs;
    ASSERT_THAT(*store.jobs().ListEnded(before_ms, EndedJobs::kAny, 100), IsEmpty());
    ASSERT_THAT(*store.catalog().ListDroppedLocations(before_ms), IsEmpty());
  }
  EXPECT_EQ(*store.jobs().RemoveIdempotencyKeys(0, 100), 0);
  EXPECT_THAT(*store.catalog().KeepUnreferenced(table, files, kRetentionMs, 0), IsEmpty());
  // One ms past the retention everything goes that went before.
  EXPECT_EQ(store.jobs().ListEnded(1, EndedJobs::kWithResult, 100)->size(), count);
  EXPECT_EQ(*store.jobs().RemoveIdempotencyKeys(1, 100), static_cast<int>(count));
  EXPECT_EQ(store.catalog().ListDroppedLocations(1)->size(), count);
  EXPECT_EQ(store.catalog().KeepUnreferenced(table, files, kRetentionMs, 1)->size(), count);
}

}  // namespace

}  // namespace sluice
