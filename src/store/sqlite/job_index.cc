#include "store/sqlite/job_index.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/check.h"

namespace sluice {

namespace {

constexpr std::size_t kChunkRows = 8192;
/// State of a row whose job was removed.
constexpr std::uint8_t kRemoved = 0xFF;

enum NameColumn { kProject, kQueue, kOwner, kEngine, kDatabase, kTable, kNameColumnCount };

/// Separates key and value of a tag; in no valid tag.
constexpr char kTagSeparator = '\0';

}  // namespace

/// Up to kChunkRows jobs, one vector a column.
struct JobIndex::Chunk {
  std::vector<std::int64_t> seq;
  std::vector<std::uint8_t> state;
  std::vector<std::uint8_t> type;
  std::vector<std::uint8_t> has_result;
  std::array<std::vector<std::uint32_t>, kNameColumnCount> names;
  std::vector<std::int64_t> start_time_ms;
  std::vector<std::int64_t> duration_ms;
  std::vector<std::uint32_t>
      tags_end;  ///< in tag_ids; a job's tags begin where the one before ends
  std::vector<std::uint32_t> tag_ids;

  std::size_t size() const { return seq.size(); }
  bool IsFinalAt(std::size_t row) const {
    return state[row] != kRemoved && IsFinal(static_cast<JobState>(state[row]));
  }
  std::int64_t DurationAt(std::size_t row, std::int64_t now_ms) const {
    if (IsFinalAt(row)) return duration_ms[row];
    return std::max<std::int64_t>(0, now_ms - start_time_ms[row]);
  }
};

/// A filter in terms of the columns.
struct JobIndex::Predicates {
  std::vector<std::pair<NameColumn, std::uint32_t>> names;
  std::optional<std::uint8_t> state;
  std::uint32_t types = ~0u;  ///< bit per JobType
  std::optional<std::int64_t> started_after_ms;
  std::optional<std::int64_t> started_before_ms;
  std::vector<std::vector<bool>> tags;  ///< per wanted tag: which tag ids satisfy it
  JobOrder order = JobOrder::kStartTimeDesc;
  std::int64_t now_ms = 0;

  bool IsTaggedRight(const Chunk& chunk, std::size_t row) const {
    std::size_t begin = row == 0 ? 0 : chunk.tags_end[row - 1];
    auto first = chunk.tag_ids.begin() + static_cast<std::ptrdiff_t>(begin);
    auto last = chunk.tag_ids.begin() + static_cast<std::ptrdiff_t>(chunk.tags_end[row]);
    return std::all_of(tags.begin(), tags.end(), [&](const std::vector<bool>& ids) {
      return std::any_of(first, last, [&](std::uint32_t id) { return id < ids.size() && ids[id]; });
    });
  }

  bool Matches(const Chunk& chunk, std::size_t row) const {
    if (chunk.state[row] == kRemoved || (state && chunk.state[row] != *state)) return false;
    if ((types >> chunk.type[row] & 1u) == 0) return false;
    for (auto [column, id] : names) {
      if (chunk.names[column][row] != id) return false;
    }
    if (started_after_ms && chunk.start_time_ms[row] <= *started_after_ms) return false;
    if (started_before_ms && chunk.start_time_ms[row] >= *started_before_ms) return false;
    return tags.empty() || IsTaggedRight(chunk, row);
  }

