#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "base/error.h"

namespace sluice::http {

/// A request as it was received; head and body whole. Names of headers keep their case.
struct Request {
  std::string method;  ///< upper case
  std::string target;  ///< as sent: path and query, still encoded
  std::string path;    ///< of the target, still encoded
  std::string query;   ///< of the target, without '?', still encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string remote_address;  ///< IP without port
  std::string request_id;      ///< made by the connection; answered as X-Request-Id
  /// Values of the pattern's {names}, percent-decoded, in pattern order.
  std::vector<std::pair<std::string, std::string>> path_parameters;

  /// First header of that name in any case, or null.
  const std::string* FindHeader(std::string_view name) const;
  /// The pattern's value; CHECKs that the pattern has the name.
  const std::string& PathParameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;
  /// Sent instead of `body` when it is not null: read piece by piece while the client takes it. An
  /// error of its first piece becomes a 500, a later one ends the connection in mid-answer.
  std::shared_ptr<ByteSource> source;
  std::string content_type = "application/json;charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;

  std::uint64_t BodyBytes() const { return source != nullptr ? source->size() : body.size(); }
};

/// Answers one request, once, from any thread; later calls do nothing. If every copy is destroyed
/// unanswered the client gets a 500. May outlive the request, the connection and the server.
class Responder {
 public:
  /// Status of the response that `send` gets when nobody answered: no HTTP status, so the server
  /// can tell it from an answer and make its own 500.
  static constexpr int kUnanswered = 0;

  explicit Responder(std::function<void(Response)> send);
  void Send(Response response) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The request lives until the handler returns: one that answers later keeps copies of what it
/// needs.
using Handler = std::function<void(const Request&, Responder)>;

/// Renders an error of the transport or router (404, 405, 408, 413, 431, 500 …) as the API's body.
using ErrorRenderer =
    std::function<Response(const Error& error, int status, const std::string& request_id)>;

/// Decoded query pairs in order: '+' and "%20" are blanks, as clients that write forms mean them;
/// "a" is ("a", "").
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);
/// Percent-decoding; false for a bad escape.
bool PercentDecode(std::string_view text, std::string* decoded);
/// RFC 3986 unreserved characters stay, all else becomes %XX.
std::string PercentEncode(std::string_view text);

}  // namespace sluice::http
