#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
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

  /// How far the scan is, 0 to 1: where the furthest read of each file ends, of all there is to
  /// read. `source_bytes` is what the tables have before pruning; the files read count if they are
  /// more. Engines read a file from its start to its end, but for the footer, which comes first.
  double Fraction(std::int64_t source_bytes) const EXCLUDES(mutex_);

 private:
  struct Reads {
    std::int64_t file_size = 0;
    std::int64_t end = 0;
  };

  static void OnEntry(void* self, duckdb_timestamp* time, const char* level, const char* type,
                      const char* message);
  void Note(std::string_view message) EXCLUDES(mutex_);
  void NoteRead(std::string_view path, std::string_view message) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::string folder_ GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> opened_ GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> written_ GUARDED_BY(mutex_);
  std::map<std::string, Reads, std::less<>> reads_ GUARDED_BY(mutex_);
};

}  // namespace sluice