  /// Fills mask[0, size): 1 for rows that match. One plain loop a column, which the compiler
  /// vectorizes.
  void MatchAll(const Chunk& chunk, std::array<std::uint8_t, kChunkRows>& mask) const {
    std::size_t size = chunk.size();
    auto narrow = [&](const auto& column, auto accept) {
      for (std::size_t row = 0; row < size; ++row) {
        mask[row] = static_cast<std::uint8_t>(mask[row] & (accept(column[row]) ? 1 : 0));
      }
    };
    std::fill_n(mask.begin(), size, std::uint8_t{1});
    narrow(chunk.state, [](std::uint8_t value) { return value != kRemoved; });
    if (state) narrow(chunk.state, [&](std::uint8_t value) { return value == *state; });
    if (types != ~0u) {
      narrow(chunk.type, [&](std::uint8_t value) { return (types >> value & 1u) != 0; });
    }
    for (auto [column, id] : names) {
      narrow(chunk.names[column], [wanted = id](std::uint32_t value) { return value == wanted; });
    }
    if (started_after_ms) {
      narrow(chunk.start_time_ms, [&](std::int64_t value) { return value > *started_after_ms; });
    }
    if (started_before_ms) {
      narrow(chunk.start_time_ms, [&](std::int64_t value) { return value < *started_before_ms; });
    }
    if (tags.empty()) return;
    for (std::size_t row = 0; row < size; ++row) {
      if (mask[row] != 0 && !IsTaggedRight(chunk, row)) mask[row] = 0;
    }
  }
};

/// Keeps the first `wanted` matches of the order, counts all.
class JobIndex::Ranking {
 public:
  struct Place {
    std::int64_t value = 0;  ///< negated for a descending order, as is seq
    std::int64_t seq = 0;
    const Chunk* chunk = nullptr;
    std::size_t row = 0;

    bool operator<(const Place& other) const {
      return value != other.value ? value < other.value : seq < other.seq;
    }
  };

  Ranking(const Predicates& predicates, std::size_t wanted)
      : predicates_(predicates), wanted_(wanted), capacity_(2 * wanted + kSlack) {}

  bool is_descending() const {
    return predicates_.order == JobOrder::kStartTimeDesc ||
           predicates_.order == JobOrder::kDurationDesc;
  }

  void Add(const Chunk& chunk, std::size_t row) {
    ++count_;
    bool by_start = predicates_.order == JobOrder::kStartTimeDesc ||
                    predicates_.order == JobOrder::kStartTimeAsc;
    std::int64_t value =
        by_start ? chunk.start_time_ms[row] : chunk.DurationAt(row, predicates_.now_ms);
    Place place{value, chunk.seq[row], &chunk, row};
    if (is_descending()) {
      place.value = -place.value;
      place.seq = -place.seq;
    }
    if (is_full_ && !(place < worst_)) return;
    places_.push_back(place);
    if (places_.size() >= capacity_) Prune();
  }

  std::int64_t count() const { return count_; }

  /// The matches from number `offset` on, in order.
  std::vector<Place> Page(std::size_t offset) {
    if (places_.size() > wanted_) Prune();
    if (offset >= places_.size()) return {};
    auto first = places_.begin() + static_cast<std::ptrdiff_t>(offset);
    std::nth_element(places_.begin(), first, places_.end());
    std::sort(first, places_.end());
    return {first, places_.end()};
  }

 private:
  static constexpr std::size_t kSlack = 1024;

  /// Drops what cannot be among the wanted ones, and what comes later and is no better than the
  /// rest.
  void Prune() {
    auto last = places_.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
    std::nth_element(places_.begin(), last, places_.end());
    worst_ = *last;
    is_full_ = true;
    places_.resize(wanted_);
  }

