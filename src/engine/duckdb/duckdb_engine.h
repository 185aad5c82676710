#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/duckdb/sandbox.h"
#include "engine/engine.h"

namespace sluice {

class WorkerPool;

/// Runs attempts in worker processes, each with a DuckDB of its own; see
/// docs/design/0004-worker-protocol-and-sandbox.md. Thread-safe.
class DuckDbEngine final : public Engine {
 public:
  struct Options {
    std::filesystem::path worker_executable = "/proc/self/exe";  ///< run with the argument "worker"
    std::filesystem::path library;                               ///< libduckdb.so
    std::filesystem::path extension_folder;                      ///< *.duckdb_extension
    std::filesystem::path scratch_root;        ///< the engine's own; emptied by Create
    std::filesystem::path warehouse_root;      ///< warehouse/{project}/ is a worker's
    std::string functions_script;              ///< Spark's functions as macros; empty for none
    std::filesystem::path functions_database;  ///< where they are kept, made when needed
    SandboxMode sandbox = SandboxMode::kRequired;
    std::uint64_t memory_limit_bytes = std::uint64_t{2} << 30U;  ///< of one worker
    std::uint64_t temp_quota_bytes = std::uint64_t{16} << 30U;   ///< temporary files of one worker
    std::uint64_t file_size_bytes_max = std::uint64_t{64} << 30U;
    int threads = 2;  ///< of one worker
    int attempts_per_worker = 500;
    int spare_workers = 1;  ///< started and waiting, for whoever comes
    int workers_max = 16;   ///< attempts at a time
    std::int64_t idle_ms_max = 300'000;
    std::int64_t heartbeat_ms = 2'000;
    std::int64_t silence_ms_max = 10'000;  ///< a worker that says nothing for so long is killed
    bool verify_files = true;              ///< against the pinned SHA-256, once
    const Clock* clock = nullptr;          ///< must outlive the engine; null: the machine's
    MetricRegistry* metrics = nullptr;     ///< must outlive the engine; may be null
  };

  /// Checks the engine's files and the sandbox, makes the functions' database, starts the spare
  /// workers. kUnavailable says what is missing.
  static Result<std::unique_ptr<DuckDbEngine>> Create(Options options);
  ~DuckDbEngine() override;

  Result<std::unique_ptr<Execution>> Start(const AttemptSpec& spec,
                                           std::shared_ptr<AttemptObserver> observer) override;
  void Stop() override;

  /// What workers are confined by.
  SandboxLevel sandbox_level() const { return sandbox_level_; }

 private:
  DuckDbEngine(SandboxLevel level, std::shared_ptr<WorkerPool> pool);

  SandboxLevel sandbox_level_;
  std::shared_ptr<WorkerPool> pool_;
};

}  // namespace sluice
