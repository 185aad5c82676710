#include "store/sqlite/quarantine.h"

#include "base/log.h"

namespace sluice {

void Quarantine::Add(const std::string& record, const Error& error) {
  {
    MutexLock lock(mutex_);
    if (!records_.insert(record).second) return;
  }
  LogError(LogLevel::kWarning, "record quarantined", error, {{"record", record}});
}

std::int64_t Quarantine::count() const {
  MutexLock lock(mutex_);
  return static_cast<std::int64_t>(records_.size());
}

}  // namespace sluice
