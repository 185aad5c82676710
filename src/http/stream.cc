#include "http/stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace sluice::http {

namespace {

class PlainStream final : public Stream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  IoResult Read(char* buffer, std::size_t size) override {
    ssize_t count = 0;
    do {
      count = ::recv(fd_, buffer, size, 0);
    } while (count < 0 && errno == EINTR);
    if (count == 0) return {IoResult::Kind::kEnd, 0};
    return Outcome(count, IoResult::Kind::kWantRead);
  }

  IoResult Write(std::string_view first, std::string_view second) override {
    // sendmsg takes the bytes as not const and leaves them alone.
    iovec parts[2] = {{const_cast<char*>(first.data()), first.size()},
                      {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = second.empty() ? 1 : 2;
    ssize_t count = 0;
    do {
      count = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return Outcome(count, IoResult::Kind::kWantWrite);
  }

  void EndWrites() override { ::shutdown(fd_, SHUT_WR); }

 private:
  static IoResult Outcome(ssize_t count, IoResult::Kind wanted) {
    if (count >= 0) return {IoResult::Kind::kBytes, static_cast<std::size_t>(count)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {wanted, 0};
    return {IoResult::Kind::kError, 0};
  }

  int fd_;
};

}  // namespace

const std::string& Stream::refusal() const {
  static const std::string none;
  return none;
}

std::unique_ptr<Stream> MakePlainStream(int fd) { return std::make_unique<PlainStream>(fd); }

}  // namespace sluice::http
