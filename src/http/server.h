#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
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
  std::size_t connections = 20'000;        ///< past it the longest idle one is closed
  std::size_t pipelined_requests = 16;     ///< answers joined into one write at most
  std::size_t bodies_bytes = 512u << 20u;  ///< bodies in memory at one time; past it 503
  std::size_t pool_queue = 1'024;  ///< handlers waiting for the pool; past it 503, Retry-After
};

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
