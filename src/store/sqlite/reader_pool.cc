#include "store/sqlite/reader_pool.h"

namespace sluice {

namespace {

/// More would only compete for the processors.
constexpr int kConnectionsMax = 4;
/// Pages a connection keeps, in KiB (negative is SQLite's way to say so): the upper levels of every
/// tree.
constexpr const char* kCacheSize = "PRAGMA cache_size = -6144";

}  // namespace

Result<ReaderPool::Lease> ReaderPool::Borrow() {
  std::unique_ptr<Connection> connection;
  {
    MutexLock lock(mutex_);
    while (lent_ >= kConnectionsMax) lock.Wait(returned_);
    ++lent_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection == nullptr) {
    Result<std::unique_ptr<Connection>> opened = Connection::Open(file_, access_);
    if (!opened) {
      Return(nullptr);
      return Fail(std::move(opened.error()));
    }
    connection = *std::move(opened);
    if (Result<void> sized = connection->Execute(kCacheSize); !sized) {
      Return(nullptr);
      return Fail(std::move(sized.error()));
    }
  }
  return Lease(*this, std::move(connection));
}

void ReaderPool::Return(std::unique_ptr<Connection> connection) {
  MutexLock lock(mutex_);
  --lent_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace sluice
