#include "engine/duckdb/engine_harness_test.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace sluice {

void RecordingObserver::OnStarted() {
  MutexLock lock(mutex_);
  EXPECT_FALSE(started_);
  started_ = true;
  changed_.notify_all();
}

void RecordingObserver::OnProgress(double fraction) {
  MutexLock lock(mutex_);
  progress_.push_back(fraction);
}

void RecordingObserver::OnEnd(AttemptOutcome outcome) {
  MutexLock lock(mutex_);
  EXPECT_FALSE(outcome_) << "OnEnd comes once";
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

void RecordingObserver::WaitUntilStarted() {
  MutexLock lock(mutex_);
  while (!started_ && !outcome_) lock.Wait(changed_);
}

AttemptOutcome RecordingObserver::WaitForEnd() {
  MutexLock lock(mutex_);
  while (!outcome_) lock.Wait(changed_);
  return *outcome_;
}

std::vector<double> RecordingObserver::progress() const {
  MutexLock lock(mutex_);
  return progress_;
}

EngineHarness::EngineHarness() {
  std::string pattern = std::filesystem::temp_directory_path() / "sluice-engine-XXXXXX";
  folder_ = ::mkdtemp(pattern.data());
  const std::filesystem::path duckdb = SLUICE_DUCKDB_DIR;
  options.library = duckdb / "lib/libduckdb.so";
  options.extension_folder = duckdb / "ext";
  options.scratch_root = folder_ / "scratch";
  options.warehouse_root = folder_ / "warehouse";
  options.functions_database = folder_ / "functions.db";
  options.functions_script =
      "CREATE SCHEMA IF NOT EXISTS spark; CREATE MACRO spark.typed(x VARCHAR) AS length(x);"
      "CREATE MACRO spark._twice(x) AS x * 2; CREATE MACRO spark.four_times(x) AS "
      "spark._twice(spark._twice(x));";
  options.memory_limit_bytes = std::uint64_t{512} << 20U;
  options.verify_files = false;
}

EngineHarness::~EngineHarness() {
  engine_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void EngineHarness::Start() {
  ASSERT_TRUE(std::filesystem::exists(options.library))
      << "the pinned DuckDB is absent: run tools/fetch-duckdb.sh";
  Result<std::unique_ptr<DuckDbEngine>> engine = DuckDbEngine::Create(options);
  ASSERT_TRUE(engine) << engine.error().message << ": " << engine.error().detail;
  engine_ = std::move(*engine);
}

AttemptSpec EngineHarness::Spec(const std::string& sql, const Columns& columns) {
  AttemptSpec spec;
  spec.job = JobId("job-" + std::to_string(++attempts_));
  spec.attempt = 1;
  spec.project = ProjectId("project");
  spec.queue = QueueName("default");
  spec.sql = sql;
  for (const auto& [name, type] : columns) {
    Result<DataType> parsed = ParseDataType(type);
    EXPECT_TRUE(parsed) << type;
    StructField field;
    field.name = name;
    field.type = parsed.value_or(DataType());
    spec.schema.push_back(std::move(field));
  }
  return spec;
}

EngineHarness::Handle EngineHarness::Begin(const AttemptSpec& spec) {
  Handle handle;
  handle.observer = std::make_shared<RecordingObserver>();
  Result<std::unique_ptr<Execution>> execution = engine_->Start(spec, handle.observer);
  EXPECT_TRUE(execution);
  if (execution) handle.execution = std::move(*execution);
  return handle;
}

AttemptOutcome EngineHarness::Run(const std::string& sql, const Columns& columns) {
  return Begin(Spec(sql, columns)).observer->WaitForEnd();
}

std::vector<pid_t> EngineHarness::WorkerPids() const {
  std::vector<pid_t> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
      continue;
    std::ifstream stat(entry.path() / "stat");
    pid_t pid = 0;
    std::string program;
    std::string state;
    pid_t parent = 0;
    stat >> pid >> program >> state >> parent;
    if (parent == ::getpid() && state != "Z") pids.push_back(pid);
  }
  return pids;
}

}  // namespace sluice
