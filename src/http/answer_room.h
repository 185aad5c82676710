#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/metrics.h"

namespace sluice::http {

/// Memory that answers on their way to their clients may take together. Thread-safe.
class AnswerRoom {
 public:
  /// `gauge` shows what is taken and must outlive the room.
  AnswerRoom(std::size_t limit, Metric* gauge) : limit_(limit), gauge_(gauge) {}

  /// False when there is no room. What is larger than all of it gets in while it is empty.
  bool TryTake(std::size_t bytes) {
    std::size_t taken = taken_.load(std::memory_order_relaxed);
    do {
      if (taken > 0 && taken + bytes > limit_) return false;
    } while (!taken_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
    gauge_->Add(static_cast<std::int64_t>(bytes));
    return true;
  }
  /// Takes it in any case; false when that went past the limit.
  bool Take(std::size_t bytes) {
    gauge_->Add(static_cast<std::int64_t>(bytes));
    return taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_;
  }
  void GiveBack(std::size_t bytes) {
    gauge_->Add(-static_cast<std::int64_t>(bytes));
    taken_.fetch_sub(bytes, std::memory_order_relaxed);
  }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> taken_ = 0;
  Metric* gauge_;
};

}  // namespace sluice::http
