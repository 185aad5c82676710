#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "engine/engine.h"

namespace sluice {

/// An engine that runs nothing and ends attempts as a test scripts it. Observers are called on a
/// thread of its own, as with a real engine. A write that finishes leaves one file (of zeros) of as
/// many rows as its outcome's result has, and tells of it. Thread-safe.
///
///     FakeEngine engine;
///     engine.Script({.outcome = LostOutcome()});     // the first attempt is lost
///     engine.Script({.ending = FakeEngine::Ending::kHeld});  // the second waits for Finish
class FakeEngine final : public Engine {
 public:
  enum class Ending {
    kAtOnce,  ///< ends by itself
    kHeld,    ///< runs until Finish, Interrupt, Kill or Stop
    kDeaf,    ///< as kHeld, but Interrupt has no effect
  };
  struct Act {
    std::vector<double> progress = {};
    Ending ending = Ending::kAtOnce;
    AttemptOutcome outcome = FinishedOutcome({"[1]"});
    /// Called before the outcome is told.
    std::function<void(const AttemptSpec&)> before_end = {};
    /// A refusal of Start itself, when its code is kUnavailable.
    std::optional<Error> refusal = {};
  };

  FakeEngine();
  ~FakeEngine() override;

  /// What the next attempt without a script does; attempts past the scripts do a default Act.
  void Script(Act act) EXCLUDES(mutex_);
  /// Ends the held attempt of the job. False when there is none.
  bool Finish(const JobId& job, AttemptOutcome outcome) EXCLUDES(mutex_);
  /// Attempts handed over so far, in order.
  std::vector<AttemptSpec> started() const EXCLUDES(mutex_);
  int under_way() const EXCLUDES(mutex_);

  static AttemptOutcome FinishedOutcome(std::vector<std::string> rows);
  static AttemptOutcome FailedOutcome(Error error);
  static AttemptOutcome LostOutcome();

  Result<std::unique_ptr<Execution>> Start(const AttemptSpec& spec,
                                           std::shared_ptr<AttemptObserver> observer) override;
  void Stop() override;

 private:
  class FakeExecution;
  struct Run {
    std::uint64_t serial = 0;
    AttemptSpec spec;
    std::shared_ptr<AttemptObserver> observer;
    Act act;
    bool is_over = false;
  };
  void Loop();
  void Perform(const std::shared_ptr<Run>& run);
  bool EndLocked(const std::shared_ptr<Run>& run, AttemptOutcome outcome) REQUIRES(mutex_);
  void Stopped(std::uint64_t serial, bool by_force) EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::deque<Act> acts_ GUARDED_BY(mutex_);
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Run>> runs_ GUARDED_BY(mutex_);
  std::vector<AttemptSpec> started_ GUARDED_BY(mutex_);
  std::uint64_t next_serial_ GUARDED_BY(mutex_) = 1;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sluice
