// What a file of the store survives, and what it says about a file it cannot use.

#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/digest.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

std::string ReadBytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

void WriteBytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// Every file of the folder with a digest of its bytes.
std::map<std::string, std::string> Snapshot(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = Sha256Hex(ReadBytes(entry.path()));
  }
  return files;
}

/// Runs SQL on the file behind the store's back.
void RunSql(const fs::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_free(error);
  sqlite3_close(database);
}

class SqliteStoreFile : public ::testing::Test {
 protected:
  using Opened = Result<std::unique_ptr<SqliteStore>>;

  Opened Open(StoreMode mode = StoreMode::kReadWrite) {
    return SqliteStore::Open({.file = file_, .mode = mode, .clock = &clock_});
  }
  /// A closed store with this many jobs.
  std::vector<JobId> Fill(int count) {
    Opened store = Open();
    EXPECT_TRUE(store.has_value());
    return InsertJobs(**store, count);
  }
  static std::vector<JobId> InsertJobs(SqliteStore& store, int count) {
    std::vector<JobId> ids;
    for (int i = 0; i < count; ++i) {
      Job job = MakeJob({.statement = "SELECT " + std::to_string(i)});
      EXPECT_TRUE(store.jobs().Insert(job, std::nullopt).has_value());
      ids.push_back(job.id);
    }
    return ids;
  }
  /// The file is refused in one line that names it and the reason, and nothing in its folder
  /// changes.
  void ExpectRefused(const std::string& reason) {
    std::map<std::string, std::string> before = Snapshot(folder_.path());
    for (StoreMode mode : {StoreMode::kReadWrite, StoreMode::kReadOnly}) {
      Opened store = Open(mode);
      EXPECT_CODE(ErrorCode::kFailedPrecondition, store);
      if (store) return;
      EXPECT_THAT(store.error().message, HasSubstr(file_.string()));
      EXPECT_THAT(store.error().message, HasSubstr(reason));
      EXPECT_THAT(store.error().message, Not(HasSubstr("\n")));
      std::map<std::string, std::string> after = Snapshot(folder_.path());
      // One that only reads may have to leave the shared memory of the log behind.
      if (mode == StoreMode::kReadOnly)
        std::erase_if(after, [&](const auto& named) {
          bool is_beside = named.first.ends_with("-shm") || named.first.ends_with("-wal");
          return is_beside && !before.contains(named.first);
        });
      EXPECT_EQ(after, before);
    }
  }

  ScratchFolder folder_;
  fs::path file_ = folder_.path() / "store.db";
  FakeClock clock_;
};

TEST_F(SqliteStoreFile, IsForItsOwnerOnly) {
  Opened store = Open();
  ASSERT_OK(store);
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
  }
}

TEST_F(SqliteStoreFile, LeavesOneFileWhenClosed) {
  Fill(10);
  EXPECT_EQ(Snapshot(folder_.path()).size(), 1u);
}

TEST_F(SqliteStoreFile, IsRefusedWhenEmpty) {
  WriteBytes(file_, "");
  ExpectRefused("is empty");
}

TEST_F(SqliteStoreFile, IsRefusedWhenItIsNoDatabase) {
  WriteBytes(file_, std::string(5000, 'x'));
  ExpectRefused("is no SQLite database");
  WriteBytes(file_, "short");
  ExpectRefused("is truncated");
}

TEST_F(SqliteStoreFile, IsRefusedWhenItBelongsToAnotherProgram) {
  RunSql(file_, "CREATE TABLE t (a); PRAGMA application_id = 7");
  ExpectRefused("of another program");
}

TEST_F(SqliteStoreFile, IsRefusedWhenItIsNewer) {
  Fill(1);
  RunSql(file_, "PRAGMA user_version = 999");
  ExpectRefused("is newer than this program (schema 999");
}

TEST_F(SqliteStoreFile, IsRefusedWhenTruncated) {
  Fill(200);
  std::string bytes = ReadBytes(file_);
  for (std::size_t size : {bytes.size() - 1, bytes.size() - 4096, bytes.size() / 2,
                           std::size_t{4096}, std::size_t{100}, std::size_t{50}}) {
    WriteBytes(file_, bytes.substr(0, size));
    ExpectRefused("is truncated");
  }
}

TEST_F(SqliteStoreFile, IsRefusedWhenItsPagesAreDamaged) {
  Fill(200);
  std::string bytes = ReadBytes(file_);
  for (std::size_t at : {std::size_t{100}, std::size_t{4096}, bytes.size() / 2}) {
    std::string damaged = bytes;
    damaged.replace(at, 3000, 3000, '\xA5');
    for (const char* name : {"store.db-wal", "store.db-shm"}) fs::remove(folder_.path() / name);
    WriteBytes(file_, damaged);
    ExpectRefused("is damaged");
  }
}

