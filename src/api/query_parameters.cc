#include "api/query_parameters.h"

#include <charconv>

#include "api/json_body.h"
#include "base/ascii.h"

namespace sluice::api {

Result<QueryParameters> QueryParameters::Parse(const http::Request& request) {
  std::vector<std::pair<std::string, std::string>> pairs = http::ParseQuery(request.query);
  for (const auto& [name, value] : pairs) {
    if (!IsValidUtf8(name) || !IsValidUtf8(value)) {
      return Fail(ErrorCode::kInvalidArgument, "The query is not valid UTF-8");
    }
  }
  return QueryParameters(std::move(pairs));
}

std::optional<std::string> QueryParameters::FindText(std::string_view name) const {
  for (const auto& [candidate, value] : pairs_) {
    if (candidate == name && !value.empty()) return value;
  }
  return std::nullopt;
}

Result<std::optional<std::int64_t>> QueryParameters::FindInt(std::string_view name,
                                                             Range range) const {
  std::optional<std::string> text = FindText(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || number < range.min || number > range.max) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter {} must be an integer from {} to {}",
                name, range.min, range.max);
  }
  return number;
}

Result<bool> QueryParameters::IsTrue(std::string_view name) const {
  std::optional<std::string> text = FindText(name);
  if (!text) return false;
  std::optional<bool> parsed = ParseBool(*text);
  if (!parsed) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter {} must be true or false", name);
  }
  return *parsed;
}

std::vector<std::string> QueryParameters::GetList(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [candidate, value] : pairs_) {
    if (candidate != name) continue;
    for (std::string_view part : Split(value, ',')) {
      if (!Trim(part).empty()) values.emplace_back(Trim(part));
    }
  }
  return values;
}

std::vector<Tag> QueryParameters::GetTags(std::string_view name) const {
  std::vector<Tag> tags;
  for (const std::string& part : GetList(name)) {
    std::size_t equals = part.find('=');
    Tag tag{part.substr(0, equals), ""};
    if (equals != std::string::npos) tag.value = part.substr(equals + 1);
    tags.push_back(std::move(tag));
  }
  return tags;
}

}  // namespace sluice::api
