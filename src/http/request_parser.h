#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "http/server.h"

namespace sluice::http {

/// Why a request cannot be served by the transport: what to answer before closing.
struct ParseFault {
  int status = 400;
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string_view message;
};

/// Turns bytes into requests, strictly: what proxies and servers are known to read differently
/// (bare LF, folded headers, two lengths, length beside chunks) is a fault. No I/O. Not
/// thread-safe.
///
/// Bytes that were not consumed must be presented again, with more behind them.
class RequestParser {
 public:
  enum class Status {
    kNeedHead,  ///< the head is not complete
    kNeedBody,  ///< the head is complete, the body is not
    kDone,      ///< one request is complete; call Reset before the next
    kBad,       ///< fault() says why; the connection is of no more use
  };
  struct Outcome {
    Status status;
    std::size_t consumed;
  };

  /// `limits` must outlive the parser.
  explicit RequestParser(const Limits& limits);
  ~RequestParser();

  /// Fills *request from the head on; the same object until kDone. Its former content is replaced.
  Outcome Feed(std::string_view bytes, Request* request);
  void Reset();

  const ParseFault& fault() const { return fault_; }
  // Valid from kNeedBody on, until Reset.
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  /// Whether the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }

 private:
  class Grammar;

  /// Looks for the head's end in bytes not looked at before; refuses what Grammar would let pass.
  Status ScanHead(std::string_view bytes);
  Status CheckLine(std::string_view line);
  Status ReadHead(std::string_view head, Request* request);
  Status CheckHead(Request* request);
  Outcome ReadBody(std::string_view bytes);
  Status CheckChunkHead(std::string_view pending);
  Status Refuse(int status, ErrorCode code, std::string_view message);

  const Limits& limits_;
  std::unique_ptr<Grammar> grammar_;  ///< present while a request is read
  std::size_t skipped_ = 0;           ///< an empty line before the request line
  std::size_t scanned_ = 0;           ///< bytes of the head that ScanHead has passed
  std::size_t lines_ = 0;             ///< lines of the head that ScanHead has passed
  bool head_done_ = false;
  bool keep_alive_ = false;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
  bool is_chunked_ = false;
  bool is_first_chunk_ = false;  ///< nothing of a chunked body was read
  ParseFault fault_;
};

}  // namespace sluice::http
