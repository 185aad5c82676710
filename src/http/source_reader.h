#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/byte_source.h"
#include "base/result.h"
#include "base/thread_pool.h"

namespace sluice::http {

/// Reads pieces of answers' sources on threads of its own: a disk that does not answer may stop
/// these, and neither the sockets' threads nor the handlers'. Thread-safe.
class SourceReader {
 public:
  using OnPiece = std::function<void(Result<std::string> piece)>;

  SourceReader();

  /// Reads the next `bytes` bytes into `buffer`, whose memory is used again, and calls back on a
  /// thread of the reader. Nothing happens once it stops.
  void Read(std::shared_ptr<ByteSource> source, std::size_t bytes, std::string buffer,
            OnPiece on_piece);
  /// Destroys the source there: giving the last bytes of a removed file back takes a while.
  void Discard(std::shared_ptr<ByteSource> source);
  /// Waits for the reads under way; those that wait are dropped. Idempotent.
  void Stop();

 private:
  std::atomic<bool> stopping_ = false;
  ThreadPool threads_;
};

}  // namespace sluice::http
