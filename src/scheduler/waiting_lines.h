#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace sluice {

/// The jobs of one lane that wait, by seq: those that write the same table stand in one line, so
/// that the heads of all lines are at hand however long one of them is. Not thread-safe.
class WaitingLines {
 public:
  using Line = std::set<std::int64_t>;

  /// `table` is empty for a job that writes none.
  void Insert(std::int64_t seq, const std::string& table);
  /// The table must be the one of Insert; fine for a job that does not wait.
  void Erase(std::int64_t seq, const std::string& table);
  std::size_t size() const { return size_; }

  const Line& without_table() const { return without_table_; }
  /// The lines of tables, each under the seq of its head.
  const std::map<std::int64_t, const Line*>& by_head() const { return by_head_; }

 private:
  Line without_table_;
  std::map<std::string, Line> by_table_;
  std::map<std::int64_t, const Line*> by_head_;
  std::size_t size_ = 0;
};

}  // namespace sluice
