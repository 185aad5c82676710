#include "engine/duckdb/sandbox.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>

#include "engine/duckdb/landlock.h"
#include "engine/duckdb/seccomp.h"

namespace sluice {

namespace {

constexpr int kLandlockAbiNetwork = 4;

/// A restriction binds the calling thread and later ones only: an engine thread from before would
/// stay free.
bool HasOneThread() {
  std::error_code error;
  std::filesystem::directory_iterator threads("/proc/self/task", error), end;
  return !error && std::distance(threads, end) == 1;
}

/// A server started by root must not hand its powers to user SQL. Reading files of other owners is
/// left: the data folder may be somebody else's.
void DropCapabilities() {
  constexpr unsigned long kCapabilityMax = 63;
  for (unsigned long cap = 0; cap <= kCapabilityMax; ++cap) {
    if (cap != CAP_DAC_OVERRIDE) ::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
  }
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (::syscall(SYS_capget, &header, sets) != 0) return;
  const std::uint32_t keep = 1U << CAP_DAC_OVERRIDE;
  sets[0] = {sets[0].effective & keep, sets[0].permitted & keep, 0};
  sets[1] = {0, 0, 0};
  ::syscall(SYS_capset, &header, sets);
}

Result<void> Confine(const SandboxRules& rules, SandboxLevel* level) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return FailWithDetail(ErrorCode::kUnavailable, std::strerror(errno),
                          "The sandbox cannot be set up");
  }
  if (!HasOneThread()) {
    return FailWithDetail(ErrorCode::kUnavailable, "more than one thread",
                          "The sandbox cannot be set up");
  }
  if (level->landlock_abi == 0) {
    return Fail(ErrorCode::kUnavailable, "The kernel has no file confinement (Landlock)");
  }
  TRY_VOID(RestrictByLandlock(level->landlock_abi, rules));
  level->files = true;
  level->network = level->landlock_abi >= kLandlockAbiNetwork;
  return {};
}

}  // namespace

SandboxLevel ProbeSandbox() {
  int abi = LandlockAbi();
  return {abi, abi >= 1, abi >= kLandlockAbiNetwork || HasSystemCallFilter(),
          HasSystemCallFilter()};
}

Result<SandboxLevel> EnterSandbox(SandboxMode mode, const SandboxRules& rules) {
  SandboxLevel level;
  if (mode == SandboxMode::kOff) return level;
  level.landlock_abi = LandlockAbi();
  DropCapabilities();
  Result<void> confined = Confine(rules, &level);
  if (!confined && mode == SandboxMode::kRequired) return Fail(std::move(confined.error()));
  Result<void> filtered;
  if (HasSystemCallFilter()) filtered = FilterSystemCalls();
  level.system_calls = HasSystemCallFilter() && filtered.has_value();
  level.network = level.network || level.system_calls;
  if (!filtered && mode == SandboxMode::kRequired) return Fail(std::move(filtered.error()));
  return level;
}

}  // namespace sluice
