#include "scheduler/planning_marks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace sluice {

namespace {

// A slot is "KS ID\n": kind, strikes, the id padded with blanks. Whole slots are written, and a
// process that is killed leaves each write done or not done.
constexpr std::size_t kIdBytes = 44;
constexpr std::size_t kSlotBytes = kIdBytes + 4;
constexpr std::size_t kIdAt = 3;
// More than threads that plan: suspects of earlier servers stay until they are planned.
constexpr std::size_t kSlotsMax = 4'096;
constexpr int kStrikesMax = 9;

std::string ReadAll(int fd) {
  std::string text;
  std::array<char, 16'384> block{};
  while (text.size() < kSlotsMax * kSlotBytes) {
    ssize_t got = ::pread(fd, block.data(), block.size(), static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

PlanningMarks::PlanningMarks(const std::filesystem::path& file) {
  if (file.empty()) return;
  MutexLock lock(mutex_);
  file_ = UniqueFd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_.valid()) {
    Log(LogLevel::kWarning, "no marks of what is being planned",
        {{"file", file.string()}, {"error", std::strerror(errno)}});
    return;
  }
  Load(ReadAll(file_.get()));
}

// What was being planned is suspect from now on, with one strike more; who is suspect stays so.
void PlanningMarks::Load(const std::string& text) {
  for (std::size_t at = 0; at + kSlotBytes <= text.size(); at += kSlotBytes) {
    const std::size_t index = slots_.size();
    slots_.emplace_back();
    const auto kind = static_cast<Kind>(text[at]);
    const int strikes = text[at + 1] - '0';
    std::string id = text.substr(at + kIdAt, kIdBytes);
    id.erase(std::find(id.begin(), id.end(), ' '), id.end());
    const bool marked = kind == Kind::kPlanned || kind == Kind::kSuspect;
    if (!marked || strikes < 0 || strikes > kStrikesMax || id.empty()) {
      free_.push_back(index);
      continue;
    }
    const int more = kind == Kind::kPlanned ? 1 : 0;
    by_id_[id] = index;
    Set(index, Slot{Kind::kSuspect, std::move(id), std::min(strikes + more, kStrikesMax)});
  }
}

int PlanningMarks::Strikes(const JobId& id) const {
  MutexLock lock(mutex_);
  auto found = by_id_.find(id.value());
  return found == by_id_.end() ? 0 : slots_[found->second].strikes;
}

void PlanningMarks::Begin(const JobId& id) {
  MutexLock lock(mutex_);
  if (!file_.valid() || id.value().size() > kIdBytes) return;
  auto found = by_id_.find(id.value());
  if (found != by_id_.end()) {
    Slot slot = slots_[found->second];
    slot.kind = Kind::kPlanned;
    return Set(found->second, std::move(slot));
  }
  if (free_.empty()) {
    if (slots_.size() == kSlotsMax) return;
    free_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const std::size_t index = free_.back();
  free_.pop_back();
  by_id_[id.value()] = index;
  Set(index, Slot{Kind::kPlanned, id.value(), 0});
}

void PlanningMarks::Pause(const JobId& id) {
  MutexLock lock(mutex_);
  auto found = by_id_.find(id.value());
  if (found == by_id_.end()) return;
  Slot slot = slots_[found->second];
  if (slot.strikes == 0) return Clear(found->second);
  slot.kind = Kind::kSuspect;
  Set(found->second, std::move(slot));
}

void PlanningMarks::End(const JobId& id) {
  MutexLock lock(mutex_);
  auto found = by_id_.find(id.value());
  if (found != by_id_.end()) Clear(found->second);
}

void PlanningMarks::KeepOnly(const std::set<std::string>& ids) {
  MutexLock lock(mutex_);
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].kind == Kind::kFree || ids.contains(slots_[index].id)) continue;
    Clear(index);
  }
}

void PlanningMarks::Clear(std::size_t index) {
  by_id_.erase(slots_[index].id);
  Set(index, Slot{});
  free_.push_back(index);
}

void PlanningMarks::Set(std::size_t index, Slot slot) {
  slots_[index] = std::move(slot);
  Write(index);
}

void PlanningMarks::Write(std::size_t index) {
  const Slot& slot = slots_[index];
  const std::string text =
      fmt::format("{}{} {:<{}}\n", static_cast<char>(slot.kind), slot.strikes, slot.id, kIdBytes);
  const auto offset = static_cast<off_t>(index * kSlotBytes);
  while (::pwrite(file_.get(), text.data(), text.size(), offset) < 0 && errno == EINTR) {
  }
}

}  // namespace sluice
