#pragma once

#include <set>
#include <string>

#include "base/error.h"
#include "base/mutex.h"

namespace sluice {

/// Records that hold what this program cannot read: skipped, counted and logged once each.
/// Thread-safe.
class Quarantine {
 public:
  /// `record` names it for the log: "job 018f…", "table x.y".
  void Add(const std::string& record, const Error& error) EXCLUDES(mutex_);
  std::int64_t count() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::set<std::string> records_ GUARDED_BY(mutex_);
};

}  // namespace sluice
