#include "engine/duckdb/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "engine/duckdb/table_writer.h"

namespace sluice {

namespace {

/// How often time is looked at while attempts run, and while none does.
constexpr std::int64_t kBusyTickMs = 100;
constexpr std::int64_t kIdleTickMs = 1'000;
/// An attempt that no worker has begun is handed to another one this often.
constexpr int kDispatchesMax = 3;
/// After a worker that could not start: not again at once.
constexpr std::int64_t kSparePauseMs = 1'000;
/// A worker has ten words a second to say; one that says more in one turn is out of its mind.
constexpr std::size_t kFramesAtOnceMax = 1'000;
constexpr std::uint64_t kBytesPerMb = 1024 * 1024;
/// What a worker may tell of the files that one statement wrote, some thousands of them.
constexpr std::size_t kWrittenBytesMax = std::size_t{64} << 20U;
/// The kernel's limit lies above the engine's own, which refuses with better words.
constexpr std::uint64_t kMemoryGracePercent = 10;
/// A control group also counts the pages of files, the engine's own code among them: without room
/// for those a small limit would make the worker crawl instead of fail.
constexpr std::uint64_t kFilePageBytes = std::uint64_t{256} << 20U;

std::string KeyOf(const AttemptSpec& spec) {
  return spec.project.value() + "/" + spec.queue.value();
}

/// Memory that is the process's own: resident without shared file pages.
std::uint64_t PrivateBytes(pid_t pid) {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid));
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  if (!(statm >> total >> resident >> shared) || shared > resident) return 0;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

ErrorCode DecodeErrorCode(std::uint32_t code) {
  return code < kErrorCodeCount ? static_cast<ErrorCode>(code) : ErrorCode::kInternal;
}

/// The number of a folder; 0 for none.
std::uint64_t InodeOf(const std::filesystem::path& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

Result<std::shared_ptr<WorkerPool>> WorkerPool::Create(DuckDbEngine::Options options) {
  std::shared_ptr<WorkerPool> pool(new WorkerPool(std::move(options)));
  if (!pool->wake_.valid())
    return Fail(ErrorCode::kUnavailable, "No event descriptor is to be had");
  WorkerPool* raw = pool.get();
  pool->thread_ = std::thread([raw] { raw->Loop(); });
  return pool;
}

WorkerPool::WorkerPool(DuckDbEngine::Options options)
    : options_(std::move(options)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WorkerPool::~WorkerPool() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

void WorkerPool::Wake() {
  const std::uint64_t one = 1;
  // A full counter wakes as well.
  (void)!::write(wake_.get(), &one, sizeof one);
}

void WorkerPool::Leave(Note note) {
  {
    MutexLock lock(mutex_);
    notes_.push_back(std::move(note));
  }
  Wake();
}

Result<std::uint64_t> WorkerPool::Start(const AttemptSpec& spec,
                                        std::shared_ptr<AttemptObserver> observer) {
  auto run = std::make_unique<Run>();
  run->serial = next_serial_++;
  run->spec = spec;
  run->observer = std::move(observer);
  const std::uint64_t serial = run->serial;
  {
    MutexLock lock(mutex_);
    if (stopping_) return Fail(ErrorCode::kUnavailable, "The engine is stopped");
    if (attempts_under_way_ >= options_.workers_max) {
      return Fail(ErrorCode::kUnavailable, "All workers are busy");
    }
    ++attempts_under_way_;
    notes_.push_back({Note::Kind::kStart, serial, std::move(run)});
  }
  Wake();
  return serial;
}

void WorkerPool::Interrupt(std::uint64_t serial) {
  Leave({Note::Kind::kInterrupt, serial, nullptr});
}

void WorkerPool::Kill(std::uint64_t serial) { Leave({Note::Kind::kKill, serial, nullptr}); }

void WorkerPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  Wake();
  MutexLock lock(mutex_);
  while (!stopped_) lock.Wait(ended_);
}

void WorkerPool::Loop() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) break;
    }
    Poll();
    TakeNotes();
    KeepTime();
  }
  TakeNotes();
  const Error stopped = {ErrorCode::kUnavailable, "The server stops", {}};
  while (!workers_.empty()) {
    // Marked as begun: nobody hands it to another worker now.
    if (workers_.front().run) workers_.front().run->started = true;
    Lose(workers_.begin(), stopped);
  }
  ended_workers_.clear();
  MutexLock lock(mutex_);
  stopped_ = true;
  ended_.notify_all();
}

