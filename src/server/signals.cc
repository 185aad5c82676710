#include "server/signals.h"

#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>

namespace sluice::server {

namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

constexpr long kPollNs = 100'000'000;

}  // namespace

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  // A file past the limit of the process is a write that fails, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t set = StopSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::jthread([this](const std::stop_token& done) { Listen(done); });
}

Signals::~Signals() = default;

void Signals::Listen(const std::stop_token& done) {
  sigset_t set = StopSignals();
  while (!done.stop_requested()) {
    timespec timeout{0, kPollNs};
    if (::sigtimedwait(&set, nullptr, &timeout) < 0) continue;
    if (!stop_.request_stop()) hurry_.request_stop();
  }
}

void Signals::WaitForStop() {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait(lock, stop_.get_token(), [] { return false; });
}

}  // namespace sluice::server
