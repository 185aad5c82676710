#include "lake/partition_spec.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "lake/json_access.h"
#include "lake/single_value.h"

namespace sluice {
namespace {

std::optional<Transform> ParseTransform(std::string_view text) {
  using Kind = Transform::Kind;
  constexpr std::pair<std::string_view, Kind> kPlain[] = {
      {"identity", Kind::kIdentity}, {"year", Kind::kYear}, {"month", Kind::kMonth},
      {"day", Kind::kDay},           {"hour", Kind::kHour}, {"void", Kind::kVoid}};
  for (const auto& [name, kind] : kPlain) {
    if (text == name) return Transform{kind, 0};
  }
  constexpr std::pair<std::string_view, Kind> kWide[] = {{"bucket[", Kind::kBucket},
                                                         {"truncate[", Kind::kTruncate}};
  for (const auto& [head, kind] : kWide) {
    if (!text.starts_with(head) || !text.ends_with("]")) continue;
    const std::string_view digits = text.substr(head.size(), text.size() - head.size() - 1);
    std::int64_t width = 0;
    auto end = std::from_chars(digits.data(), digits.data() + digits.size(), width);
    const bool is_whole = end.ec == std::errc() && end.ptr == digits.data() + digits.size();
    if (is_whole && width > 0 && width <= INT32_MAX) return Transform{kind, width};
  }
  return std::nullopt;
}

std::string ResultTypeOf(const Transform& transform, const std::string& source_type) {
  switch (transform.kind) {
    case Transform::Kind::kBucket:
    case Transform::Kind::kYear:
    case Transform::Kind::kMonth:
    case Transform::Kind::kHour:
      return "int";
    case Transform::Kind::kDay:
      return "date";
    default:
      return source_type;
  }
}

tl::unexpected<Error> NoValue(const PartitionField& field) {
  return Fail(ErrorCode::kInvalidArgument, "The partition value is not of the type {}",
              field.result_type);
}

std::optional<std::string> DecodeHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    auto end = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (end.ec != std::errc() || end.ptr != text.data() + i + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

std::optional<__int128> DecodeWhole(std::string_view text) {
  const bool is_negative = text.starts_with("-");
  if (is_negative) text.remove_prefix(1);
  constexpr std::size_t kDigitsMax = 38;
  if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
  __int128 value = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return is_negative ? -value : value;
}

/// Bytes of the fixed value that holds every decimal of the precision.
std::size_t DecimalBytes(int precision) {
  double bits = precision * std::log2(10.0) + 1;
  return static_cast<std::size_t>(std::ceil(bits / 8));
}

json::value AvroTypeOf(const PartitionField& field) {
  const std::string& type = field.result_type;
  if (type == "date") return {{"type", "int"}, {"logicalType", "date"}};
  if (type == "timestamp" || type == "timestamptz") {
    return {{"type", "long"},
            {"logicalType", "timestamp-micros"},
            {"adjust-to-utc", type == "timestamptz"}};
  }
  if (type == "binary") return "bytes";
  if (IsDecimal(type)) {
    const int precision = DecimalPrecision(type);
    return {{"type", "fixed"},
            {"name", JsonText(fmt::format("decimal_{}_{}", precision, field.field_id))},
            {"size", static_cast<std::int64_t>(DecimalBytes(precision))},
            {"logicalType", "decimal"},
            {"precision", precision},
            {"scale", DecimalScale(type)}};
  }
  return JsonText(type);
}

/// Avro names are letters, digits and underscores: other characters become "_x" and their code in
/// hexadecimal digits, as Iceberg's writers spell them.
std::string AvroName(std::string_view name) {
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  for (char c : name) {
    if (is_letter(c) || (is_digit(c) && !out.empty())) {
      out.push_back(c);
    } else if (is_digit(c)) {
      out += std::string("_") + c;
    } else {
      out += fmt::format("_x{:X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// The single-value form of a partition value that is no NaN.
std::string SingleOf(const PartitionField& field, const json::value& value) {
  auto store = [](auto number) {
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
  };
  const std::string& type = field.result_type;
  if (const json::string* text = value.if_string()) {
    std::string bytes(text->data(), text->size());
    if (!IsDecimal(type)) return bytes;
    return SingleValueOf(type, ParquetType::kFixedLenByteArray, bytes).value_or(bytes);
  }
  if (value.is_bool()) return std::string(1, value.get_bool() ? '\1' : '\0');
  if (type == "float") return store(static_cast<float>(value.get_double()));
  if (type == "double") return store(value.get_double());
  if (type == "int" || type == "date") return store(static_cast<std::int32_t>(value.get_int64()));
  return store(value.get_int64());
}

void Count(const PartitionField& field, const json::value& value, PartitionSummary* summary) {
  if (value.is_null()) {
    summary->contains_null = true;
    return;
  }
  if (value.is_double() && std::isnan(value.get_double())) {
    summary->contains_nan = true;
    return;
  }
  std::string single = SingleOf(field, value);
  const std::string& type = field.result_type;
  if (!summary->lower || CompareSingleValues(type, single, *summary->lower) < 0) {
    summary->lower = single;
  }
  if (!summary->upper || CompareSingleValues(type, single, *summary->upper) > 0) {
    summary->upper = std::move(single);
  }
}

}  // namespace

Result<std::vector<PartitionField>> ReadPartitionSpec(const json::object& spec,
                                                      const std::vector<SchemaLeaf>& leaves) {
  std::vector<PartitionField> fields;
  const json::array* items = FindArray(spec, "fields");
  if (items == nullptr) return fields;
  for (const json::value& item : *items) {
    const json::object* object = item.if_object();
    if (object == nullptr) return Fail(ErrorCode::kInternal, "A table's metadata is damaged");
    PartitionField field;
    field.field_id = FindInt(*object, "field-id").value_or(0);
    field.name = FindText(*object, "name");
    const std::string text = FindText(*object, "transform");
    const std::optional<Transform> transform = ParseTransform(text);
    if (!transform)
      return Fail(ErrorCode::kUnsupported, "The partition transform is not known: {}", text);
    field.transform = *transform;
    const SchemaLeaf* leaf = FindLeaf(leaves, FindInt(*object, "source-id").value_or(-1));
    if (leaf == nullptr && transform->kind != Transform::Kind::kVoid) {
      return Fail(ErrorCode::kUnsupported, "The column of the partition field {} is gone",
                  field.name);
    }
    if (leaf != nullptr) field.source_path = leaf->path;
    if (leaf != nullptr) field.source_id = leaf->id;
    field.source_type = leaf == nullptr ? std::string("int") : leaf->type;
    field.result_type = ResultTypeOf(*transform, field.source_type);
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<json::value> DecodePartitionText(const PartitionField& field, std::string_view text) {
  const std::string& type = field.result_type;
  if (type == "boolean") {
    if (text == "true" || text == "false") return json::value(text == "true");
    return NoValue(field);
  }
  if (type == "string" || type == "binary") {
    std::optional<std::string> bytes = DecodeHex(text);
    if (!bytes || !IsSingleValue(type, *bytes)) return NoValue(field);
    return json::value(JsonText(*bytes));
  }
  if (type == "float" || type == "double") {
    double number = 0;
    auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return NoValue(field);
    return json::value(number);
  }
  const std::optional<__int128> whole = DecodeWhole(text);
  if (!whole) return NoValue(field);
  if (IsDecimal(type)) {
    std::string bytes = MinimalTwosComplement(*whole);
    const std::size_t size = DecimalBytes(DecimalPrecision(type));
    if (bytes.size() > size) return NoValue(field);
    return json::value(
        JsonText(std::string(size - bytes.size(), *whole < 0 ? '\xFF' : '\0') + bytes));
  }
  const bool is_short = type == "int" || type == "date";
  if (*whole > (is_short ? INT32_MAX : INT64_MAX) || *whole < (is_short ? INT32_MIN : INT64_MIN)) {
    return NoValue(field);
  }
  return json::value(static_cast<std::int64_t>(*whole));
}

json::value PartitionAvroSchema(const std::vector<PartitionField>& fields) {
  json::array members;
  for (const PartitionField& field : fields) {
    std::string name = AvroName(field.name);
    // Two names may be spelled alike; the field's id tells them apart.
    const bool is_spelled = name.empty() || name != field.name;
    if (is_spelled) name += fmt::format("_{}", field.field_id);
    json::array optional{"null", AvroTypeOf(field)};
    json::object member{{"name", JsonText(name)},
                        {"type", std::move(optional)},
                        {"default", nullptr},
                        {"field-id", field.field_id}};
    if (is_spelled) member["iceberg-field-name"] = JsonText(field.name);
    members.push_back(std::move(member));
  }
  return json::object{{"type", "record"}, {"name", "r102"}, {"fields", std::move(members)}};
}

std::vector<PartitionSummary> SummarizePartitions(const std::vector<PartitionField>& fields,
                                                  const std::vector<ManifestEntry>& entries) {
  std::vector<PartitionSummary> summaries(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& type = fields[i].result_type;
    if (type == "float" || type == "double") summaries[i].contains_nan = false;
    if (fields[i].transform.kind == Transform::Kind::kVoid) {
      summaries[i].contains_null = true;  // and nothing else
      continue;
    }
    for (const ManifestEntry& entry : entries) {
      if (i < entry.file.partition.size()) Count(fields[i], entry.file.partition[i], &summaries[i]);
    }
  }
  return summaries;
}

}  // namespace sluice
