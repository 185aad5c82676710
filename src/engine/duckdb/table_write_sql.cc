#include "engine/duckdb/table_write_sql.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/ascii.h"
#include "engine/duckdb/result_writer.h"
#include "lake/json_access.h"
#include "lake/single_value.h"

namespace sluice {
namespace {

/// The engine's word for the id of a nested column beside those of its fields.
constexpr std::string_view kNestedId = "__duckdb_field_id";
/// Folder names end at 255 bytes; a value has two digits a byte.
constexpr int kPartitionBytesMax = 100;
constexpr std::int64_t kMicrosAnHour = 3'600'000'000;
constexpr std::int64_t kMicrosADay = 86'400'000'000;

Result<std::string> FieldIdsOf(const json::object& owner);

/// `{id, ids of its fields}`, or the id alone.
Result<std::string> TypeIds(const json::value& type, std::int64_t id) {
  if (type.is_string()) return fmt::format("{}", id);
  const json::object& nested = type.get_object();
  const std::string kind = FindText(nested, "type");
  if (kind == "struct") {
    return fmt::format("{{{}: {}, {}}}", kNestedId, id, TRY(FieldIdsOf(nested)));
  }
  std::string ids = fmt::format("{{{}: {}", kNestedId, id);
  for (const char* part : {"element", "key", "value"}) {
    const json::value* inner = FindMember(nested, part);
    if (inner == nullptr) continue;
    const std::int64_t part_id = FindInt(nested, std::string(part) + "-id").value_or(0);
    ids += fmt::format(", {}: {}", part, TRY(TypeIds(*inner, part_id)));
  }
  return ids + "}";
}

Result<std::string> FieldIdsOf(const json::object& owner) {
  std::string ids;
  for (const json::value& item : owner.at("fields").get_array()) {
    const json::object& field = item.get_object();
    const std::string name = FindText(field, "name");
    if (EqualsIgnoreCase(name, kNestedId)) {
      return Fail(ErrorCode::kUnsupported, "A column of this name cannot be written: {}", name);
    }
    ids += fmt::format("{}{}: {}", ids.empty() ? "" : ", ", QuoteName(name),
                       TRY(TypeIds(field.at("type"), FindInt(field, "id").value_or(0))));
  }
  return ids;
}

std::string StructType(const json::object& owner) {
  std::string fields;
  for (const json::value& item : owner.at("fields").get_array()) {
    const json::object& field = item.get_object();
    fields += fmt::format("{}{} {}", fields.empty() ? "" : ", ", QuoteName(FindText(field, "name")),
                          EngineType(field.at("type")));
  }
  return fmt::format("STRUCT({})", fields);
}

/// The largest multiple of the width that is not above the value.
std::string FloorTo(const std::string& value, const std::string& width) {
  return fmt::format("({0} - ((({0} % {1}) + {1}) % {1}))", value, width);
}

/// Microseconds of an instant, or of a time without a zone.
std::string Micros(const PartitionField& field, const std::string& column) {
  const bool is_date = field.source_type == "date";
  return fmt::format("system.main.epoch_us({})",
                     is_date ? fmt::format("CAST({} AS TIMESTAMP)", column) : column);
}

std::string DaysOf(const PartitionField& field, const std::string& column) {
  if (field.source_type == "date") return fmt::format("({} - DATE '1970-01-01')", column);
  const std::string micros = Micros(field, column);
  return fmt::format("({} // {})", FloorTo(micros, fmt::format("{}", kMicrosADay)), kMicrosADay);
}

/// The calendar date of the value, in UTC.
std::string DateOf(const PartitionField& field, const std::string& column) {
  if (field.source_type == "date") return column;
  return fmt::format("(DATE '1970-01-01' + CAST({} AS INTEGER))", DaysOf(field, column));
}

/// A decimal's count of its last places.
std::string Unscaled(const std::string& type, const std::string& value) {
  return fmt::format("CAST(system.main.replace(CAST({} AS VARCHAR), '.', '') AS HUGEINT)",
                     fmt::format("CAST({} AS DECIMAL({}, {}))", value, DecimalPrecision(type),
                                 DecimalScale(type)));
}

std::string BucketOf(const PartitionField& field, const std::string& column) {
  const std::string& type = field.source_type;
  std::string hash;
  if (type == "string") {
    hash = fmt::format("system.main.sluice_murmur3_bytes(system.main.encode({}))", column);
  } else if (type == "binary") {
    hash = fmt::format("system.main.sluice_murmur3_bytes({})", column);
  } else if (IsDecimal(type)) {
    hash = fmt::format("system.main.sluice_murmur3_huge({})", Unscaled(type, column));
  } else if (type == "date") {
    hash =
        fmt::format("system.main.sluice_hash_long(CAST({} AS BIGINT), 0)", DaysOf(field, column));
  } else if (type == "timestamp" || type == "timestamptz") {
    hash = fmt::format("system.main.sluice_hash_long({}, 0)", Micros(field, column));
  } else {
    hash = fmt::format("system.main.sluice_hash_long(CAST({} AS BIGINT), 0)", column);
  }
  // The hash of NULL would be its seed.
  return fmt::format("CASE WHEN {} IS NOT NULL THEN ({} & 2147483647) % {} END", column, hash,
                     field.transform.width);
}

std::string TruncatedOf(const PartitionField& field, const std::string& column) {
  const std::int64_t width = field.transform.width;
  const std::string& type = field.source_type;
  if (type == "string") return fmt::format("system.main.left({}, {})", column, width);
  if (type == "binary")
    return fmt::format("system.main.unhex(system.main.left(system.main.hex({}), {}))", column,
                       2 * width);
  if (IsDecimal(type)) return column;  // by its count of last places: PlainText
  return FloorTo(fmt::format("CAST({} AS BIGINT)", column), fmt::format("{}", width));
}

/// The text of a value of the field's result type.
std::string PlainText(const PartitionField& field, const std::string& value) {
  const std::string& type = field.result_type;
  if (type == "string") return fmt::format("system.main.hex(system.main.encode({}))", value);
  if (type == "binary") return fmt::format("system.main.hex({})", value);
  if (type == "timestamp" || type == "timestamptz")
    return fmt::format("system.main.epoch_us({})", value);
  if (type == "date") return DaysOf(field, value);
  if (!IsDecimal(type)) return value;
  std::string unscaled = Unscaled(type, value);
  if (field.transform.kind != Transform::Kind::kTruncate) return unscaled;
  return FloorTo(unscaled, fmt::format("{}::HUGEINT", field.transform.width));
}

std::string ValueText(const PartitionField& field) {
  const std::string column = PathSql(field.source_path);
  switch (field.transform.kind) {
    case Transform::Kind::kIdentity:
      return PlainText(field, column);
    case Transform::Kind::kTruncate:
      return PlainText(field, TruncatedOf(field, column));
    case Transform::Kind::kBucket:
      return BucketOf(field, column);
    case Transform::Kind::kYear:
      return fmt::format("(system.main.date_part('year', {}) - 1970)", DateOf(field, column));
    case Transform::Kind::kMonth:
      return fmt::format(
          "((system.main.date_part('year', {0}) - 1970) * 12 + system.main.date_part('month', {0}) "
          "- 1)",
          DateOf(field, column));
    case Transform::Kind::kDay:
      return DaysOf(field, column);
    case Transform::Kind::kHour:
      return fmt::format("({} // {})",
                         FloorTo(Micros(field, column), fmt::format("{}", kMicrosAnHour)),
                         kMicrosAnHour);
    case Transform::Kind::kVoid:
      return "NULL";
  }
  return "NULL";
}

/// A name that no column has.
std::string FreeName(const WritePlan& plan, std::size_t number) {
  std::set<std::string> taken;
  for (const SchemaLeaf& leaf : plan.leaves) taken.insert(ToLower(leaf.path.front()));
  std::string name = fmt::format("p{}", number);
  while (taken.contains(name)) name += "_";
  return name;
}

/// The columns as the table stores them, under its names.
std::string StoredColumns(const json::object& schema, std::string_view select) {
  std::string items;
  std::string aliases;
  std::size_t number = 0;
  for (const json::value& item : schema.at("fields").get_array()) {
    const json::object& field = item.get_object();
    items += fmt::format("{}CAST(s.c{} AS {}) AS {}", items.empty() ? "" : ", ", number,
                         EngineType(field.at("type")), QuoteName(FindText(field, "name")));
    aliases += fmt::format("{}c{}", aliases.empty() ? "" : ", ", number++);
  }
  return fmt::format("SELECT {} FROM ({}) AS s({})", items, select, aliases);
}

}  // namespace

std::string EngineType(const json::value& type) {
  if (const json::string* text = type.if_string()) {
    const std::string_view name(text->data(), text->size());
    if (name == "int") return "INTEGER";
    if (name == "long") return "BIGINT";
    if (name == "string") return "VARCHAR";
    if (name == "binary") return "BLOB";
    if (name == "timestamptz") return "TIMESTAMPTZ";
    return ToUpper(name);  // boolean, float, double, date, timestamp, decimal(p, s)
  }
  const json::object& nested = type.get_object();
  const std::string kind = FindText(nested, "type");
  if (kind == "struct") return StructType(nested);
  if (kind == "list") return EngineType(nested.at("element")) + "[]";
  return fmt::format("MAP({}, {})", EngineType(nested.at("key")), EngineType(nested.at("value")));
}

std::string PathSql(const std::vector<std::string>& path) {
  std::string sql = QuoteName(path.empty() ? "" : path.front());
  for (std::size_t i = 1; i < path.size(); ++i) {
    sql = fmt::format("struct_extract({}, {})", sql, QuoteLiteral(path[i]));
  }
  return sql;
}

std::string PartitionTextSql(const PartitionField& field) {
  return fmt::format("CAST({} AS VARCHAR)", ValueText(field));
}

Result<std::string> CopySql(const WritePlan& plan, std::string_view folder,
                            std::string_view select) {
  std::string query = StoredColumns(plan.schema, select);
  // The engine asks its Bloom filters for other bytes than it put in (BINARY, zero with a sign),
  // and passes over rows that are there.
  std::string options = fmt::format(
      "FORMAT parquet, COMPRESSION {}, ROW_GROUP_SIZE {}, WRITE_BLOOM_FILTER false, RETURN_STATS, "
      "FILENAME_PATTERN 'part-{{i}}', FIELD_IDS {{{}}}",
      plan.codec, plan.row_group_rows, TRY(FieldIdsOf(plan.schema)));
  if (plan.partition.empty()) {
    options += fmt::format(", FILE_SIZE_BYTES {}", plan.target_file_bytes);
  } else {
    std::string values;
    std::string names;
    for (std::size_t i = 0; i < plan.partition.size(); ++i) {
      const std::string name = FreeName(plan, i);
      const std::string text = PartitionTextSql(plan.partition[i]);
      values += fmt::format(
          ", CASE WHEN system.main.length({0}) <= {1} THEN '{2}' || {0} ELSE '{3}' || "
          "system.main.md5({0}) END AS {4}",
          text, 2 * kPartitionBytesMax, kPartitionValue, kPartitionHash, name);
      names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    }
    // In order, so that each partition has few files and the engine holds few of them open.
    query = fmt::format("SELECT *{} FROM ({}) ORDER BY {}", values, query, names);
    options += fmt::format(", PARTITION_BY ({})", names);
  }
  return fmt::format("COPY ({}) TO {} ({})", query, QuoteLiteral(folder), options);
}

}  // namespace sluice
