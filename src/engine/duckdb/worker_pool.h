#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/duckdb/duckdb_engine.h"
#include "engine/duckdb/memory_cgroup.h"
#include "engine/duckdb/worker_process.h"
#include "engine/engine.h"

namespace sluice {

/// The worker processes of one server and the attempts they run. One thread does everything: it
/// spawns, reads and writes the sockets, keeps the time and calls the observers. That thread lives
/// as long as the pool, which the workers' parent death signal relies on. The public methods are
/// thread-safe and only leave it a note.
class WorkerPool {
 public:
  static Result<std::shared_ptr<WorkerPool>> Create(DuckDbEngine::Options options);
  ~WorkerPool();

  /// The attempt's serial number. kUnavailable when too many run or the pool is stopped.
  Result<std::uint64_t> Start(const AttemptSpec& spec, std::shared_ptr<AttemptObserver> observer)
      EXCLUDES(mutex_);
  void Interrupt(std::uint64_t serial) EXCLUDES(mutex_);
  void Kill(std::uint64_t serial) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

 private:
  /// One attempt on its way through a worker.
  struct Run {
    std::uint64_t serial = 0;
    AttemptSpec spec;
    std::shared_ptr<AttemptObserver> observer;
    int dispatches = 0;
    bool started = false;
    bool stop_asked = false;
    std::vector<frames::DataFile> files;  ///< that it wrote, so far
    std::size_t files_bytes = 0;          ///< what the worker told of them
    double fraction = 0;
  };

  struct Worker {
    Worker(int n, WorkerProcess p) : number(n), process(std::move(p)) {}
    int number;
    WorkerProcess process;
    std::filesystem::path scratch;
    std::filesystem::path warehouse;  ///< of its project, once confined
    std::uint64_t scratch_inode = 0;
    std::uint64_t warehouse_inode = 0;
    std::optional<MemoryCgroup> cgroup;
    std::string key;  ///< project and queue; empty for a spare
    std::unique_ptr<Run> run;
    int attempts = 0;
    std::int64_t last_heard_ms = 0;
    std::int64_t last_ping_ms = 0;
    std::int64_t idle_since_ms = 0;
    bool over_memory = false;
    bool silent = false;
  };
  using Workers = std::list<Worker>;

  struct Note {
    enum class Kind { kStart, kInterrupt, kKill };
    Kind kind = Kind::kStart;
    std::uint64_t serial = 0;
    std::unique_ptr<Run> run;
  };

  explicit WorkerPool(DuckDbEngine::Options options);
  void Leave(Note note) EXCLUDES(mutex_);
  void Wake();

  // Everything below runs on the pool's thread.
  void Loop();
  void Poll();
  void TakeNotes() EXCLUDES(mutex_);
  void KeepTime();
  void Serve(Workers::iterator worker);
  void HandleFrame(Worker& worker, frames::ToServer message);
  void HandleWritten(Worker& worker, frames::Written written);
  static Result<std::vector<DataFile>> DecodeFiles(const Run& run);
  void HandleFinished(Worker& worker, frames::Finished finished);
  void HandleFailed(Worker& worker, const frames::Failed& failed);
  void Dispatch(std::unique_ptr<Run> run);
  void Assign(Worker& worker, std::unique_ptr<Run> run);
  void SendConfine(Worker& worker, const AttemptSpec& spec);
  void SendAttempt(Worker& worker, const Run& run);
  Workers::iterator FindIdle(const std::string& key);
  static bool IsCutOff(const Worker& worker);
  static bool HoldsSpill(const Worker& worker);
  Result<Workers::iterator> SpawnWorker();
  void KeepSpares();
  void Retire(Workers::iterator worker);
  void Lose(Workers::iterator worker, const Error& error);
  void End(std::unique_ptr<Run> run, AttemptOutcome outcome);
  void CheckMemory(Worker& worker);
  void Ping(Worker& worker, std::int64_t now_ms);
  void ReapEnded();
  std::filesystem::path AttemptFolder(const Worker& worker, std::uint64_t serial) const;
  std::int64_t NowMs() const { return options_.clock->MonotonicMs(); }
  void Count(const char* name, const char* help);
  void ShowGauges();

  const DuckDbEngine::Options options_;
  UniqueFd wake_;
  std::atomic<std::uint64_t> next_serial_ = 1;
  std::atomic<int> attempts_under_way_ = 0;

  Mutex mutex_;
  std::condition_variable ended_;
  std::deque<Note> notes_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;

  // The thread's own.
  Workers workers_;
  std::list<Worker> ended_workers_;  ///< killed, not collected yet
  int next_worker_number_ = 1;
  std::int64_t next_spare_ms_ = 0;
  std::int64_t next_check_ms_ = 0;

  std::thread thread_;
};

}  // namespace sluice
