#include "store/sqlite/job_index.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <numeric>

#include "base/check.h"

#if defined(__GNUC__) && !defined(__clang__)
// At -O2 this compiler leaves loops over columns of unknown length scalar.
#pragma GCC optimize("O3")
#endif

namespace sluice {

namespace {

constexpr std::size_t kChunkRows = 8192;
constexpr std::size_t kRowsPerWord = 64;
constexpr std::size_t kWordsPerSlice = kChunkRows / kRowsPerWord;
/// State of a row whose job was removed.
constexpr std::uint8_t kRemoved = 0xFF;

enum NameColumn { kProject, kQueue, kOwner, kEngine, kDatabase, kTable, kNameColumnCount };

/// Separates key and value of a tag; in no valid tag.
constexpr char kTagSeparator = '\0';

using Mask = std::array<std::uint8_t, kChunkRows>;

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
  std::vector<std::int64_t> ended_served_ms;
  std::vector<std::uint32_t>
      tags_end;  ///< in tag_ids; a job's tags begin where the one before ends
  std::vector<std::uint32_t> tag_ids;
  /// Of bit b, the rows: kWordsPerSlice words from b * kWordsPerSlice on.
  std::vector<std::uint64_t> slices = std::vector<std::uint64_t>(kSignatureBits * kWordsPerSlice);

  void AddSignature(const StatementSignature& signature, std::size_t row) {
    for (std::size_t bit = 0; bit < kSignatureBits; ++bit) {
      if (!signature.Has(bit)) continue;
      slices[bit * kWordsPerSlice + row / kRowsPerWord] |= std::uint64_t{1} << (row % kRowsPerWord);
    }
  }

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
  std::vector<std::vector<std::uint8_t>> tags;  ///< per wanted tag: which tag ids satisfy it
  std::vector<std::uint16_t> signature_bits;
  JobOrder order = JobOrder::kStartTimeDesc;
  std::int64_t now_ms = 0;

