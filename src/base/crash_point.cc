#include "base/crash_point.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <map>
#include <string>

#include "base/ascii.h"
#include "base/mutex.h"

namespace sluice {

namespace {

std::atomic<bool> any_armed = false;
Mutex armed_mutex;
std::map<std::string, int, std::less<>> passages_left GUARDED_BY(armed_mutex);

}  // namespace

void ArmCrashPoints(std::string_view text) {
  MutexLock lock(armed_mutex);
  for (std::string_view part : Split(text, ',')) {
    part = Trim(part);
    if (part.empty()) continue;
    int passage = 1;
    std::size_t colon = part.find(':');
    if (colon != std::string_view::npos) {
      std::from_chars(part.data() + colon + 1, part.data() + part.size(), passage);
    }
    passages_left[std::string(part.substr(0, colon))] = passage;
    any_armed = true;
  }
}

void CrashPoint(std::string_view name) {
  if (!any_armed.load(std::memory_order_relaxed)) return;
  MutexLock lock(armed_mutex);
  auto found = passages_left.find(name);
  if (found != passages_left.end() && --found->second == 0) ::_exit(kCrashPointExit);
}

}  // namespace sluice
