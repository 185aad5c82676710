#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace sluice::http {

/// A blocking HTTP/1.1 client with one kept-alive connection, for the CLI and for tests. Not
/// thread-safe.
class Client {
 public:
  /// `endpoint` is http://host:port or https://host:port. Connects with the first request.
  static Result<std::unique_ptr<Client>> Create(const std::string& endpoint);
  virtual ~Client() = default;
  /// Sends method, target, headers and body of the request as they are (Host and Content-Length are
  /// added when absent). kUnavailable when the server cannot be reached now, kFailedPrecondition or
  /// kInvalidArgument when that will not change by itself (its certificate, its protocol, its
  /// name), kTimeout past timeout_ms. Each in words for a person.
  virtual Result<Response> Send(const Request& request, int timeout_ms) = 0;
  /// Whether the server may have got something of the last request, whatever became of its answer.
  virtual bool was_sent() const = 0;
  /// host:port as it goes into the Host header.
  virtual const std::string& host() const = 0;
};

}  // namespace sluice::http
