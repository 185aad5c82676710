#include "base/clock.h"

#include <chrono>

namespace sluice {

namespace {

template <class Source>
std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Source::now().time_since_epoch())
      .count();
}

}  // namespace

std::int64_t SystemClock::WallMs() const { return NowMs<std::chrono::system_clock>(); }

std::int64_t SystemClock::MonotonicMs() const { return NowMs<std::chrono::steady_clock>(); }

}  // namespace sluice
