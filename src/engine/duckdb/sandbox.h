#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace sluice {

enum class SandboxMode { kRequired, kBestEffort, kOff };

/// What keeps a worker in its place. Shown by /readyz and metrics.
struct SandboxLevel {
  int landlock_abi = 0;       ///< of the kernel; 0 without Landlock
  bool files = false;         ///< reads and writes only what the rules name
  bool network = false;       ///< opens no socket of any kind
  bool system_calls = false;  ///< a filter refuses what no engine needs
};

/// What a process may touch once it is confined.
struct SandboxRules {
  std::vector<std::filesystem::path> read_only;   ///< files or folders; missing ones are left out
  std::vector<std::filesystem::path> read_write;  ///< folders
};

/// What this kernel offers, without changing anything.
SandboxLevel ProbeSandbox();

/// Confines the calling thread and every thread it starts from now on, for good: files by
/// Landlock, sockets and other system calls by seccomp, TCP by both, capabilities dropped. Call it
/// while the process has one thread. With kRequired, no file confinement or a second thread is
/// kUnavailable; with kBestEffort the level says what was reached.
Result<SandboxLevel> EnterSandbox(SandboxMode mode, const SandboxRules& rules);

}  // namespace sluice
