#include "engine/duckdb/worker_main.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "engine/duckdb/attempt_control.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/duckdb_session.h"
#include "engine/duckdb/frame_channel.h"
#include "engine/duckdb/functions_database.h"
#include "engine/duckdb/sandbox.h"

namespace sluice {

namespace {

constexpr int kProgressPollMs = 100;
constexpr rlim_t kOpenFilesMax = 4096;
constexpr int kExitServed = 0;
constexpr int kExitBroken = 3;

/// Leaves without destructors: the engine's threads may be anywhere, and nothing here is worth
/// saving.
[[noreturn]] void Exit(int status) { ::_exit(status); }

void LimitProcess(std::uint64_t file_size_bytes_max) {
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const rlimit open_files = {kOpenFilesMax, kOpenFilesMax};
  ::setrlimit(RLIMIT_NOFILE, &open_files);
  if (file_size_bytes_max > 0) {
    const rlimit file_size = {file_size_bytes_max, file_size_bytes_max};
    ::setrlimit(RLIMIT_FSIZE, &file_size);
  }
  // Past the file size a write must fail, not kill.
  ::signal(SIGXFSZ, SIG_IGN);  // NOLINT(bugprone-signal-handler,cert-msc54-cpp)
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT(bugprone-signal-handler,cert-msc54-cpp)
}

/// One worker's life: frames in order until the sandbox is on, then two threads - this one runs
/// attempts, the control thread answers pings, passes interrupts on and reports progress.
class Worker {
 public:
  explicit Worker(int fd) : channel_(fd) {}

  /// Serves until the server is gone.
  [[noreturn]] void Serve();

 private:
  void HandleAlone(const frames::ToWorker& message);
  void Open(const frames::Open& options);
  void Confine(const frames::Confine& rules);
  void BuildFunctions(const frames::BuildFunctions& order);
  [[noreturn]] void RunAttempts();
  void RunAttempt(const frames::Attempt& attempt);
  [[noreturn]] void Control();
  void HandleWhileRunning(frames::ToWorker message);
  void ReportProgress();
  void Send(const frames::ToServer& message);
  [[noreturn]] void Break(const Error& error);

  WorkerChannel channel_;
  DuckDbApi api_;
  frames::Open options_;
  std::unique_ptr<DuckDbSession> session_;
  std::unique_ptr<AttemptControl> control_;
  double reported_fraction_ = 0;

