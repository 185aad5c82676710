#pragma once

#include <filesystem>
#include <memory>

#include "base/file_system.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/identity_store.h"

namespace sluice::server {

/// The data folder of one server (design.md section 5, layout), locked while it lives.
class DataFolder {
 public:
  /// Makes the folder if needed, takes its lock and empties scratch. kFailedPrecondition when
  /// another server has it; kUnavailable when it cannot be read or written.
  static Result<DataFolder> Open(const std::filesystem::path& path, FileSystem* files);

  /// The store remembers its folder: Iceberg metadata holds absolute paths. kFailedPrecondition
  /// when the store belongs to another one.
  Result<void> CheckNotMoved(IdentityStore* identities) const;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path store_file() const { return root_ / "store.db"; }
  std::filesystem::path warehouse() const { return root_ / "warehouse"; }
  /// A note of each open write.
  std::filesystem::path writes() const { return root_ / "writes"; }
  std::filesystem::path results() const { return root_ / "results"; }
  std::filesystem::path scratch() const { return root_ / "scratch"; }
  std::filesystem::path planning_marks_file() const { return root_ / "planning.marks"; }
  std::filesystem::path credentials_file() const { return root_ / "credentials.toml"; }
  bool writable() const { return writable_; }

 private:
  DataFolder(std::filesystem::path root, UniqueFd lock, bool writable);

  std::filesystem::path root_;
  UniqueFd lock_;
  bool writable_;
};

}  // namespace sluice::server