void WorkerPool::Poll() {
  std::vector<pollfd> waiting = {{wake_.get(), POLLIN, 0}};
  std::vector<Workers::iterator> polled;
  bool is_busy = !ended_workers_.empty();
  for (auto worker = workers_.begin(); worker != workers_.end(); ++worker) {
    short events = worker->process.wants_to_write() ? POLLIN | POLLOUT : POLLIN;
    waiting.push_back({worker->process.socket(), events, 0});
    polled.push_back(worker);
    is_busy = is_busy || worker->run;
  }
  ::poll(waiting.data(), waiting.size(), static_cast<int>(is_busy ? kBusyTickMs : kIdleTickMs));
  std::uint64_t count = 0;
  (void)!::read(wake_.get(), &count, sizeof count);
  for (std::size_t i = 0; i < polled.size(); ++i) {
    if (waiting[i + 1].revents & POLLOUT) polled[i]->process.Flush();
    if (waiting[i + 1].revents & ~POLLOUT) Serve(polled[i]);
  }
}

void WorkerPool::TakeNotes() {
  std::deque<Note> notes;
  {
    MutexLock lock(mutex_);
    notes.swap(notes_);
  }
  for (Note& note : notes) {
    if (note.kind == Note::Kind::kStart) {
      Dispatch(std::move(note.run));
      continue;
    }
    auto worker = std::find_if(workers_.begin(), workers_.end(), [&note](const Worker& w) {
      return w.run && w.run->serial == note.serial;
    });
    if (worker == workers_.end()) continue;  // it has ended meanwhile
    worker->run->stop_asked = true;
    if (note.kind == Note::Kind::kKill) {
      Lose(worker, {ErrorCode::kCancelled, "The worker was ended", {}});
    } else {
      frames::ToWorker interrupt;
      interrupt.mutable_interrupt()->set_serial(note.serial);
      worker->process.Send(interrupt);
    }
  }
}

void WorkerPool::KeepTime() {
  ReapEnded();
  const std::int64_t now_ms = NowMs();
  if (now_ms < next_check_ms_) return;
  next_check_ms_ = now_ms + kBusyTickMs;
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    auto current = worker++;
    if (current->run) CheckMemory(*current);
    Ping(*current, now_ms);
    const bool is_idle = !current->run && !current->key.empty();
    if (current->over_memory || current->silent) {
      Lose(current, {ErrorCode::kUnavailable, "The worker does not answer",
                     fmt::format("worker {} was silent", current->process.pid())});
    } else if (is_idle && now_ms - current->idle_since_ms > options_.idle_ms_max) {
      Retire(current);
    }
  }
  KeepSpares();
  ShowGauges();
}

void WorkerPool::CheckMemory(Worker& worker) {
  const std::uint64_t limit = options_.memory_limit_bytes / 100 * (100 + kMemoryGracePercent);
  if (PrivateBytes(worker.process.pid()) > limit) worker.over_memory = true;
}

void WorkerPool::Ping(Worker& worker, std::int64_t now_ms) {
  // Silence counts only from a question on: while nothing is asked nothing is said.
  const bool asked = worker.last_ping_ms > worker.last_heard_ms;
  if (asked && now_ms - worker.last_ping_ms > options_.silence_ms_max) worker.silent = true;
  if (asked || now_ms - worker.last_ping_ms < options_.heartbeat_ms) return;
  worker.last_ping_ms = now_ms;
  frames::ToWorker ping;
  ping.mutable_ping();
  worker.process.Send(ping);
}

