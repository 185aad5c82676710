#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/sqlite/connection.h"

namespace sluice {

/// What an answer promises: on disk, or only ordered before everything later (a crash of the
/// machine may lose it, a crash of the process does not).
enum class Durability { kSynced, kOrdered };

/// One change of the database.
struct WriteTask {
  Durability durability = Durability::kSynced;
  /// Runs in the writer's thread, in a savepoint; its error undoes its own effect only.
  std::function<Result<void>(Connection&)> apply;
  /// Runs in the writer's thread once the transaction is committed, before Run answers. May be
  /// empty.
  std::function<void()> committed;
};

/// The only writer of the file: a thread that takes every waiting task into one transaction,
/// commits once and answers all of them (group commit). A failed commit fails the whole group with
/// kUnavailable; the next group tries again, on a fresh connection. Thread-safe.
class WriteQueue {
 public:
  /// Device and number of a file; zeros for none.
  using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;

  /// `connection` is open for writing; `file` is opened again after a failure.
  WriteQueue(std::filesystem::path file, std::unique_ptr<Connection> connection);
  /// Answers what waits, then stops.
  ~WriteQueue();

  /// Blocks until the task's group is committed or failed, and before that while the queue is full.
  Result<void> Run(WriteTask task) EXCLUDES(mutex_);

  /// The outcome of the last commit; after a failure, of a try to write. An answer within a second:
  /// a store that does not answer in time cannot be written to.
  Result<void> CheckWritable() EXCLUDES(mutex_);

  /// What is known of that now; never waits. Begins a try to write after a failure and when the
  /// last commit is not recent: what is wrong with a store at rest shows within two seconds.
  Result<void> PeekWritable() EXCLUDES(mutex_);

  /// Number of tasks that wait for the next group.
  std::size_t waiting_count() EXCLUDES(mutex_);

  /// Number of commits and checkpoints that waited for the disk.
  std::int64_t sync_count() const { return sync_count_; }

 private:
  struct Waiting {
    WriteTask task;
    Result<void> outcome;
    std::condition_variable answered;
    bool is_answered = false;
  };
  using Group = std::deque<Waiting*>;
  using SteadyClock = std::chrono::steady_clock;

  Result<void> Verdict() const REQUIRES(mutex_);
  void BeginProbe(Durability durability) REQUIRES(mutex_);
  void Loop();
  Group TakeGroup() EXCLUDES(mutex_);
  void CommitGroup(const Group& group) EXCLUDES(mutex_);
  Result<void> TryGroup(const Group& group);
  Result<void> ApplyTask(Waiting& waiting);
  Result<void> Begin(Durability durability);
  Result<void> Prepare();
  Result<void> HoldRoom();
  Result<void> Commit();
  void Abandon();
  void CheckpointPast(int log_pages);

  const std::filesystem::path file_;
  const FileIdentity identity_;  ///< of the file when it was opened
  const int log_pages_max_;      ///< smaller on a small disk
  /// For taking room. Closed after the connection: closing any descriptor of the file takes away
  /// the locks that SQLite holds on it.
  const UniqueFd room_;

  // Used by the writer's thread only.
  std::unique_ptr<Connection> connection_;  ///< null after a failure
  std::optional<Durability> connection_durability_;
  bool rests_ = false;  ///< after a failed checkpoint, until the next group

  std::atomic<std::int64_t> sync_count_ = 0;

  Mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable has_room_;
  Group waiting_ GUARDED_BY(mutex_);
  std::optional<Error> failure_ GUARDED_BY(mutex_);                          ///< of the last commit
  std::optional<SteadyClock::time_point> writing_since_ GUARDED_BY(mutex_);  ///< unless idle
  SteadyClock::time_point committed_at_ GUARDED_BY(mutex_);                  ///< the last success
  Waiting probe_ GUARDED_BY(mutex_);  ///< waits or is at work unless it is answered
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::jthread thread_;  ///< last: starts when everything else is there, is joined first
};

}  // namespace sluice
