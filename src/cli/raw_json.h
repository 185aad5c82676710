#pragma once

#include <string_view>
#include <vector>

namespace sluice::cli {

// Parts of JSON text as they are written: a DECIMAL keeps its digits and its scale, which a parsed
// number does not. The text must be valid JSON; for other text the answer is some part of it.

/// The text of an object's member; empty when it has none of that name.
std::string_view RawMember(std::string_view object, std::string_view name);
/// The texts of an array's elements.
std::vector<std::string_view> RawElements(std::string_view array);

}  // namespace sluice::cli
