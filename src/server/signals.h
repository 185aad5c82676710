#pragma once

#include <stop_token>
#include <thread>

namespace sluice::server {

/// SIGTERM and SIGINT as stop tokens: the first one asks to stop, the second one to hurry. Make it
/// before any other thread: it blocks the signals for all that follow. SIGPIPE is ignored.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Blocks until the first signal.
  void WaitForStop();
  /// Requested by the second signal.
  std::stop_token hurry() const { return hurry_.get_token(); }

 private:
  void Listen(const std::stop_token& done);

  std::stop_source stop_;
  std::stop_source hurry_;
  std::jthread thread_;
};

}  // namespace sluice::server
