#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "base/mutex.h"
#include "job/job.h"

namespace sluice {

/// Lets one writing attempt at a time onto each table, first come, first served, so that our own
/// jobs do not run into each other's commits. The commit stays correct without it. Thread-safe.
///
///     auto ticket = leases.Acquire(project, "db", "t", [this] { Dispatch(); });
///     …
///     leases.Release(ticket);   // whether it was granted or still waits
class TableWriterLeases {
 public:
  using Ticket = std::uint64_t;

  /// Queues for the table. `on_granted` runs once, without locks held: inside this call when the
  /// table is free, else inside the Release that frees it. Never after the ticket's Release
  /// returned, unless it was running already.
  Ticket Acquire(const ProjectId& project, std::string_view database, std::string_view table,
                 std::function<void()> on_granted) EXCLUDES(mutex_);
  /// Whether the ticket holds its table now.
  bool Holds(Ticket ticket) const EXCLUDES(mutex_);
  /// Gives the table to the next one in line, or leaves the line. Fine for an unknown ticket.
  void Release(Ticket ticket) EXCLUDES(mutex_);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  struct Waiter {
    Ticket ticket = 0;
    std::function<void()> on_granted;
  };

  mutable Mutex mutex_;
  Ticket last_ticket_ GUARDED_BY(mutex_) = 0;
  std::map<Key, std::deque<Waiter>> lines_ GUARDED_BY(mutex_);  ///< front holds the table
  std::unordered_map<Ticket, Key> keys_ GUARDED_BY(mutex_);
};

}  // namespace sluice
