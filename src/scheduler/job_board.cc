#include "scheduler/job_board.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice {

namespace {

void CallAll(const std::vector<std::function<void()>>& callbacks) {
  for (const auto& callback : callbacks) callback();
}

}  // namespace

JobBoard::JobBoard(const Clock* clock, std::size_t final_bytes_max) : clock_(clock) {
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    shard.finals.emplace(final_bytes_max / kShards);
  }
}

JobBoard::Shard& JobBoard::ShardOf(const UuidBytes& id) const {
  return shards_[HashUuid(id) % kShards];
}

void JobBoard::TakeWaiters(Shard& shard, const UuidBytes& id, JobState now, Callbacks* callbacks) {
  auto found = shard.waiters.find(id);
  if (found == shard.waiters.end()) return;
  auto& waiters = found->second;
  auto changed = std::stable_partition(waiters.begin(), waiters.end(),
                                       [now](const Waiter& w) { return w.seen == now; });
  for (auto it = changed; it != waiters.end(); ++it) {
    callbacks->push_back(std::move(it->on_change));
  }
  waiters.erase(changed, waiters.end());
  if (waiters.empty()) shard.waiters.erase(found);
}

void JobBoard::Add(Job job, std::int64_t accepted_ms) {
  auto id = ParseUuidBytes(job.id.value());
  if (!id) return;
  Shard& shard = ShardOf(*id);
  MutexLock lock(shard.mutex);
  LiveJob& live = shard.live[*id];
  live_text_bytes_ += job.statement.size();
  live_text_bytes_ -= live.job.statement.size();
  live = LiveJob{std::move(job), accepted_ms, 0};
}

bool JobBoard::AddOlderFinal(const Job& job) {
  auto id = ParseUuidBytes(job.id.value());
  if (!id) return true;
  Shard& shard = ShardOf(*id);
  MutexLock lock(shard.mutex);
  return shard.finals->AddOlder(*id, job);
}

bool JobBoard::Update(const JobId& job_id, const std::function<void(Job&)>& change) {
  auto id = ParseUuidBytes(job_id.value());
  if (!id) return false;
  Shard& shard = ShardOf(*id);
  Callbacks callbacks;
  {
    MutexLock lock(shard.mutex);
    auto found = shard.live.find(*id);
    if (found == shard.live.end()) return false;
    change(found->second.job);
    TakeWaiters(shard, *id, found->second.job.state, &callbacks);
  }
  CallAll(callbacks);
  return true;
}

void JobBoard::SetProgress(const JobId& job_id, double fraction) {
  auto id = ParseUuidBytes(job_id.value());
  if (!id) return;
  Shard& shard = ShardOf(*id);
  MutexLock lock(shard.mutex);
  auto found = shard.live.find(*id);
  if (found == shard.live.end()) return;
  // A retried attempt starts over; what was shown stays.
  found->second.progress = std::max(found->second.progress, fraction);
}

void JobBoard::Finish(const JobId& job_id, const JobFinish& finish) {
  auto id = ParseUuidBytes(job_id.value());
  if (!id) return;
  Shard& shard = ShardOf(*id);
  Callbacks callbacks;
  {
    MutexLock lock(shard.mutex);
    auto found = shard.live.find(*id);
    if (found == shard.live.end()) return;
    Job job = std::move(found->second.job);
    shard.live.erase(found);
    live_text_bytes_ -= job.statement.size();
    job.state = finish.state;
    job.message = finish.message;
    job.schema_json = finish.schema_json;
    job.counts = finish.counts;
    job.duration_ms = finish.duration_ms;
    shard.finals->Add(*id, job);
    TakeWaiters(shard, *id, finish.state, &callbacks);
  }
  CallAll(callbacks);
}

std::int64_t JobBoard::DurationMs(const JobId& job_id) const {
  auto id = ParseUuidBytes(job_id.value());
  if (!id) return 0;
  Shard& shard = ShardOf(*id);
  MutexLock lock(shard.mutex);
  auto found = shard.live.find(*id);
  if (found == shard.live.end()) return 0;
  return std::max<std::int64_t>(0, clock_->MonotonicMs() - found->second.accepted_ms);
}

std::optional<JobView> JobBoard::Find(const JobId& job_id) const {
  auto id = ParseUuidBytes(job_id.value());
  if (!id) return std::nullopt;
  Shard& shard = ShardOf(*id);
  std::optional<Job> job;
  {
    MutexLock lock(shard.mutex);
    if (auto live = shard.live.find(*id); live != shard.live.end()) {
      std::int64_t age = clock_->MonotonicMs() - live->second.accepted_ms;
      return JobView{live->second.job, live->second.progress, std::max<std::int64_t>(0, age)};
    }
    job = shard.finals->Find(*id, job_id);
  }
  if (!job) return std::nullopt;
  std::int64_t duration_ms = job->duration_ms;
  double progress = job->state == JobState::kFinished ? 1 : 0;
  return JobView{*std::move(job), progress, duration_ms};
}

void JobBoard::WaitForChange(const JobId& job_id, JobState seen, std::int64_t deadline_ms,
                             std::function<void()> on_change) {
  auto id = ParseUuidBytes(job_id.value());
  if (id) {
    Shard& shard = ShardOf(*id);
    MutexLock lock(shard.mutex);
    auto live = shard.live.find(*id);
    if (!released_ && live != shard.live.end() && live->second.job.state == seen) {
      shard.waiters[*id].push_back(Waiter{seen, deadline_ms, std::move(on_change)});
      return;
    }
  }
  on_change();
}

void JobBoard::ExpireWaiters(std::int64_t now_ms) {
  Callbacks callbacks;
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (auto entry = shard.waiters.begin(); entry != shard.waiters.end();) {
      std::erase_if(entry->second, [&](Waiter& waiter) {
        if (waiter.deadline_ms > now_ms) return false;
        callbacks.push_back(std::move(waiter.on_change));
        return true;
      });
      entry = entry->second.empty() ? shard.waiters.erase(entry) : std::next(entry);
    }
  }
  CallAll(callbacks);
}

void JobBoard::ReleaseWaiters() {
  released_ = true;  // first: who comes while the shards are gone through does not wait
  ExpireWaiters(INT64_MAX);
}

}  // namespace sluice