TEST_F(SqliteStoreFile, IsRefusedWhenOnlyItsLogIsLeft) {
  WriteBytes(folder_.path() / "store.db-wal", "log");
  ExpectRefused("is missing, but its log is there");
}

TEST_F(SqliteStoreFile, IsRefusedWhenItIsAFolder) {
  fs::create_directory(file_);
  EXPECT_CODE(ErrorCode::kFailedPrecondition, Open());
}

TEST_F(SqliteStoreFile, LeftoversOfAnInterruptedCreationAreReplaced) {
  WriteBytes(folder_.path() / "store.db.new", "half a file");
  Fill(3);
  EXPECT_EQ(Snapshot(folder_.path()).size(), 1u);
}

TEST_F(SqliteStoreFile, TheLogOfAKilledProcessIsHonoured) {
  fs::path copy = folder_.path() / "copy";
  fs::create_directory(copy);
  std::vector<JobId> ids;
  {
    Opened store = Open();
    ASSERT_OK(store);
    ids = InsertJobs(**store, 20);
    for (const char* name : {"store.db", "store.db-wal"}) {
      fs::copy_file(folder_.path() / name, copy / name);
    }
  }
  file_ = copy / "store.db";
  Opened store = Open();
  ASSERT_OK(store);
  for (const JobId& id : ids) ASSERT_OK((*store)->jobs().Get(kTestProject, id));
}

TEST_F(SqliteStoreFile, ATornLogLosesOnlyItsTail) {
  fs::path log = folder_.path() / "store.db-wal";
  std::string file_bytes;
  std::string log_bytes;
  std::vector<JobId> ids;
  {
    Opened store = Open();
    ASSERT_OK(store);
    ids = InsertJobs(**store, 20);
    file_bytes = ReadBytes(file_);
    log_bytes = ReadBytes(log);
  }
  for (std::size_t cut : {std::size_t{1}, std::size_t{4096}, log_bytes.size() / 2}) {
    WriteBytes(file_, file_bytes);
    WriteBytes(log, log_bytes.substr(0, log_bytes.size() - cut));
    Opened store = Open();
    ASSERT_OK(store);
    std::size_t kept = (*store)->jobs().LoadUnfinished()->size();
    EXPECT_LT(kept, ids.size());
    for (std::size_t i = 0; i < kept; ++i) {
      ASSERT_OK((*store)->jobs().Get(kTestProject, ids[i]));
    }
    InsertJobs(**store, 1);
  }
}

TEST_F(SqliteStoreFile, ABadRecordIsQuarantinedAndTheOthersAreServed) {
  std::vector<JobId> ids = Fill(6);
  RunSql(file_,
         "PRAGMA ignore_check_constraints = ON;"
         "UPDATE jobs SET state = 'DREAMING' WHERE job_id = '" +
             ids[0].value() +
             "';"
             "UPDATE jobs SET type = 'MAGIC' WHERE job_id = '" +
             ids[1].value() +
             "';"
             "UPDATE jobs SET tags = '[[1' WHERE job_id = '" +
             ids[2].value() +
             "';"
             "UPDATE jobs SET mode = 'x' WHERE job_id = '" +
             ids[3].value() +
             "';"
             "UPDATE job_requests SET conf = '{}' WHERE seq ="
             " (SELECT seq FROM jobs WHERE job_id = '" +
             ids[4].value() + "')");
  Opened store = Open();
  ASSERT_OK(store);
  JobStore& jobs = (*store)->jobs();
  EXPECT_EQ(jobs.quarantined_count(), 3);
  Result<std::vector<Job>> unfinished = jobs.LoadUnfinished();
  ASSERT_OK(unfinished);
  ASSERT_EQ(unfinished->size(), 1u);
  EXPECT_EQ(unfinished->front().id, ids[5]);
  EXPECT_EQ(jobs.quarantined_count(), 5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_CODE(ErrorCode::kInternal, jobs.Get(kTestProject, ids[static_cast<std::size_t>(i)]));
  }
  EXPECT_CODE(ErrorCode::kInternal, jobs.Claim({ids[0], 1}));
  JobFilter filter;
  filter.project = kTestProject;
  ASSERT_OK(jobs.List(filter));
  ASSERT_OK(jobs.VisitFinal([](Job&&) { return true; }));
  EXPECT_EQ(jobs.quarantined_count(), 5);
}

