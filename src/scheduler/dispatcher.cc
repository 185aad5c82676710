#include "scheduler/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"

namespace sluice {

namespace {

constexpr std::int64_t kTickMs = 100;
// Waiting jobs of a lane the planner sees: those in back-off do not hold up the rest.
constexpr std::size_t kWaitingSeenMax = 256;
// Of them, those that append to one table: as many as a queue has slots at most.
constexpr std::size_t kAppendsSeenMax = 64;

// The table an INSERT writes, as far as its text tells: two names for one table are kept apart here
// and meet at the table's lease.
std::string WrittenTable(const Job& job) {
  if (job.type != JobType::kInsert || job.table_name.empty()) return {};
  return fmt::format("{}/{}.{}", job.project.value(), job.database_name, job.table_name);
}

// Whether it writes beside others, as far as its text tells: one that says OVERWRITE anywhere waits
// for them, needlessly at worst.
bool Appends(const Job& job) {
  return ToUpper(job.statement).find("OVERWRITE") == std::string::npos;
}

}  // namespace

Dispatcher::Dispatcher(Options options)
    : clock_(options.clock),
      queues_(std::move(options.queues)),
      limits_(options.limits),
      pool_(std::make_unique<ThreadPool>(options.pool_threads)) {}

Dispatcher::~Dispatcher() { Stop(); }

void Dispatcher::Start(AttemptHost* host) {
  CHECK(host_ == nullptr);
  host_ = host;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Dispatcher::Drain(std::int64_t grace_ms, const std::stop_token& hurry) {
  std::int64_t deadline = clock_->MonotonicMs() + grace_ms;
  std::stop_callback wake(hurry, [this] { idle_.notify_all(); });
  MutexLock lock(mutex_);
  draining_ = true;
  auto runs = [this]() NO_THREAD_SAFETY_ANALYSIS {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const auto& entry) { return !entry.second.running.empty(); });
  };
  while (runs() && !hurry.stop_requested()) {
    std::int64_t left = deadline - clock_->MonotonicMs();
    if (left <= 0) return;
    lock.WaitFor(idle_, std::min<std::int64_t>(left, kTickMs));
  }
}

void Dispatcher::Stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    {
      MutexLock lock(mutex_);
      draining_ = true;
      Wake();
    }
    thread_.join();
  }
  // Stopped, not destroyed: a late cancellation may still post to it.
  pool_->Stop();
}

void Dispatcher::Wake() {
  woken_ = true;
  changed_.notify_one();
}

Dispatcher::Entry* Dispatcher::Find(const JobId& id) {
  auto seq = seq_by_id_.find(id);
  return seq == seq_by_id_.end() ? nullptr : &by_seq_.at(seq->second);
}

void Dispatcher::Enqueue(const Job& job, Lane lane, std::int64_t delay_ms) {
  MutexLock lock(mutex_);
  Entry entry;
  entry.id = job.id;
  entry.seq = job.seq;
  entry.queue = job.queue;
  entry.lane = lane;
  entry.table = WrittenTable(job);
  entry.appends = !entry.table.empty() && Appends(job);
  entry.timeout_ms = job.timeout_ms;
  entry.not_before_ms = clock_->MonotonicMs() + delay_ms;
  entry.cancel_promised = job.cancel_requested_ms.has_value();
  BeginWaiting(entry);
  seq_by_id_[job.id] = job.seq;
  by_seq_[job.seq] = std::move(entry);
  Wake();
}

std::size_t Dispatcher::WaitingCount(const QueueName& queue) const {
  MutexLock lock(mutex_);
  auto lanes = lanes_.find(queue);
  if (lanes == lanes_.end()) return 0;
  std::size_t count = 0;
  for (const WaitingLines& waiting : lanes->second.waiting) count += waiting.size();
  for (const auto& cancelled : lanes->second.cancelled) count += cancelled.size();
  return count;
}

void Dispatcher::PromiseCancel(const JobId& id) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr || entry->cancel_promised) return;
  if (!entry->running) EndWaiting(*entry);
  entry->cancel_promised = true;
  if (!entry->running) BeginWaiting(*entry);
  if (entry->running && entry->on_cancel) {
    pool_->Post(std::exchange(entry->on_cancel, nullptr));
  }
  Wake();
}

