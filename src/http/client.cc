#include "http/client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "http/stream.h"

namespace sluice::http {

namespace {

namespace beast = boost::beast;
using AnswerParser = beast::http::response_parser<beast::http::string_body>;

constexpr std::size_t kReadBytes = 64 * 1024;
/// The largest head a server may answer with.
constexpr std::uint32_t kHeadBytesMax = 64 * 1024;

/// The first byte of a TLS record that says what is wrong; no HTTP begins with it.
constexpr char kTlsAlert = 0x15;

struct Endpoint {
  bool is_tls = false;
  std::string host;  ///< without brackets
  std::string port;
  std::string authority;  ///< as it goes into the Host header
};

Result<Endpoint> ParseEndpoint(std::string_view text) {
  Endpoint endpoint;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    endpoint.is_tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return Fail(ErrorCode::kInvalidArgument, "An endpoint begins with http:// or https://: {}",
                text);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  endpoint.authority = rest;
  std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    endpoint.port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  } else {
    endpoint.port = endpoint.is_tls ? "443" : "80";
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  endpoint.host = rest;
  std::uint16_t number = 0;
  const char* end = endpoint.port.data() + endpoint.port.size();
  auto [last, error] = std::from_chars(endpoint.port.data(), end, number);
  if (endpoint.host.empty() || endpoint.host.find_first_of("/?#@ ") != std::string::npos ||
      error != std::errc() || last != end || number == 0) {
    return Fail(ErrorCode::kInvalidArgument, "An endpoint is scheme, host and port: {}", text);
  }
  return endpoint;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

class BlockingClient final : public Client {
 public:
  explicit BlockingClient(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  const std::string& host() const override { return endpoint_.authority; }
  bool was_sent() const override { return was_sent_; }

  Result<Response> Send(const Request& request, int timeout_ms) override {
    deadline_ms_ = clock_.MonotonicMs() + timeout_ms;
    was_sent_ = false;
    if (fd_.valid() && HasEnded()) Disconnect();
    if (!fd_.valid()) TRY_VOID(Connect());
    was_sent_ = true;
    Result<Response> response = Exchange(request);
    // Bytes of an answer that was not read to its end would be taken for the next one's.
    if (!response) Disconnect();
    return response;
  }

 private:
  Result<Response> Exchange(const Request& request) {
    TRY_VOID(Write(Encode(request)));
    while (true) {
      AnswerParser parser;
      parser.header_limit(kHeadBytesMax);
      parser.body_limit(boost::none);
      parser.eager(true);
      if (request.method == "HEAD") parser.skip(true);
      TRY_VOID(Read(&parser));
      // An interim answer comes before the real one.
      if (parser.get().result_int() / 100 == 1) continue;
      if (!parser.keep_alive()) Disconnect();
      return Decode(parser.release());
    }
  }

  std::string Encode(const Request& request) const {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
    if (request.FindHeader("host") == nullptr) text += "Host: " + endpoint_.authority + "\r\n";
    for (const auto& [name, value] : request.headers) {
      text.append(name).append(": ").append(value).append("\r\n");
    }
    bool says_length = request.FindHeader("content-length") != nullptr ||
                       request.FindHeader("transfer-encoding") != nullptr;
    bool may_have_body = request.method != "GET" && request.method != "HEAD";
    if (!says_length && (may_have_body || !request.body.empty())) {
      text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    return text + "\r\n" + request.body;
  }

  static Response Decode(beast::http::response<beast::http::string_body> message) {
    Response response;
    response.status = static_cast<int>(message.result_int());
    response.content_type.clear();
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::string value(field.value());
      if (EqualsIgnoreCase(name, "content-type")) response.content_type = value;
      response.headers.emplace_back(std::move(name), std::move(value));
    }
    response.body = std::move(message.body());
    return response;
  }

  tl::unexpected<Error> Lost(std::string_view why) const {
    return Fail(ErrorCode::kUnavailable, "The server cannot be reached: {}: {}",
                endpoint_.authority, why);
  }

  /// As Lost, where trying again does not help.
  tl::unexpected<Error> Refused(std::string_view why) const {
    return Fail(ErrorCode::kFailedPrecondition, "The server cannot be reached: {}: {}",
                endpoint_.authority, why);
  }

  /// Waits until the descriptor is ready or the deadline has come.
  Result<void> Wait(short events) {
    while (true) {
      std::int64_t left_ms = deadline_ms_ - clock_.MonotonicMs();
      if (left_ms <= 0) {
        return Fail(ErrorCode::kTimeout, "The server did not answer in time: {}",
                    endpoint_.authority);
      }
      pollfd waiting{fd_.get(), events, 0};
      int count = ::poll(&waiting, 1, static_cast<int>(left_ms));
      if (count > 0) return {};
      if (count < 0 && errno != EINTR) return Lost(std::strerror(errno));
    }
  }

  Result<void> Connect() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int status = getaddrinfo(endpoint_.host.c_str(), endpoint_.port.c_str(), &hints, &found);
    std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    if (status == EAI_AGAIN || status == EAI_SYSTEM) return Lost(gai_strerror(status));
    if (status != 0) return Refused(gai_strerror(status));
    Result<void> connected = Lost("no address");
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
      connected = ConnectTo(*address);
      if (connected) break;
    }
    if (!connected) {
      Disconnect();
      return connected;
    }
    if (endpoint_.is_tls && tls_ == nullptr) tls_ = TRY(TlsContext::CreateClient(endpoint_.host));
    stream_ = endpoint_.is_tls ? tls_->MakeStream(fd_.get()) : MakePlainStream(fd_.get());
    return {};
  }

  Result<void> ConnectTo(const addrinfo& address) {
    fd_.Reset(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_.valid()) return Lost(std::strerror(errno));
    int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(fd_.get(), address.ai_addr, address.ai_addrlen) == 0) return {};
    if (errno != EINPROGRESS) return Lost(std::strerror(errno));
    TRY_VOID(Wait(POLLOUT));
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Lost(std::strerror(error));
    return {};
  }

