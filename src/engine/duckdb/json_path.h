#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/json_document.h"

namespace sluice {

/// A path of get_json_object: $.a['b'][0][*]
struct JsonPathStep {
  enum class Kind : unsigned char { kKey, kName, kSubscript, kIndex, kWildcard };
  Kind kind;
  std::string name;
  std::uint64_t index = 0;
};
using JsonPath = std::vector<JsonPathStep>;

/// Reads a path as Spark 3.5 does, blanks and all; nothing when it is none.
std::optional<JsonPath> ReadJsonPath(std::string_view text);

/// What get_json_object gives for the path in a document; nothing is NULL.
std::optional<std::string> FindJsonPath(const sql::JsonDocument& document, const JsonPath& path);

}  // namespace sluice
