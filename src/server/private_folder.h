#pragma once

#include <filesystem>

#include "base/result.h"

namespace sluice::server {

/// A folder among the machine's temporary files that nobody else can guess, make or read, removed
/// with everything in it at the end.
class PrivateFolder {
 public:
  /// kUnavailable when there is no room for temporary files.
  static Result<PrivateFolder> Make();
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit PrivateFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;  ///< empty once it was moved from
};

}  // namespace sluice::server
