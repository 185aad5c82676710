#include "engine/fake/fake_engine.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "lake/metadata_files.h"

namespace sluice {

namespace {

constexpr std::int64_t kBytesARow = 10;

/// What a worker would have written for these rows.
void WriteRows(const TableWrite& write, AttemptOutcome* outcome) {
  const std::int64_t rows = outcome->result ? outcome->result->row_count : 0;
  outcome->result.reset();
  if (rows == 0) return;
  const std::string path = write.folder + "/part-0.parquet";
  std::filesystem::create_directories(write.folder);
  DataFile file;
  file.uri = FileUri(path);
  file.rows = rows;
  file.bytes = rows * kBytesARow;
  std::ofstream(path) << std::string(static_cast<std::size_t>(file.bytes), '\0');
  outcome->files.push_back(std::move(file));
}

}  // namespace

class FakeEngine::FakeExecution final : public Execution {
 public:
  FakeExecution(FakeEngine* engine, std::uint64_t serial) : engine_(engine), serial_(serial) {}
  void Interrupt() override { engine_->Stopped(serial_, false); }
  void Kill() override { engine_->Stopped(serial_, true); }

 private:
  FakeEngine* engine_;
  std::uint64_t serial_;
};

FakeEngine::FakeEngine() : thread_([this] { Loop(); }) {}

FakeEngine::~FakeEngine() { Stop(); }

AttemptOutcome FakeEngine::FinishedOutcome(std::vector<std::string> rows) {
  AttemptOutcome outcome;
  outcome.kind = AttemptOutcome::Kind::kFinished;
  ResultSet result;
  result.row_count = static_cast<std::int64_t>(rows.size());
  result.rows = std::move(rows);
  outcome.result = std::move(result);
  return outcome;
}

AttemptOutcome FakeEngine::FailedOutcome(Error error) {
  AttemptOutcome outcome;
  outcome.kind = AttemptOutcome::Kind::kFailed;
  outcome.error = std::move(error);
  return outcome;
}

AttemptOutcome FakeEngine::LostOutcome() {
  AttemptOutcome outcome;
  outcome.error = {ErrorCode::kUnavailable, "The worker that ran the statement was lost", {}};
  return outcome;
}

void FakeEngine::Script(Act act) {
  MutexLock lock(mutex_);
  acts_.push_back(std::move(act));
}

Result<std::unique_ptr<Execution>> FakeEngine::Start(const AttemptSpec& spec,
                                                     std::shared_ptr<AttemptObserver> observer) {
  auto run = std::make_shared<Run>();
  MutexLock lock(mutex_);
  if (stopping_) return Fail(ErrorCode::kUnavailable, "The engine is stopped");
  if (!acts_.empty()) {
    run->act = std::move(acts_.front());
    acts_.pop_front();
  }
  if (run->act.refusal) return Fail(*run->act.refusal);
  run->serial = next_serial_++;
  run->spec = spec;
  run->observer = std::move(observer);
  started_.push_back(spec);
  runs_.push_back(run);
  tasks_.emplace_back([this, run] { Perform(run); });
  changed_.notify_all();
  return std::unique_ptr<Execution>(std::make_unique<FakeExecution>(this, run->serial));
}

void FakeEngine::Perform(const std::shared_ptr<Run>& run) {
  run->observer->OnStarted();
  for (double fraction : run->act.progress) run->observer->OnProgress(fraction);
  if (run->act.ending != Ending::kAtOnce) return;
  MutexLock lock(mutex_);
  EndLocked(run, run->act.outcome);
}

/// Leaves the end to the engine's thread; an attempt ends once.
bool FakeEngine::EndLocked(const std::shared_ptr<Run>& run, AttemptOutcome outcome) {
  if (std::exchange(run->is_over, true)) return false;
  std::erase(runs_, run);
  tasks_.emplace_back([run, outcome = std::move(outcome)]() mutable {
    if (run->act.before_end) run->act.before_end(run->spec);
    const bool has_written = outcome.kind == AttemptOutcome::Kind::kFinished && run->spec.write;
    if (has_written) WriteRows(*run->spec.write, &outcome);
    run->observer->OnEnd(std::move(outcome));
  });
  changed_.notify_all();
  return true;
}

bool FakeEngine::Finish(const JobId& job, AttemptOutcome outcome) {
  MutexLock lock(mutex_);
  auto run = std::find_if(runs_.begin(), runs_.end(),
                          [&job](const auto& candidate) { return candidate->spec.job == job; });
  if (run == runs_.end()) return false;
  std::shared_ptr<Run> found = *run;
  return EndLocked(found, std::move(outcome));
}

void FakeEngine::Stopped(std::uint64_t serial, bool by_force) {
  MutexLock lock(mutex_);
  auto run = std::find_if(runs_.begin(), runs_.end(),
                          [serial](const auto& candidate) { return candidate->serial == serial; });
  if (run == runs_.end()) return;
  if ((*run)->act.ending == Ending::kDeaf && !by_force) return;
  AttemptOutcome outcome;
  outcome.kind = AttemptOutcome::Kind::kInterrupted;
  std::shared_ptr<Run> found = *run;
  EndLocked(found, std::move(outcome));
}

std::vector<AttemptSpec> FakeEngine::started() const {
  MutexLock lock(mutex_);
  return started_;
}

int FakeEngine::under_way() const {
  MutexLock lock(mutex_);
  return static_cast<int>(runs_.size());
}

void FakeEngine::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    const std::vector<std::shared_ptr<Run>> runs = runs_;
    for (const auto& run : runs) EndLocked(run, LostOutcome());
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void FakeEngine::Loop() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (tasks_.empty() && !stopping_) lock.Wait(changed_);
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace sluice
