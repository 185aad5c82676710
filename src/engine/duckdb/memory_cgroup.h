#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace sluice {

/// A control group that limits one process's memory, where the system lets us make one (version 2
/// with a delegated memory controller, or version 1). Removed with the object, once the process is
/// gone. Not thread-safe.
class MemoryCgroup {
 public:
  /// Empty where no group can be made: the caller's own watch stands in.
  static std::optional<MemoryCgroup> Create(std::string_view name, std::uint64_t limit_bytes);
  MemoryCgroup(MemoryCgroup&& other) noexcept;
  MemoryCgroup& operator=(MemoryCgroup&& other) noexcept;
  ~MemoryCgroup();

  /// Whether the process is in the group from now on.
  bool Add(pid_t pid);
  /// Whether the kernel has killed the process for its memory.
  bool HasKilled() const;

 private:
  explicit MemoryCgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace sluice
