#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "engine/duckdb/duckdb_api.h"

namespace sluice {

/// Notes which data files the engine reads, from the engine's own log of its file operations: no
/// counter of the engine knows it (files that pruning leaves out are never opened, and a file read
/// in many pieces counts once). Thread-safe.
class ScannedFiles {
 public:
  /// Switches the log on; before the configuration is frozen. `this` must outlive the database.
  Result<void> Register(const DuckDbApi& api, duckdb_database database,
                        duckdb_connection connection);
  /// Only files below this folder are data.
  void SetFolder(const std::filesystem::path& folder) EXCLUDES(mutex_);

  /// Forgets what was read: an attempt begins.
  void Clear() EXCLUDES(mutex_);
  /// Sizes of the data files read since then: opened and not written, delete files left out.
  std::int64_t TotalBytes() const EXCLUDES(mutex_);

 private:
  static void OnEntry(void* self, duckdb_timestamp* time, const char* level, const char* type,
                      const char* message);
  void Note(std::string_view message) EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::string folder_ GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> opened_ GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> written_ GUARDED_BY(mutex_);
};

}  // namespace sluice