void WorkerPool::Serve(Workers::iterator worker) {
  std::vector<frames::ToServer> messages;
  const bool had_run = worker->run != nullptr;
  Result<void> received = worker->process.Receive(&messages);
  if (!messages.empty()) worker->last_heard_ms = NowMs();
  for (frames::ToServer& message : messages) HandleFrame(*worker, std::move(message));
  if (received && messages.size() > kFramesAtOnceMax) {
    received = Fail(ErrorCode::kInvalidArgument, "The worker sends too many frames");
  }
  if (!received) {
    Lose(worker, received.error());
  } else if (!worker->run && (worker->attempts >= options_.attempts_per_worker ||
                              worker->over_memory || (had_run && HoldsSpill(*worker)))) {
    Retire(worker);
  }
}

void WorkerPool::HandleFrame(Worker& worker, frames::ToServer message) {
  switch (message.frame_case()) {
    case frames::ToServer::kHello:
      if (message.hello().protocol_version() != kFrameProtocolVersion) worker.silent = true;
      break;
    case frames::ToServer::kBroken:
      Log(LogLevel::kError, "a worker cannot serve",
          {{"worker", worker.number}, {"detail", message.broken().detail()}});
      next_spare_ms_ = NowMs() + kSparePauseMs;
      break;
    case frames::ToServer::kStarted:
      if (worker.run && worker.run->serial == message.started().serial()) {
        worker.run->started = true;
        worker.run->observer->OnStarted();
      }
      break;
    case frames::ToServer::kProgress:
      if (worker.run && worker.run->serial == message.progress().serial() &&
          message.progress().fraction() > worker.run->fraction &&
          message.progress().fraction() < 1) {
        worker.run->fraction = message.progress().fraction();
        worker.run->observer->OnProgress(worker.run->fraction);
      }
      break;
    case frames::ToServer::kWritten:
      HandleWritten(worker, std::move(*message.mutable_written()));
      break;
    case frames::ToServer::kFinished:
      HandleFinished(worker, std::move(*message.mutable_finished()));
      break;
    case frames::ToServer::kFailed:
      HandleFailed(worker, message.failed());
      break;
    default:
      break;
  }
}

std::filesystem::path WorkerPool::AttemptFolder(const Worker& worker, std::uint64_t serial) const {
  return worker.scratch / fmt::format("result-{}", serial);
}

void WorkerPool::HandleWritten(Worker& worker, frames::Written written) {
  if (!worker.run || worker.run->serial != written.serial()) return;
  worker.run->files_bytes += written.ByteSizeLong();
  for (frames::DataFile& file : *written.mutable_files()) {
    worker.run->files.push_back(std::move(file));
  }
}

/// The files of a finished write, as manifests have them.
Result<std::vector<DataFile>> WorkerPool::DecodeFiles(const Run& run) {
  std::vector<DataFile> files;
  if (!run.spec.write) return files;
  if (run.files_bytes > kWrittenBytesMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "The statement wrote {} files; what is kept of them is more than {} MB",
                run.files.size(), kWrittenBytesMax / kBytesPerMb);
  }
  const WritePlan plan = TRY(ReadTableWrite(*run.spec.write));
  for (const frames::DataFile& frame : run.files) {
    files.push_back(TRY(DecodeDataFile(frame, plan.partition)));
  }
  return files;
}

void WorkerPool::HandleFinished(Worker& worker, frames::Finished finished) {
  if (!worker.run || worker.run->serial != finished.serial()) return;
  std::unique_ptr<Run> run = std::move(worker.run);
  worker.idle_since_ms = NowMs();
  AttemptOutcome outcome;
  outcome.kind = AttemptOutcome::Kind::kFinished;
  outcome.cpu_ms = finished.cpu_ms();
  outcome.output_bytes = finished.output_bytes();
  outcome.input_size_bytes = finished.input_size_bytes();
  Result<std::vector<DataFile>> files = DecodeFiles(*run);
  if (!files) {
    outcome.kind = AttemptOutcome::Kind::kFailed;
    outcome.error = std::move(files.error());
  } else {
    outcome.files = *std::move(files);
  }
  if (run->spec.kind == WorkKind::kQuery) {
    ResultSet result;
    result.schema = run->spec.schema;
    result.row_count = finished.row_count();
    result.in_files = finished.in_files();
    for (std::string& row : *finished.mutable_rows()) result.rows.push_back(std::move(row));
    outcome.result = std::move(result);
  }
  if (finished.in_files()) {
    // Out of the worker's reach, and safe from the end of its scratch folder.
    outcome.scratch_folder = options_.scratch_root / "done" /
                             fmt::format("{}-{}", run->spec.job.value(), run->spec.attempt);
    std::error_code error;
    std::filesystem::create_directories(outcome.scratch_folder.parent_path(), error);
    std::filesystem::remove_all(outcome.scratch_folder, error);
    std::filesystem::rename(AttemptFolder(worker, run->serial), outcome.scratch_folder, error);
    if (error) {
      outcome = {};
      outcome.error = {ErrorCode::kUnavailable, "The result's files were lost", error.message()};
    }
  }
  End(std::move(run), std::move(outcome));
}