  Mutex mutex_;
  std::condition_variable arrived_;
  std::deque<frames::Attempt> attempts_ GUARDED_BY(mutex_);
};

void Worker::Send(const frames::ToServer& message) {
  if (!channel_.Write(message)) Exit(kExitServed);
}

void Worker::Break(const Error& error) {
  frames::ToServer message;
  message.mutable_broken()->set_detail(error.message + ": " + error.detail);
  Send(message);
  Exit(kExitBroken);
}

void Worker::Serve() {
  frames::ToServer hello;
  hello.mutable_hello()->set_protocol_version(kFrameProtocolVersion);
  Send(hello);
  while (control_ == nullptr) {
    Result<std::optional<frames::ToWorker>> message = channel_.Read(-1);
    if (!message) Exit(kExitServed);
    if (*message) HandleAlone(**message);
  }
  std::thread([this] { Control(); }).detach();
  RunAttempts();
}

void Worker::HandleAlone(const frames::ToWorker& message) {
  switch (message.frame_case()) {
    case frames::ToWorker::kOpen:
      Open(message.open());
      break;
    case frames::ToWorker::kConfine:
      Confine(message.confine());
      break;
    case frames::ToWorker::kBuildFunctions:
      BuildFunctions(message.build_functions());
      break;
    case frames::ToWorker::kPing: {
      frames::ToServer pong;
      pong.mutable_pong();
      Send(pong);
      break;
    }
    default:
      Break({ErrorCode::kInternal, "A frame comes out of order", {}});
  }
}

void Worker::Open(const frames::Open& options) {
  options_ = options;
  LimitProcess(options.file_size_max_bytes());
  Result<DuckDbApi> api = LoadDuckDb(options.library());
  if (!api) Break(api.error());
  api_ = *api;
  Result<std::unique_ptr<DuckDbSession>> session = DuckDbSession::Open(api_, options_);
  if (!session) Break(session.error());
  session_ = std::move(*session);
}

void Worker::Confine(const frames::Confine& rules) {
  if (session_ == nullptr) Break({ErrorCode::kInternal, "A frame comes out of order", {}});
  SandboxRules sandbox;
  sandbox.read_only = {options_.library(),
                       options_.extension_folder(),
                       options_.functions_database(),
                       "/usr/share/zoneinfo",
                       "/dev/urandom",
                       "/dev/null"};
  std::erase(sandbox.read_only, std::filesystem::path());
  sandbox.read_write = {options_.scratch_folder()};
  if (!rules.warehouse_folder().empty()) sandbox.read_write.emplace_back(rules.warehouse_folder());
  SandboxMode mode = rules.mode() == frames::Confine::REQUIRED      ? SandboxMode::kRequired
                     : rules.mode() == frames::Confine::BEST_EFFORT ? SandboxMode::kBestEffort
                                                                    : SandboxMode::kOff;
  Result<SandboxLevel> level = EnterSandbox(mode, sandbox);
  if (!level) Break(level.error());
  Result<void> locked = session_->LockDown(rules.warehouse_folder());
  if (!locked) Break(locked.error());
  frames::ToServer message;
  frames::Confined& confined = *message.mutable_confined();
  confined.set_landlock_abi(static_cast<std::uint32_t>(level->landlock_abi));
  confined.set_files(level->files);
  confined.set_network(level->network);
  confined.set_system_calls(level->system_calls);
  Send(message);
  control_ = std::make_unique<AttemptControl>(api_);
}

void Worker::BuildFunctions(const frames::BuildFunctions& order) {
  Result<DuckDbApi> api = LoadDuckDb(order.library());
  if (!api) Break(api.error());
  Result<void> built = WriteFunctionsDatabase(*api, order.sql(), order.path());
  if (!built) Break(built.error());
  frames::ToServer message;
  message.mutable_functions_built();
  Send(message);
  Exit(kExitServed);
}

void Worker::RunAttempts() {
  while (true) {
    frames::Attempt attempt;
    {
      MutexLock lock(mutex_);
      while (attempts_.empty()) lock.Wait(arrived_);
      attempt = std::move(attempts_.front());
      attempts_.pop_front();
    }
    RunAttempt(attempt);
  }
}

void Worker::RunAttempt(const frames::Attempt& attempt) {
  frames::ToServer started;
  started.mutable_started()->set_serial(attempt.serial());
  Send(started);
  control_->Begin(attempt.serial());
  frames::ToServer outcome = session_->Run(
      attempt, control_.get(), [this](const frames::ToServer& message) { Send(message); });
  control_->End();
  Send(outcome);
  if (outcome.failed().kind() == frames::Failed::LOST) Exit(kExitBroken);
  Result<void> reset = session_->Reset();
  if (!reset) Break(reset.error());
}

void Worker::Control() {
  while (true) {
    Result<std::optional<frames::ToWorker>> message = channel_.Read(kProgressPollMs);
    // Without a server nobody wants the attempt's rows; the engine is left in mid-statement.
    if (!message) Exit(kExitServed);
    if (*message) HandleWhileRunning(std::move(**message));
    control_->RepeatInterrupt();
    ReportProgress();
  }
}

void Worker::HandleWhileRunning(frames::ToWorker message) {
  switch (message.frame_case()) {
    case frames::ToWorker::kAttempt: {
      MutexLock lock(mutex_);
      attempts_.push_back(std::move(*message.mutable_attempt()));
      arrived_.notify_one();
      break;
    }
    case frames::ToWorker::kInterrupt:
      control_->RequestInterrupt(message.interrupt().serial());
      break;
    case frames::ToWorker::kPing: {
      frames::ToServer pong;
      pong.mutable_pong();
      Send(pong);
      break;
    }
    default:
      Break({ErrorCode::kInternal, "A frame comes out of order", {}});
  }
}

void Worker::ReportProgress() {
  AttemptControl::Progress progress = control_->PollProgress();
  if (progress.serial == 0 || progress.fraction == reported_fraction_) return;
  reported_fraction_ = progress.fraction;
  frames::ToServer message;
  message.mutable_progress()->set_serial(progress.serial);
  message.mutable_progress()->set_fraction(progress.fraction);
  Send(message);
}

}  // namespace

int WorkerMain(int, char**) {
  // Dies with its server, at once. If that one died before this line, the socket says so.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::fcntl(kWorkerSocketFd, F_GETFD) < 0) return kExitBroken;
  static Worker worker(kWorkerSocketFd);
  worker.Serve();
}

}  // namespace sluice