bool Dispatcher::IsCancelPromised(const JobId& id) const {
  MutexLock lock(mutex_);
  auto seq = seq_by_id_.find(id);
  return seq != seq_by_id_.end() && by_seq_.at(seq->second).cancel_promised;
}

void Dispatcher::SetExecution(const JobId& id, StopHandle stop) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return;
  entry->on_cancel = nullptr;
  entry->stop = std::move(stop);
  Wake();
}

void Dispatcher::SetWaiting(const JobId& id, std::function<void()> on_cancel) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return;
  if (entry->cancel_promised) {
    pool_->Post(std::move(on_cancel));
  } else {
    entry->on_cancel = std::move(on_cancel);
  }
}

void Dispatcher::LeaveTable(const JobId& id) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return;
  entry->writes_table = false;
  Wake();
}

void Dispatcher::Retry(const JobId& id, std::int64_t delay_ms) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return;
  lanes_[entry->queue].running.erase(entry->seq);
  BeginWaiting(*entry);
  entry->running = false;
  entry->not_before_ms = clock_->MonotonicMs() + delay_ms;
  entry->stop.reset();
  entry->interrupted_ms.reset();
  entry->killed = false;
  entry->on_cancel = nullptr;
  Wake();
  idle_.notify_all();
}

void Dispatcher::Forget(const JobId& id) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return;
  lanes_[entry->queue].running.erase(entry->seq);
  EndWaiting(*entry);
  std::int64_t seq = entry->seq;
  seq_by_id_.erase(id);
  by_seq_.erase(seq);
  Wake();
  idle_.notify_all();
}

void Dispatcher::Post(std::function<void()> task) { pool_->Post(std::move(task)); }

void Dispatcher::PostAfter(std::int64_t delay_ms, std::function<void()> task) {
  MutexLock lock(mutex_);
  delayed_.emplace(clock_->MonotonicMs() + delay_ms, std::move(task));
  Wake();
}

void Dispatcher::BeginWaiting(const Entry& entry) {
  Lanes& lanes = lanes_[entry.queue];
  const auto lane = static_cast<std::size_t>(entry.lane);
  if (entry.cancel_promised) {
    lanes.cancelled[lane].insert(entry.seq);
  } else {
    lanes.waiting[lane].Insert(entry.seq, entry.table);
  }
}

void Dispatcher::EndWaiting(const Entry& entry) {
  Lanes& lanes = lanes_[entry.queue];
  const auto lane = static_cast<std::size_t>(entry.lane);
  lanes.cancelled[lane].erase(entry.seq);
  lanes.waiting[lane].Erase(entry.seq, entry.table);
}

void Dispatcher::AppendWaiting(std::int64_t seq, QueueSnapshot* snapshot) {
  const Entry& entry = by_seq_.at(seq);
  snapshot->waiting.push_back(WaitingJob{entry.seq, entry.id, entry.lane, entry.not_before_ms,
                                         entry.cancel_promised, entry.table, entry.appends});
}

// The seqs of a lane that may begin, in their order.
std::vector<std::int64_t> Dispatcher::WhoMayBegin(const Lanes& lanes, Lane lane) {
  const WaitingLines& waiting = lanes.waiting[static_cast<std::size_t>(lane)];
  const std::int64_t now_ms = clock_->MonotonicMs();
  std::set<std::string_view> appended;
  std::set<std::string_view> overwritten;
  for (std::int64_t seq : lanes.running) {
    const Entry& entry = by_seq_.at(seq);
    if (entry.writes_table) (entry.appends ? appended : overwritten).insert(entry.table);
  }
  std::vector<std::int64_t> seen;
  for (std::int64_t seq : waiting.without_table()) {
    if (seen.size() == kWaitingSeenMax) break;
    seen.push_back(seq);
  }
  std::size_t lines = 0;
  for (const auto& [head, line] : waiting.by_head()) {
    const Entry& first = by_seq_.at(head);
    if (overwritten.contains(first.table)) continue;
    if (!first.appends && appended.contains(first.table)) continue;
    if (lines++ == kWaitingSeenMax) break;
    // Of those that could begin, one overwrite a table is enough, or a few appends.
    std::size_t of_table = 0;
    for (std::int64_t seq : *line) {
      const Entry& entry = by_seq_.at(seq);
      seen.push_back(seq);
      if (entry.not_before_ms > now_ms) continue;
      if (!entry.appends || ++of_table == kAppendsSeenMax) break;
    }
  }
  std::sort(seen.begin(), seen.end());
  if (seen.size() > kWaitingSeenMax) seen.resize(kWaitingSeenMax);
  return seen;
}

