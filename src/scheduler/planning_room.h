#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "job/job.h"
#include "scheduler/planning_marks.h"
#include "sql/plan_budget.h"

namespace sluice {

/// What planning may take of the server's memory: so much a statement, for so many side by side. A
/// statement that needs more than one size waits for a seat of the next and begins again, so that a
/// few large ones never hold up the many small.
struct SeatSize {
  std::size_t bytes;       ///< of one planning
  int seats;               ///< side by side
  std::size_t text_bytes;  ///< texts up to this try it
};
inline constexpr std::array<SeatSize, 3> kSeatSizes = {{
    {std::size_t{2} << 20, 16, std::size_t{8} << 10},
    {std::size_t{16} << 20, 3, std::size_t{128} << 10},
    {std::size_t{128} << 20, 1, SIZE_MAX},
}};
/// The longest planning. Beyond it a statement fails: it would only hold its seat.
inline constexpr std::int64_t kPlanningMsMax = 60'000;
/// The same for a statement under suspicion, which is planned alone.
inline constexpr std::int64_t kSuspectPlanningMsMax = 10'000;
/// How long a call of the API waits for a seat, and how many may wait for the largest: each holds a
/// thread that others want, and those who plan there take their time.
inline constexpr std::int64_t kSeatWaitMs = 10'000;
inline constexpr int kCallsWaitingMax = 12;
/// Servers that ended while they planned a statement before it is given up: the first may have had
/// another reason.
inline constexpr int kPlanningStrikesMax = 2;

/// The one place of the server where statements are parsed and bound: bounds their memory and their
/// time, lets them be stopped, and keeps a statement that a server did not survive from ending the
/// next. Thread-safe.
class PlanningRoom {
 public:
  /// `clock` must outlive the room. `marks_file` empty: nothing is kept over the process's end.
  PlanningRoom(const Clock* clock, const std::filesystem::path& marks_file);

  /// Parses and binds; leaves what it makes with its caller. Called once more for each size of seat
  /// that turned out too small. May throw AllocationRefused anywhere.
  using Work = std::function<Result<void>(sql::PlanBudget& budget)>;

  /// For a call of the API, whose client waits: kTooManyRequests when no seat becomes free.
  Result<void> PlanForCall(std::size_t text_bytes, const Work& work);
  /// For a job's attempt, with a mark that outlives the server. `ask_stop` is asked while it waits
  /// and while it works; its error ends the planning. kExecution for a statement that
  /// kPlanningStrikesMax servers did not survive.
  Result<void> PlanForJob(const JobId& id, std::size_t text_bytes,
                          const sql::PlanBudget::AskStop& ask_stop, const Work& work);
  /// Whether a server ended while it planned the job, and nobody has planned it since.
  bool IsSuspect(const JobId& id) const { return marks_.Strikes(id) > 0; }

  PlanningMarks& marks() { return marks_; }

 private:
  /// A seat held; alone: nobody else has one.
  class Seat;

  struct Terms {
    bool alone = false;
    std::int64_t planning_ms_max = kPlanningMsMax;
    std::function<Result<void>(std::size_t size)> ask_waiting;
    sql::PlanBudget::AskStop ask_working;  ///< empty: nobody stops it
  };
  Result<void> Plan(std::size_t text_bytes, const Terms& terms, const Work& work);
  /// Nothing when the work needs more than the seat's bytes.
  static std::optional<Result<void>> Within(std::size_t bytes, sql::PlanBudget& budget,
                                            const Work& work);
  Result<void> Enter(std::size_t size, const Terms& terms) EXCLUDES(mutex_);
  void Leave(std::size_t size, bool alone) EXCLUDES(mutex_);
  bool MayEnter(std::size_t size, bool alone) const REQUIRES(mutex_);

  const Clock* clock_;
  PlanningMarks marks_;
  Mutex mutex_;
  std::condition_variable left_;
  std::array<int, kSeatSizes.size()> taken_ GUARDED_BY(mutex_) = {};
  std::atomic<int> calls_waiting_ = 0;
  int alone_waiting_ GUARDED_BY(mutex_) = 0;
  bool alone_inside_ GUARDED_BY(mutex_) = false;
};

}  // namespace sluice
