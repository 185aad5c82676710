#include "api/long_answer.h"

#include <utility>

#include "base/log.h"

namespace sluice::api {

namespace {

/// Pieces of this length leave the memory.
constexpr std::size_t kPieceBytes = 128 * 1024;
/// What may stay in memory when the disk takes nothing.
constexpr std::size_t kUnspilledBytesMax = 4 * 1024 * 1024;

}  // namespace

Result<void> LongAnswer::Spill() {
  if (text_.size() < kPieceBytes || spool_ == nullptr) return {};
  Result<void> spilled = SpillToFile();
  if (spilled) return {};
  if (text_.size() > kUnspilledBytesMax) return spilled;
  LogError(LogLevel::kDebug, "a long answer stays in memory", spilled.error());
  return {};
}

Result<void> LongAnswer::SpillToFile() {
  if (!file_) file_.emplace(TRY(spool_->Create()));
  TRY_VOID(file_->Append(text_));
  text_.clear();
  return {};
}

http::Response LongAnswer::Finish() && {
  http::Response response;
  if (file_) {
    response.source = Enclose({}, std::move(*file_).Finish(), std::move(text_));
  } else {
    response.body = std::move(text_);
  }
  return response;
}

}  // namespace sluice::api
