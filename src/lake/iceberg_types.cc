#include "lake/iceberg_types.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/ascii.h"
#include "lake/json_access.h"

namespace sluice {
namespace {

struct PlainType {
  TypeId spark;
  std::string_view iceberg;
};

/// The first row of an Iceberg name is what reading it gives.
constexpr PlainType kPlainTypes[] = {
    {TypeId::kBoolean, "boolean"},       {TypeId::kInt, "int"},
    {TypeId::kTinyInt, "int"},           {TypeId::kSmallInt, "int"},
    {TypeId::kBigInt, "long"},           {TypeId::kFloat, "float"},
    {TypeId::kDouble, "double"},         {TypeId::kString, "string"},
    {TypeId::kChar, "string"},           {TypeId::kVarchar, "string"},
    {TypeId::kBinary, "binary"},         {TypeId::kDate, "date"},
    {TypeId::kTimestamp, "timestamptz"}, {TypeId::kTimestampNtz, "timestamp"},
};

Result<json::object> ToIcebergStruct(const std::vector<StructField>& fields) {
  json::array out;
  std::set<std::string> names;
  for (const StructField& field : fields) {
    if (!names.insert(ToLower(field.name)).second) {
      return Fail(ErrorCode::kInvalidArgument, "The column exists twice: {}", field.name);
    }
    json::object item{{"id", 0},
                      {"name", JsonText(field.name)},
                      {"required", !field.nullable},
                      {"type", TRY(ToIcebergType(field.type))}};
    if (!field.comment.empty()) item["doc"] = JsonText(field.comment);
    out.push_back(std::move(item));
  }
  return json::object{{"type", "struct"}, {"fields", std::move(out)}};
}

/// "decimal(10,2)" or "decimal(10, 2)".
std::optional<DataType> ReadDecimal(std::string_view text) {
  constexpr std::string_view kHead = "decimal(";
  if (!text.starts_with(kHead) || !text.ends_with(")")) return std::nullopt;
  text = text.substr(kHead.size(), text.size() - kHead.size() - 1);
  std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  auto read = [](std::string_view digits) {
    digits = Trim(digits);
    int number = -1;
    auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return end.ptr == digits.data() + digits.size() ? number : -1;
  };
  int precision = read(text.substr(0, comma));
  int scale = read(text.substr(comma + 1));
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision) return std::nullopt;
  return DataType::Decimal(precision, scale);
}

Result<DataType> FromPlainType(std::string_view name) {
  for (const PlainType& plain : kPlainTypes) {
    if (plain.iceberg == name) return DataType(plain.spark);
  }
  if (std::optional<DataType> decimal = ReadDecimal(name)) return *decimal;
  return Fail(ErrorCode::kUnsupported, "The type is not supported: {}", name);
}

Result<DataType> FromIcebergType(const json::value& type);

tl::unexpected<Error> MalformedSchema() {
  return Fail(ErrorCode::kInvalidArgument, "The schema is malformed");
}

Result<std::vector<StructField>> FromFields(const json::object& owner) {
  const json::array* fields = FindArray(owner, "fields");
  if (fields == nullptr) return MalformedSchema();
  std::vector<StructField> out;
  std::set<std::string> names;
  for (const json::value& item : *fields) {
    const json::object* field = item.if_object();
    if (field == nullptr || !FindInt(*field, "id") || FindText(*field, "name").empty()) {
      return MalformedSchema();
    }
    const json::value* type = FindMember(*field, "type");
    const json::value* required = FindMember(*field, "required");
    if (type == nullptr || required == nullptr || !required->is_bool()) return MalformedSchema();
    StructField column;
    column.name = FindText(*field, "name");
    column.type = TRY(FromIcebergType(*type));
    column.nullable = !required->get_bool();
    column.comment = FindText(*field, "doc");
    if (!names.insert(ToLower(column.name)).second) {
      return Fail(ErrorCode::kInvalidArgument, "The column exists twice: {}", column.name);
    }
    out.push_back(std::move(column));
  }
  return out;
}

Result<DataType> FromIcebergType(const json::value& type) {
  if (const json::string* name = type.if_string()) {
    return FromPlainType({name->data(), name->size()});
  }
  const json::object* nested = type.if_object();
  if (nested == nullptr) return MalformedSchema();
  const std::string kind = FindText(*nested, "type");
  if (kind == "struct") return DataType::Struct(TRY(FromFields(*nested)));
  if (kind == "list") {
    const json::value* element = FindMember(*nested, "element");
    if (element == nullptr || !FindInt(*nested, "element-id")) return MalformedSchema();
    return DataType::Array(TRY(FromIcebergType(*element)));
  }
  if (kind == "map") {
    const json::value* key = FindMember(*nested, "key");
    const json::value* value = FindMember(*nested, "value");
    if (key == nullptr || value == nullptr) return MalformedSchema();
    if (!FindInt(*nested, "key-id") || !FindInt(*nested, "value-id")) return MalformedSchema();
    return DataType::Map(TRY(FromIcebergType(*key)), TRY(FromIcebergType(*value)));
  }
  return Fail(ErrorCode::kUnsupported, "The type is not supported: {}", kind);
}

template <class Object, class Visit>
void VisitFieldIds(Object& structure, const Visit& visit);

/// Calls visit(object, name of the id member) for every id of a type that passed FromIcebergType:
/// a level, then its children. Members that its kind does not have were not looked at.
template <class Value, class Visit>
void VisitTypeIds(Value& type, const Visit& visit) {
  if (!type.is_object()) return;
  auto& nested = type.get_object();
  const std::string kind = FindText(nested, "type");
  if (kind == "struct") return VisitFieldIds(nested, visit);
  if (kind == "list") {
    visit(nested, "element-id");
    return VisitTypeIds(nested.at("element"), visit);
  }
  visit(nested, "key-id");
  visit(nested, "value-id");
  VisitTypeIds(nested.at("key"), visit);
  VisitTypeIds(nested.at("value"), visit);
}

template <class Object, class Visit>
void VisitFieldIds(Object& structure, const Visit& visit) {
  auto& fields = structure.at("fields").get_array();
  for (auto& field : fields) visit(field.get_object(), "id");
  for (auto& field : fields) VisitTypeIds(field.get_object().at("type"), visit);
}

bool HasKeysAmong(const json::object& schema, const std::unordered_set<std::int64_t>& ids) {
  const json::value* keys = FindMember(schema, "identifier-field-ids");
  if (keys == nullptr || keys->is_null()) return true;
  const json::array* array = keys->if_array();
  return array != nullptr && std::all_of(array->begin(), array->end(), [&](const json::value& key) {
           return key.is_int64() && ids.contains(key.get_int64());
         });
}

/// Ids name the columns in files: each once, and none that Iceberg keeps for itself.
Result<void> CheckIds(const json::object& schema) {
  std::unordered_set<std::int64_t> seen;
  bool are_sound = true;
  VisitFieldIds(schema, [&](const json::object& owner, const char* member) {
    const std::int64_t id = FindInt(owner, member).value_or(-1);
    are_sound = are_sound && id >= 0 && id <= kFieldIdMax && seen.insert(id).second;
  });
  if (!are_sound || !HasKeysAmong(schema, seen)) return MalformedSchema();
  if (seen.size() <= kFieldsMax) return {};
  return Fail(ErrorCode::kInvalidArgument, "There are more than {} columns", kFieldsMax);
}

}  // namespace

