#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "job/job.h"

namespace sluice::api {

/// Bounds of a number, both included.
struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

/// The decoded query of a request. A value of another form or out of its range is kInvalidArgument
/// and names the parameter; an empty value counts as absent; names nobody asks for are ignored.
class QueryParameters {
 public:
  static Result<QueryParameters> Parse(const http::Request& request);

  /// The first value of that name.
  std::optional<std::string> FindText(std::string_view name) const;
  Result<std::optional<std::int64_t>> FindInt(std::string_view name, Range range) const;
  /// False when it is absent.
  Result<bool> IsTrue(std::string_view name) const;
  /// Every value of that name, each also split at its commas.
  std::vector<std::string> GetList(std::string_view name) const;
  /// k1=v1,k2=v2; a tag without `=` has an empty value, which is contained in every value.
  std::vector<Tag> GetTags(std::string_view name) const;

 private:
  explicit QueryParameters(std::vector<std::pair<std::string, std::string>> pairs)
      : pairs_(std::move(pairs)) {}

  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace sluice::api
