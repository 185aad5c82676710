#include "lake/table_schema.h"

#include <map>
#include <utility>

#include "lake/iceberg_types.h"
#include "lake/json_access.h"

namespace sluice {
namespace {

tl::unexpected<Error> Damaged(std::string_view what) {
  return FailWithDetail(ErrorCode::kInternal, std::string(what), "A table's record is damaged");
}

json::array EncodeFields(const std::vector<StructField>& fields);

json::value EncodeType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return json::object{{"array", EncodeType(type.element())}};
    case TypeId::kMap: {
      json::array pair;
      pair.push_back(EncodeType(type.key()));
      pair.push_back(EncodeType(type.value()));
      return json::object{{"map", std::move(pair)}};
    }
    case TypeId::kStruct:
      return json::object{{"struct", EncodeFields(type.fields())}};
    default:
      return JsonText(type.SqlName());
  }
}

json::array EncodeFields(const std::vector<StructField>& fields) {
  json::array out;
  for (const StructField& field : fields) {
    json::object item{{"name", JsonText(field.name)}, {"type", EncodeType(field.type)}};
    if (!field.nullable) item["nullable"] = false;
    if (!field.comment.empty()) item["comment"] = JsonText(field.comment);
    out.push_back(std::move(item));
  }
  return out;
}

Result<Schema> DecodeFields(const json::array& items);

Result<DataType> DecodeType(const json::value& value) {
  if (const json::string* name = value.if_string()) {
    return ParseDataType({name->data(), name->size()});
  }
  const json::object* nested = value.if_object();
  if (nested == nullptr) return Damaged("type");
  if (const json::value* element = FindMember(*nested, "array")) {
    return DataType::Array(TRY(DecodeType(*element)));
  }
  if (const json::array* fields = FindArray(*nested, "struct")) {
    return DataType::Struct(TRY(DecodeFields(*fields)));
  }
  const json::array* pair = FindArray(*nested, "map");
  if (pair == nullptr || pair->size() != 2) return Damaged("nested type");
  return DataType::Map(TRY(DecodeType(pair->at(0))), TRY(DecodeType(pair->at(1))));
}

Result<Schema> DecodeFields(const json::array& items) {
  Schema fields;
  for (const json::value& item : items) {
    const json::object* object = item.if_object();
    const json::value* type = object == nullptr ? nullptr : FindMember(*object, "type");
    if (type == nullptr) return Damaged("column");
    const json::value* nullable = FindMember(*object, "nullable");
    StructField field;
    field.name = FindText(*object, "name");
    field.type = TRY(DecodeType(*type));
    field.nullable = nullable == nullptr || !nullable->is_bool() || nullable->get_bool();
    field.comment = FindText(*object, "comment");
    fields.push_back(std::move(field));
  }
  return fields;
}

/// Name of each top-level column by its field id.
std::map<std::int64_t, std::string> NamesById(const json::object& schema) {
  std::map<std::int64_t, std::string> names;
  const json::array* fields = FindArray(schema, "fields");
  if (fields == nullptr) return names;
  for (const json::value& field : *fields) {
    if (const json::object* object = field.if_object()) {
      names[FindInt(*object, "id").value_or(0)] = FindText(*object, "name");
    }
  }
  return names;
}

std::vector<std::string> IdentityColumns(const json::object& schema, const json::object& spec) {
  std::vector<std::string> columns;
  const auto names = NamesById(schema);
  const json::array* fields = FindArray(spec, "fields");
  if (fields == nullptr) return columns;
  for (const json::value& field : *fields) {
    const json::object* object = field.if_object();
    if (object == nullptr || FindText(*object, "transform") != "identity") continue;
    auto found = names.find(FindInt(*object, "source-id").value_or(0));
    if (found != names.end()) columns.push_back(found->second);
  }
  return columns;
}

bool HasSameIcebergType(const DataType& a, const DataType& b) {
  Result<json::value> left = ToIcebergType(a);
  Result<json::value> right = ToIcebergType(b);
  return left && right && *left == *right;
}

}  // namespace

std::string EncodeDeclaredTable(const DeclaredTable& table) {
  json::array partition;
  for (const std::string& column : table.partition_columns) partition.push_back(JsonText(column));
  return json::serialize(
      json::object{{"columns", EncodeFields(table.columns)}, {"partition", std::move(partition)}});
}

Result<DeclaredTable> DecodeDeclaredTable(std::string_view text) {
  Result<json::value> document = ParseJson(text);
  if (!document || !document->is_object()) return Damaged("declared schema");
  const json::array* columns = FindArray(document->get_object(), "columns");
  const json::array* partition = FindArray(document->get_object(), "partition");
  if (columns == nullptr || partition == nullptr) return Damaged("declared schema");
  DeclaredTable table;
  table.columns = TRY(DecodeFields(*columns));
  for (const json::value& column : *partition) {
    const json::string* name = column.if_string();
    if (name == nullptr) return Damaged("partition column");
    table.partition_columns.emplace_back(name->data(), name->size());
  }
  return table;
}

Result<DeclaredTable> DeclareFromIceberg(const json::object& schema, const json::object& spec) {
  DeclaredTable table;
  table.columns = TRY(FromIcebergSchema(schema));
  table.partition_columns = IdentityColumns(schema, spec);
  return table;
}

Result<DeclaredTable> EvolveDeclared(const DeclaredTable& before, const json::object& old_schema,
                                     const json::object& new_schema, const json::object& new_spec) {
  DeclaredTable after = TRY(DeclareFromIceberg(new_schema, new_spec));
  std::map<std::string, const StructField*> old_columns;
  for (const StructField& column : before.columns) old_columns[column.name] = &column;
  const auto old_names = NamesById(old_schema);
  std::map<std::string, std::string> old_name_of;
  for (const auto& [id, name] : NamesById(new_schema)) {
    auto found = old_names.find(id);
    if (found != old_names.end()) old_name_of[name] = found->second;
  }
  for (StructField& column : after.columns) {
    auto old_column = old_columns.find(old_name_of[column.name]);
    if (old_column == old_columns.end()) continue;
    const DataType& declared = old_column->second->type;
    if (HasSameIcebergType(declared, column.type)) column.type = declared;
  }
  return after;
}

}  // namespace sluice