void WorkerPool::HandleFailed(Worker& worker, const frames::Failed& failed) {
  if (!worker.run || worker.run->serial != failed.serial()) return;
  std::unique_ptr<Run> run = std::move(worker.run);
  worker.idle_since_ms = NowMs();
  // What it still holds would be counted against the next statement.
  worker.over_memory = PrivateBytes(worker.process.pid()) > options_.memory_limit_bytes;
  std::error_code ignored;
  std::filesystem::remove_all(AttemptFolder(worker, run->serial), ignored);
  AttemptOutcome outcome;
  switch (failed.kind()) {
    case frames::Failed::FAILED:
      outcome.kind = AttemptOutcome::Kind::kFailed;
      break;
    case frames::Failed::INTERRUPTED:
      outcome.kind = AttemptOutcome::Kind::kInterrupted;
      break;
    default:
      outcome.kind = AttemptOutcome::Kind::kLost;
  }
  outcome.error = {DecodeErrorCode(failed.error_code()), failed.message(), failed.detail()};
  outcome.cpu_ms = failed.cpu_ms();
  End(std::move(run), std::move(outcome));
}

void WorkerPool::Dispatch(std::unique_ptr<Run> run) {
  ++run->dispatches;
  Workers::iterator worker = FindIdle(KeyOf(run->spec));
  if (worker == workers_.end()) {
    Result<Workers::iterator> spawned = SpawnWorker();
    if (!spawned) {
      AttemptOutcome lost;
      lost.error = spawned.error();
      End(std::move(run), std::move(lost));
      return;
    }
    worker = *spawned;
  }
  Assign(*worker, std::move(run));
}

/// Whether the engine keeps the file it spilled to; it does not shorten it, so the disk would stay
/// full for as long as the worker is warm.
bool WorkerPool::HoldsSpill(const Worker& worker) {
  std::error_code error;
  std::filesystem::directory_iterator entry(worker.scratch / "temp", error), end;
  while (!error && entry != end) {
    const std::uintmax_t bytes = entry->file_size(error);
    if (!error && bytes > 0) return true;
    entry.increment(error);
  }
  return false;
}

/// Whether a folder it was confined to is gone: one made anew in its place is none of its own.
bool WorkerPool::IsCutOff(const Worker& worker) {
  if (InodeOf(worker.scratch) != worker.scratch_inode) return true;
  return !worker.key.empty() && InodeOf(worker.warehouse) != worker.warehouse_inode;
}

/// A worker of the key that has nothing to do, or else a spare one.
WorkerPool::Workers::iterator WorkerPool::FindIdle(const std::string& key) {
  auto found = workers_.end();
  for (auto next = workers_.begin(); next != workers_.end();) {
    auto worker = next++;
    if (worker->run || worker->silent || worker->over_memory) continue;
    const bool is_of_key = worker->key == key;
    if (!is_of_key && (!worker->key.empty() || found != workers_.end())) continue;
    if (IsCutOff(*worker)) {
      Retire(worker);
      continue;
    }
    if (is_of_key) return worker;
    found = worker;
  }
  return found;
}

