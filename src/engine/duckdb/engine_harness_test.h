#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/duckdb/duckdb_engine.h"
#include "types/data_type.h"

namespace sluice {

/// Remembers what an attempt's observer heard.
class RecordingObserver final : public AttemptObserver {
 public:
  void OnStarted() override EXCLUDES(mutex_);
  void OnProgress(double fraction) override EXCLUDES(mutex_);
  void OnEnd(AttemptOutcome outcome) override EXCLUDES(mutex_);

  void WaitUntilStarted() EXCLUDES(mutex_);
  AttemptOutcome WaitForEnd() EXCLUDES(mutex_);
  std::vector<double> progress() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::condition_variable changed_;
  bool started_ GUARDED_BY(mutex_) = false;
  std::vector<double> progress_ GUARDED_BY(mutex_);
  std::optional<AttemptOutcome> outcome_ GUARDED_BY(mutex_);
};

/// An engine with real workers on a folder of its own. The worker is this test program.
class EngineHarness {
 public:
  /// Options for the folder; change them before Start.
  EngineHarness();
  ~EngineHarness();
  DuckDbEngine::Options options;
  const std::filesystem::path& folder() const { return folder_; }

  /// Fails the test when the engine cannot be made.
  void Start();
  DuckDbEngine& engine() { return *engine_; }
  void StopEngine() { engine_.reset(); }

  struct Handle {
    std::unique_ptr<Execution> execution;
    std::shared_ptr<RecordingObserver> observer;
  };
  /// `schema` is columns as "name type" pairs: {{"a", "int"}}.
  using Columns = std::vector<std::pair<std::string, std::string>>;
  AttemptSpec Spec(const std::string& sql, const Columns& columns);
  Handle Begin(const AttemptSpec& spec);
  AttemptOutcome Run(const std::string& sql, const Columns& columns);
  /// Process numbers of the engine's workers now.
  std::vector<pid_t> WorkerPids() const;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<DuckDbEngine> engine_;
  int attempts_ = 0;
};

}  // namespace sluice
