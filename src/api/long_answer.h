#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/spool.h"
#include "http/message.h"

namespace sluice::api {

/// The body of an answer whose length nobody can foretell, made piece by piece: of a long one only
/// the newest piece is in memory, the rest lies in a file without a name.
///
///     LongAnswer answer(services.spool);
///     JsonWriter json(answer.text());
///     for (...) { …write an element…; TRY_VOID(answer.Spill()); }
///     return std::move(answer).Finish();
class LongAnswer {
 public:
  /// Without a spool everything stays in memory.
  explicit LongAnswer(std::shared_ptr<Spool> spool) : spool_(std::move(spool)) {}

  /// What a writer appends to.
  std::string* text() { return &text_; }
  /// Call between elements. A spool that takes nothing does no harm to an answer of a sane length;
  /// kUnavailable for a longer one.
  Result<void> Spill();
  /// 200 with the body.
  http::Response Finish() &&;

 private:
  Result<void> SpillToFile();

  std::shared_ptr<Spool> spool_;
  std::string text_;
  std::optional<SpoolFile> file_;
};

}  // namespace sluice::api
