// A preloaded library that lets a program's writes fail while a switch file says so: the file named
// by FAULTY_DISK_SWITCH holds ENOSPC, EIO or EROFS; FSYNC (only syncs fail) or SLOW (syncs take
// seconds); absent or empty, everything works. Only files below FAULTY_DISK_ROOT are affected, so
// the log goes on.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kModeBits = O_CREAT | O_TMPFILE;
constexpr int kSlowSyncMs = 3'000;
constexpr int kOnlySyncs = -1;
constexpr int kSlowSyncs = -2;

template <class Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int CurrentFault() {
  static auto* const real_open = Next<int(const char*, int, ...)>("open");
  static auto* const real_read = Next<ssize_t(int, void*, size_t)>("read");
  const char* path = getenv("FAULTY_DISK_SWITCH");
  if (path == nullptr) return 0;
  int fd = real_open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[16] = {};
  ssize_t got = real_read(fd, text, sizeof(text) - 1);
  close(fd);
  if (got <= 0) return 0;
  if (strncmp(text, "ENOSPC", 6) == 0) return ENOSPC;
  if (strncmp(text, "EIO", 3) == 0) return EIO;
  if (strncmp(text, "FSYNC", 5) == 0) return kOnlySyncs;
  if (strncmp(text, "SLOW", 4) == 0) return kSlowSyncs;
  return strncmp(text, "EROFS", 5) == 0 ? EROFS : 0;
}

bool IsBelowRoot(const char* path) {
  const char* root = getenv("FAULTY_DISK_ROOT");
  return root != nullptr && strncmp(path, root, strlen(root)) == 0;
}

bool IsAffected(int fd) {
  char link[64];
  char path[PATH_MAX] = {};
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  return readlink(link, path, sizeof(path) - 1) > 0 && IsBelowRoot(path);
}

/// The error a write to fd has to end with; 0 for none.
int FaultOf(int fd) {
  int saved = errno;
  int fault = CurrentFault();
  bool affected = fault > 0 && IsAffected(fd);
  errno = saved;
  return affected ? fault : 0;
}

/// As FaultOf, for a sync.
int SyncFaultOf(int fd) {
  int saved = errno;
  int fault = CurrentFault();
  if (fault != 0 && !IsAffected(fd)) fault = 0;
  if (fault == kSlowSyncs) poll(nullptr, 0, kSlowSyncMs);
  errno = saved;
  if (fault == kOnlySyncs) return EIO;
  return fault > 0 ? fault : 0;
}

/// Of the directory entries' faults.
int EntryFault() {
  int fault = CurrentFault();
  return fault > 0 ? fault : 0;
}

int OpenFault(const char* path, int flags) {
  bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  if (!writes || !IsBelowRoot(path)) return 0;
  int fault = EntryFault();
  bool creates = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  return fault == EROFS || creates ? fault : 0;
}

}  // namespace

extern "C" {

#define FAILING(fault_of, result, name, parameters, arguments) \
  result name parameters {                                     \
    static auto* const real = Next<result parameters>(#name);  \
    if (int fault = fault_of(fd); fault != 0) {                \
      errno = fault;                                           \
      return -1;                                               \
    }                                                          \
    return real arguments;                                     \
  }

FAILING(FaultOf, ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size))
FAILING(FaultOf, ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at),
        (fd, data, size, at))
FAILING(FaultOf, ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at),
        (fd, data, size, at))
FAILING(SyncFaultOf, int, fsync, (int fd), (fd))
FAILING(SyncFaultOf, int, fdatasync, (int fd), (fd))
FAILING(FaultOf, int, ftruncate, (int fd, off_t size), (fd, size))
FAILING(FaultOf, int, ftruncate64, (int fd, off64_t size), (fd, size))
FAILING(FaultOf, int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))

int open(const char* path, int flags, ...) {
  static auto* const real = Next<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & kModeBits) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (int fault = OpenFault(path, flags); fault != 0) {
    errno = fault;
    return -1;
  }
  return real(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & kModeBits) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open(path, flags, mode);
}

int mkdir(const char* path, mode_t mode) {
  static auto* const real = Next<int(const char*, mode_t)>("mkdir");
  int fault = IsBelowRoot(path) && access(path, F_OK) != 0 ? EntryFault() : 0;
  if (fault == 0) return real(path, mode);
  errno = fault;
  return -1;
}

int rename(const char* from, const char* to) {
  static auto* const real = Next<int(const char*, const char*)>("rename");
  int fault = IsBelowRoot(to) ? EntryFault() : 0;
  if (fault == 0) return real(from, to);
  errno = fault;
  return -1;
}

}  // extern "C"
