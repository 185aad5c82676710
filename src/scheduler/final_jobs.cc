#include "scheduler/final_jobs.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace sluice {

namespace {

constexpr std::size_t kSegmentBytesMax = 256 * 1024;
/// No segment takes more than this part of the whole, so that little is forgotten at once.
constexpr std::size_t kSegmentsMin = 8;
/// The part of the memory that shared texts may take.
constexpr std::size_t kSharedPart = 16;
constexpr std::size_t kPlacesMin = 16;

using RecordLength = std::uint32_t;
constexpr std::size_t kHeaderBytes = sizeof(UuidBytes) + sizeof(RecordLength);

RecordLength LengthOf(const char* record) {
  RecordLength length = 0;
  std::memcpy(&length, record + sizeof(UuidBytes), sizeof length);
  return length;
}

UuidBytes IdOf(const char* record) {
  UuidBytes id;
  std::memcpy(id.data(), record, id.size());
  return id;
}

}  // namespace

FinalJobs::FinalJobs(std::size_t bytes_max)
    : bytes_max_(bytes_max), shared_(bytes_max / kSharedPart), places_(kPlacesMin) {}

std::size_t FinalJobs::bytes() const {
  return segments_bytes_ + places_.capacity() * sizeof(Place) + shared_.bytes();
}

std::size_t FinalJobs::Start(std::uint32_t hash) const {
  // The low bits chose the board's shard, so they are the same for all ids here.
  return hash >> (32 - std::countr_zero(places_.size()));
}

const char* FinalJobs::RecordAt(const Place& place) const {
  return segments_[static_cast<std::size_t>(place.segment - first_segment_)].bytes.get() +
         place.offset;
}

std::size_t FinalJobs::SlotOf(const UuidBytes& id) const {
  std::uint32_t hash = HashUuid(id);
  std::size_t slot = Start(hash);
  while (!places_[slot].is_free()) {
    const Place& place = places_[slot];
    if (place.hash == hash && std::memcmp(RecordAt(place), id.data(), id.size()) == 0) break;
    slot = Next(slot);
  }
  return slot;
}

std::size_t FinalJobs::CapacityFor(std::size_t record_bytes) const {
  return std::max(record_bytes, std::min(kSegmentBytesMax, bytes_max_ / kSegmentsMin));
}

FinalJobs::Segment FinalJobs::MakeSegment(std::size_t capacity) {
  segments_bytes_ += capacity;
  return Segment{std::make_unique_for_overwrite<char[]>(capacity), capacity, 0};
}

void FinalJobs::Add(const UuidBytes& id, const Job& job) {
  std::string packed = PackJob(job, &shared_);
  std::size_t record_bytes = kHeaderBytes + packed.size();
  if (segments_.empty() || !segments_.back().HasRoom(record_bytes)) {
    std::size_t capacity = CapacityFor(record_bytes);
    while (!segments_.empty() && bytes() + capacity > bytes_max_) ForgetOldestSegment();
    segments_.push_back(MakeSegment(capacity));
  }
  Put(id, packed, &segments_.back(),
      first_segment_ + static_cast<std::int32_t>(segments_.size()) - 1);
}

bool FinalJobs::AddOlder(const UuidBytes& id, const Job& job) {
  std::string packed = PackJob(job, &shared_);
  std::size_t record_bytes = kHeaderBytes + packed.size();
  if (segments_.empty() || !segments_.front().HasRoom(record_bytes)) {
    std::size_t capacity = CapacityFor(record_bytes);
    if (bytes() + capacity > bytes_max_) return false;
    segments_.push_front(MakeSegment(capacity));
    --first_segment_;
  }
  Put(id, packed, &segments_.front(), first_segment_);
  return true;
}

void FinalJobs::Put(const UuidBytes& id, std::string_view packed, Segment* segment,
                    std::int32_t number) {
  // Three quarters full is where probing still ends soon.
  if ((size_ + 1) * 4 > places_.size() * 3) Grow();
  char* record = segment->bytes.get() + segment->used;
  auto length = static_cast<RecordLength>(packed.size());
  std::memcpy(record, id.data(), id.size());
  std::memcpy(record + id.size(), &length, sizeof length);
  std::memcpy(record + kHeaderBytes, packed.data(), packed.size());
  Place& place = places_[SlotOf(id)];
  if (place.is_free()) ++size_;
  place = Place{number, static_cast<std::uint32_t>(segment->used), HashUuid(id)};
  segment->used += kHeaderBytes + packed.size();
}

void FinalJobs::Grow() {
  std::vector<Place> old(places_.size() * 2);
  old.swap(places_);
  for (const Place& place : old) {
    if (place.is_free()) continue;
    std::size_t slot = Start(place.hash);
    while (!places_[slot].is_free()) slot = Next(slot);
    places_[slot] = place;
  }
}

void FinalJobs::ForgetOldestSegment() {
  const Segment& oldest = segments_.front();
  for (std::size_t offset = 0; offset < oldest.used;) {
    const char* record = oldest.bytes.get() + offset;
    std::size_t slot = SlotOf(IdOf(record));
    // A job that was added again has a newer record, which stays.
    Place here{first_segment_, static_cast<std::uint32_t>(offset), HashUuid(IdOf(record))};
    if (places_[slot] == here) Free(slot);
    offset += kHeaderBytes + LengthOf(record);
  }
  segments_bytes_ -= oldest.capacity;
  segments_.pop_front();
  ++first_segment_;
}

void FinalJobs::Free(std::size_t slot) {
  // What was pushed past the slot moves back into it, so that no probe ends at the gap too early.
  std::size_t mask = places_.size() - 1;
  for (std::size_t next = Next(slot); !places_[next].is_free(); next = Next(next)) {
    std::size_t home = Start(places_[next].hash);
    if (((next - home) & mask) < ((next - slot) & mask)) continue;
    places_[slot] = places_[next];
    slot = next;
  }
  places_[slot] = Place{};
  --size_;
}

std::optional<Job> FinalJobs::Find(const UuidBytes& id, const JobId& text) const {
  const Place& place = places_[SlotOf(id)];
  if (place.is_free()) return std::nullopt;
  const char* record = RecordAt(place);
  return UnpackJob(text, {record + kHeaderBytes, LengthOf(record)}, shared_);
}

}  // namespace sluice
