#include "base/check.h"

#include <execinfo.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice {

void CheckFailed(const char* file, int line, const char* condition, const std::string& values) {
  std::string text = fmt::format("CHECK failed at {}:{}: {} ({})\n", file, line, condition, values);
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  void* frames[64];
  int count = ::backtrace(frames, 64);
  ::backtrace_symbols_fd(frames, count, STDERR_FILENO);
  std::abort();
}

}  // namespace sluice
