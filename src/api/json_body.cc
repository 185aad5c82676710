#include "api/json_body.h"

#include "base/ascii.h"

namespace sluice::api {

namespace {

constexpr std::string_view kJsonType = "application/json";

tl::unexpected<Error> RefuseType(std::string_view name, std::string_view wanted) {
  return Fail(ErrorCode::kInvalidArgument, "The parameter {} must be {}", name, wanted);
}

bool IsJson(std::string_view content_type) {
  return EqualsIgnoreCase(Trim(content_type.substr(0, content_type.find(';'))), kJsonType);
}

/// The member, or null when it is absent or JSON's null.
const json::value* FindMember(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains({name.data(), name.size()});
  return member == nullptr || member->is_null() ? nullptr : member;
}

std::string ToText(const json::string& text) { return std::string(text.data(), text.size()); }

/// key or Key of a tag: the pages print both.
Result<std::string> GetTagPart(const json::object& tag, std::string_view name,
                               std::string_view capitalized) {
  const json::value* member = FindMember(tag, name);
  if (member == nullptr) member = FindMember(tag, capitalized);
  if (member == nullptr || !member->is_string()) {
    return RefuseType("tags", fmt::format("objects with the string {}", name));
  }
  return ToText(member->get_string());
}

}  // namespace

Result<json::object> DecodeBody(const http::Request& request) {
  const std::string* content_type = request.FindHeader("Content-Type");
  if (content_type != nullptr && !content_type->empty() && !IsJson(*content_type)) {
    return Fail(ErrorCode::kUnsupportedMedia, "The Content-Type must be {}", kJsonType);
  }
  json::value body = TRY(ParseRequestJson(request.body));
  if (!body.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "The format of message is error: no JSON object");
  }
  return std::move(body.get_object());
}

Result<std::optional<std::string>> FindText(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_string()) return RefuseType(name, "a string");
  return ToText(member->get_string());
}

Result<std::optional<bool>> FindBool(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  if (member == nullptr) return std::nullopt;
  if (member->is_bool()) return member->get_bool();
  if (member->is_string()) {
    if (std::optional<bool> parsed = ParseBool(ToText(member->get_string()))) return parsed;
  }
  return RefuseType(name, "a boolean");
}

Result<std::string> GetTextOrEmpty(const json::object& object, std::string_view name) {
  return TRY(FindText(object, name)).value_or("");
}

Result<std::string> GetText(const json::object& object, std::string_view name) {
  std::optional<std::string> text = TRY(FindText(object, name));
  if (!text) return Fail(ErrorCode::kInvalidArgument, "The parameter {} is required", name);
  return *std::move(text);
}

Result<std::vector<std::string>> GetTexts(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::array* array = TRY(FindArray(object, name));
  if (array == nullptr) return texts;
  for (const json::value& element : *array) {
    if (!element.is_string()) return RefuseType(name, "an array of strings");
    texts.push_back(ToText(element.get_string()));
  }
  return texts;
}

Result<const json::array*> FindArray(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  if (member == nullptr) return nullptr;
  if (!member->is_array()) return RefuseType(name, "an array");
  return &member->get_array();
}

Result<const json::object*> FindObject(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  if (member == nullptr) return nullptr;
  if (!member->is_object()) return RefuseType(name, "an object");
  return &member->get_object();
}

Result<std::vector<Tag>> GetTags(const json::object& object) {
  std::vector<Tag> tags;
  const json::array* array = TRY(FindArray(object, "tags"));
  if (array == nullptr) return tags;
  for (const json::value& element : *array) {
    if (!element.is_object()) return RefuseType("tags", "an array of objects");
    const json::object& tag = element.get_object();
    std::string key = TRY(GetTagPart(tag, "key", "Key"));
    std::string value = TRY(GetTagPart(tag, "value", "Value"));
    tags.push_back(Tag{std::move(key), std::move(value)});
  }
  return tags;
}

std::optional<bool> ParseBool(std::string_view text) {
  if (EqualsIgnoreCase(text, "true")) return true;
  if (EqualsIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

}  // namespace sluice::api
