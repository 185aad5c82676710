#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/spool.h"
#include "http/router.h"

namespace sluice::http {

/// The limits of contract/decisions.md, "HTTP".
struct Limits {
  std::size_t head_bytes = 32 * 1024;
  std::size_t header_count = 100;
  std::size_t body_bytes = 12 * 1024 * 1024;
  int head_timeout_ms = 15'000;
  int body_timeout_ms = 60'000;
  int idle_timeout_ms = 120'000;
  int write_timeout_ms = 60'000;
  std::size_t connections = 20'000;       ///< past it the longest idle one is closed
  std::size_t pipelined_requests = 16;    ///< answers joined into one write at most
  std::size_t bodies_bytes = 96u << 20u;  ///< bodies in memory at one time; past it 503
  /// Longer bodies are worked on one after the other: what is made of one may be many times its
  /// size.
  std::size_t small_body_bytes = 256u * 1024;
  std::size_t pool_queue = 1'024;  ///< handlers waiting for the pool; past it 503, Retry-After

  // Answers. Those from a source take kSourcePieceBytes each; those up to held_answer_bytes are
  // small and never wait; longer ones are put into the spool, and are sent from there.
  std::size_t answers_bytes = 32u << 20u;       ///< all from sources, and long ones not spooled
  int answer_wait_ms = 5'000;                   ///< for room; then 503, Retry-After
  std::size_t answers_waiting = 128;            ///< for room; past it 503 at once
  std::size_t held_answer_bytes = 256u * 1024;  ///< of one answer that stays in memory
  /// Small answers that their clients do not take; past it the client that took nothing for the
  /// longest time loses its connection.
  std::size_t untaken_bytes = 16u << 20u;
};

/// What an answer from a source holds in memory, and a descriptor, while it is sent.
inline constexpr std::size_t kSourcePieceBytes = 64u * 1024;

/// An HTTP/1.1 (and 1.0) server: keep-alive, pipelining in order, chunked bodies, TLS by
/// configuration. Threads: `io_threads` for sockets, `pool_threads` for blocking handlers.
/// Thread-safe.
class Server {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: chosen by the kernel
    int io_threads = 2;
    int pool_threads = 16;
    Limits limits;
    std::string tls_certificate_file;  ///< PEM; both empty: plain HTTP
    std::string tls_key_file;
    std::shared_ptr<const Router> router;
    ErrorRenderer render_error;
    std::shared_ptr<Spool> spool;       ///< null: long answers stay in memory
    MetricRegistry* metrics = nullptr;  ///< may be null; must outlive the server
    std::string metric_label = "public";
  };

  /// Binds and listens; kUnavailable with one line when the address cannot be had,
  /// kInvalidArgument when the TLS files are no certificate and key.
  static Result<std::unique_ptr<Server>> Start(Options options);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  /// Stops accepting and closes idle connections; requests under way go on. Idempotent.
  virtual void StopAccepting() = 0;
  /// StopAccepting; requests under way may finish until the time is over or `hurry` is asked for,
  /// then everything is closed. Blocks. Idempotent.
  virtual void Stop(int grace_ms, const std::stop_token& hurry = {}) = 0;
};

}  // namespace sluice::http
