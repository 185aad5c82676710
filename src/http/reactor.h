#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/mutex.h"
#include "base/unique_fd.h"

namespace sluice::http {

/// What a watched descriptor is waited for.
enum class Readiness { kRead, kWrite };

/// Is told, on the reactor's thread, that its descriptor is ready.
class ReadinessListener {
 public:
  virtual ~ReadinessListener() = default;
  virtual void OnReady() = 0;
};

/// One thread's event loop: the only place that knows Asio. Thread-safe where said; the rest
/// belongs to the thread in Run.
class Reactor {
 public:
  /// A non-blocking descriptor that the reactor watches and owns. Reactor thread only.
  class Watch {
   public:
    virtual ~Watch() = default;
    virtual int fd() const = 0;
    /// Calls listener->OnReady once, when ready; the listener is kept until then. Does nothing
    /// while the same is awaited already: a watch has one listener.
    virtual void Await(Readiness readiness, std::shared_ptr<ReadinessListener> listener) = 0;
    /// Closes the descriptor; a wait under way is dropped without a call.
    virtual void Close() = 0;
  };

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Serves events until Stop.
  void Run();
  /// Makes Run return; from any thread.
  void Stop();
  /// Runs the task on the reactor's thread; from any thread. Never inline. Dropped after Stop.
  void Post(std::function<void()> task);
  /// Calls the task every `period_ms`, from the first Run on. Call before Run, once.
  void Every(int period_ms, std::function<void()> task);
  std::unique_ptr<Watch> MakeWatch(UniqueFd fd);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The way to a reactor that may be gone: what outlives a server posts through it. Thread-safe.
class Mailbox {
 public:
  explicit Mailbox(Reactor* reactor) : reactor_(reactor) {}

  /// Posts the task, or drops it when the mailbox is closed.
  void Post(std::function<void()> task) EXCLUDES(mutex_);
  void Close() EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  Reactor* reactor_ GUARDED_BY(mutex_);
};

}  // namespace sluice::http
