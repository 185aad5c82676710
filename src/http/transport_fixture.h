#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/unique_fd.h"
#include "http/server.h"

namespace sluice::http {

/// A client that sends exactly the bytes it is given. For tests.
class RawConnection {
 public:
  /// Reads give up after so long; a test that reaches it has failed.
  static constexpr int kPatienceMs = 20'000;

  explicit RawConnection(std::uint16_t port, int receive_buffer_bytes = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
    }
    int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    void* raw = &address;
    connected_ = ::connect(fd_.get(), static_cast<sockaddr*>(raw), sizeof(address)) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  /// False when the server closed before all was sent.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void EndWrites() { ::shutdown(fd_.get(), SHUT_WR); }

  /// One answer, read by its Content-Length: head with empty line, and body. Empty at the end.
  std::string ReadAnswer() {
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill()) return std::exchange(input_, {});
    }
    std::string head = input_.substr(0, end + 4);
    std::size_t size = end + 4 + ContentLength(head);
    while (input_.size() < size && Fill()) {
    }
    std::string answer = input_.substr(0, size);
    input_.erase(0, size);
    return answer;
  }
  /// Everything until the server closes.
  std::string ReadAll() {
    while (Fill()) {
    }
    return std::exchange(input_, {});
  }
  /// Whether the server closed the connection, with nothing more to read.
  bool IsClosed() { return input_.empty() && !Fill() && input_.empty(); }
  bool timed_out() const { return timed_out_; }

  std::string Ask(std::string_view request) {
    Send(request);
    return ReadAnswer();
  }

 private:
  static std::size_t ContentLength(std::string_view head) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    std::size_t at = head.find(kName);
    if (at == std::string_view::npos) return 0;
    return std::stoul(std::string(head.substr(at + kName.size(), 20)));
  }

  bool Fill() {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) <= 0) {
      timed_out_ = true;
      return false;
    }
    char buffer[16 * 1024];
    ssize_t count = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
    if (count <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  UniqueFd fd_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string input_;
};

inline int StatusOf(std::string_view answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!answer.starts_with(kVersion) || answer.size() < kVersion.size() + 3) return 0;
  return std::stoi(std::string(answer.substr(kVersion.size(), 3)));
}

inline std::string BodyOf(std::string_view answer) {
  std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

/// The value of the answer's first header of that name, or empty.
inline std::string HeaderOf(std::string_view answer, std::string_view name) {
  for (std::string_view line : Split(answer.substr(0, answer.find("\r\n\r\n")), '\n')) {
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (EqualsIgnoreCase(line.substr(0, colon), name)) {
      return std::string(Trim(line.substr(colon + 1)));
    }
  }
  return {};
}

/// "GET /path HTTP/1.1" with the headers a client must send, ready for a connection.
inline std::string Get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

inline std::string Post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

/// A server on a port of the kernel's choice, with the routes a test adds before Start.
///
///     GET  /ping           "pong", on the I/O thread
///     POST /echo           the body, on the I/O thread
///     POST /pool/echo      the body, in the pool
///     GET  /large/{bytes}  so many bytes
class TransportTest : public testing::Test {
 protected:
  TransportTest() : router_(std::make_shared<Router>()) {
    options_.render_error = [](const Error& error, int, const std::string& id) {
      Response response;
      response.body = "{\"error_msg\":\"" + error.message + "\",\"request_id\":\"" + id + "\"}";
      return response;
    };
    options_.metrics = &metrics_;
    router_->Add("GET", "/ping", RunOn::kIoThread, [](const Request&, Responder responder) {
      Response response;
      response.body = "pong";
      responder.Send(std::move(response));
    });
    for (auto [path, run_on] :
         {std::pair("/echo", RunOn::kIoThread), {"/pool/echo", RunOn::kPool}}) {
      router_->Add("POST", path, run_on, [](const Request& request, Responder responder) {
        Response response;
        response.body = request.body;
        responder.Send(std::move(response));
      });
    }
    router_->Add("GET", "/large/{bytes}", RunOn::kPool,
                 [](const Request& request, Responder responder) {
                   Response response;
                   response.body.assign(std::stoul(request.PathParameter("bytes")), 'x');
                   responder.Send(std::move(response));
                 });
  }

  void Start() {
    options_.router = router_;
    Result<std::unique_ptr<Server>> server = Server::Start(options_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  RawConnection Connect() { return RawConnection(server_->port()); }
  std::int64_t Metric(const std::string& name, const std::string& more_labels = "") {
    MetricKind kind = name.ends_with("_total") ? MetricKind::kCounter : MetricKind::kGauge;
    std::string labels = "listener=\"" + options_.metric_label + "\"" + more_labels;
    return metrics_.Get(kind, name, "", labels).value();
  }

  MetricRegistry metrics_;
  std::shared_ptr<Router> router_;
  Server::Options options_;
  std::unique_ptr<Server> server_;
};

}  // namespace sluice::http
