#include "lake/writer_lease.h"

#include <algorithm>
#include <utility>

namespace sluice {

TableWriterLeases::Ticket TableWriterLeases::Acquire(const ProjectId& project,
                                                     std::string_view database,
                                                     std::string_view table, LeaseKind kind,
                                                     std::function<void()> on_granted) {
  Key key(project.value(), database, table);
  Ticket ticket = 0;
  std::vector<std::function<void()>> granted;
  {
    MutexLock lock(mutex_);
    ticket = ++last_ticket_;
    keys_.emplace(ticket, key);
    Line& line = lines_[key];
    line.push_back({ticket, kind, false, std::move(on_granted)});
    granted = Grant(&line);
  }
  for (const auto& call : granted) call();
  return ticket;
}

bool TableWriterLeases::Holds(Ticket ticket) const {
  MutexLock lock(mutex_);
  auto key = keys_.find(ticket);
  if (key == keys_.end()) return false;
  const Line& line = lines_.at(key->second);
  return std::any_of(line.begin(), line.end(), [ticket](const Waiter& waiter) {
    return waiter.ticket == ticket && waiter.is_granted;
  });
}

void TableWriterLeases::Release(Ticket ticket) {
  std::vector<std::function<void()>> granted;
  {
    MutexLock lock(mutex_);
    auto key = keys_.find(ticket);
    if (key == keys_.end()) return;
    auto line = lines_.find(key->second);
    std::erase_if(line->second, [ticket](const Waiter& waiter) { return waiter.ticket == ticket; });
    granted = Grant(&line->second);
    if (line->second.empty()) lines_.erase(line);
    keys_.erase(key);
  }
  for (const auto& call : granted) call();
}

std::vector<std::function<void()>> TableWriterLeases::Grant(Line* line) {
  std::vector<std::function<void()>> granted;
  for (Waiter& waiter : *line) {
    const bool is_first = &waiter == &line->front();
    if (waiter.kind == LeaseKind::kExclusive && !is_first) break;
    if (!waiter.is_granted) granted.push_back(std::move(waiter.on_granted));
    waiter.is_granted = true;
    if (waiter.kind == LeaseKind::kExclusive) break;
  }
  return granted;
}

}  // namespace sluice
