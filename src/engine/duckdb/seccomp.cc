#include "engine/duckdb/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sluice {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kNotThere = SECCOMP_RET_ERRNO | ENOSYS;
/// pkey, landlock and the like stay allowed; these have no place in an engine.
constexpr long kRefusedCalls[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_perf_event_open,
    SYS_bpf,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsmount,
    SYS_setns,
    SYS_unshare,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_acct,
    SYS_quotactl,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_syslog,
    SYS_execve,
    SYS_execveat,
    SYS_pidfd_getfd,
    SYS_pidfd_open,
    SYS_io_uring_setup,
    SYS_personality,
    SYS_mknodat,
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept4,
#if defined(__x86_64__)
    SYS_fork,
    SYS_vfork,
    SYS_mknod,
    SYS_accept,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
#endif
};

sock_filter Statement(std::uint16_t code, std::uint32_t k) { return {code, 0, 0, k}; }
/// Jumps over `if_true` or `if_false` instructions.
sock_filter Jump(std::uint16_t test, std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), if_true, if_false, k};
}
sock_filter Load(std::size_t offset) {
  return Statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter Return(std::uint32_t action) { return Statement(BPF_RET | BPF_K, action); }
/// The low half of an argument; both architectures are little endian.
sock_filter LoadArgument(std::size_t index) {
  return Load(offsetof(seccomp_data, args) + 8 * index);
}

void AppendCloneRule(std::vector<sock_filter>* program) {
  const sock_filter rule[] = {
      // clone3's flags lie in memory, where no filter sees them; the C library falls back to clone.
      Jump(BPF_JEQ, SYS_clone3, 0, 1),    Return(kNotThere),
      Jump(BPF_JEQ, SYS_clone, 0, 4),     LoadArgument(0),
      Jump(BPF_JSET, CLONE_THREAD, 1, 0), Return(kRefuse),
      Return(SECCOMP_RET_ALLOW),
  };
  program->insert(program->end(), std::begin(rule), std::end(rule));
}

std::vector<sock_filter> MakeProgram() {
  std::vector<sock_filter> program = {
      Load(offsetof(seccomp_data, arch)), Jump(BPF_JEQ, kArchitecture, 1, 0),
      Return(SECCOMP_RET_KILL_PROCESS),   Load(offsetof(seccomp_data, nr)),
      Jump(BPF_JGE, kX32Bit, 0, 1),       Return(SECCOMP_RET_KILL_PROCESS),
  };
  AppendCloneRule(&program);
  for (long call : kRefusedCalls) {
    program.push_back(Jump(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 1));
    program.push_back(Return(kRefuse));
  }
  program.push_back(Return(SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace

bool HasSystemCallFilter() { return kArchitecture != 0; }

Result<void> FilterSystemCalls() {
  std::vector<sock_filter> program = MakeProgram();
  sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return FailWithDetail(ErrorCode::kUnavailable, std::strerror(errno),
                          "The system call filter cannot be set up");
  }
  return {};
}

}  // namespace sluice
