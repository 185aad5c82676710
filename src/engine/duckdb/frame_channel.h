#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "engine/duckdb/frames.pb.h"

namespace sluice {

/// Both ends must be of one version: the server replaces a worker that says another one.
inline constexpr std::uint32_t kFrameProtocolVersion = 2;
/// SQL is below 1 MB as written; generated SQL is several times that.
inline constexpr std::size_t kFrameToWorkerBytesMax = 32 * 1024 * 1024;
/// An inline result of 64 KiB, some of the files a write made, or an error, with room to spare.
inline constexpr std::size_t kFrameToServerBytesMax = 1024 * 1024;

/// The bytes of one frame with its length before them.
template <class Message>
std::string EncodeFrame(const Message& message) {
  std::string bytes(4, '\0');
  message.AppendToString(&bytes);
  auto size = static_cast<std::uint32_t>(bytes.size() - 4);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(size >> (8 * i));
  return bytes;
}

/// Cuts frames out of a stream of bytes. Not thread-safe.
class FrameBuffer {
 public:
  explicit FrameBuffer(std::size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

  void Append(std::string_view bytes) { bytes_.append(bytes); }
  /// The next whole frame's bytes, or nothing yet. kInvalidArgument for a length past the maximum;
  /// the stream is useless then.
  Result<std::optional<std::string>> Next();

 private:
  std::size_t frame_bytes_max_;
  std::string bytes_;
  std::size_t begin_ = 0;
};

/// The worker's end: blocking, with writes from several threads. Does not own the descriptor.
/// Read is for one thread at a time; Write is thread-safe.
class WorkerChannel {
 public:
  explicit WorkerChannel(int fd) : fd_(fd), input_(kFrameToWorkerBytesMax) {}

  /// Waits for a frame. Empty after timeout_ms (-1 waits for ever). kUnavailable when the server is
  /// gone, kInvalidArgument for garbage.
  Result<std::optional<frames::ToWorker>> Read(int timeout_ms);
  /// kUnavailable when the server is gone.
  Result<void> Write(const frames::ToServer& message) EXCLUDES(write_mutex_);

 private:
  int fd_;
  FrameBuffer input_;
  Mutex write_mutex_;
};

}  // namespace sluice
