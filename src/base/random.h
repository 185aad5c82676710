#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/mutex.h"

namespace sluice {

/// Where randomness that must be repeatable comes from: back-off jitter, simulations. Thread-safe.
/// Secrets come from SecureRandomBytes instead.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Next64() EXCLUDES(mutex_);
  /// Evenly from [0, bound); bound > 0.
  std::uint64_t Below(std::uint64_t bound) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ GUARDED_BY(mutex_);
};

/// Bytes nobody can guess, from the operating system.
std::string SecureRandomBytes(std::size_t count);

/// A UUIDv7 in its 36-character form: Unix milliseconds, then 74 bits nobody can guess.
std::string MakeUuidV7(std::int64_t unix_ms);

/// A random UUIDv4 in its 36-character form.
std::string MakeUuidV4();

/// Whether the text is a UUID in the 36-character lower-case form.
bool IsUuid(std::string_view text);

}  // namespace sluice
