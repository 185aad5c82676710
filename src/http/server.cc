#include "http/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <latch>
#include <vector>

#include "base/check.h"
#include "http/connection.h"
#include "http/io_thread.h"

namespace sluice::http {

namespace {

constexpr int kBacklog = 4096;
/// Connections taken per wake-up, so that a flood does not keep the others from being served.
constexpr int kAcceptsPerTurn = 64;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string AddressText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
  } else if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  }
  return text;
}

std::uint16_t LocalPort(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  const void* raw = &address;
  return address.ss_family == AF_INET6 ? ntohs(static_cast<const sockaddr_in6*>(raw)->sin6_port)
                                       : ntohs(static_cast<const sockaddr_in*>(raw)->sin_port);
}

Result<UniqueFd> BindAndListen(const addrinfo& address) {
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int on = 1;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return Fail(ErrorCode::kUnavailable, "{}", std::strerror(errno));
  }
  return fd;
}

Result<UniqueFd> Listen(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  int status = getaddrinfo(host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(),
                           &hints, &found);
  std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  std::string why = status == 0 ? "no address" : gai_strerror(status);
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    Result<UniqueFd> fd = BindAndListen(*address);
    if (fd) return fd;
    why = fd.error().message;
  }
  return Fail(ErrorCode::kUnavailable, "The address cannot be listened on: {}:{}: {}", host, port,
              why);
}

/// Takes connections and spreads them over the threads; lives on the first one's reactor.
class Acceptor final : public ReadinessListener, public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(ServerShared* shared, std::vector<std::unique_ptr<IoThread>>* threads, UniqueFd fd)
      : shared_(shared),
        threads_(threads),
        watch_(threads->front()->reactor().MakeWatch(std::move(fd))) {}

  void Await() { watch_->Await(Readiness::kRead, shared_from_this()); }
  void Close() {
    closed_ = true;
    watch_->Close();
  }

  void OnReady() override {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof(address);
      UniqueFd fd(::accept4(watch_->fd(), reinterpret_cast<sockaddr*>(&address), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd.valid()) {
        Place(std::move(fd), AddressText(address));
        continue;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE) {
        (void)MakeRoom();
        paused_ = true;
      }
      break;
    }
    if (!paused_ && !closed_) Await();
  }

  /// Without free descriptors accepting is tried again at the next tick only: the waiting client
  /// keeps the listener ready, and trying at once would spin.
  void OnTick() {
    if (std::exchange(paused_, false) && !closed_) Await();
  }

 private:
  void Place(UniqueFd fd, std::string remote_address) {
    bool full = shared_->connections.load() >= shared_->options.limits.connections;
    if (full && !MakeRoom()) return shared_->metrics.connections_refused->Add();
    int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    shared_->connections.fetch_add(1);
    shared_->metrics.connections->Add();
    shared_->metrics.connections_total->Add();
    IoThread* thread = (*threads_)[next_++ % threads_->size()].get();
    // A task is copied, a descriptor is not: whoever drops the task unrun closes it.
    auto held = std::make_shared<UniqueFd>(std::move(fd));
    thread->reactor().Post([thread, held, remote_address = std::move(remote_address)] {
      thread->Adopt(std::move(*held), remote_address);
    });
  }

  /// Closes the connection that has waited for its client the longest, on whichever thread. False
  /// when none waits: all have a request under way, which is answered.
  bool MakeRoom() {
    auto longest =
        std::min_element(threads_->begin(), threads_->end(), [](const auto& a, const auto& b) {
          return a->oldest_waiting_ms() < b->oldest_waiting_ms();
        });
    IoThread* thread = longest->get();
    if (thread->oldest_waiting_ms() == IoThread::kNoneWaiting) return false;
    thread->reactor().Post([thread] { thread->EvictLongestWaiting(); });
    return true;
  }

  ServerShared* shared_;
  std::vector<std::unique_ptr<IoThread>>* threads_;
  std::unique_ptr<Reactor::Watch> watch_;
  std::size_t next_ = 0;
  bool paused_ = false;
  bool closed_ = false;
};

class HttpServer final : public Server {
 public:
  HttpServer(Options options, std::unique_ptr<TlsContext> tls, UniqueFd listener)
      : shared_(std::make_unique<ServerShared>(std::move(options))),
        port_(LocalPort(listener.get())) {
    shared_->tls = std::move(tls);
    shared_->pool = std::make_unique<ThreadPool>(shared_->options.pool_threads);
    shared_->large_pool = std::make_unique<ThreadPool>(1);
    int count = std::max(1, shared_->options.io_threads);
    for (int i = 0; i < count; ++i) threads_.push_back(std::make_unique<IoThread>(shared_.get()));
    acceptor_ = std::make_shared<Acceptor>(shared_.get(), &threads_, std::move(listener));
    acceptor_->Await();
    threads_.front()->set_on_tick([this] { acceptor_->OnTick(); });
    for (auto& thread : threads_) thread->Start();
  }
  ~HttpServer() override { HttpServer::Stop(0, {}); }

  std::uint16_t port() const override { return port_; }

  void StopAccepting() override {
    MutexLock lock(stop_mutex_);
    if (!stopped_) Refuse();
  }

  void Stop(int grace_ms, const std::stop_token& hurry) override {
    MutexLock lock(stop_mutex_);
    if (stopped_) return;
    Refuse();
    stopped_ = true;
    AwaitClosed(grace_ms, hurry);
    shared_->drops_waiting = true;
    RunOnAll([](IoThread& thread) { thread.CloseAll(); });
    for (auto& thread : threads_) thread->Join();
    shared_->reader.Stop();
    shared_->pool.reset();
    shared_->large_pool.reset();
  }

 private:
  static constexpr int kPollMs = 5;

  void Refuse() REQUIRES(stop_mutex_) {
    if (shared_->stopping.exchange(true)) return;
    RunOnAll([this](IoThread& thread) {
      if (&thread == threads_.front().get()) acceptor_->Close();
    });
    RunOnAll([](IoThread& thread) { thread.CloseWaiting(); });
  }

  /// Runs the action on every thread and waits for it.
  void RunOnAll(const std::function<void(IoThread&)>& action) {
    std::latch done(static_cast<std::ptrdiff_t>(threads_.size()));
    for (auto& thread : threads_) {
      thread->reactor().Post([&action, &done, target = thread.get()] {
        action(*target);
        done.count_down();
      });
    }
    done.wait();
  }

  /// Polls, because the count changes on other threads far more often than anybody stops a server.
  void AwaitClosed(int timeout_ms, const std::stop_token& hurry) {
    std::int64_t deadline_ms = clock_.MonotonicMs() + timeout_ms;
    while (shared_->connections.load() > 0 && clock_.MonotonicMs() < deadline_ms &&
           !hurry.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
    }
  }

  std::unique_ptr<ServerShared> shared_;
  SystemClock clock_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::shared_ptr<Acceptor> acceptor_;
  Mutex stop_mutex_;
  bool stopped_ GUARDED_BY(stop_mutex_) = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Options options) {
  CHECK(options.router != nullptr && options.render_error != nullptr);
  std::unique_ptr<TlsContext> tls;
  if (!options.tls_certificate_file.empty() || !options.tls_key_file.empty()) {
    tls = TRY(TlsContext::CreateServer(options.tls_certificate_file, options.tls_key_file));
  }
  UniqueFd listener = TRY(Listen(options.host, options.port));
  return std::make_unique<HttpServer>(std::move(options), std::move(tls), std::move(listener));
}

}  // namespace sluice::http
