#include "engine/duckdb/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/duckdb/worker_main.h"

namespace sluice {

namespace {

/// Of 64 KiB each, before the other workers get their turn.
constexpr int kReadsAtOnceMax = 4;

/// All a worker's environment may hold: locale, and what the sanitizers of a test build read.
constexpr const char* kEnvironmentAllowed[] = {"LANG",         "LC_ALL",        "ASAN_OPTIONS",
                                               "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};

std::vector<std::string> MakeEnvironment() {
  std::vector<std::string> environment;
  for (const char* name : kEnvironmentAllowed) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (value != nullptr) environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

/// The ingredients of posix_spawn, released together.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int Run(const std::filesystem::path& executable, int socket, pid_t* pid) {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, kWorkerSocketFd);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, kWorkerSocketFd + 1);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    std::string program = "sluice";
    std::string command = "worker";
    char* arguments[] = {program.data(), command.data(), nullptr};
    std::vector<std::string> environment = MakeEnvironment();
    std::vector<char*> pointers;
    for (std::string& entry : environment) pointers.push_back(entry.data());
    pointers.push_back(nullptr);
    return ::posix_spawn(pid, executable.c_str(), &actions_, &attributes_, arguments,
                         pointers.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<WorkerProcess> WorkerProcess::Spawn(const std::filesystem::path& executable) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return FailWithDetail(ErrorCode::kUnavailable, std::strerror(errno),
                          "No worker can be started");
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  pid_t pid = 0;
  int error = SpawnPlan().Run(executable, theirs.get(), &pid);
  if (error != 0) {
    return FailWithDetail(ErrorCode::kUnavailable, std::strerror(error),
                          "No worker can be started");
  }
  return WorkerProcess(pid, std::move(ours));
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      socket_(std::move(other.socket_)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)) {}

WorkerProcess::~WorkerProcess() {
  if (pid_ == 0) return;
  Kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void WorkerProcess::Send(const frames::ToWorker& message) {
  output_ += EncodeFrame(message);
  Flush();
}

void WorkerProcess::Flush() {
  while (!output_.empty()) {
    ssize_t count = ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      output_.clear();
      return;
    }
    output_.erase(0, static_cast<std::size_t>(count));
  }
}

Result<void> WorkerProcess::Parse(std::vector<frames::ToServer>* messages) {
  while (true) {
    std::optional<std::string> bytes = TRY(input_.Next());
    if (!bytes) return {};
    frames::ToServer message;
    if (!message.ParseFromString(*bytes) ||
        message.frame_case() == frames::ToServer::FRAME_NOT_SET) {
      return Fail(ErrorCode::kInvalidArgument, "Frame does not parse");
    }
    messages->push_back(std::move(message));
  }
}

Result<void> WorkerProcess::Receive(std::vector<frames::ToServer>* messages) {
  char buffer[65536];
  // One that sends faster than we read would otherwise keep us here, and the other workers waiting.
  for (int reads = 0; reads < kReadsAtOnceMax; ++reads) {
    ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return {};
    if (count <= 0) return Fail(ErrorCode::kUnavailable, "The worker is gone");
    input_.Append({buffer, static_cast<std::size_t>(count)});
    TRY_VOID(Parse(messages));
  }
  return {};
}

void WorkerProcess::Kill() {
  // The process is not collected yet, so its number is still its own.
  if (pid_ != 0) ::kill(pid_, SIGKILL);
}

bool WorkerProcess::TryReap() {
  if (pid_ == 0) return true;
  if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
  pid_ = 0;
  return true;
}

}  // namespace sluice
