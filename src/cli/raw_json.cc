#include "cli/raw_json.h"

#include <cstddef>

#include "base/ascii.h"

namespace sluice::cli {

namespace {

/// The end of the string that begins at `at`.
std::size_t SkipString(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// The end of the part that begins at `at`: the next comma, colon or closing bracket around it.
std::size_t SkipPart(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == '"') {
      at = SkipString(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == ':' || c == ']' || c == '}')) return at;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++at;
  }
  return text.size();
}

/// The parts between commas and colons of an array or object that begins with `bracket`.
std::vector<std::string_view> Parts(std::string_view text, char bracket) {
  std::vector<std::string_view> parts;
  text = Trim(text);
  if (!text.starts_with(bracket)) return parts;
  for (std::size_t at = 1; at < text.size();) {
    std::size_t end = SkipPart(text, at);
    std::string_view part = Trim(text.substr(at, end - at));
    if (!part.empty()) parts.push_back(part);
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::string_view RawMember(std::string_view object, std::string_view name) {
  std::vector<std::string_view> parts = Parts(object, '{');
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    std::string_view key = parts[i];
    if (key.size() >= 2 && key.substr(1, key.size() - 2) == name) return parts[i + 1];
  }
  return {};
}

std::vector<std::string_view> RawElements(std::string_view array) { return Parts(array, '['); }

}  // namespace sluice::cli