TEST_F(SqliteStoreFile, JobsThatLostTheirRowsHoldTheirSeqs) {
  std::vector<JobId> ids = Fill(5);
  for (const char* rows : {"seq > 2", "TRUE"}) {
    RunSql(file_, std::string("DELETE FROM jobs WHERE ") + rows);
    Opened store = Open();
    ASSERT_OK(store);
    for (const JobId& id : InsertJobs(**store, 3)) {
      EXPECT_EQ((*store)->jobs().Get(kTestProject, id)->statement.substr(0, 6), "SELECT");
    }
  }
  RunSql(file_,
         "DELETE FROM jobs; DELETE FROM job_requests;"
         "INSERT INTO job_outcomes VALUES ('a', 70, '', ''), ('b', 50, '', ''), ('c', 9, '', '')");
  Opened store = Open();
  ASSERT_OK(store);
  std::vector<JobId> after = InsertJobs(**store, 1);
  EXPECT_EQ((*store)->jobs().Get(kTestProject, after[0])->seq, 71);
}

/// A transaction that reads and holds the log.
class Reader {
 public:
  explicit Reader(const fs::path& file) {
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    EXPECT_EQ(
        sqlite3_exec(database_, "BEGIN; SELECT count(*) FROM jobs", nullptr, nullptr, nullptr),
        SQLITE_OK);
  }
  ~Reader() { sqlite3_close(database_); }

 private:
  sqlite3* database_ = nullptr;
};

TEST_F(SqliteStoreFile, HasRoomForEverythingThatAReaderHoldsInTheLog) {
  Opened store = Open();
  ASSERT_OK(store);
  InsertJobs(**store, 1);
  Reader reader(file_);
  Job big = MakeJob({.statement = std::string(1'000'000, 'x')});
  ASSERT_OK((*store)->jobs().Insert(big, std::nullopt));
  EXPECT_GT(fs::file_size(file_), 1'000'000u) << "though the log was not moved";
  EXPECT_GT(fs::file_size(file_.string() + "-wal"), 1'000'000u);
}

TEST_F(SqliteStoreFile, TheLogThatAReaderHeldIsShortenedOnceItIsGone) {
  constexpr std::uintmax_t kHeldBytes = 80u << 20;
  const fs::path log = file_.string() + "-wal";
  Opened store = Open();
  ASSERT_OK(store);
  InsertJobs(**store, 1);
  {
    Reader reader(file_);
    while (fs::file_size(log) < kHeldBytes) {
      ASSERT_OK((*store)->jobs().Insert(MakeJob({.statement = std::string(4'000'000, 'x')}),
                                        std::nullopt));
    }
  }
  // The first moves the log, the second begins it anew.
  InsertJobs(**store, 2);
  EXPECT_LT(fs::file_size(log), kHeldBytes - (8u << 20));
}

TEST_F(SqliteStoreFile, AStoreOpenedForReadingReads) {
  std::vector<JobId> ids = Fill(3);
  std::map<std::string, std::string> before = Snapshot(folder_.path());
  {
    Opened store = Open(StoreMode::kReadOnly);
    ASSERT_OK(store);
    ASSERT_OK((*store)->jobs().Get(kTestProject, ids[0]));
    JobFilter filter;
    filter.project = kTestProject;
    filter.sql_pattern = "SELECT";
    EXPECT_EQ((*store)->jobs().List(filter)->job_count, 3);
    EXPECT_CODE(ErrorCode::kUnavailable, (*store)->jobs().CheckWritable());
    EXPECT_CODE(ErrorCode::kUnavailable, (*store)->jobs().Insert(MakeJob({}), std::nullopt));
    EXPECT_EQ((*store)->jobs().sync_count(), 0);
  }
  EXPECT_EQ(Snapshot(folder_.path())["store.db"], before["store.db"]);
}

TEST_F(SqliteStoreFile, AStoreThatIsAbsentCannotBeOpenedForReading) {
  EXPECT_CODE(ErrorCode::kFailedPrecondition, Open(StoreMode::kReadOnly));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(SqliteStoreFile, AFolderThatIsAbsentIsUnavailable) {
  file_ = folder_.path() / "none" / "store.db";
  EXPECT_CODE(ErrorCode::kUnavailable, Open());
}

TEST_F(SqliteStoreFile, AnotherProcessSeesUsersAtOnce) {
  Opened server = Open();
  ASSERT_OK(server);
  Opened tool = Open();
  ASSERT_OK(tool);
  ASSERT_OK((*tool)->identity().AddUser({"id1", "anna", "", false, 1}));
  EXPECT_TRUE((*server)->identity().FindUserByName("anna")->has_value());
  InsertJobs(**server, 1);
}

TEST_F(SqliteStoreFile, NamesWithOddCharactersWork) {
  file_ = folder_.path() / "a b%20?#&.db";
  Fill(2);
  EXPECT_TRUE(fs::exists(file_));
}

}  // namespace

}  // namespace sluice
