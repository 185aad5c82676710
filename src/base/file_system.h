#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// Whether a file's bytes are on the disk when the call returns; its name in the folder is when
/// that is synced.
enum class FileSync { kNow, kLater };

/// A file open for reading. What was opened stays readable when its name goes away. Thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  /// When it was opened.
  virtual std::uint64_t size() const = 0;
  /// Tells the file as it was opened from another one of its name: what it is and when it was
  /// written.
  virtual std::string version() const = 0;
  /// The bytes from `offset` on, at most `room`; 0 only at the end.
  virtual Result<std::size_t> Read(std::uint64_t offset, char* buffer, std::size_t room) const = 0;
};

/// The seam to files: everything durable that is no database goes through it, so tests can make
/// call N fail. Errors are kUnavailable (disk full, EIO, read-only), kNotFound or kAlreadyExists.
/// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// kInvalidArgument for what is larger than `bytes_max` or no regular file: nobody may make us
  /// hold a file of any size, or wait for the other end of a pipe. A link is not followed.
  virtual Result<std::string> Read(const std::filesystem::path& path, std::size_t bytes_max) = 0;
  /// Opens what Read would read, to be read piece by piece.
  virtual Result<std::unique_ptr<ReadableFile>> Open(const std::filesystem::path& path,
                                                     std::size_t bytes_max) = 0;
  /// Whole file or nothing: temporary file, fsync, rename, fsync of the folder. Replaces. A failure
  /// leaves the old file, or the new one when only the folder's fsync failed, and nothing beside
  /// it.
  virtual Result<void> WriteDurably(const std::filesystem::path& path, std::string_view bytes) = 0;
  /// A new file, or another content for one that nobody reads yet. Not atomic: a failure leaves a
  /// part of it, or nothing.
  virtual Result<void> Write(const std::filesystem::path& path, std::string_view bytes,
                             FileSync sync) = 0;
  /// Renames a folder and syncs the target's parent folder; copies when that is another file
  /// system.
  virtual Result<void> RenameDurably(const std::filesystem::path& from,
                                     const std::filesystem::path& to) = 0;
  /// Makes what another process wrote last: one file's bytes, or one folder's names.
  virtual Result<void> Sync(const std::filesystem::path& path) = 0;
  /// Syncs every file below the folder, and the folders.
  virtual Result<void> SyncTree(const std::filesystem::path& folder) = 0;
  /// Makes the folder and its parents; fine when it is there.
  virtual Result<void> MakeFolders(const std::filesystem::path& folder) = 0;
  /// Removes a file or a folder with all in it; fine when it is absent. Follows no link.
  virtual Result<void> RemoveAll(const std::filesystem::path& path) = 0;
  /// Names in the folder, sorted; kNotFound when it is absent.
  virtual Result<std::vector<std::string>> List(const std::filesystem::path& folder) = 0;
  /// Paths of all files below the folder, relative to it, sorted; links are not followed. What goes
  /// away meanwhile is left out. kNotFound when the folder is absent.
  virtual Result<std::vector<std::string>> ListTree(const std::filesystem::path& folder) = 0;
};

/// Times this process has waited for a disk to have a file's bytes or a folder's names.
std::int64_t FileSyncCount();

/// The machine's file system.
class LocalFileSystem final : public FileSystem {
 public:
  Result<std::string> Read(const std::filesystem::path& path, std::size_t bytes_max) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::filesystem::path& path,
                                             std::size_t bytes_max) override;
  Result<void> WriteDurably(const std::filesystem::path& path, std::string_view bytes) override;
  Result<void> Write(const std::filesystem::path& path, std::string_view bytes,
                     FileSync sync) override;
  Result<void> RenameDurably(const std::filesystem::path& from,
                             const std::filesystem::path& to) override;
  Result<void> Sync(const std::filesystem::path& path) override;
  Result<void> SyncTree(const std::filesystem::path& folder) override;
  Result<void> MakeFolders(const std::filesystem::path& folder) override;
  Result<void> RemoveAll(const std::filesystem::path& path) override;
  Result<std::vector<std::string>> List(const std::filesystem::path& folder) override;
  Result<std::vector<std::string>> ListTree(const std::filesystem::path& folder) override;

 private:
  Result<void> CopyAcross(const std::filesystem::path& from, const std::filesystem::path& to);
};

}  // namespace sluice
