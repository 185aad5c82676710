#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "store/catalog_store.h"
#include "store/identity_store.h"
#include "store/job_store.h"
#include "store/served_clock.h"

namespace sluice {

enum class StoreMode { kReadWrite, kReadOnly };

/// All records in one SQLite file (WAL, synchronous FULL): one writer thread with group commit,
/// read connections beside it. Thread-safe. Owns the faces it hands out.
class SqliteStore {
 public:
  struct Options {
    std::filesystem::path file;
    StoreMode mode = StoreMode::kReadWrite;
    const Clock* clock = nullptr;  ///< must outlive the store
  };

  /// Opens or makes the file and applies migrations. kFailedPrecondition, one line with file and
  /// reason, for a damaged, truncated, empty or newer file (nothing is changed); kUnavailable when
  /// it cannot be written (try kReadOnly).
  static Result<std::unique_ptr<SqliteStore>> Open(const Options& options);
  virtual ~SqliteStore() = default;

  virtual JobStore& jobs() = 0;
  virtual CatalogStore& catalog() = 0;
  virtual IdentityStore& identity() = 0;
  virtual ServedClock& served() = 0;
};

}  // namespace sluice
