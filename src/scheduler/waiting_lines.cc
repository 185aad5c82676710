#include "scheduler/waiting_lines.h"

namespace sluice {

void WaitingLines::Insert(std::int64_t seq, const std::string& table) {
  if (table.empty()) {
    size_ += without_table_.insert(seq).second ? 1 : 0;
    return;
  }
  Line& line = by_table_[table];
  if (!line.empty()) by_head_.erase(*line.begin());
  size_ += line.insert(seq).second ? 1 : 0;
  by_head_[*line.begin()] = &line;
}

void WaitingLines::Erase(std::int64_t seq, const std::string& table) {
  if (table.empty()) {
    size_ -= without_table_.erase(seq);
    return;
  }
  auto found = by_table_.find(table);
  if (found == by_table_.end()) return;
  Line& line = found->second;
  by_head_.erase(*line.begin());
  size_ -= line.erase(seq);
  if (line.empty()) {
    by_table_.erase(found);
  } else {
    by_head_[*line.begin()] = &line;
  }
}

}  // namespace sluice
