#include "engine/duckdb/pinned_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/digest.h"
#include "base/unique_fd.h"

namespace sluice {

// Mapped, not read: 160 MB of engine leave no trace in the server's memory.
Result<std::string> DigestFile(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0 || status.st_size == 0) {
    return FailWithDetail(ErrorCode::kUnavailable, path.string() + ": " + std::strerror(errno),
                          "An engine file cannot be read: {}", path.filename().string());
  }
  auto size = static_cast<std::size_t>(status.st_size);
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (bytes == MAP_FAILED) {
    return FailWithDetail(ErrorCode::kUnavailable, path.string() + ": " + std::strerror(errno),
                          "An engine file cannot be read: {}", path.filename().string());
  }
  std::string digest = Sha256Hex({static_cast<const char*>(bytes), size});
  ::munmap(bytes, size);
  return digest;
}

Result<void> VerifyFile(const std::filesystem::path& path, std::string_view sha256_hex) {
  std::string digest = TRY(DigestFile(path));
  if (digest == sha256_hex) return {};
  return FailWithDetail(ErrorCode::kUnavailable, path.string() + " has " + digest,
                        "An engine file is not the pinned one: {}", path.filename().string());
}

Result<void> VerifyDuckDbFiles(const std::filesystem::path& library,
                               const std::filesystem::path& extension_folder) {
  for (const PinnedFile& pinned : PinnedDuckDbFiles()) {
    std::filesystem::path name = std::filesystem::path(pinned.path).filename();
    if (pinned.path.starts_with("lib/")) TRY_VOID(VerifyFile(library, pinned.sha256_hex));
    // tpch makes data for the demo; no worker loads it, and an installation may lack it.
    if (pinned.path.starts_with("ext/") && !name.string().starts_with("tpch")) {
      TRY_VOID(VerifyFile(extension_folder / name, pinned.sha256_hex));
    }
  }
  return {};
}

}  // namespace sluice
