#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "job/job.h"

namespace sluice {

/// How an attempt writes its table: appends side by side, an overwrite alone.
enum class LeaseKind { kShared, kExclusive };

/// Lets writing attempts onto their tables in the order they came: appends together, an overwrite
/// when all before it have ended, so that the order of our own jobs is that of their effects. The
/// commit stays correct without it. Thread-safe.
///
///     auto ticket = leases.Acquire(project, "db", "t", LeaseKind::kShared, [this] { Run(); });
///     …
///     leases.Release(ticket);   // whether it was granted or still waits
class TableWriterLeases {
 public:
  using Ticket = std::uint64_t;

  /// Queues for the table. `on_granted` runs once, without locks held: inside this call when the
  /// table is free, else inside the Release that frees it. Never after the ticket's Release
  /// returned, unless it was running already.
  Ticket Acquire(const ProjectId& project, std::string_view database, std::string_view table,
                 LeaseKind kind, std::function<void()> on_granted) EXCLUDES(mutex_);
  /// Whether the ticket holds its table now.
  bool Holds(Ticket ticket) const EXCLUDES(mutex_);
  /// Gives the table to the next one in line, or leaves the line. Fine for an unknown ticket.
  void Release(Ticket ticket) EXCLUDES(mutex_);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  struct Waiter {
    Ticket ticket = 0;
    LeaseKind kind = LeaseKind::kExclusive;
    bool is_granted = false;
    std::function<void()> on_granted;
  };
  using Line = std::deque<Waiter>;
  /// Grants those at the front that may go on; what to call for them, without the lock.
  static std::vector<std::function<void()>> Grant(Line* line);

  mutable Mutex mutex_;
  Ticket last_ticket_ GUARDED_BY(mutex_) = 0;
  std::map<Key, Line> lines_ GUARDED_BY(mutex_);
  std::unordered_map<Ticket, Key> keys_ GUARDED_BY(mutex_);
};

}  // namespace sluice
