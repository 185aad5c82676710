#include "engine/duckdb/attempt_control.h"

#include <algorithm>

#include "engine/duckdb/native_call.h"

namespace sluice {

namespace {

/// What the engine reports at its end; only the job's end is 1.
constexpr double kFractionMax = 0.99;

}  // namespace

void AttemptControl::Begin(std::uint64_t serial) {
  MutexLock lock(mutex_);
  serial_ = serial;
  fraction_ = 0;
  SetNativeStop(interrupt_serial_ == serial);
}

void AttemptControl::Watch(duckdb_connection connection) {
  MutexLock lock(mutex_);
  connections_.push_back(connection);
}

void AttemptControl::Forget(duckdb_connection connection) {
  MutexLock lock(mutex_);
  std::erase(connections_, connection);
}

void AttemptControl::WatchScan(const ScannedFiles* files, std::int64_t source_bytes) {
  MutexLock lock(mutex_);
  files_ = files;
  source_bytes_ = source_bytes;
}

void AttemptControl::End() {
  MutexLock lock(mutex_);
  serial_ = 0;
  connections_.clear();
  SetNativeStop(false);
  files_ = nullptr;
}

void AttemptControl::RequestInterrupt(std::uint64_t serial) {
  MutexLock lock(mutex_);
  interrupt_serial_ = serial;
  if (serial != serial_) return;
  SetNativeStop(true);
  for (duckdb_connection connection : connections_) api_.interrupt(connection);
}

void AttemptControl::RepeatInterrupt() {
  MutexLock lock(mutex_);
  if (serial_ == 0 || interrupt_serial_ != serial_) return;
  for (duckdb_connection connection : connections_) api_.interrupt(connection);
}

bool AttemptControl::interrupted() const {
  MutexLock lock(mutex_);
  return serial_ != 0 && interrupt_serial_ == serial_;
}

AttemptControl::Progress AttemptControl::PollProgress() {
  MutexLock lock(mutex_);
  if (serial_ == 0 || connections_.empty()) return {};
  double percentage = api_.query_progress(connections_.front()).percentage;
  // Below 0 and NaN mean that the engine does not know (yet).
  double fraction = percentage > 0 ? percentage / 100 : 0;
  if (files_ != nullptr) fraction = std::max(fraction, files_->Fraction(source_bytes_));
  fraction_ = std::max(fraction_, std::min(fraction, kFractionMax));
  return {serial_, fraction_};
}

}  // namespace sluice
