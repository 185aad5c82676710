#include "lake/writer_lease.h"

#include <algorithm>
#include <utility>

namespace sluice {

TableWriterLeases::Ticket TableWriterLeases::Acquire(const ProjectId& project,
                                                     std::string_view database,
                                                     std::string_view table,
                                                     std::function<void()> on_granted) {
  Key key(project.value(), database, table);
  Ticket ticket = 0;
  {
    MutexLock lock(mutex_);
    ticket = ++last_ticket_;
    keys_.emplace(ticket, key);
    std::deque<Waiter>& line = lines_[key];
    bool is_free = line.empty();
    if (!is_free) {
      line.push_back({ticket, std::move(on_granted)});
      return ticket;
    }
    line.push_back({ticket, nullptr});
  }
  on_granted();
  return ticket;
}

bool TableWriterLeases::Holds(Ticket ticket) const {
  MutexLock lock(mutex_);
  auto key = keys_.find(ticket);
  if (key == keys_.end()) return false;
  return lines_.at(key->second).front().ticket == ticket;
}

void TableWriterLeases::Release(Ticket ticket) {
  std::function<void()> next;
  {
    MutexLock lock(mutex_);
    auto key = keys_.find(ticket);
    if (key == keys_.end()) return;
    auto line = lines_.find(key->second);
    std::deque<Waiter>& waiters = line->second;
    auto place = std::find_if(waiters.begin(), waiters.end(),
                              [ticket](const Waiter& waiter) { return waiter.ticket == ticket; });
    bool held = place == waiters.begin();
    waiters.erase(place);
    if (held && !waiters.empty()) next = std::move(waiters.front().on_granted);
    if (waiters.empty()) lines_.erase(line);
    keys_.erase(key);
  }
  if (next) next();
}

}  // namespace sluice
