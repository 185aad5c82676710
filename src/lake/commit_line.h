#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "lake/data_file.h"
#include "lake/open_write.h"
#include "lake/table_rewrite.h"
#include "store/catalog_store.h"

namespace sluice {

/// Writes that one snapshot takes in at most.
inline constexpr std::size_t kGroupWritesMax = 64;

/// A write whose files are on the disk, waiting for its commit: a job's, or a rewrite's of small
/// files, which has no context.
struct WaitingWrite {
  const OpenWrite* open = nullptr;
  const std::vector<DataFile>* files = nullptr;
  const ChangeContext* context = nullptr;
  const TableRewrite* rewrite = nullptr;
  KnownManifests* known = nullptr;  ///< what the rewrite has read

  Result<void> outcome;
  bool asked = false;  ///< the store, for a rewrite; before that nothing has happened
  bool is_done = false;
};

/// Lets the writes of one table commit one after the other, and appends that wait together become
/// one snapshot: whoever comes first commits for all that stand in line behind it, so that the
/// disk is waited for once. Thread-safe.
class CommitLine {
 public:
  /// Commits the group and sets every outcome.
  using CommitGroup = std::function<void(const std::vector<WaitingWrite*>& group)>;

  /// Blocks until the write has its outcome; `commit` runs here or in another caller's thread.
  Result<void> Commit(WaitingWrite* write, const CommitGroup& commit) EXCLUDES(mutex_);

 private:
  struct Line {
    std::deque<WaitingWrite*> waiting;
    bool is_led = false;  ///< somebody commits a group of it
    int standing = 0;     ///< callers in Commit
  };
  void Enter(const std::string& uuid, WaitingWrite* write) EXCLUDES(mutex_);
  std::vector<WaitingWrite*> WaitForTurn(const std::string& uuid, const WaitingWrite& write)
      EXCLUDES(mutex_);
  void Answer(const std::string& uuid, const std::vector<WaitingWrite*>& group) EXCLUDES(mutex_);
  std::vector<WaitingWrite*> TakeGroup(Line* line) REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, Line> lines_ GUARDED_BY(mutex_);  ///< by table's uuid
};

}  // namespace sluice