Result<json::value> ToIcebergType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
      return json::value(JsonText(fmt::format("decimal({}, {})", type.precision(), type.scale())));
    case TypeId::kStruct:
      return json::value(TRY(ToIcebergStruct(type.fields())));
    case TypeId::kArray:
      return json::value(json::object{{"type", "list"},
                                      {"element-id", 0},
                                      {"element", TRY(ToIcebergType(type.element()))},
                                      {"element-required", false}});
    case TypeId::kMap:
      return json::value(json::object{{"type", "map"},
                                      {"key-id", 0},
                                      {"key", TRY(ToIcebergType(type.key()))},
                                      {"value-id", 0},
                                      {"value", TRY(ToIcebergType(type.value()))},
                                      {"value-required", false}});
    default:
      for (const PlainType& plain : kPlainTypes) {
        if (plain.spark == type.id()) return json::value(JsonText(plain.iceberg));
      }
      return Fail(ErrorCode::kUnsupported, "The type is not supported in a table: {}",
                  type.UpperName());
  }
}

Result<json::object> ToIcebergSchema(const Schema& columns) {
  const json::object schema = TRY(ToIcebergStruct(columns));
  FreshSchema fresh = TRY(AssignFreshIds(schema));
  TRY_VOID(CheckIds(fresh.schema));
  return std::move(fresh.schema);
}

Result<Schema> FromIcebergSchema(const json::object& schema) {
  if (FindText(schema, "type") != "struct") return MalformedSchema();
  Schema columns = TRY(FromFields(schema));
  TRY_VOID(CheckIds(schema));
  return columns;
}

Result<FreshSchema> AssignFreshIds(const json::object& schema) {
  FreshSchema fresh;
  fresh.schema = schema;
  fresh.schema["schema-id"] = 0;
  VisitFieldIds(fresh.schema, [&fresh](json::object& owner, const char* member) {
    std::int64_t old_id = FindInt(owner, member).value_or(0);
    fresh.new_ids[old_id] = ++fresh.last_column_id;
    owner[member] = fresh.last_column_id;
  });
  if (json::value* keys = fresh.schema.if_contains("identifier-field-ids")) {
    if (!keys->is_array()) return MalformedSchema();
    for (json::value& id : keys->get_array()) {
      auto found = fresh.new_ids.find(id.is_int64() ? id.get_int64() : -1);
      if (found == fresh.new_ids.end()) return MalformedSchema();
      id = found->second;
    }
  }
  return fresh;
}

std::int64_t MaxFieldId(const json::object& schema) {
  std::int64_t max_id = 0;
  VisitFieldIds(schema, [&max_id](const json::object& owner, const char* member) {
    max_id = std::max(max_id, FindInt(owner, member).value_or(0));
  });
  return max_id;
}

}  // namespace sluice
