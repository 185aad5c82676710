#include "cli/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/unique_fd.h"

namespace sluice::cli {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

Result<std::string> ReadToEnd(int fd, std::string_view name, std::size_t bytes_max) {
  std::string bytes;
  std::string buffer(kReadBytes, '\0');
  while (true) {
    ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Fail(ErrorCode::kInvalidArgument, "{} cannot be read: {}", name, std::strerror(errno));
    }
    bytes.append(buffer, 0, static_cast<std::size_t>(count));
    if (bytes.size() > bytes_max) {
      return Fail(ErrorCode::kInvalidArgument, "{} has more than {} bytes", name, bytes_max);
    }
  }
}

}  // namespace

Result<std::string> ReadNamedFile(const std::filesystem::path& file, std::size_t bytes_max) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    return Fail(ErrorCode::kInvalidArgument, "{} cannot be read: {}", file.string(),
                std::strerror(errno));
  }
  return ReadToEnd(fd.get(), file.string(), bytes_max);
}

Result<std::string> ReadStandardInput(std::size_t bytes_max) {
  return ReadToEnd(STDIN_FILENO, "Standard input", bytes_max);
}

}  // namespace sluice::cli
