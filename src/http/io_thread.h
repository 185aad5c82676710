#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/thread_pool.h"
#include "http/answer_room.h"
#include "http/reactor.h"
#include "http/server.h"
#include "http/source_reader.h"
#include "http/stream.h"

namespace sluice::http {

class Connection;

/// What a connection is doing; each phase but kHandling has its own time limit.
/// kHungUp is kHandling after the client has ended its side.
enum class Phase { kIdle, kHead, kBody, kHandling, kHungUp, kWriting, kLingering };
inline constexpr std::size_t kPhaseCount = 7;

/// The counters of one listener.
struct TransportMetrics {
  TransportMetrics(MetricRegistry* registry, const std::string& listener);

  std::array<Metric*, 6> responses_by_class;  ///< [status / 100]
  Metric* connections;
  Metric* connections_limit;
  Metric* connections_total;
  Metric* connections_evicted;
  Metric* connections_refused;
  Metric* escaped_exceptions;
  Metric* pool_refusals;
  Metric* answer_bytes;
  Metric* untaken_bytes;
  Metric* answers_waiting;
  Metric* answer_refusals;
  Metric* answers_broken;
  Metric* answers_untaken;

 private:
  std::unique_ptr<MetricRegistry> own_;  ///< when the server was given none
};

/// What all threads and connections of a server share. Thread-safe.
struct ServerShared {
  explicit ServerShared(Server::Options given)
      : options(std::move(given)),
        metrics(options.metrics, options.metric_label),
        answers(options.limits.answers_bytes, metrics.answer_bytes),
        untaken(options.limits.untaken_bytes, metrics.untaken_bytes) {
    metrics.connections_limit->Set(static_cast<std::int64_t>(options.limits.connections));
  }

  const Server::Options options;
  TransportMetrics metrics;
  std::unique_ptr<TlsContext> tls;  ///< null: plain HTTP
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<ThreadPool> large_pool;  ///< one thread, for requests with long bodies
  SourceReader reader;
  AnswerRoom answers;  ///< Limits::answers_bytes
  AnswerRoom untaken;  ///< Limits::untaken_bytes
  std::atomic<std::size_t> answers_waiting = 0;
  std::atomic<std::size_t> pool_waiting = 0;
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> bodies_bytes = 0;
  std::atomic<bool> stopping = false;       ///< answers close their connections
  std::atomic<bool> drops_waiting = false;  ///< requests still waiting for the pool go unanswered
};

/// Random UUIDs (version 4), cheaper than asking the system for each. Not thread-safe.
class RequestIdSource {
 public:
  RequestIdSource();
  void Make(std::string* id);

 private:
  std::uint64_t Next();

  std::array<std::uint64_t, 4> state_;
};

/// A thread with its reactor and the connections it serves. Its methods belong to that thread, but
/// for those that say otherwise.
class IoThread {
 public:
  struct Slot {
    std::shared_ptr<Connection> connection;
    Phase phase;
    std::int64_t since_ms;     ///< monotonic, when it came to its place in the list
    std::int64_t deadline_ms;  ///< monotonic
  };
  using SlotRef = std::list<Slot>::iterator;
  /// oldest_waiting_ms of a thread that has no waiting connection.
  static constexpr std::int64_t kNoneWaiting = std::numeric_limits<std::int64_t>::max();

  explicit IoThread(ServerShared* shared);
  ~IoThread();

  /// Called on every tick; set before Start.
  void set_on_tick(std::function<void()> on_tick) { on_tick_ = std::move(on_tick); }
  void Start();  ///< from the thread that owns the object
  void Join();   ///< stops the reactor; from the thread that owns the object

  Reactor& reactor() { return reactor_; }
  ServerShared& shared() { return *shared_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  std::thread::id id() const { return id_; }
  /// When the longest waiting connection began to wait; any thread.
  std::int64_t oldest_waiting_ms() const { return oldest_waiting_ms_.load(); }

  void Adopt(UniqueFd fd, std::string remote_address);
  /// Has the connection look for room for its answer at every tick, for so long as an answer may
  /// wait. False when too many wait already.
  bool Park(const std::shared_ptr<Connection>& connection);
  /// Closes the connection whose small answer has been left untaken the longest, if there is one.
  void CloseLongestUntaken();
  void EvictLongestWaiting();
  /// Closes what waits for its client; the rest closes after its answer.
  void CloseWaiting();
  void CloseAll();

  /// Puts the connection at the end of the phase's list, its time limit begun anew.
  void Move(SlotRef slot, Phase phase);
  /// Takes the connection out of all lists; it may be destroyed by that.
  void Forget(SlotRef slot);

  std::unique_ptr<Request> TakeRequest();
  void GiveBack(std::unique_ptr<Request> request);
  RequestIdSource& request_ids() { return request_ids_; }
  const std::string& date() const { return date_; }
  std::string& read_buffer() { return read_buffer_; }
  /// An empty string with memory behind it, for the next answer.
  std::string& spare_output() { return spare_output_; }
  /// Whether some handler runs on this thread right now.
  bool in_handler() const { return in_handler_; }
  void set_in_handler(bool in_handler) { in_handler_ = in_handler; }

 private:
  struct Parked {
    std::weak_ptr<Connection> connection;
    std::uint64_t sequence;
    std::int64_t deadline_ms;
  };

  void Tick();
  void ServeParked(std::int64_t now_ms);
  void PublishOldest();
  std::int64_t TimeoutMs(Phase phase) const;
  std::list<Slot>& ListOf(Phase phase) { return slots_[static_cast<std::size_t>(phase)]; }

  ServerShared* shared_;
  SystemClock clock_;
  Reactor reactor_;
  std::shared_ptr<Mailbox> mailbox_;
  std::array<std::list<Slot>, kPhaseCount> slots_;
  std::atomic<std::int64_t> oldest_waiting_ms_ = kNoneWaiting;
  std::deque<Parked> parked_;  ///< in the order they came
  std::vector<std::unique_ptr<Request>> free_requests_;
  RequestIdSource request_ids_;
  std::string date_;
  std::string read_buffer_;
  std::string spare_output_;
  bool in_handler_ = false;
  std::function<void()> on_tick_;
  std::thread::id id_;
  std::thread thread_;
};

}  // namespace sluice::http
