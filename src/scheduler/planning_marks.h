#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "job/job.h"

namespace sluice {

/// Which jobs are being planned, in a file that outlives the process: after a server died, the jobs
/// whose planning may have been why. A mark is one small write without fsync: it survives the end
/// of the process, which is what a statement can bring about, and not that of the machine.
/// Thread-safe. A disk that takes no marks is logged and costs the knowledge, nothing else.
class PlanningMarks {
 public:
  /// Reads what the last server left and keeps the file open. An empty path: no file, no marks.
  explicit PlanningMarks(const std::filesystem::path& file);
  PlanningMarks(const PlanningMarks&) = delete;
  PlanningMarks& operator=(const PlanningMarks&) = delete;

  /// How many servers ended while they planned the job, since it was last planned to the end.
  int Strikes(const JobId& id) const EXCLUDES(mutex_);
  /// Planning begins. Each job once at a time.
  void Begin(const JobId& id) EXCLUDES(mutex_);
  /// Planning stops for now, to begin again: until then it ends nobody.
  void Pause(const JobId& id) EXCLUDES(mutex_);
  /// Planning is over, whatever came of it: nothing is held against the job any more.
  void End(const JobId& id) EXCLUDES(mutex_);
  /// Forgets suspects that are none of these.
  void KeepOnly(const std::set<std::string>& ids) EXCLUDES(mutex_);

 private:
  enum class Kind : char { kFree = ' ', kPlanned = 'P', kSuspect = 'S' };
  struct Slot {
    Kind kind = Kind::kFree;
    std::string id;
    int strikes = 0;
  };

  void Load(const std::string& text) REQUIRES(mutex_);
  void Clear(std::size_t index) REQUIRES(mutex_);
  void Write(std::size_t index) REQUIRES(mutex_);
  void Set(std::size_t index, Slot slot) REQUIRES(mutex_);

  mutable Mutex mutex_;
  UniqueFd file_ GUARDED_BY(mutex_);
  std::vector<Slot> slots_ GUARDED_BY(mutex_);
  std::vector<std::size_t> free_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> by_id_ GUARDED_BY(mutex_);
};

}  // namespace sluice
