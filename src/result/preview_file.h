#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"

namespace sluice {

/// Rows [begin, end) of a result, counted from 0.
struct RowRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// preview.jsonl files: one row a line, each a JSON array. Where the lines of the files asked for
/// last lie is remembered, so that a large file is gone through once and not for every reader.
/// Thread-safe.
class PreviewFiles {
 public:
  /// `files` must outlive this and the sources it gives.
  explicit PreviewFiles(FileSystem* files) : files_(files) {}

  /// The rows with commas between them. The rows up to the range's end are checked before: damage
  /// is kInternal here, and an error of the source when it comes later.
  Result<std::shared_ptr<ByteSource>> Open(const std::filesystem::path& path, RowRange rows)
      EXCLUDES(mutex_);

 private:
  /// What is known of one file. The lock is held while the file is gone through: others who want
  /// the same wait instead of doing the same.
  struct Lines {
    std::string name;  ///< path, version and size
    Mutex mutex;
    std::vector<std::uint64_t> ends GUARDED_BY(mutex);  ///< where each row ends, without its '\n'
  };

  std::shared_ptr<Lines> Find(const std::string& name) EXCLUDES(mutex_);

  FileSystem* files_;
  Mutex mutex_;
  std::list<std::shared_ptr<Lines>> known_ GUARDED_BY(mutex_);  ///< asked for last, first
};

}  // namespace sluice
