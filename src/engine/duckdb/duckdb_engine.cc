#include "engine/duckdb/duckdb_engine.h"

#include <utility>

#include "base/file_system.h"
#include "base/log.h"
#include "engine/duckdb/functions_database.h"
#include "engine/duckdb/pinned_files.h"
#include "engine/duckdb/worker_pool.h"

namespace sluice {

namespace {

const SystemClock kSystemClock;

class DuckDbExecution final : public Execution {
 public:
  DuckDbExecution(std::shared_ptr<WorkerPool> pool, std::uint64_t serial)
      : pool_(std::move(pool)), serial_(serial) {}
  void Interrupt() override { pool_->Interrupt(serial_); }
  void Kill() override { pool_->Kill(serial_); }

 private:
  std::shared_ptr<WorkerPool> pool_;
  std::uint64_t serial_;
};

Result<SandboxLevel> CheckSandbox(SandboxMode mode) {
  SandboxLevel level = ProbeSandbox();
  if (mode == SandboxMode::kOff) return SandboxLevel{.landlock_abi = level.landlock_abi};
  if (!level.files && mode == SandboxMode::kRequired) {
    return Fail(ErrorCode::kUnavailable,
                "The kernel has no file confinement (Landlock) and sandbox = required");
  }
  return level;
}

Result<void> MakeFolders(const DuckDbEngine::Options& options) {
  LocalFileSystem files;
  // Whatever lies in scratch belongs to workers that are gone. The folder itself may be where
  // another disk is mounted.
  auto left = files.List(options.scratch_root);
  for (const std::string& name : left.value_or(std::vector<std::string>())) {
    TRY_VOID(files.RemoveAll(options.scratch_root / name));
  }
  TRY_VOID(files.MakeFolders(options.scratch_root / "done"));
  return files.MakeFolders(options.warehouse_root);
}

}  // namespace

DuckDbEngine::DuckDbEngine(SandboxLevel level, std::shared_ptr<WorkerPool> pool)
    : sandbox_level_(level), pool_(std::move(pool)) {}

DuckDbEngine::~DuckDbEngine() { Stop(); }

Result<std::unique_ptr<DuckDbEngine>> DuckDbEngine::Create(Options options) {
  if (options.clock == nullptr) options.clock = &kSystemClock;
  SandboxLevel level = TRY(CheckSandbox(options.sandbox));
  if (options.verify_files) {
    TRY_VOID(VerifyDuckDbFiles(options.library, options.extension_folder));
  }
  TRY_VOID(MakeFolders(options));
  if (options.functions_script.empty()) {
    options.functions_database.clear();
  } else {
    TRY_VOID(BuildFunctionsDatabase(options.worker_executable, options.library,
                                    options.functions_script, options.functions_database));
  }
  std::shared_ptr<WorkerPool> pool = TRY(WorkerPool::Create(std::move(options)));
  return std::unique_ptr<DuckDbEngine>(new DuckDbEngine(level, std::move(pool)));
}

Result<std::unique_ptr<Execution>> DuckDbEngine::Start(const AttemptSpec& spec,
                                                       std::shared_ptr<AttemptObserver> observer) {
  std::uint64_t serial = TRY(pool_->Start(spec, std::move(observer)));
  return std::unique_ptr<Execution>(std::make_unique<DuckDbExecution>(pool_, serial));
}

void DuckDbEngine::Stop() { pool_->Stop(); }

}  // namespace sluice
