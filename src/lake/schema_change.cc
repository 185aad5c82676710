#include "lake/schema_change.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "lake/json_access.h"

namespace sluice {
namespace {

struct FieldKind {
  std::string name;
  std::string type;  ///< of a nested one "struct", "list" or "map"
  bool is_required = false;
};
using Kinds = std::map<std::int64_t, FieldKind>;

void AddType(const json::value& type, FieldKind kind, std::int64_t id, Kinds* kinds);

void AddFields(const json::object& of, Kinds* kinds) {
  const json::array* fields = FindArray(of, "fields");
  if (fields == nullptr) return;
  for (const json::value& item : *fields) {
    const json::object& field = item.get_object();
    const json::value* required = field.if_contains("required");
    const bool is_required = required != nullptr && required->is_bool() && required->get_bool();
    AddType(field.at("type"), {FindText(field, "name"), {}, is_required},
            FindInt(field, "id").value_or(0), kinds);
  }
}

/// What lists and maps hold stands beside them, with ids of its own.
void AddPart(const json::object& type, const char* part, Kinds* kinds) {
  const json::value* held = type.if_contains(part);
  if (held == nullptr) return;
  const std::string id = std::string(part) + "-id";
  const json::value* required = type.if_contains(std::string(part) + "-required");
  const bool is_required = required != nullptr && required->is_bool() && required->get_bool();
  AddType(*held, {part, {}, is_required}, FindInt(type, id).value_or(0), kinds);
}

void AddType(const json::value& type, FieldKind kind, std::int64_t id, Kinds* kinds) {
  const json::object* nested = type.if_object();
  if (nested == nullptr) {
    if (type.is_string()) kind.type.assign(type.get_string().data(), type.get_string().size());
    (*kinds)[id] = std::move(kind);
    return;
  }
  kind.type = FindText(*nested, "type");
  (*kinds)[id] = std::move(kind);
  AddFields(*nested, kinds);
  for (const char* part : {"element", "key", "value"}) AddPart(*nested, part, kinds);
}

/// Precision and scale of "decimal(9, 2)".
std::optional<std::pair<int, int>> DecimalOf(std::string_view type) {
  constexpr std::string_view kPrefix = "decimal(";
  if (!type.starts_with(kPrefix)) return std::nullopt;
  type.remove_prefix(kPrefix.size());
  const char* end = type.data() + type.size();
  std::pair<int, int> shape;
  auto read = std::from_chars(type.data(), end, shape.first);
  const char* scale = read.ptr;
  while (scale != end && (*scale == ',' || *scale == ' ')) ++scale;
  read = std::from_chars(scale, end, shape.second);
  if (read.ec != std::errc()) return std::nullopt;
  return shape;
}

bool IsWider(const std::string& from, const std::string& to) {
  if (from == to) return true;
  if (from == "int") return to == "long";
  if (from == "float") return to == "double";
  const auto old_shape = DecimalOf(from);
  const auto new_shape = DecimalOf(to);
  return old_shape && new_shape && new_shape->second == old_shape->second &&
         new_shape->first >= old_shape->first;
}

bool IsMapping(const json::value& value) {
  const json::array* entries = value.if_array();
  if (entries == nullptr) return false;
  for (const json::value& item : *entries) {
    const json::object* entry = item.if_object();
    const json::array* names = entry == nullptr ? nullptr : FindArray(*entry, "names");
    if (names == nullptr) return false;
    for (const json::value& name : *names) {
      if (!name.is_string()) return false;
    }
    const json::value* id = entry->if_contains("field-id");
    if (id != nullptr && !id->is_int64()) return false;
    const json::value* fields = entry->if_contains("fields");
    if (fields != nullptr && !IsMapping(*fields)) return false;
  }
  return true;
}

}  // namespace

Result<void> CheckSchemaChange(const json::object& before, const json::object& after) {
  Kinds old_kinds;
  Kinds new_kinds;
  AddFields(before, &old_kinds);
  AddFields(after, &new_kinds);
  for (const auto& [id, kind] : new_kinds) {
    const auto old = old_kinds.find(id);
    const bool was_required = old != old_kinds.end() && old->second.is_required;
    if (kind.is_required && !was_required) {
      return Fail(ErrorCode::kInvalidArgument,
                  "A column of a table with rows cannot become required: {} (id {})", kind.name,
                  id);
    }
    if (old != old_kinds.end() && !IsWider(old->second.type, kind.type)) {
      return Fail(ErrorCode::kInvalidArgument, "The type of {} (id {}) cannot change from {} to {}",
                  kind.name, id, old->second.type, kind.type);
    }
  }
  return {};
}

bool HasDefaultValues(const json::value& schema) {
  if (const json::array* items = schema.if_array()) {
    return std::any_of(items->begin(), items->end(), HasDefaultValues);
  }
  const json::object* object = schema.if_object();
  if (object == nullptr) return false;
  const json::value* value = object->if_contains("initial-default");
  if (value != nullptr && !value->is_null()) return true;
  return std::any_of(object->begin(), object->end(),
                     [](const auto& member) { return HasDefaultValues(member.value()); });
}

bool IsNameMapping(std::string_view text) {
  const Result<json::value> mapping = ParseJson(text);
  return mapping && IsMapping(*mapping);
}

}  // namespace sluice
