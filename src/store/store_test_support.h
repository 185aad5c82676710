#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/fake_clock.h"
#include "base/random.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice {

/// The value, or a failed test with the error's words.
#define ASSERT_OK(result)                                                        \
  do {                                                                           \
    const auto& assert_ok = (result);                                            \
    ASSERT_TRUE(assert_ok.has_value())                                           \
        << assert_ok.error().message << " (" << assert_ok.error().detail << ")"; \
  } while (false)

#define EXPECT_CODE(expected_code, result)                                             \
  do {                                                                                 \
    const auto& expect_code = (result);                                                \
    EXPECT_FALSE(expect_code.has_value());                                             \
    if (!expect_code.has_value()) {                                                    \
      EXPECT_EQ(ErrorCodeName(expected_code), ErrorCodeName(expect_code.error().code)) \
          << expect_code.error().message << " (" << expect_code.error().detail << ")"; \
    }                                                                                  \
  } while (false)

/// A folder that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "store-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline const ProjectId kTestProject{"0123456789abcdef0123456789abcdef"};

/// What a test wants to say about a job; the rest is as usual.
struct JobParts {
  std::string queue = "default";
  std::string owner = "tenant1";
  JobType type = JobType::kQuery;
  std::string statement = "SELECT 1";
  std::vector<Tag> tags = {};
  std::int64_t start_time_ms = 1'700'000'000'000;
  std::string engine_type = "spark";
  std::string database_name = "db1";
  std::string table_name = "";
  ProjectId project = kTestProject;
};

inline Job MakeJob(const JobParts& parts) {
  Job job;
  job.id = JobId(MakeUuidV7(parts.start_time_ms));
  job.project = parts.project;
  job.queue = QueueName(parts.queue);
  job.owner = parts.owner;
  job.type = parts.type;
  job.statement = parts.statement;
  job.current_database = "db1";
  job.tags = parts.tags;
  job.start_time_ms = parts.start_time_ms;
  job.engine_type = parts.engine_type;
  job.database_name = parts.database_name;
  job.table_name = parts.table_name;
  return job;
}

/// Whether to keep a record of all stores: a contract test opens them through this.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual JobStore& jobs() = 0;
  virtual CatalogStore& catalog() = 0;
  virtual IdentityStore& identity() = 0;
  virtual ServedClock& served() = 0;
  /// Closes and opens again, on what was stored.
  virtual void Reopen() = 0;
  virtual FakeClock& clock() = 0;

  /// Lets a server run for so long: reads the clock as often as one does.
  void Serve(std::int64_t ms) {
    constexpr std::int64_t kStepMs = 60'000;
    for (; ms > 0; ms -= kStepMs) {
      clock().Advance(std::min(ms, kStepMs));
      served().NowMs();
    }
  }
};

/// Makes a fresh store of one kind.
using StoreMaker = std::unique_ptr<StoreUnderTest> (*)();

/// A SQLite store in a folder of its own.
class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { Reopen(); }

  JobStore& jobs() override { return store_->jobs(); }
  CatalogStore& catalog() override { return store_->catalog(); }
  IdentityStore& identity() override { return store_->identity(); }
  ServedClock& served() override { return store_->served(); }
  FakeClock& clock() override { return clock_; }

  void Reopen() override {
    store_.reset();
    auto opened =
        SqliteStore::Open({.file = file(), .mode = StoreMode::kReadWrite, .clock = &clock_});
    if (!opened) {
      ADD_FAILURE() << opened.error().message << " (" << opened.error().detail << ")";
      std::abort();
    }
    store_ = *std::move(opened);
  }
  void Close() { store_.reset(); }

  std::filesystem::path file() const { return folder_.path() / "store.db"; }

 private:
  ScratchFolder folder_;
  FakeClock clock_;
  std::unique_ptr<SqliteStore> store_;
};

inline std::unique_ptr<StoreUnderTest> MakeSqliteUnderTest() {
  return std::make_unique<SqliteUnderTest>();
}

}  // namespace sluice
