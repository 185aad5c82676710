#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/result.h"

namespace sluice {

/// Where a failing call fails: with no effect, or after it has had its effect (the answer is lost).
enum class FaultMoment { kBeforeEffect, kAfterEffect };

/// Makes one call of a store fail with kUnavailable, so that a test can walk through all of them:
/// fail at call 0, 1, 2 … until a run has fewer calls. Counts the changes, not the reads.
/// Thread-safe.
class FaultPlan {
 public:
  /// The next call with this number, from 0 on, fails.
  void FailAt(std::int64_t call, FaultMoment moment) {
    moment_ = moment;
    calls_ = 0;
    failing_call_ = call;
  }
  /// No call fails any more.
  void Clear() { failing_call_ = kNever; }
  /// Calls counted since FailAt.
  std::int64_t calls() const { return calls_; }
  /// Whether the call that should fail was reached.
  bool has_failed() const { return failing_call_ != kNever && calls_ > failing_call_; }

  /// Runs the call, or fails in its place or after it.
  template <class Call>
  auto Run(Call call) -> decltype(call()) {
    std::int64_t failing = failing_call_;
    bool fails = calls_++ == failing;
    if (fails && moment_ == FaultMoment::kBeforeEffect) return Fault();
    auto result = call();
    if (fails && result) return Fault();
    return result;
  }

 private:
  static constexpr std::int64_t kNever = -1;

  static tl::unexpected<Error> Fault() {
    return FailWithDetail(ErrorCode::kUnavailable, "injected fault",
                          "The job store cannot write: disk full");
  }

  std::atomic<std::int64_t> calls_ = 0;
  std::atomic<std::int64_t> failing_call_ = kNever;
  std::atomic<FaultMoment> moment_ = FaultMoment::kBeforeEffect;
};

}  // namespace sluice
