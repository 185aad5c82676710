#include "engine/duckdb/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace sluice {

namespace {

// The kernel's interface, written down here because Debian 12's headers know only its first part.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kVersionFlag = 1;
constexpr int kRulePathBeneath = 1;

constexpr std::uint64_t kWriteFile = 1U << 1U;
constexpr std::uint64_t kReadFile = 1U << 2U;
constexpr std::uint64_t kReadDir = 1U << 3U;
constexpr std::uint64_t kRemoveDir = 1U << 4U;
constexpr std::uint64_t kRemoveFile = 1U << 5U;
constexpr std::uint64_t kMakeDir = 1U << 7U;
constexpr std::uint64_t kMakeRegular = 1U << 8U;
constexpr std::uint64_t kAllOfAbi1 = (1U << 13U) - 1;
constexpr std::uint64_t kRefer = 1U << 13U;        // ABI 2
constexpr std::uint64_t kTruncate = 1U << 14U;     // ABI 3
constexpr std::uint64_t kIoctlDevice = 1U << 15U;  // ABI 5
constexpr std::uint64_t kBindTcp = 1U << 0U;       // ABI 4
constexpr std::uint64_t kConnectTcp = 1U << 1U;    // ABI 4
constexpr std::uint64_t kScopeAll = 3U;            // ABI 6: abstract Unix sockets and signals

constexpr int kAbiRefer = 2;
constexpr int kAbiTruncate = 3;
constexpr int kAbiNetwork = 4;
constexpr int kAbiIoctl = 5;
constexpr int kAbiScope = 6;

struct RulesetAttributes {
  std::uint64_t handled_file_access;
  std::uint64_t handled_net_access;
  std::uint64_t scoped;
};
struct __attribute__((packed)) PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};

std::uint64_t HandledFileAccess(int abi) {
  std::uint64_t access = kAllOfAbi1;
  if (abi >= kAbiRefer) access |= kRefer;
  if (abi >= kAbiTruncate) access |= kTruncate;
  if (abi >= kAbiIoctl) access |= kIoctlDevice;
  return access;
}

std::size_t AttributesSize(int abi) {
  if (abi >= kAbiScope) return 24;
  return abi >= kAbiNetwork ? 16 : 8;
}

tl::unexpected<Error> FailErrno(std::string_view what) {
  return FailWithDetail(ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::strerror(errno)),
                        "The sandbox cannot be set up");
}

/// A rule for a path that is there; a missing one needs none.
Result<void> AllowPath(int ruleset, const std::filesystem::path& path, std::uint64_t access) {
  UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) return {};
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return FailErrno(path.string());
  // Rights on folders make no sense for a file, and the kernel refuses them.
  if (!S_ISDIR(status.st_mode)) access &= kReadFile | kWriteFile | kTruncate;
  PathBeneath rule = {access, fd.get()};
  if (::syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0U) != 0)
    return FailErrno(path.string());
  return {};
}

Result<void> AddRules(int ruleset, int abi, const SandboxRules& rules) {
  const std::uint64_t handled = HandledFileAccess(abi);
  constexpr std::uint64_t kRead = kReadFile | kReadDir;
  constexpr std::uint64_t kChange =
      kRead | kWriteFile | kRemoveDir | kRemoveFile | kMakeDir | kMakeRegular | kRefer | kTruncate;
  for (const auto& path : rules.read_only) TRY_VOID(AllowPath(ruleset, path, kRead));
  for (const auto& path : rules.read_write) TRY_VOID(AllowPath(ruleset, path, kChange & handled));
  return {};
}

}  // namespace

int LandlockAbi() {
  long version = ::syscall(kCreateRuleset, nullptr, 0UL, kVersionFlag);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<void> RestrictByLandlock(int abi, const SandboxRules& rules) {
  RulesetAttributes attributes = {HandledFileAccess(abi), kBindTcp | kConnectTcp, kScopeAll};
  UniqueFd ruleset(
      static_cast<int>(::syscall(kCreateRuleset, &attributes, AttributesSize(abi), 0U)));
  if (!ruleset.valid()) return FailErrno("landlock_create_ruleset");
  TRY_VOID(AddRules(ruleset.get(), abi, rules));
  if (::syscall(kRestrictSelf, ruleset.get(), 0U) != 0) return FailErrno("landlock_restrict_self");
  return {};
}

}  // namespace sluice