void WorkerPool::Assign(Worker& worker, std::unique_ptr<Run> run) {
  if (worker.key.empty()) {
    worker.key = KeyOf(run->spec);
    SendConfine(worker, run->spec);
  }
  ++worker.attempts;
  SendAttempt(worker, *run);
  worker.run = std::move(run);
}

void WorkerPool::SendConfine(Worker& worker, const AttemptSpec& spec) {
  const std::filesystem::path warehouse = options_.warehouse_root / spec.project.value();
  std::error_code error;
  std::filesystem::create_directories(warehouse, error);  // a rule needs a folder that is there
  worker.warehouse = warehouse;
  worker.warehouse_inode = InodeOf(warehouse);
  frames::ToWorker message;
  frames::Confine& confine = *message.mutable_confine();
  confine.set_warehouse_folder(warehouse.string());
  switch (options_.sandbox) {
    case SandboxMode::kRequired:
      confine.set_mode(frames::Confine::REQUIRED);
      break;
    case SandboxMode::kBestEffort:
      confine.set_mode(frames::Confine::BEST_EFFORT);
      break;
    case SandboxMode::kOff:
      confine.set_mode(frames::Confine::OFF);
      break;
  }
  worker.process.Send(message);
}

void WorkerPool::SendAttempt(Worker& worker, const Run& run) {
  frames::ToWorker message;
  frames::Attempt& attempt = *message.mutable_attempt();
  attempt.set_serial(run.serial);
  attempt.set_sql(run.spec.sql);
  attempt.set_kind(run.spec.kind == WorkKind::kWrite ? frames::Attempt::INSERT
                                                     : frames::Attempt::QUERY);
  for (const StructField& field : run.spec.schema) {
    frames::Column& column = *attempt.add_columns();
    column.set_name(field.name);
    column.set_type(field.type.SqlName());
  }
  attempt.set_time_zone(run.spec.time_zone);
  for (const SourceTable& source : run.spec.sources) {
    frames::SourceTable& table = *attempt.add_sources();
    table.set_database(source.database);
    table.set_table(source.table);
    table.set_metadata(source.metadata_json);
    table.set_can_have_nan(source.can_have_nan);
    for (const std::string& column : source.guarded_columns) table.add_guarded_columns(column);
  }
  if (run.spec.write) {
    frames::TableWrite& write = *attempt.mutable_write();
    write.set_folder(run.spec.write->folder);
    write.set_schema(run.spec.write->schema_json);
    write.set_spec(run.spec.write->spec_json);
    write.set_properties(run.spec.write->properties_json);
  }
  attempt.set_source_bytes(run.spec.source_bytes);
  attempt.set_result_folder(AttemptFolder(worker, run.serial).string());
  worker.process.Send(message);
}

Result<WorkerPool::Workers::iterator> WorkerPool::SpawnWorker() {
  const int number = next_worker_number_++;
  std::filesystem::path scratch = options_.scratch_root / fmt::format("worker-{}", number);
  std::error_code error;
  std::filesystem::create_directories(scratch, error);
  if (error) {
    return FailWithDetail(ErrorCode::kUnavailable, error.message(), "No worker can be started");
  }
  WorkerProcess process = TRY(WorkerProcess::Spawn(options_.worker_executable));
  Worker& worker = workers_.emplace_back(number, std::move(process));
  worker.scratch = std::move(scratch);
  worker.scratch_inode = InodeOf(worker.scratch);
  worker.last_heard_ms = NowMs();
  worker.last_ping_ms = worker.last_heard_ms;
  const std::uint64_t limit =
      options_.memory_limit_bytes / 100 * (100 + kMemoryGracePercent) + kFilePageBytes;
  worker.cgroup = MemoryCgroup::Create(fmt::format("sluice-{}-{}", ::getpid(), number), limit);
  if (worker.cgroup && !worker.cgroup->Add(worker.process.pid())) worker.cgroup.reset();
  frames::ToWorker message;
  frames::Open& open = *message.mutable_open();
  open.set_library(options_.library.string());
  open.set_extension_folder(options_.extension_folder.string());
  open.set_functions_database(options_.functions_database.string());
  open.set_scratch_folder(worker.scratch.string());
  open.set_memory_limit_bytes(options_.memory_limit_bytes);
  open.set_temp_quota_bytes(options_.temp_quota_bytes);
  open.set_file_size_max_bytes(options_.file_size_bytes_max);
  open.set_threads(static_cast<std::uint32_t>(options_.threads));
  worker.process.Send(message);
  Count("sluice_workers_started_total", "Worker processes started");
  return std::prev(workers_.end());
}

