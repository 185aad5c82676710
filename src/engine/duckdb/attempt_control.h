#pragma once

#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/scanned_files.h"

namespace sluice {

/// What a worker's control thread may do to the attempt that the main thread runs: stop it and ask
/// how far it is. Thread-safe.
class AttemptControl {
 public:
  explicit AttemptControl(const DuckDbApi& api) : api_(api) {}

  void Begin(std::uint64_t serial) EXCLUDES(mutex_);
  /// Lets the control thread reach this connection until Forget. The first one shows progress.
  void Watch(duckdb_connection connection) EXCLUDES(mutex_);
  void Forget(duckdb_connection connection) EXCLUDES(mutex_);
  /// What the engine reads, and how much there is to read: it cannot tell how far the scan of a
  /// table of the catalog is. `files` must outlive the attempt.
  void WatchScan(const ScannedFiles* files, std::int64_t source_bytes) EXCLUDES(mutex_);
  /// No more interrupts and progress from here on.
  void End() EXCLUDES(mutex_);

  /// Stops the attempt with this serial, now or as soon as it begins.
  void RequestInterrupt(std::uint64_t serial) EXCLUDES(mutex_);
  /// Repeats the interrupt while the attempt goes on: one that comes before the engine starts a
  /// statement has no effect on it.
  void RepeatInterrupt() EXCLUDES(mutex_);
  bool interrupted() const EXCLUDES(mutex_);

  struct Progress {
    std::uint64_t serial = 0;  ///< 0: nothing runs
    double fraction = 0;
  };
  /// How far the attempt is, never going back and below 1.
  Progress PollProgress() EXCLUDES(mutex_);

 private:
  const DuckDbApi& api_;
  mutable Mutex mutex_;
  std::uint64_t serial_ GUARDED_BY(mutex_) = 0;
  std::uint64_t interrupt_serial_ GUARDED_BY(mutex_) = 0;
  double fraction_ GUARDED_BY(mutex_) = 0;
  std::vector<duckdb_connection> connections_ GUARDED_BY(mutex_);
  const ScannedFiles* files_ GUARDED_BY(mutex_) = nullptr;
  std::int64_t source_bytes_ GUARDED_BY(mutex_) = 0;
};

/// Watches a connection for a scope.
class WatchedConnection {
 public:
  WatchedConnection(AttemptControl* control, duckdb_connection connection)
      : control_(control), connection_(connection) {
    control_->Watch(connection_);
  }
  ~WatchedConnection() { control_->Forget(connection_); }
  WatchedConnection(const WatchedConnection&) = delete;
  WatchedConnection& operator=(const WatchedConnection&) = delete;

 private:
  AttemptControl* control_;
  duckdb_connection connection_;
};

}  // namespace sluice
