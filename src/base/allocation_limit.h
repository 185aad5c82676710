#pragma once

#include <cstddef>
#include <new>

namespace sluice {

/// What an allocation throws instead of passing its thread's limit. Nothing was allocated.
class AllocationRefused final : public std::bad_alloc {
 public:
  const char* what() const noexcept override;
};

/// Bounds what operator new gives to the calling thread while this object lives, less what the
/// thread frees meanwhile: the memory of work whose size a client chooses. The allocation that
/// would pass `bytes_max` throws AllocationRefused, so a scope of it ends in a catch beside it.
/// malloc is not counted. One a thread at a time; to be destroyed by the thread that made it.
class AllocationLimit {
 public:
  explicit AllocationLimit(std::size_t bytes_max);
  ~AllocationLimit();
  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;

  /// The most the thread held at once.
  std::size_t peak_bytes() const;
};

/// Takes the calling thread out of its limit for a scope: for calls into parts that are shared and
/// must not be left half done.
class UncountedAllocations {
 public:
  UncountedAllocations();
  ~UncountedAllocations();
  UncountedAllocations(const UncountedAllocations&) = delete;
  UncountedAllocations& operator=(const UncountedAllocations&) = delete;

 private:
  bool counted_;
};

}  // namespace sluice