void WorkerPool::KeepSpares() {
  auto spares = std::count_if(workers_.begin(), workers_.end(),
                              [](const Worker& worker) { return worker.key.empty(); });
  for (; spares < options_.spare_workers && NowMs() >= next_spare_ms_; ++spares) {
    Result<Workers::iterator> spawned = SpawnWorker();
    if (spawned) continue;
    LogError(LogLevel::kError, "a worker cannot be started", spawned.error());
    next_spare_ms_ = NowMs() + kSparePauseMs;
  }
}

/// Ends a worker that has nothing to do.
void WorkerPool::Retire(Workers::iterator worker) {
  CHECK(!worker->run);
  worker->process.Kill();
  ended_workers_.splice(ended_workers_.end(), workers_, worker);
}

/// Ends a worker in doubt. Its attempt goes to another one if no statement has begun, else it ends.
void WorkerPool::Lose(Workers::iterator worker, const Error& error) {
  std::unique_ptr<Run> run = std::move(worker->run);
  const bool over_memory = worker->over_memory || (worker->cgroup && worker->cgroup->HasKilled());
  Retire(worker);
  if (!run) return;
  AttemptOutcome outcome;
  outcome.error = error;
  if (run->stop_asked) {
    outcome.kind = AttemptOutcome::Kind::kInterrupted;
  } else if (over_memory) {
    outcome.kind = AttemptOutcome::Kind::kFailed;
    outcome.error = {ErrorCode::kLimitExceeded,
                     fmt::format("The statement exceeded its memory limit of {} MB",
                                 options_.memory_limit_bytes / kBytesPerMb),
                     "the worker was ended"};
  } else if (!run->started && run->dispatches < kDispatchesMax) {
    Dispatch(std::move(run));
    return;
  } else {
    outcome.error = {ErrorCode::kUnavailable, "The worker that ran the statement was lost",
                     error.message + ": " + error.detail};
    Count("sluice_workers_lost_total", "Worker processes lost in mid-attempt");
    LogError(LogLevel::kWarning, "a worker was lost", outcome.error,
             {{"job_id", run->spec.job.value()}, {"attempt", run->spec.attempt}});
  }
  End(std::move(run), std::move(outcome));
}

void WorkerPool::End(std::unique_ptr<Run> run, AttemptOutcome outcome) {
  --attempts_under_way_;
  run->observer->OnEnd(std::move(outcome));
}

void WorkerPool::ReapEnded() {
  for (auto worker = ended_workers_.begin(); worker != ended_workers_.end();) {
    if (!worker->process.TryReap()) {
      ++worker;
      continue;
    }
    std::error_code ignored;
    std::filesystem::remove_all(worker->scratch, ignored);
    worker = ended_workers_.erase(worker);
  }
}

void WorkerPool::Count(const char* name, const char* help) {
  if (options_.metrics != nullptr) options_.metrics->Get(MetricKind::kCounter, name, help).Add();
}

void WorkerPool::ShowGauges() {
  if (options_.metrics == nullptr) return;
  std::int64_t busy = 0;
  std::int64_t spare = 0;
  for (const Worker& worker : workers_) {
    if (worker.run) ++busy;
    if (worker.key.empty()) ++spare;
  }
  const auto total = static_cast<std::int64_t>(workers_.size());
  auto show = [this](const char* state, std::int64_t value) {
    options_.metrics
        ->Get(MetricKind::kGauge, "sluice_workers", "Worker processes by what they do",
              fmt::format("state=\"{}\"", state))
        .Set(value);
  };
  show("busy", busy);
  show("spare", spare);
  show("idle", total - busy - spare);
}

}  // namespace sluice
