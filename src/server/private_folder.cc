#include "server/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "base/file_system.h"
#include "base/log.h"

namespace sluice::server {

Result<PrivateFolder> PrivateFolder::Make() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  std::string path = (parent / "sluice-XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr) {
    return Fail(ErrorCode::kUnavailable, "a temporary folder cannot be made: {}",
                error ? error.message() : std::strerror(errno));
  }
  return PrivateFolder(std::move(path));
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, std::filesystem::path())) {}

PrivateFolder::~PrivateFolder() {
  if (path_.empty()) return;
  LocalFileSystem files;
  Result<void> removed = files.RemoveAll(path_);
  if (!removed) LogError(LogLevel::kWarning, "a temporary folder stays", removed.error());
}

}  // namespace sluice::server