  bool IsTaggedRight(const Chunk& chunk, std::size_t row) const {
    std::size_t begin = row == 0 ? 0 : chunk.tags_end[row - 1];
    auto first = chunk.tag_ids.begin() + static_cast<std::ptrdiff_t>(begin);
    auto last = chunk.tag_ids.begin() + static_cast<std::ptrdiff_t>(chunk.tags_end[row]);
    return std::all_of(tags.begin(), tags.end(), [&](const auto& ids) {
      return std::any_of(first, last,
                         [&](std::uint32_t id) { return id < ids.size() && ids[id] != 0; });
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

  /// Fills mask[0, size) with 1 for rows whose signature has all bits.
  void MatchSignatures(const Chunk& chunk, Mask& mask) const {
    std::array<std::uint64_t, kWordsPerSlice> words;
    words.fill(~std::uint64_t{0});
    for (std::uint16_t bit : signature_bits) {
      const std::uint64_t* slice = &chunk.slices[bit * kWordsPerSlice];
      for (std::size_t i = 0; i < kWordsPerSlice; ++i) words[i] &= slice[i];
    }
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      mask[row] = static_cast<std::uint8_t>(words[row / kRowsPerWord] >> (row % kRowsPerWord) & 1);
    }
  }

  /// Fills mask[0, size): 1 for rows that match. One plain loop a column, which the compiler
  /// vectorizes.
  void MatchAll(const Chunk& chunk, Mask& mask) const {
    std::size_t size = chunk.size();
    auto narrow = [&](const auto& column, auto accept) {
      const auto* values = column.data();
      std::uint8_t* marks = mask.data();
      for (std::size_t row = 0; row < size; ++row) {
        marks[row] = static_cast<std::uint8_t>(marks[row] & static_cast<int>(accept(values[row])));
      }
    };
    if (signature_bits.empty()) {
      std::fill_n(mask.begin(), size, std::uint8_t{1});
    } else {
      MatchSignatures(chunk, mask);
    }
    narrow(chunk.state, [](std::uint8_t value) { return value != kRemoved; });
    if (state) {
      narrow(chunk.state, [wanted = *state](std::uint8_t value) { return value == wanted; });
    }
    if (types != ~0u) {
      narrow(chunk.type,
             [wanted = types](std::uint8_t value) { return (wanted >> value & 1u) != 0; });
    }
    for (auto [column, id] : names) {
      narrow(chunk.names[column], [wanted = id](std::uint32_t value) { return value == wanted; });
    }
    if (started_after_ms) {
      narrow(chunk.start_time_ms,
             [limit = *started_after_ms](std::int64_t value) { return value > limit; });
    }
    if (started_before_ms) {
      narrow(chunk.start_time_ms,
             [limit = *started_before_ms](std::int64_t value) { return value < limit; });
    }
    for (const auto& ids : tags) {
      Mask tagged;
      MarkTagged(chunk, ids, tagged);
      for (std::size_t row = 0; row < size; ++row) {
        mask[row] = static_cast<std::uint8_t>(mask[row] & tagged[row]);
      }
    }
  }

  /// Fills mask[0, size): 1 for rows that have one of the tags. One pass over all tags of the
  /// chunk; rows are looked for only behind a tag that counts.
  static void MarkTagged(const Chunk& chunk, const std::vector<std::uint8_t>& ids, Mask& mask) {
    std::fill_n(mask.begin(), chunk.size(), std::uint8_t{0});
    std::size_t row = 0;
    for (std::size_t place = 0; place < chunk.tag_ids.size(); ++place) {
      std::uint32_t id = chunk.tag_ids[place];
      if (id >= ids.size() || ids[id] == 0) continue;
      while (chunk.tags_end[row] <= place) ++row;
      mask[row] = 1;
    }
  }
};

/// Keeps the first `wanted` matches of the order.
class JobIndex::Ranking {
 public:
  struct Entry {
    std::int64_t value = 0;  ///< negated for a descending order, as is seq
    std::int64_t seq = 0;
    const Chunk* chunk = nullptr;
    std::size_t row = 0;

    bool operator<(const Entry& other) const {
      return value != other.value ? value < other.value : seq < other.seq;
    }
  };

  Ranking(const Predicates& predicates, std::size_t wanted)
      : is_descending_(predicates.order == JobOrder::kStartTimeDesc ||
                       predicates.order == JobOrder::kDurationDesc),
        by_start_(predicates.order == JobOrder::kStartTimeDesc ||
                  predicates.order == JobOrder::kStartTimeAsc),
        now_ms_(predicates.now_ms),
        wanted_(wanted),
        capacity_(2 * wanted + kSlack) {}

  bool is_descending() const { return is_descending_; }
  std::int64_t count() const { return count_; }
  void Count(std::int64_t matches) { count_ += matches; }

  /// Takes a match into account that was counted.
  void Rank(const Chunk& chunk, std::size_t row) {
    std::int64_t value = by_start_ ? chunk.start_time_ms[row] : chunk.DurationAt(row, now_ms_);
    if (is_descending_) value = -value;
    if (value > worst_.value) return;
    Entry entry{value, is_descending_ ? -chunk.seq[row] : chunk.seq[row], &chunk, row};
    if (!(entry < worst_)) return;
    entries_.push_back(entry);
    if (entries_.size() >= capacity_) Prune();
  }

  /// The matches from number `offset` on, in order.
  std::vector<Entry> Page(std::size_t offset) {
    if (entries_.size() > wanted_) Prune();
    if (offset >= entries_.size()) return {};
    auto first = entries_.begin() + static_cast<std::ptrdiff_t>(offset);
    std::nth_element(entries_.begin(), first, entries_.end());
    std::sort(first, entries_.end());
    return {first, entries_.end()};
  }

 private:
  static constexpr std::size_t kSlack = 1024;

  /// Drops what cannot be among the wanted ones; what is no better than the rest is not taken any
  /// more.
  void Prune() {
    auto last = entries_.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
    std::nth_element(entries_.begin(), last, entries_.end());
    worst_ = *last;
    entries_.resize(wanted_);
  }

  const bool is_descending_;
  const bool by_start_;
  const std::int64_t now_ms_;
  const std::size_t wanted_;
  const std::size_t capacity_;
  std::int64_t count_ = 0;
  std::vector<Entry> entries_;
  Entry worst_{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max(),
               nullptr, 0};
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

void JobIndex::Add(const Job& job, bool has_result, const StatementSignature& signature,
                   std::int64_t ended_served_ms) {
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
  chunk.ended_served_ms.push_back(ended_served_ms);
  for (const Tag& tag : job.tags) chunk.tag_ids.push_back(InternTag(tag));
  chunk.tags_end.push_back(static_cast<std::uint32_t>(chunk.tag_ids.size()));
  chunk.AddSignature(signature, chunk.size() - 1);
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

void JobIndex::Finish(std::int64_t seq, JobState state, std::int64_t duration_ms, bool has_result,
                      std::int64_t ended_served_ms) {
  MutexLock lock(mutex_);
  auto [chunk, row] = Find(seq);
  if (chunk == nullptr) return;
  chunk->state[row] = static_cast<std::uint8_t>(state);
  chunk->duration_ms[row] = duration_ms;
  chunk->has_result[row] = has_result ? 1 : 0;
  chunk->ended_served_ms[row] = ended_served_ms;
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

std::vector<std::uint8_t> JobIndex::TagIdsOf(const Tag& wanted) const {
  std::vector<std::uint8_t> ids(tags_.size());
  for (std::size_t id = 0; id < tags_.size(); ++id) {
    const Tag& tag = tags_[id];
    bool matches = tag.key == wanted.key && tag.value.find(wanted.value) != std::string::npos;
    ids[id] = matches ? 1 : 0;
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
  // From the end that the page most likely comes from, so that the rest is only counted.
  bool from_end = ranking->is_descending();
  Mask mask;
  for (std::size_t i = 0; i < chunk_count; ++i) {
    MutexLock lock(mutex_);
    const Chunk& chunk = *chunks_[from_end ? chunk_count - 1 - i : i];
    predicates.MatchAll(chunk, mask);
    int matches =
        std::accumulate(mask.begin(), mask.begin() + static_cast<std::ptrdiff_t>(chunk.size()), 0);
    ranking->Count(matches);
    for (std::size_t j = 0; matches > 0; ++j) {
      std::size_t row = from_end ? chunk.size() - 1 - j : j;
      if (mask[row] == 0) continue;
      ranking->Rank(chunk, row);
      --matches;
    }
  }
}

void JobIndex::ScanSome(const Predicates& predicates, const std::vector<Place>& places,
                        Ranking* ranking) const {
  MutexLock lock(mutex_);
  for (const Place& place : places) {
    const Chunk& chunk = *chunks_[place.position / kChunkRows];
    std::size_t row = place.position % kChunkRows;
    if (!predicates.Matches(chunk, row)) continue;
    ranking->Count(1);
    ranking->Rank(chunk, row);
  }
}

std::vector<JobIndex::Place> JobIndex::Match(const JobFilter& filter, std::int64_t now_ms,
                                             std::vector<std::uint16_t> signature_bits) const {
  std::vector<Place> places;
  std::optional<Predicates> predicates = Compile(filter, now_ms);
  if (!predicates) return places;
  predicates->signature_bits = std::move(signature_bits);
  Mask mask;
  for (std::size_t i = 0;; ++i) {
    MutexLock lock(mutex_);
    if (i == chunks_.size()) return places;
    const Chunk& chunk = *chunks_[i];
    predicates->MatchAll(chunk, mask);
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      if (mask[row] != 0) places.push_back({i * kChunkRows + row, chunk.seq[row]});
    }
  }
}

std::optional<JobIndex::Place> JobIndex::FindPlace(std::int64_t seq) const {
  MutexLock lock(mutex_);
  auto [chunk, row] = Find(seq);
  if (chunk == nullptr) return std::nullopt;
  auto found = std::find_if(chunks_.begin(), chunks_.end(),
                            [wanted = chunk](const auto& held) { return held.get() == wanted; });
  auto number = static_cast<std::size_t>(std::distance(chunks_.begin(), found));
  return Place{number * kChunkRows + row, seq};
}

JobKey JobIndex::KeyAt(const Chunk& chunk, std::size_t row) const {
  return {names_[chunk.names[kProject][row]], chunk.seq[row]};
}

JobIndex::Selection JobIndex::Select(const JobFilter& filter, std::int64_t now_ms,
                                     const std::optional<std::vector<Place>>& candidates) const {
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
  std::vector<Ranking::Entry> entries = ranking.Page(offset);
  MutexLock lock(mutex_);
  for (const Ranking::Entry& entry : entries) {
    selection.page.push_back(KeyAt(*entry.chunk, entry.row));
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

std::vector<JobKey> JobIndex::EndedBefore(std::int64_t served_ms, EndedJobs which,
                                          int limit) const {
  std::vector<JobKey> keys;
  MutexLock lock(mutex_);
  for (const auto& chunk : chunks_) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      if (keys.size() >= static_cast<std::size_t>(limit)) return keys;
      if (!chunk->IsFinalAt(row)) continue;
      if (which == EndedJobs::kWithResult && chunk->has_result[row] == 0) continue;
      if (chunk->ended_served_ms[row] >= served_ms) continue;
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
