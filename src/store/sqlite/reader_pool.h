#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/sqlite/connection.h"

namespace sluice {

/// A few read-only connections, lent to one thread each. Connections open on first use.
/// Thread-safe.
class ReaderPool {
 public:
  /// A connection on loan; goes back when destroyed.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->Return(std::move(connection_));
    }

    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  ReaderPool(std::filesystem::path file, Connection::Access access)
      : file_(std::move(file)), access_(access) {}

  /// Waits while all connections are lent.
  Result<Lease> Borrow() EXCLUDES(mutex_);

 private:
  void Return(std::unique_ptr<Connection> connection) EXCLUDES(mutex_);

  const std::filesystem::path file_;
  const Connection::Access access_;

  Mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
  int lent_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice
