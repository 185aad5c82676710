#include "engine/duckdb/frame_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice {

Result<std::optional<std::string>> FrameBuffer::Next() {
  constexpr std::size_t kLengthBytes = 4;
  if (bytes_.size() - begin_ < kLengthBytes) return std::optional<std::string>();
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    size |= std::uint32_t{static_cast<unsigned char>(bytes_[begin_ + i])} << (8 * i);
  }
  if (size > frame_bytes_max_) {
    return Fail(ErrorCode::kInvalidArgument, "Frame is longer than its limit: {}", size);
  }
  if (bytes_.size() - begin_ - kLengthBytes < size) return std::optional<std::string>();
  std::string frame = bytes_.substr(begin_ + kLengthBytes, size);
  begin_ += kLengthBytes + size;
  if (begin_ == bytes_.size()) {
    bytes_.clear();
    begin_ = 0;
  } else if (begin_ > bytes_.size() / 2) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  return std::optional<std::string>(std::move(frame));
}

Result<std::optional<frames::ToWorker>> WorkerChannel::Read(int timeout_ms) {
  while (true) {
    std::optional<std::string> bytes = TRY(input_.Next());
    if (bytes) {
      frames::ToWorker message;
      if (!message.ParseFromString(*bytes)) {
        return Fail(ErrorCode::kInvalidArgument, "Frame does not parse");
      }
      return std::optional<frames::ToWorker>(std::move(message));
    }
    pollfd waiting = {fd_, POLLIN, 0};
    int ready = ::poll(&waiting, 1, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return std::optional<frames::ToWorker>();
    char buffer[65536];
    ssize_t count = ::read(fd_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Fail(ErrorCode::kUnavailable, "The server is gone");
    input_.Append({buffer, static_cast<std::size_t>(count)});
  }
}

Result<void> WorkerChannel::Write(const frames::ToServer& message) {
  std::string bytes = EncodeFrame(message);
  std::string_view rest = bytes;
  MutexLock lock(write_mutex_);
  while (!rest.empty()) {
    ssize_t count = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return FailWithDetail(ErrorCode::kUnavailable, std::strerror(errno), "The server is gone");
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace sluice
