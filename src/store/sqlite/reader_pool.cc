#include "store/sqlite/reader_pool.h"

namespace sluice {

namespace {

/// More would only compete for the processors.
constexpr int kConnectionsMax = 4;

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
