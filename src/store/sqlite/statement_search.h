#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/job_store.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/job_index.h"

namespace sluice {

/// Finds the jobs whose statement contains a pattern. The signatures in the index leave few jobs;
/// those statements are read and compared. What was compared is remembered for the last few
/// patterns (a statement never changes), so that the next page and the next poll read only what is
/// new. Thread-safe.
class StatementSearch {
 public:
  /// Places of the matches of the whole filter, sql_pattern included, ascending.
  Result<std::vector<JobIndex::Place>> Search(Connection& connection, const JobIndex& index,
                                              const JobFilter& filter, std::int64_t now_ms)
      EXCLUDES(mutex_);

 private:
  /// Two bits a job: whether it was compared, and the outcome.
  struct Verdicts {
    std::string pattern;  ///< folded
    Mutex mutex;
    std::vector<bool> is_known GUARDED_BY(mutex);
    std::vector<bool> contains GUARDED_BY(mutex);
  };

  std::shared_ptr<Verdicts> Recall(const std::string& folded) EXCLUDES(mutex_);

  Mutex mutex_;
  std::list<std::shared_ptr<Verdicts>> recent_ GUARDED_BY(mutex_);  ///< the last used first
};

}  // namespace sluice
