#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace sluice {

// Typed looks into JSON objects of unknown make; absent and of another type are the same answer.

inline const json::value* FindMember(const json::object& object, std::string_view name) {
  return object.if_contains({name.data(), name.size()});
}

inline std::optional<std::int64_t> FindInt(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

inline const json::object* FindObject(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

inline const json::array* FindArray(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  return value == nullptr ? nullptr : value->if_array();
}

inline std::string FindText(const json::object& object, std::string_view name) {
  const json::string* text = FindString(object, name);
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

/// Sets a member, taking any text as its name.
inline void SetMember(json::object& object, std::string_view name, json::value value) {
  object.insert_or_assign({name.data(), name.size()}, std::move(value));
}

inline json::string JsonText(std::string_view text) {
  return json::string(json::string_view(text.data(), text.size()));
}

}  // namespace sluice
