#include "scheduler/planning_room.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/allocation_limit.h"

namespace sluice {

namespace {

// A stop is seen this soon by one that waits for a seat.
constexpr std::int64_t kSeatPollMs = 50;
// Messages quote what the client wrote; a client needs no more of it, and status keeps it.
constexpr std::size_t kMessageBytesMax = 16 * 1024;
// Freed blocks lie in the heap of the thread that planned: past this much they go back.
constexpr std::size_t kTrimmedBytesMin = std::size_t{8} << 20;

Error Shortened(Error error) {
  if (error.message.size() <= kMessageBytesMax) return error;
  std::size_t end = kMessageBytesMax;
  while (end > 0 && (static_cast<unsigned char>(error.message[end]) & 0xC0U) == 0x80U) --end;
  error.message = error.message.substr(0, end) + " …";
  return error;
}

/// The mark of one planning. It is the room's memory, not the statement's.
class Mark {
 public:
  Mark(PlanningMarks* marks, const JobId& id) : marks_(marks), id_(id) {
    const UncountedAllocations uncounted;
    marks_->Begin(id_);
  }
  ~Mark() {
    const UncountedAllocations uncounted;
    marks_->Pause(id_);
  }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

 private:
  PlanningMarks* marks_;
  const JobId& id_;
};

}  // namespace

class PlanningRoom::Seat {
 public:
  Seat(PlanningRoom* room, std::size_t size, bool alone)
      : room_(room), size_(size), alone_(alone) {}
  ~Seat() { room_->Leave(size_, alone_); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  PlanningRoom* room_;
  std::size_t size_;
  bool alone_;
};

PlanningRoom::PlanningRoom(const Clock* clock, const std::filesystem::path& marks_file)
    : clock_(clock), marks_(marks_file) {}

bool PlanningRoom::MayEnter(std::size_t size, bool alone) const {
  if (alone_inside_) return false;
  if (alone) return std::all_of(taken_.begin(), taken_.end(), [](int taken) { return taken == 0; });
  return alone_waiting_ == 0 && taken_.at(size) < kSeatSizes.at(size).seats;
}

Result<void> PlanningRoom::Enter(std::size_t size, const Terms& terms) {
  MutexLock lock(mutex_);
  if (terms.alone) ++alone_waiting_;
  Result<void> go_on;
  while (!MayEnter(size, terms.alone)) {
    go_on = terms.ask_waiting(size);
    if (!go_on) break;
    lock.WaitFor(left_, kSeatPollMs);
  }
  if (terms.alone) --alone_waiting_;
  if (!go_on) {
    left_.notify_all();
    return go_on;
  }
  ++taken_.at(size);
  alone_inside_ = terms.alone;
  return {};
}

void PlanningRoom::Leave(std::size_t size, bool alone) {
  MutexLock lock(mutex_);
  --taken_.at(size);
  if (alone) alone_inside_ = false;
  left_.notify_all();
}

std::optional<Result<void>> PlanningRoom::Within(std::size_t bytes, sql::PlanBudget& budget,
                                                 const Work& work) {
  std::optional<Result<void>> done;
  std::size_t peak = 0;
  try {
    AllocationLimit limit(bytes);
    done = work(budget);
    peak = limit.peak_bytes();
  } catch (const AllocationRefused&) {
    peak = bytes;
  }
  if (peak >= kTrimmedBytesMin) ::malloc_trim(0);
  return done;
}

Result<void> PlanningRoom::Plan(std::size_t text_bytes, const Terms& terms, const Work& work) {
  std::size_t size = 0;
  while (text_bytes > kSeatSizes.at(size).text_bytes) ++size;
  for (; size < kSeatSizes.size(); ++size) {
    TRY_VOID(Enter(size, terms));
    const Seat seat(this, size, terms.alone);
    const std::int64_t deadline_ms = clock_->MonotonicMs() + terms.planning_ms_max;
    sql::PlanBudget budget([&]() -> Result<void> {
      if (clock_->MonotonicMs() >= deadline_ms) {
        return Fail(ErrorCode::kLimitExceeded,
                    "[LIMIT_EXCEEDED.PLAN_TIME] The statement takes more than {} ms to plan. Write "
                    "it in several statements.",
                    terms.planning_ms_max);
      }
      return terms.ask_working ? terms.ask_working() : Result<void>();
    });
    std::optional<Result<void>> done = Within(kSeatSizes.at(size).bytes, budget, work);
    if (!done) continue;
    if (!*done) return Fail(Shortened(std::move(done->error())));
    return {};
  }
  return Fail(ErrorCode::kLimitExceeded,
              "[LIMIT_EXCEEDED.PLAN_MEMORY] The statement needs more than {} bytes of memory to "
              "plan. Nest it less deep, or write it in several statements.",
              kSeatSizes.back().bytes);
}

Result<void> PlanningRoom::PlanForCall(std::size_t text_bytes, const Work& work) {
  const std::int64_t deadline_ms = clock_->MonotonicMs() + kSeatWaitMs;
  bool waits = false;
  Terms terms;
  terms.ask_waiting = [&](std::size_t size) -> Result<void> {
    const bool large = size + 1 == kSeatSizes.size();
    const bool many = large && !std::exchange(waits, true) && ++calls_waiting_ > kCallsWaitingMax;
    if (!many && clock_->MonotonicMs() < deadline_ms) return {};
    return Fail(ErrorCode::kTooManyRequests,
                "The server reads other large statements; try again later");
  };
  Result<void> planned = Plan(text_bytes, terms, work);
  if (waits) --calls_waiting_;
  return planned;
}

Result<void> PlanningRoom::PlanForJob(const JobId& id, std::size_t text_bytes,
                                      const sql::PlanBudget::AskStop& ask_stop, const Work& work) {
  const int strikes = marks_.Strikes(id);
  if (strikes >= kPlanningStrikesMax) {
    marks_.End(id);
    return Fail(ErrorCode::kExecution,
                "[PLANNING_ENDED_SERVER] The server ended {} times while it planned this "
                "statement, the last time it planned nothing else; it is not planned again",
                strikes);
  }
  Terms terms;
  terms.alone = strikes > 0;
  if (terms.alone) terms.planning_ms_max = kSuspectPlanningMsMax;
  terms.ask_waiting = [&](std::size_t) { return ask_stop(); };
  terms.ask_working = ask_stop;
  Result<void> planned = Plan(text_bytes, terms, [&](sql::PlanBudget& budget) {
    const Mark mark(&marks_, id);
    return work(budget);
  });
  marks_.End(id);
  return planned;
}

}  // namespace sluice
