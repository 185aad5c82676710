#include "base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/unique_fd.h"

namespace sluice {

namespace {

tl::unexpected<Error> FailErrno(int error, std::string_view what,
                                const std::filesystem::path& path) {
  ErrorCode code = error == ENOENT   ? ErrorCode::kNotFound
                   : error == EEXIST ? ErrorCode::kAlreadyExists
                                     : ErrorCode::kUnavailable;
  return FailWithDetail(code, fmt::format("{} {}", what, path.string()), "Storage error: {}",
                        std::strerror(error));
}

// Opening a pipe waits for its other end, unless told not to.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

std::atomic<std::int64_t> g_syncs = 0;

int SyncFile(int fd) {
  ++g_syncs;
  return ::fsync(fd);
}

Result<void> SyncPath(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), kReadFlags));
  if (!fd.valid()) return FailErrno(errno, "open", path);
  if (SyncFile(fd.get()) != 0) return FailErrno(errno, "fsync", path);
  return {};
}

Result<void> WriteAll(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno(errno, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> WriteFile(const std::filesystem::path& path, std::string_view bytes, FileSync sync) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) return FailErrno(errno, "open", path);
  Result<void> written = WriteAll(fd.get(), bytes, path);
  if (written && sync == FileSync::kNow && SyncFile(fd.get()) != 0) {
    written = FailErrno(errno, "fsync", path);
  }
  if (!written) ::unlink(path.c_str());  // half a file is nobody's, and a full disk needs its bytes
  return written;
}

std::filesystem::path PartOf(std::filesystem::path path) {
  path += ".part";
  return path;
}

tl::unexpected<Error> TooLarge(const std::filesystem::path& path) {
  return FailWithDetail(ErrorCode::kInvalidArgument, path.string(), "The file is too large");
}

tl::unexpected<Error> NoRegularFile(const std::filesystem::path& path) {
  return FailWithDetail(ErrorCode::kInvalidArgument, path.string(), "It is no regular file");
}

struct Readable {
  UniqueFd fd;
  struct stat status {};
};

Result<Readable> OpenReadable(const std::filesystem::path& path, std::size_t bytes_max) {
  Readable file;
  file.fd.Reset(::open(path.c_str(), kReadFlags | O_NOFOLLOW));
  if (!file.fd.valid() && errno == ELOOP) return NoRegularFile(path);
  if (!file.fd.valid()) return FailErrno(errno, "open", path);
  if (::fstat(file.fd.get(), &file.status) != 0) return FailErrno(errno, "stat", path);
  if (!S_ISREG(file.status.st_mode)) return NoRegularFile(path);
  if (static_cast<std::size_t>(file.status.st_size) > bytes_max) return TooLarge(path);
  return file;
}

class LocalFile final : public ReadableFile {
 public:
  LocalFile(Readable file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  std::uint64_t size() const override { return static_cast<std::uint64_t>(file_.status.st_size); }

  std::string version() const override {
    return fmt::format("{}.{}.{}", file_.status.st_ino, file_.status.st_mtim.tv_sec,
                       file_.status.st_mtim.tv_nsec);
  }

  Result<std::size_t> Read(std::uint64_t offset, char* buffer, std::size_t room) const override {
    ssize_t count = 0;
    do {
      count = ::pread(file_.fd.get(), buffer, room, static_cast<off_t>(offset));
    } while (count < 0 && errno == EINTR);
    if (count < 0) return FailErrno(errno, "read", path_);
    return static_cast<std::size_t>(count);
  }

 private:
  const Readable file_;
  const std::filesystem::path path_;
};

}  // namespace

std::int64_t FileSyncCount() { return g_syncs; }

Result<std::string> LocalFileSystem::Read(const std::filesystem::path& path,
                                          std::size_t bytes_max) {
  const Readable file = TRY(OpenReadable(path, bytes_max));
  std::string bytes;
  char buffer[65536];
  while (true) {
    ssize_t count = ::read(file.fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno(errno, "read", path);
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
    if (bytes.size() > bytes_max) return TooLarge(path);  // it grew
  }
}

Result<std::unique_ptr<ReadableFile>> LocalFileSystem::Open(const std::filesystem::path& path,
                                                            std::size_t bytes_max) {
  return std::make_unique<LocalFile>(TRY(OpenReadable(path, bytes_max)), path);
}

Result<void> LocalFileSystem::WriteDurably(const std::filesystem::path& path,
                                           std::string_view bytes) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  Result<void> written = WriteFile(temporary, bytes, FileSync::kNow);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = FailErrno(errno, "rename", temporary);
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return SyncPath(path.parent_path());
}

Result<void> LocalFileSystem::Write(const std::filesystem::path& path, std::string_view bytes,
                                    FileSync sync) {
  return WriteFile(path, bytes, sync);
}

Result<void> LocalFileSystem::RenameDurably(const std::filesystem::path& from,
                                            const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return SyncPath(to.parent_path());
  if (errno != EXDEV) return FailErrno(errno, "rename", from);
  Result<void> copied = CopyAcross(from, to);
  std::error_code ignored;
  std::filesystem::remove_all(copied ? from : PartOf(to), ignored);
  return copied;
}

// Whoever keeps results on a disk of their own has them copied there, under another name until they
// are whole.
Result<void> LocalFileSystem::CopyAcross(const std::filesystem::path& from,
                                         const std::filesystem::path& to) {
  const std::filesystem::path part = PartOf(to);
  std::error_code error;
  std::filesystem::remove_all(part, error);
  std::filesystem::copy(from, part, std::filesystem::copy_options::recursive, error);
  if (error) return FailErrno(error.value(), "copy", from);
  TRY_VOID(SyncTree(part));
  if (::rename(part.c_str(), to.c_str()) != 0) return FailErrno(errno, "rename", part);
  return SyncPath(to.parent_path());
}

Result<void> LocalFileSystem::Sync(const std::filesystem::path& path) { return SyncPath(path); }

Result<void> LocalFileSystem::SyncTree(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entries(folder, error), end;
  if (error) return FailErrno(error.value(), "list", folder);
  while (entries != end) {
    TRY_VOID(SyncPath(entries->path()));
    entries.increment(error);
    if (error) return FailErrno(error.value(), "list", folder);
  }
  return SyncPath(folder);
}

Result<void> LocalFileSystem::MakeFolders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return FailErrno(error.value(), "mkdir", folder);
  return {};
}

Result<void> LocalFileSystem::RemoveAll(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return FailErrno(error.value(), "remove", path);
  return {};
}

Result<std::vector<std::string>> LocalFileSystem::List(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error), end;
  if (error) return FailErrno(error.value(), "list", folder);
  std::vector<std::string> names;
  while (entries != end) {
    names.push_back(entries->path().filename().string());
    entries.increment(error);
    if (error) return FailErrno(error.value(), "list", folder);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> LocalFileSystem::ListTree(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entries(folder, error), end;
  if (error) return FailErrno(error.value(), "list", folder);
  std::vector<std::string> paths;
  while (entries != end) {
    std::error_code gone;
    bool is_folder = std::filesystem::is_directory(entries->symlink_status(gone));
    if (!gone && !is_folder) paths.push_back(entries->path().lexically_relative(folder).string());
    entries.increment(error);
    if (error) return FailErrno(error.value(), "list", folder);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace sluice