  const Predicates& predicates_;
  const std::size_t wanted_;
  const std::size_t capacity_;
  std::int64_t count_ = 0;
  std::vector<Place> places_;
  Place worst_;
  bool is_full_ = false;
};

JobIndex::JobIndex() = default;
JobIndex::~JobIndex() = default;

std::uint32_t JobIndex::Intern(const std::string& name) {
  auto [place, is_new] = ids_of_names_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back(name);
  return place->second;
}

std::uint32_t JobIndex::InternTag(const Tag& tag) {
  auto [place, is_new] = ids_of_tags_.emplace(tag.key + kTagSeparator + tag.value,
                                              static_cast<std::uint32_t>(tags_.size()));
  if (is_new) tags_.push_back(tag);
  return place->second;
}

void JobIndex::Add(const Job& job, bool has_result) {
  MutexLock lock(mutex_);
  if (chunks_.empty() || chunks_.back()->size() == kChunkRows) {
    chunks_.push_back(std::make_unique<Chunk>());
  }
  Chunk& chunk = *chunks_.back();
  DCHECK(chunk.seq.empty() || chunk.seq.back() < job.seq);
  chunk.seq.push_back(job.seq);
  chunk.state.push_back(static_cast<std::uint8_t>(job.state));
  chunk.type.push_back(static_cast<std::uint8_t>(job.type));
  chunk.has_result.push_back(has_result ? 1 : 0);
  chunk.names[kProject].push_back(Intern(job.project.value()));
  chunk.names[kQueue].push_back(Intern(job.queue.value()));
  chunk.names[kOwner].push_back(Intern(job.owner));
  chunk.names[kEngine].push_back(Intern(job.engine_type));
  chunk.names[kDatabase].push_back(Intern(job.database_name));
  chunk.names[kTable].push_back(Intern(job.table_name));
  chunk.start_time_ms.push_back(job.start_time_ms);
  chunk.duration_ms.push_back(job.duration_ms);
  for (const Tag& tag : job.tags) chunk.tag_ids.push_back(InternTag(tag));
  chunk.tags_end.push_back(static_cast<std::uint32_t>(chunk.tag_ids.size()));
  ++size_;
}

std::pair<JobIndex::Chunk*, std::size_t> JobIndex::Find(std::int64_t seq) const {
  auto after = std::upper_bound(
      chunks_.begin(), chunks_.end(), seq,
      [](std::int64_t wanted, const auto& chunk) { return wanted < chunk->seq.front(); });
  if (after == chunks_.begin()) return {nullptr, 0};
  Chunk* chunk = std::prev(after)->get();
  auto found = std::lower_bound(chunk->seq.begin(), chunk->seq.end(), seq);
  if (found == chunk->seq.end() || *found != seq) return {nullptr, 0};
  auto row = static_cast<std::size_t>(std::distance(chunk->seq.begin(), found));
  if (chunk->state[row] == kRemoved) return {nullptr, 0};
  return {chunk, row};
}

void JobIndex::SetState(std::int64_t seq, JobState state) {
  MutexLock lock(mutex_);
  auto [chunk, row] = Find(seq);
  if (chunk != nullptr) chunk->state[row] = static_cast<std::uint8_t>(state);
}

void JobIndex::Finish(std::int64_t seq, JobState state, std::int64_t duration_ms, bool has_result) {
  MutexLock lock(mutex_);
  auto [chunk, row] = Find(seq);
  if (chunk == nullptr) return;
  chunk->state[row] = static_cast<std::uint8_t>(state);
  chunk->duration_ms[row] = duration_ms;
  chunk->has_result[row] = has_result ? 1 : 0;
}

void JobIndex::DropResult(std::int64_t seq) {
  MutexLock lock(mutex_);
  auto [chunk, row] = Find(seq);
  if (chunk != nullptr) chunk->has_result[row] = 0;
}

void JobIndex::Remove(std::int64_t seq) {
  MutexLock lock(mutex_);
  auto [chunk, row] = Find(seq);
  if (chunk == nullptr) return;
  chunk->state[row] = kRemoved;
  --size_;
}

std::vector<bool> JobIndex::TagIdsOf(const Tag& wanted) const {
  std::vector<bool> ids(tags_.size());
  for (std::size_t id = 0; id < tags_.size(); ++id) {
    ids[id] =
        tags_[id].key == wanted.key && tags_[id].value.find(wanted.value) != std::string::npos;
  }
  return ids;
}

/// Nothing when no job can match.
std::optional<JobIndex::Predicates> JobIndex::Compile(const JobFilter& filter,
                                                      std::int64_t now_ms) const {
  if (filter.no_type_matches) return std::nullopt;
  Predicates predicates;
  predicates.order = filter.order;
  predicates.now_ms = now_ms;
  if (filter.state) predicates.state = static_cast<std::uint8_t>(*filter.state);
  if (!filter.types.empty()) predicates.types = 0;
  for (JobType type : filter.types) predicates.types |= 1u << static_cast<unsigned>(type);
  predicates.started_after_ms = filter.started_after_ms;
  predicates.started_before_ms = filter.started_before_ms;

  MutexLock lock(mutex_);
  const std::pair<NameColumn, std::optional<std::string>> wanted_names[] = {
      {kProject, filter.project.value()},
      {kQueue, filter.queue},
      {kOwner, filter.owner},
      {kEngine, filter.engine_type},
      {kDatabase, filter.database_name},
      {kTable, filter.table_name}};
  for (const auto& [column, name] : wanted_names) {
    if (!name) continue;
    auto found = ids_of_names_.find(*name);
    if (found == ids_of_names_.end()) return std::nullopt;
    predicates.names.emplace_back(column, found->second);
  }
  for (const Tag& tag : filter.tags) predicates.tags.push_back(TagIdsOf(tag));
  return predicates;
}

void JobIndex::ScanAll(const Predicates& predicates, Ranking* ranking) const {
  std::size_t chunk_count = 0;
  {
    MutexLock lock(mutex_);
    chunk_count = chunks_.size();
  }
  std::array<std::uint8_t, kChunkRows> mask;
  for (std::size_t i = 0; i < chunk_count; ++i) {
    // From the end that the page most likely comes from, so that the rest is only counted.
    bool from_end = ranking->is_descending();
    MutexLock lock(mutex_);
    const Chunk& chunk = *chunks_[from_end ? chunk_count - 1 - i : i];
    predicates.MatchAll(chunk, mask);
    for (std::size_t j = 0; j < chunk.size(); ++j) {
      std::size_t row = from_end ? chunk.size() - 1 - j : j;
      if (mask[row] != 0) ranking->Add(chunk, row);
    }
  }
}

void JobIndex::ScanSome(const Predicates& predicates, const std::vector<std::int64_t>& seqs,
                        Ranking* ranking) const {
  MutexLock lock(mutex_);
  for (std::int64_t seq : seqs) {
    auto [chunk, row] = Find(seq);
    if (chunk != nullptr && predicates.Matches(*chunk, row)) ranking->Add(*chunk, row);
  }
}

JobKey JobIndex::KeyAt(const Chunk& chunk, std::size_t row) const {
  return {names_[chunk.names[kProject][row]], chunk.seq[row]};
}

JobIndex::Selection JobIndex::Select(
    const JobFilter& filter, std::int64_t now_ms,
    const std::optional<std::vector<std::int64_t>>& candidates) const {
  CHECK_GT(filter.page_size, 0);
  CHECK_GT(filter.current_page, 0);
  std::optional<Predicates> predicates = Compile(filter, now_ms);
  if (!predicates) return {};
  auto page_size = static_cast<std::size_t>(filter.page_size);
  std::size_t offset = static_cast<std::size_t>(filter.current_page - 1) * page_size;
  // No page lies past the last job, whatever its number.
  auto wanted = std::min(offset + page_size, static_cast<std::size_t>(size()) + page_size);
  Ranking ranking(*predicates, wanted);
  if (candidates) {
    ScanSome(*predicates, *candidates, &ranking);
  } else {
    ScanAll(*predicates, &ranking);
  }
  Selection selection;
  selection.count = ranking.count();
  std::vector<Ranking::Place> places = ranking.Page(offset);
  MutexLock lock(mutex_);
  for (const Ranking::Place& place : places) {
    selection.page.push_back(KeyAt(*place.chunk, place.row));
  }
  return selection;
}

std::vector<JobKey> JobIndex::Unfinished() const {
  std::vector<JobKey> keys;
  MutexLock lock(mutex_);
  for (const auto& chunk : chunks_) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      if (chunk->state[row] == kRemoved || chunk->IsFinalAt(row)) continue;
      keys.push_back(KeyAt(*chunk, row));
    }
  }
  return keys;
}

std::vector<JobKey> JobIndex::EndedBefore(std::int64_t wall_ms, Ended which, int limit) const {
  std::vector<JobKey> keys;
  MutexLock lock(mutex_);
  for (const auto& chunk : chunks_) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      if (keys.size() >= static_cast<std::size_t>(limit)) return keys;
      if (!chunk->IsFinalAt(row)) continue;
      if (which == Ended::kWithResult && chunk->has_result[row] == 0) continue;
      if (chunk->start_time_ms[row] + chunk->duration_ms[row] >= wall_ms) continue;
      keys.push_back(KeyAt(*chunk, row));
    }
  }
  return keys;
}

std::int64_t JobIndex::size() const {
  MutexLock lock(mutex_);
  return size_;
}

}  // namespace sluice