void Dispatcher::ShowWaiting(const Lanes& lanes, Lane lane, QueueSnapshot* snapshot) {
  // Whoever is cancelled is dropped, however many wait before it.
  std::size_t dropped = 0;
  for (std::int64_t seq : lanes.cancelled[static_cast<std::size_t>(lane)]) {
    if (dropped++ == kWaitingSeenMax) break;
    AppendWaiting(seq, snapshot);
  }
  if (draining_) return;
  for (std::int64_t seq : WhoMayBegin(lanes, lane)) AppendWaiting(seq, snapshot);
}

std::vector<QueueSnapshot> Dispatcher::Snapshot() {
  std::vector<QueueSnapshot> snapshots;
  for (const auto& [name, lanes] : lanes_) {
    QueueSnapshot snapshot;
    auto queue = queues_.find(name);
    if (!draining_) snapshot.concurrency = queue == queues_.end() ? 1 : queue->second.concurrency;
    for (Lane lane : {Lane::kWorker, Lane::kServer}) ShowWaiting(lanes, lane, &snapshot);
    for (std::int64_t seq : lanes.running) {
      const Entry& entry = by_seq_.at(seq);
      std::int64_t deadline = entry.time_out_sent ? kNoDeadline : entry.deadline_ms;
      snapshot.running.push_back(
          RunningJob{entry.id, entry.lane, deadline, entry.cancel_promised, entry.stop.has_value(),
                     entry.interrupted_ms, entry.killed,
                     entry.writes_table ? entry.table : std::string(), entry.appends});
    }
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

void Dispatcher::BeginRunning(Entry& entry, std::int64_t now_ms) {
  EndWaiting(entry);
  lanes_[entry.queue].running.insert(entry.seq);
  entry.running = true;
  entry.writes_table = !entry.table.empty();
  if (entry.deadline_ms == 0) {
    entry.deadline_ms = entry.timeout_ms > 0 ? now_ms + entry.timeout_ms : kNoDeadline;
  }
}

void Dispatcher::CarryOut(const Plan& plan, std::int64_t now_ms) {
  for (const JobId& id : plan.claim) {
    BeginRunning(*Find(id), now_ms);
    pool_->Post([this, id] { host_->RunAttempt(id); });
  }
  for (const JobId& id : plan.drop) {
    BeginRunning(*Find(id), now_ms);
    pool_->Post([this, id] { host_->Drop(id); });
  }
  for (const JobId& id : plan.time_out) {
    Find(id)->time_out_sent = true;
    pool_->Post([this, id] { host_->TimeOut(id); });
  }
  for (const JobId& id : plan.interrupt) {
    Find(id)->interrupted_ms = now_ms;
    pool_->Post(Find(id)->stop->interrupt);
  }
  for (const JobId& id : plan.kill) {
    Find(id)->killed = true;
    pool_->Post(Find(id)->stop->kill);
  }
}

void Dispatcher::RunDueTasks(std::int64_t now_ms) {
  while (!delayed_.empty() && delayed_.begin()->first <= now_ms) {
    pool_->Post(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
}

void Dispatcher::Run(const std::stop_token& stop) {
  std::int64_t next_tick = clock_->MonotonicMs() + kTickMs;
  while (!stop.stop_requested()) {
    std::int64_t now_ms = clock_->MonotonicMs();
    if (now_ms >= next_tick) {
      host_->Tick(now_ms);
      next_tick = now_ms + kTickMs;
    }
    MutexLock lock(mutex_);
    RunDueTasks(now_ms);
    Plan plan = MakePlan(Snapshot(), limits_, now_ms);
    CarryOut(plan, now_ms);
    std::int64_t wake_ms = std::min(next_tick, plan.wake_ms.value_or(INT64_MAX));
    if (!delayed_.empty()) wake_ms = std::min(wake_ms, delayed_.begin()->first);
    if (!woken_ && wake_ms > now_ms) lock.WaitFor(changed_, wake_ms - now_ms);
    woken_ = false;
  }
}

}  // namespace sluice
