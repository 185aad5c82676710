#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "job/job.h"
#include "store/job_store.h"
#include "store/sqlite/statement_signature.h"

namespace sluice {

/// Where a job's rows are.
struct JobKey {
  std::string project;
  std::int64_t seq = 0;
};

/// What lists, counts and the janitor ask of every job, in memory, column by column: some 70 bytes
/// a job. Any filter over a million jobs is one pass over bytes that lie side by side, so its count
/// is exact and its cost does not depend on which columns it names (docs/design/0002-store.md).
/// Thread-safe; a reader holds the lock for one chunk at a time.
class JobIndex {
 public:
  struct Selection {
    std::int64_t count = 0;    ///< all matches
    std::vector<JobKey> page;  ///< in order
  };

  /// A job's place in the index: positions follow seqs and are never given twice.
  struct Place {
    std::size_t position = 0;
    std::int64_t seq = 0;
  };

  JobIndex();
  ~JobIndex();

  /// Adds a job at the end: its seq is larger than every one before.
  void Add(const Job& job, bool has_result, const StatementSignature& signature,
           std::int64_t ended_served_ms) EXCLUDES(mutex_);
  void SetState(std::int64_t seq, JobState state) EXCLUDES(mutex_);
  /// Records the final state.
  void Finish(std::int64_t seq, JobState state, std::int64_t duration_ms, bool has_result,
              std::int64_t ended_served_ms) EXCLUDES(mutex_);
  void DropResult(std::int64_t seq) EXCLUDES(mutex_);
  void Remove(std::int64_t seq) EXCLUDES(mutex_);

  /// Matches of everything in the filter but `id` and `sql_pattern`: those come in as `candidates`,
  /// the only places to look at. Jobs that run have the duration they have at `now_ms`.
  Selection Select(const JobFilter& filter, std::int64_t now_ms,
                   const std::optional<std::vector<Place>>& candidates) const EXCLUDES(mutex_);
  /// All places, ascending, that match everything in the filter but `id` and `sql_pattern`, and
  /// whose signature has the bits.
  std::vector<Place> Match(const JobFilter& filter, std::int64_t now_ms,
                           std::vector<std::uint16_t> signature_bits) const EXCLUDES(mutex_);
  std::optional<Place> FindPlace(std::int64_t seq) const EXCLUDES(mutex_);

  /// Jobs that are not final, in order of seq.
  std::vector<JobKey> Unfinished() const EXCLUDES(mutex_);
  /// Final jobs that ended before the time of the store's ServedClock, oldest first, at most
  /// `limit`.
  std::vector<JobKey> EndedBefore(std::int64_t served_ms, EndedJobs which, int limit) const
      EXCLUDES(mutex_);
  /// Jobs held.
  std::int64_t size() const EXCLUDES(mutex_);

 private:
  struct Chunk;
  struct Predicates;
  class Ranking;

  std::uint32_t Intern(const std::string& name) REQUIRES(mutex_);
  std::uint32_t InternTag(const Tag& tag) REQUIRES(mutex_);
  std::optional<Predicates> Compile(const JobFilter& filter, std::int64_t now_ms) const
      EXCLUDES(mutex_);
  std::vector<std::uint8_t> TagIdsOf(const Tag& wanted) const REQUIRES(mutex_);
  void ScanAll(const Predicates& predicates, Ranking* ranking) const EXCLUDES(mutex_);
  void ScanSome(const Predicates& predicates, const std::vector<Place>& places,
                Ranking* ranking) const EXCLUDES(mutex_);
  /// The chunk and row of a seq; null when it is not held.
  std::pair<Chunk*, std::size_t> Find(std::int64_t seq) const REQUIRES(mutex_);
  JobKey KeyAt(const Chunk& chunk, std::size_t row) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Chunk>> chunks_ GUARDED_BY(mutex_);
  std::int64_t size_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> names_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::uint32_t> ids_of_names_ GUARDED_BY(mutex_);
  std::vector<Tag> tags_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::uint32_t> ids_of_tags_ GUARDED_BY(mutex_);
};

}  // namespace sluice
