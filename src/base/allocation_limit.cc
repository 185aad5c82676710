#include "base/allocation_limit.h"

#include <malloc.h>

#include <cstdlib>

#include "base/check.h"

namespace sluice {
namespace {

/// Signed: a thread may free under a limit what it allocated before.
struct Meter {
  std::ptrdiff_t used = 0;
  std::ptrdiff_t peak = 0;
  std::ptrdiff_t max = 0;
  bool limited = false;
  bool counts = false;
};

constinit thread_local Meter meter;

// Checked before it is spent. The block may be a little larger than what was asked for.
void CheckLimit(std::size_t size) {
  if (size > static_cast<std::size_t>(meter.max) ||
      meter.used + static_cast<std::ptrdiff_t>(size) > meter.max) {
    throw AllocationRefused();
  }
}

void Count(void* block) {
  meter.used += static_cast<std::ptrdiff_t>(::malloc_usable_size(block));
  if (meter.used > meter.peak) meter.peak = meter.used;
}

void* Allocate(std::size_t size) {
  if (meter.counts) CheckLimit(size);
  void* block = std::malloc(size == 0 ? 1 : size);
  while (block == nullptr) {
    std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
    block = std::malloc(size == 0 ? 1 : size);
  }
  if (meter.counts) Count(block);
  return block;
}

void* AllocateOrNull(std::size_t size) noexcept {
  try {
    return Allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void Free(void* block) noexcept {
  if (meter.counts && block != nullptr) {
    meter.used -= static_cast<std::ptrdiff_t>(::malloc_usable_size(block));
  }
  std::free(block);
}

}  // namespace

const char* AllocationRefused::what() const noexcept { return "allocation past its limit"; }

AllocationLimit::AllocationLimit(std::size_t bytes_max) {
  CHECK(!meter.limited);
  meter = Meter{0, 0, static_cast<std::ptrdiff_t>(bytes_max), true, true};
}

AllocationLimit::~AllocationLimit() { meter = Meter{}; }

std::size_t AllocationLimit::peak_bytes() const { return static_cast<std::size_t>(meter.peak); }

UncountedAllocations::UncountedAllocations() : counted_(meter.counts) { meter.counts = false; }

UncountedAllocations::~UncountedAllocations() { meter.counts = counted_; }

}  // namespace sluice

// The program's own. The aligned ones stay as they are.
void* operator new(std::size_t size) { return sluice::Allocate(size); }
void* operator new[](std::size_t size) { return sluice::Allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return sluice::AllocateOrNull(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return sluice::AllocateOrNull(size);
}
void operator delete(void* block) noexcept { sluice::Free(block); }
void operator delete[](void* block) noexcept { sluice::Free(block); }
void operator delete(void* block, std::size_t) noexcept { sluice::Free(block); }
void operator delete[](void* block, std::size_t) noexcept { sluice::Free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { sluice::Free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { sluice::Free(block); }
