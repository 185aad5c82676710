#include "store/sqlite/write_queue.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "base/log.h"

namespace sluice {

namespace {

constexpr std::size_t kQueueLengthMax = 1024;
/// A group is kept short enough that its first task does not wait noticeably for its last one.
constexpr std::size_t kGroupSizeMax = 256;
/// How long it must be quiet before a checkpoint starts.
constexpr std::int64_t kQuietMs = 20;
/// The log is moved into the file past the first length at a quiet moment, past the second at any.
constexpr int kLogPagesQuiet = 1'000;
constexpr int kLogPagesMax = 16'000;
/// On a small disk the log may take this part of it before it is moved, but never less than so many
/// pages.
constexpr std::uint64_t kLogShareOfDisk = 32;
constexpr int kLogPagesMin = 256;
constexpr std::int64_t kPageBytes = 4'096;
/// Room that is there before it is needed, so that a disk is full for small writes when it is for
/// large ones. It is taken in portions: not every commit that lengthens the file takes some.
constexpr std::int64_t kRoomSpareBytes = 16 * kPageBytes;
constexpr std::int64_t kRoomPortionBytes = 64 * kPageBytes;
/// A checkpoint syncs the log, then the file.
constexpr std::int64_t kSyncsPerCheckpoint = 2;
/// A group or checkpoint that takes longer waits for a lock or a disk that does not answer.
constexpr std::chrono::milliseconds kStalled{2'000};
/// A store that wrote so lately is not asked for another proof.
constexpr std::chrono::milliseconds kProvenFor{1'000};
/// How long whoever asks after a failure waits for the next try.
constexpr std::chrono::milliseconds kProbeWait{500};
constexpr std::int64_t kProbePollMs = 50;

WriteQueue::FileIdentity IdentityOf(const std::filesystem::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

int LogPagesMaxBeside(const std::filesystem::path& file) {
  struct statvfs disk = {};
  if (::statvfs(file.c_str(), &disk) != 0) return kLogPagesMax;
  const std::uint64_t pages =
      std::uint64_t{disk.f_blocks} * disk.f_frsize / kLogShareOfDisk / kPageBytes;
  return static_cast<int>(std::clamp<std::uint64_t>(pages, kLogPagesMin, kLogPagesMax));
}

std::int64_t LogBytesBeside(const std::filesystem::path& file) {
  struct stat status = {};
  return ::stat((file.string() + "-wal").c_str(), &status) == 0 ? status.st_size : 0;
}

bool IsFull(int error) { return error == ENOSPC || error == EDQUOT; }

}  // namespace

WriteQueue::WriteQueue(std::filesystem::path file, std::unique_ptr<Connection> connection)
    : file_(std::move(file)),
      identity_(IdentityOf(file_)),
      log_pages_max_(LogPagesMaxBeside(file_)),
      room_(::open(file_.c_str(), O_RDWR | O_CLOEXEC)),
      connection_(std::move(connection)),
      thread_([this] { Loop(); }) {
  MutexLock lock(mutex_);
  probe_.is_answered = true;
  probe_.task.apply = [](Connection& on) {
    return on.Run(
        "INSERT INTO counters (name, value) VALUES ('write_probes', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1");
  };
}

WriteQueue::~WriteQueue() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    arrived_.notify_all();
    has_room_.notify_all();
  }
  thread_.join();
}

Result<void> WriteQueue::Run(WriteTask task) {
  Waiting waiting;
  waiting.task = std::move(task);
  MutexLock lock(mutex_);
  while (waiting_.size() >= kQueueLengthMax && !stopping_) lock.Wait(has_room_);
  if (stopping_) return Fail(ErrorCode::kUnavailable, "The job store is closing");
  waiting_.push_back(&waiting);
  arrived_.notify_one();
  while (!waiting.is_answered) lock.Wait(waiting.answered);
  return std::move(waiting.outcome);
}

Result<void> WriteQueue::Verdict() const {
  if (stopping_) return Fail(ErrorCode::kUnavailable, "The job store is closing");
  if (failure_) return Fail(*failure_);
  if (!writing_since_ || SteadyClock::now() - *writing_since_ < kStalled) return {};
  return Fail(ErrorCode::kUnavailable, "The job store cannot write: it waits for the disk");
}

/// One probe for all who ask: a store that is stuck must not collect them.
void WriteQueue::BeginProbe(Durability durability) {
  if (!probe_.is_answered) return;
  probe_.is_answered = false;
  probe_.task.durability = durability;
  waiting_.push_back(&probe_);
  arrived_.notify_one();
}

Result<void> WriteQueue::CheckWritable() {
  MutexLock lock(mutex_);
  if (stopping_ || !failure_) return Verdict();
  BeginProbe(Durability::kSynced);
  const SteadyClock::time_point deadline = SteadyClock::now() + kProbeWait;
  while (!probe_.is_answered && SteadyClock::now() < deadline) {
    lock.WaitFor(probe_.answered, kProbePollMs);
  }
  if (failure_) return Fail(*failure_);
  return {};
}

Result<void> WriteQueue::PeekWritable() {
  MutexLock lock(mutex_);
  Result<void> verdict = Verdict();
  if (stopping_) return verdict;
  // A store that failed must show that it can sync; one at rest is not made to for each question.
  if (failure_) {
    BeginProbe(Durability::kSynced);
  } else if (!writing_since_ && SteadyClock::now() - committed_at_ > kProvenFor) {
    BeginProbe(Durability::kOrdered);
  }
  return verdict;
}

std::size_t WriteQueue::waiting_count() {
  MutexLock lock(mutex_);
  return waiting_.size();
}

void WriteQueue::Loop() {
  while (true) {
    Group group = TakeGroup();
    if (!group.empty()) {
      CommitGroup(group);
      CheckpointPast(log_pages_max_);
      continue;
    }
    {
      MutexLock lock(mutex_);
      if (stopping_ && waiting_.empty()) return;
    }
    CheckpointPast(std::min(kLogPagesQuiet, log_pages_max_));
  }
}

/// Waits for tasks. Empty when it stayed quiet while the log is long, and when it is time to stop.
WriteQueue::Group WriteQueue::TakeGroup() {
  bool has_long_log = connection_ != nullptr && !rests_ &&
                      connection_->log_pages() > std::min(kLogPagesQuiet, log_pages_max_);
  MutexLock lock(mutex_);
  writing_since_.reset();
  while (waiting_.empty() && !stopping_) {
    if (!has_long_log) {
      lock.Wait(arrived_);
    } else if (!lock.WaitFor(arrived_, kQuietMs)) {
      break;
    }
  }
  Group group;
  while (!waiting_.empty() && group.size() < kGroupSizeMax) {
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  has_room_.notify_all();
  writing_since_ = SteadyClock::now();
  return group;
}

void WriteQueue::CommitGroup(const Group& group) {
  rests_ = false;
  Result<void> committed = TryGroup(group);
  if (!committed) {
    LogError(LogLevel::kError, "job store write failed", committed.error(),
             {{"writes", std::uint64_t{group.size()}}});
    Abandon();
  }
  for (Waiting* waiting : group) {
    if (!committed) waiting->outcome = committed;
    if (waiting->outcome && waiting->task.committed) waiting->task.committed();
  }
  MutexLock lock(mutex_);
  failure_.reset();
  if (!committed) failure_ = committed.error();
  if (committed) committed_at_ = SteadyClock::now();
  for (Waiting* waiting : group) {
    waiting->is_answered = true;
    waiting->answered.notify_all();  // under the lock: the waiter owns it and goes on right after
  }
}

/// One transaction over the group. An error means that nothing of it happened.
Result<void> WriteQueue::TryGroup(const Group& group) {
  Durability durability = Durability::kOrdered;
  for (const Waiting* waiting : group) {
    if (waiting->task.durability == Durability::kSynced) durability = Durability::kSynced;
  }
  TRY_VOID(Begin(durability));
  for (Waiting* waiting : group) TRY_VOID(ApplyTask(*waiting));
  TRY_VOID(HoldRoom());
  return Commit();
}

/// The task's own failure is its outcome; an error here is one that ended the transaction.
Result<void> WriteQueue::ApplyTask(Waiting& waiting) {
  TRY_VOID(connection_->Run("SAVEPOINT task"));
  waiting.outcome = waiting.task.apply(*connection_);
  if (!connection_->in_transaction()) {
    CHECK(!waiting.outcome.has_value());
    return waiting.outcome;
  }
  if (!waiting.outcome) {
    // A medium that fails one write cannot be trusted with the rest of the group.
    if (waiting.outcome.error().code == ErrorCode::kUnavailable) return waiting.outcome;
    TRY_VOID(connection_->Run("ROLLBACK TO task"));
  }
  return connection_->Run("RELEASE task");
}

Result<void> WriteQueue::Begin(Durability durability) {
  // What is written to a file that nobody finds again is not kept.
  if (IdentityOf(file_) != identity_) {
    return Fail(ErrorCode::kUnavailable,
                "The job store cannot write: its file was removed or replaced");
  }
  if (connection_ == nullptr) {
    connection_ = TRY(Connection::Open(file_, Connection::Access::kReadWrite));
    connection_durability_.reset();
  }
  if (!connection_durability_) TRY_VOID(Prepare());
  if (connection_durability_ != durability) {
    TRY_VOID(connection_->Execute(durability == Durability::kSynced
                                      ? "PRAGMA synchronous = FULL"
                                      : "PRAGMA synchronous = NORMAL"));
    connection_durability_ = durability;
  }
  return connection_->Run("BEGIN IMMEDIATE");
}

/// What a connection does first. A disk that a long log has filled gets its room back here: moving
/// the log into the file needs none (HoldRoom), and the log's own bytes are given back. The few of
/// a short log would not carry a server on a disk that something else has filled.
Result<void> WriteQueue::Prepare() {
  const std::int64_t log_bytes_max = log_pages_max_ * kPageBytes;
  TRY_VOID(connection_->Execute(fmt::format("PRAGMA journal_size_limit = {}", log_bytes_max)));
  if (LogBytesBeside(file_) <= log_bytes_max) return {};
  (void)TRY(connection_->FindInt("PRAGMA user_version"));  // SQLite opens the log to read
  // Another process may be at it, or a reader hold it: the commit says what is wrong.
  (void)connection_->CheckpointAndShorten();
  return {};
}

/// Takes room in the file for every page that the log will bring to it, while the transaction can
/// still fail. A reader may hold the log until the disk is full; what then has to be moved has its
/// place.
Result<void> WriteQueue::HoldRoom() {
  const std::int64_t pages = TRY(connection_->FindInt("PRAGMA page_count")).value_or(0);
  const std::int64_t page_bytes = TRY(connection_->FindInt("PRAGMA page_size")).value_or(0);
  const std::int64_t wanted = pages * page_bytes + kRoomSpareBytes;
  struct stat status = {};
  if (::fstat(room_.get(), &status) != 0 || status.st_size >= wanted) return {};
  const std::int64_t missing = wanted - status.st_size;
  if (::fallocate(room_.get(), 0, status.st_size, std::max(missing, kRoomPortionBytes)) == 0) {
    return {};
  }
  // File systems that cannot do it promise nothing; on those that can, less may fit.
  if (!IsFull(errno) || ::fallocate(room_.get(), 0, status.st_size, missing) == 0) return {};
  if (!IsFull(errno)) return {};
  return Fail(SqliteError(nullptr, SQLITE_FULL, "write"));
}

Result<void> WriteQueue::Commit() {
  TRY_VOID(connection_->Run("COMMIT"));
  if (connection_durability_ == Durability::kSynced) ++sync_count_;
  return {};
}

/// Leaves a transaction that failed. What the connection remembers of the file may be wrong after
/// an I/O error, so the next group gets a fresh one.
void WriteQueue::Abandon() {
  if (connection_ == nullptr) return;
  if (connection_->in_transaction()) {
    Result<void> undone = connection_->Execute("ROLLBACK");
    if (!undone) LogError(LogLevel::kWarning, "rollback failed", undone.error());
  }
  connection_.reset();
}

void WriteQueue::CheckpointPast(int log_pages) {
  if (connection_ == nullptr || connection_->log_pages() <= log_pages) return;
  Result<void> done = connection_->Checkpoint();
  sync_count_ += kSyncsPerCheckpoint;
  if (done) return;
  LogError(LogLevel::kWarning, "checkpoint of the job store failed", done.error());
  rests_ = true;
  Abandon();
}

}  // namespace sluice
