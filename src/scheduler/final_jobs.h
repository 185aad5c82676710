#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "job/job.h"
#include "scheduler/packed_job.h"
#include "scheduler/text_dictionary.h"

namespace sluice {

/// The newest final jobs within a limit of memory, for readers that must not wait for the store.
/// Records lie packed side by side in segments, in the order of age; the oldest segment is
/// forgotten as a whole when there is no more room. Not thread-safe.
class FinalJobs {
 public:
  /// `bytes_max` counts records, their index and the texts they share.
  explicit FinalJobs(std::size_t bytes_max);

  /// A job that has just ended; makes room for it.
  void Add(const UuidBytes& id, const Job& job);
  /// A job that ended before all held ones. False when there is no room, so that it was not added.
  bool AddOlder(const UuidBytes& id, const Job& job);
  /// The job, when it is held; `text` is its id as the client wrote it.
  std::optional<Job> Find(const UuidBytes& id, const JobId& text) const;

  std::size_t size() const { return size_; }
  std::size_t bytes() const;

 private:
  struct Segment {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
    std::size_t used = 0;

    bool HasRoom(std::size_t record_bytes) const { return capacity - used >= record_bytes; }
  };
  /// Where a record is. Segments are numbered in the order of age, below 0 those of AddOlder.
  struct Place {
    std::int32_t segment = 0;
    std::uint32_t offset = kNowhere;
    std::uint32_t hash = 0;  ///< high half of the id's hash; most other ids differ in it

    bool is_free() const { return offset == kNowhere; }
    bool operator==(const Place&) const = default;
  };
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  std::size_t Start(std::uint32_t hash) const;
  std::size_t Next(std::size_t slot) const { return (slot + 1) & (places_.size() - 1); }
  /// The slot of the id, or the free one where it belongs.
  std::size_t SlotOf(const UuidBytes& id) const;
  const char* RecordAt(const Place& place) const;
  /// Of a new segment that is to take the record.
  std::size_t CapacityFor(std::size_t record_bytes) const;
  /// A new segment, counted in bytes().
  Segment MakeSegment(std::size_t capacity);
  void Put(const UuidBytes& id, std::string_view packed, Segment* segment, std::int32_t number);
  void ForgetOldestSegment();
  void Free(std::size_t slot);
  void Grow();

  const std::size_t bytes_max_;
  TextDictionary shared_;
  std::deque<Segment> segments_;
  std::int32_t first_segment_ = 0;  ///< number of segments_.front()
  std::size_t segments_bytes_ = 0;
  std::vector<Place> places_;  ///< open addressing, linear probing; a power of two
  std::size_t size_ = 0;
};

}  // namespace sluice
