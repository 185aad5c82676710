#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/job_index.h"

namespace sluice {

/// Whether the text contains the pattern, without regard to the case of ASCII letters. `folded` is
/// the pattern in lower case.
bool ContainsFolded(std::string_view text, std::string_view folded);

/// Finds jobs by a part of their statement: an FTS5 trigram index that is filled behind the
/// submits, and a tail of the newest jobs, not in it yet, that searches read one by one.
/// Thread-safe.
class StatementIndex {
 public:
  /// How far the index got, from the file.
  Result<void> Load(Connection& connection);
  std::int64_t indexed_seq() const { return indexed_seq_; }

  /// Appends a committed job to the tail.
  void Add(JobKey key) EXCLUDES(mutex_);

  bool HasTail() const EXCLUDES(mutex_);
  /// Whether the tail is so long that searches suffer.
  bool IsTailLong() const EXCLUDES(mutex_);
  /// Moves a portion of the tail into the index, in the transaction of the caller.
  Result<void> IndexPortion(Connection& connection) EXCLUDES(mutex_);
  /// The portion is committed.
  void DropPortion() EXCLUDES(mutex_);
  /// Takes a job out of the index (its rows are still there), in the transaction of the caller.
  Result<void> Remove(Connection& connection, const JobKey& key);

  /// The ascending seqs of all jobs whose statement contains the pattern. Needs CanSearch.
  Result<std::vector<std::int64_t>> Search(Connection& connection, const std::string& pattern) const
      EXCLUDES(mutex_);
  /// Whether Search can answer for the pattern; else each job has to be read.
  static bool CanSearch(std::string_view pattern);

  /// Those of the jobs whose statement contains the pattern, read one by one.
  static Result<std::vector<std::int64_t>> Filter(Connection& connection,
                                                  const std::vector<JobKey>& keys,
                                                  const std::string& pattern);

 private:
  std::atomic<std::int64_t> indexed_seq_ = 0;
  std::vector<JobKey> portion_;  ///< between IndexPortion and DropPortion; the writer's thread only

  mutable Mutex mutex_;
  std::deque<JobKey> tail_ GUARDED_BY(mutex_);
};

}  // namespace sluice
