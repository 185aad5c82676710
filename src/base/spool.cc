#include "base/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice {

namespace {

tl::unexpected<Error> FailErrno(int error, std::string_view what) {
  return FailWithDetail(ErrorCode::kUnavailable, std::string(what), "Storage error: {}",
                        std::strerror(error));
}

class SpooledSource final : public ByteSource {
 public:
  SpooledSource(UniqueFd fd, SpoolShare share, std::uint64_t size)
      : fd_(std::move(fd)), share_(std::move(share)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  Result<std::size_t> Read(char* buffer, std::size_t room) override {
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, size_ - done_));
    ssize_t count = 0;
    do {
      count = ::pread(fd_.get(), buffer, room, static_cast<off_t>(done_));
    } while (count < 0 && errno == EINTR);
    if (count < 0) return FailErrno(errno, "read a spooled answer");
    done_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

 private:
  const UniqueFd fd_;
  const SpoolShare share_;
  const std::uint64_t size_;
  std::uint64_t done_ = 0;
};

}  // namespace

SpoolShare::~SpoolShare() {
  if (spool_ != nullptr) spool_->bytes_.fetch_sub(bytes_);
}

bool SpoolShare::TryTake(std::uint64_t bytes) {
  if (spool_->bytes_.fetch_add(bytes) + bytes > spool_->bytes_max_) {
    spool_->bytes_.fetch_sub(bytes);
    return false;
  }
  bytes_ += bytes;
  return true;
}

Result<SpoolFile> Spool::Create() {
  std::string name = (folder_ / "answer-XXXXXX").string();
  UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd.valid()) return FailErrno(errno, "make " + name);
  // A kill between the two leaves an empty file, which the next start removes with the folder's
  // other contents.
  ::unlink(name.c_str());
  return SpoolFile(std::move(fd), SpoolShare(shared_from_this()));
}

Result<void> SpoolFile::Append(std::string_view bytes) {
  if (!share_.TryTake(bytes.size())) {
    return Fail(ErrorCode::kUnavailable, "Too many long answers wait for their clients");
  }
  std::uint64_t at = size_;
  while (!bytes.empty()) {
    ssize_t written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno(errno, "write a spooled answer");
    at += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ = at;
  return {};
}

std::shared_ptr<ByteSource> SpoolFile::Finish() && {
  return std::make_shared<SpooledSource>(std::move(fd_), std::move(share_), size_);
}

}  // namespace sluice
