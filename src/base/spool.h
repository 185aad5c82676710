#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_source.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace sluice {

class SpoolFile;

/// Answers that wait for their clients lie here instead of in memory: files without names, which go
/// away with their last holder or the process. Nothing here is durable. Thread-safe.
class Spool : public std::enable_shared_from_this<Spool> {
 public:
  /// Files of at most `bytes_max` bytes together, in `folder`. Held shared: a file may outlive
  /// whoever made the spool.
  Spool(std::filesystem::path folder, std::uint64_t bytes_max)
      : folder_(std::move(folder)), bytes_max_(bytes_max) {}

  /// An empty file; kUnavailable when it cannot be made.
  Result<SpoolFile> Create();
  std::uint64_t bytes() const { return bytes_.load(); }

 private:
  friend class SpoolShare;

  const std::filesystem::path folder_;
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> bytes_ = 0;
};

/// The bytes that one file takes of its spool; given back when it goes.
class SpoolShare {
 public:
  explicit SpoolShare(std::shared_ptr<Spool> spool) : spool_(std::move(spool)) {}
  SpoolShare(SpoolShare&& other) noexcept
      : spool_(std::move(other.spool_)), bytes_(std::exchange(other.bytes_, 0)) {}
  SpoolShare& operator=(SpoolShare&&) = delete;
  ~SpoolShare();

  bool TryTake(std::uint64_t bytes);

 private:
  std::shared_ptr<Spool> spool_;
  std::uint64_t bytes_ = 0;
};

/// One file, made piece by piece. For one thread at a time.
class SpoolFile {
 public:
  SpoolFile(UniqueFd fd, SpoolShare share) : fd_(std::move(fd)), share_(std::move(share)) {}

  /// kUnavailable when the spool is full or the disk does not take the bytes; then none of them
  /// count.
  Result<void> Append(std::string_view bytes);
  /// All bytes from the first on; the file is the source's from here on.
  std::shared_ptr<ByteSource> Finish() &&;

 private:
  UniqueFd fd_;
  SpoolShare share_;
  std::uint64_t size_ = 0;
};

}  // namespace sluice