  /// Whether the server closed the connection since the last answer; nothing else may have come.
  bool HasEnded() const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) != 0;
  }

  void Disconnect() {
    stream_.reset();
    fd_.Reset();
  }

  Result<void> AwaitStream(IoResult::Kind kind) {
    switch (kind) {
      case IoResult::Kind::kBytes:
        return {};
      case IoResult::Kind::kWantRead:
        return Wait(POLLIN);
      case IoResult::Kind::kWantWrite:
        return Wait(POLLOUT);
      case IoResult::Kind::kEnd:
      case IoResult::Kind::kError:
        break;
    }
    if (!stream_->refusal().empty()) return Refused(stream_->refusal());
    return Lost("the connection was closed");
  }

  Result<void> Write(std::string_view bytes) {
    while (!bytes.empty()) {
      IoResult written = stream_->Write(bytes, {});
      // A server that refuses a body closes before it has all of it: its answer is still there.
      if (written.kind == IoResult::Kind::kError && HasEnded()) return {};
      TRY_VOID(AwaitStream(written.kind));
      bytes.remove_prefix(written.bytes);
    }
    return {};
  }

  Result<void> Read(AnswerParser* parser) {
    std::string pending;
    std::string buffer(kReadBytes, '\0');
    while (!parser->is_done()) {
      IoResult read = stream_->Read(buffer.data(), buffer.size());
      beast::error_code error;
      if (read.kind == IoResult::Kind::kEnd && parser->got_some()) {
        parser->put_eof(error);
        if (!error) break;
      }
      TRY_VOID(AwaitStream(read.kind));
      if (read.bytes == 0) continue;
      if (!parser->got_some() && pending.empty() && buffer.front() == kTlsAlert) {
        return Refused("the server speaks TLS on this port: an address with https:// is right");
      }
      pending.append(buffer, 0, read.bytes);
      std::size_t used =
          parser->put(boost::asio::const_buffer(pending.data(), pending.size()), error);
      pending.erase(0, used);
      if (error && error != beast::http::error::need_more) return Refused("its answer is no HTTP");
    }
    return {};
  }

  Endpoint endpoint_;
  SystemClock clock_;
  std::int64_t deadline_ms_ = 0;
  std::unique_ptr<TlsContext> tls_;
  UniqueFd fd_;
  std::unique_ptr<Stream> stream_;
  bool was_sent_ = false;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::Create(const std::string& endpoint) {
  return std::make_unique<BlockingClient>(TRY(ParseEndpoint(endpoint)));
}

}  // namespace sluice::http
