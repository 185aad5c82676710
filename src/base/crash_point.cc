#include "base/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <map>
#include <string>

#include "base/ascii.h"
#include "base/mutex.h"

namespace sluice {

namespace {

constexpr std::string_view kStop = "stop";

struct Armed {
  int passages_left = 1;
  bool stops = false;  ///< instead of an end
};

std::atomic<bool> any_armed = false;
Mutex armed_mutex;
std::map<std::string, Armed, std::less<>> armed GUARDED_BY(armed_mutex);

/// Of "N" or "N:stop".
Armed ParseArmed(std::string_view text) {
  Armed parsed;
  std::from_chars(text.data(), text.data() + text.size(), parsed.passages_left);
  const std::size_t colon = text.find(':');
  parsed.stops = colon != std::string_view::npos && text.substr(colon + 1) == kStop;
  return parsed;
}

/// Whether `name` is armed and its turn has come, and what for.
const Armed* TakeTurn(std::string_view name) REQUIRES(armed_mutex) {
  auto found = armed.find(name);
  return found != armed.end() && --found->second.passages_left == 0 ? &found->second : nullptr;
}

}  // namespace

void ArmCrashPoints(std::string_view text) {
  MutexLock lock(armed_mutex);
  for (std::string_view part : Split(text, ',')) {
    part = Trim(part);
    if (part.empty()) continue;
    const std::size_t colon = part.find(':');
    const std::string_view rest = colon == std::string_view::npos ? "" : part.substr(colon + 1);
    armed[std::string(part.substr(0, colon))] = ParseArmed(rest);
    any_armed = true;
  }
}

void CrashPoint(std::string_view name) {
  if (!any_armed.load(std::memory_order_relaxed)) return;
  MutexLock lock(armed_mutex);
  const Armed* turn = TakeTurn(name);
  if (turn == nullptr) return;
  if (!turn->stops) ::_exit(kCrashPointExit);
  (void)::raise(SIGSTOP);  // every thread, this one first
}

}  // namespace sluice
