#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"
#include "job/job.h"
#include "store/catalog_store.h"

namespace sluice {

/// Whose files may lie in a folder of the warehouse that no snapshot names yet.
struct WriteNote {
  AttemptFence attempt;          ///< of a rewrite: a job that nobody knows
  TableKey table;                ///< whose folder it is below
  std::string folder;            ///< absolute; to be removed if the write came to nothing
  std::int64_t snapshot_id = 0;  ///< of a rewrite: the one that would name the files
};

/// The writes that have begun and are not decided, each a small file beside the warehouse, so that
/// a start after a crash finds what they left. A note is made before the first file and goes once
/// the write is committed, or its files are removed. It is not synced: what a power cut loses of
/// notes is found by the sweep of orphans. Files are used again, emptied between two notes: making
/// and unlinking one for each write is what file systems are slow at. Thread-safe.
class WriteNotes {
 public:
  /// `files` must outlive this. The folder is made with the first note.
  WriteNotes(FileSystem* files, std::filesystem::path folder)
      : files_(files), folder_(std::move(folder)) {}

  Result<void> Add(const WriteNote& note) EXCLUDES(mutex_);
  void Remove(const AttemptFence& attempt) EXCLUDES(mutex_);
  /// At a start: the notes of earlier processes. One that cannot be read is left out, and logged.
  Result<std::vector<WriteNote>> TakeOld() EXCLUDES(mutex_);
  /// Whether this process has an open write of the table.
  bool HasWriter(const TableKey& table) const EXCLUDES(mutex_);

 private:
  /// A note that stands in a file.
  struct Open {
    std::string file;
    std::string table_uuid;
  };

  FileSystem* files_;
  const std::filesystem::path folder_;
  mutable Mutex mutex_;
  bool folder_made_ GUARDED_BY(mutex_) = false;
  std::map<std::string, Open> open_ GUARDED_BY(mutex_);  ///< by attempt
  std::vector<std::string> free_files_ GUARDED_BY(mutex_);
  int last_file_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice
