#include "http/reactor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

namespace sluice::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// One thread runs the context: Asio then needs no locks between its own threads.
constexpr int kOneThread = 1;

class AsioWatch final : public Reactor::Watch {
 public:
  AsioWatch(asio::io_context& context, UniqueFd fd) : descriptor_(context, fd.Release()) {}

  int fd() const override { return const_cast<AsioWatch*>(this)->descriptor_.native_handle(); }

  void Await(Readiness readiness, std::shared_ptr<ReadinessListener> listener) override {
    bool& awaited = readiness == Readiness::kRead ? awaits_read_ : awaits_write_;
    if (std::exchange(awaited, true)) return;
    auto what = readiness == Readiness::kRead ? asio::posix::stream_descriptor::wait_read
                                              : asio::posix::stream_descriptor::wait_write;
    descriptor_.async_wait(what, [&awaited, listener = std::move(listener)](error_code error) {
      // Errors of the connection show when it is read or written; only a closed watch is silent,
      // and may be gone with its flags.
      if (error == asio::error::operation_aborted) return;
      awaited = false;
      listener->OnReady();
    });
  }

  void Close() override {
    error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  asio::posix::stream_descriptor descriptor_;
  bool awaits_read_ = false;
  bool awaits_write_ = false;
};

}  // namespace

struct Reactor::Impl {
  asio::io_context context{kOneThread};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  asio::steady_timer timer{context};
  std::chrono::milliseconds period{0};
  std::function<void()> periodic;

  void ArmTimer() {
    timer.expires_after(period);
    timer.async_wait([this](error_code error) {
      if (error) return;
      periodic();
      ArmTimer();
    });
  }
};

Reactor::Reactor() : impl_(std::make_unique<Impl>()) {}
Reactor::~Reactor() = default;

void Reactor::Run() { impl_->context.run(); }

void Reactor::Stop() { impl_->context.stop(); }

void Reactor::Post(std::function<void()> task) { asio::post(impl_->context, std::move(task)); }

void Reactor::Every(int period_ms, std::function<void()> task) {
  impl_->period = std::chrono::milliseconds(period_ms);
  impl_->periodic = std::move(task);
  impl_->ArmTimer();
}

std::unique_ptr<Reactor::Watch> Reactor::MakeWatch(UniqueFd fd) {
  return std::make_unique<AsioWatch>(impl_->context, std::move(fd));
}

void Mailbox::Post(std::function<void()> task) {
  MutexLock lock(mutex_);
  if (reactor_ != nullptr) reactor_->Post(std::move(task));
}

void Mailbox::Close() {
  MutexLock lock(mutex_);
  reactor_ = nullptr;
}

}  // namespace sluice::http
