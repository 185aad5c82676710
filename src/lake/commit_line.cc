#include "lake/commit_line.h"

#include <utility>

namespace sluice {

Result<void> CommitLine::Commit(WaitingWrite* write, const CommitGroup& commit) {
  const std::string& uuid = write->open->record.uuid;
  Enter(uuid, write);
  while (true) {
    const std::vector<WaitingWrite*> group = WaitForTurn(uuid, *write);
    if (group.empty()) break;
    commit(group);
    Answer(uuid, group);
  }
  return std::move(write->outcome);
}

void CommitLine::Enter(const std::string& uuid, WaitingWrite* write) {
  MutexLock lock(mutex_);
  Line& line = lines_[uuid];
  line.waiting.push_back(write);
  ++line.standing;
}

/// The group to commit, or none once the write has its outcome, by which it leaves the line.
std::vector<WaitingWrite*> CommitLine::WaitForTurn(const std::string& uuid,
                                                   const WaitingWrite& write) {
  MutexLock lock(mutex_);
  Line& line = lines_.at(uuid);  // there while somebody stands in it
  while (!write.is_done && line.is_led) lock.Wait(changed_);
  if (!write.is_done) {
    line.is_led = true;
    return TakeGroup(&line);
  }
  if (--line.standing == 0) lines_.erase(uuid);
  return {};
}

void CommitLine::Answer(const std::string& uuid, const std::vector<WaitingWrite*>& group) {
  MutexLock lock(mutex_);
  for (WaitingWrite* done : group) done->is_done = true;
  lines_.at(uuid).is_led = false;
  changed_.notify_all();
}

/// The first in line, and behind an append the appends that follow at once.
std::vector<WaitingWrite*> CommitLine::TakeGroup(Line* line) {
  std::vector<WaitingWrite*> group;
  while (!line->waiting.empty() && group.size() < kGroupWritesMax) {
    WaitingWrite* next = line->waiting.front();
    const bool is_append = next->open->mode == WriteMode::kAppend && next->rewrite == nullptr;
    if (!group.empty() && !is_append) break;
    line->waiting.pop_front();
    group.push_back(next);
    if (!is_append) break;
  }
  return group;
}

}  // namespace sluice
