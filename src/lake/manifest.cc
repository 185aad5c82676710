#include "lake/manifest.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lake/avro_file.h"
#include "lake/json_access.h"

namespace sluice {
namespace {

// The Avro schemas below are the specification's: names and field ids are its words.

constexpr const char* kCountsSchema =
    R"(["null",{{"type":"array","logicalType":"map","items":{{"type":"record","name":"k{0}_v{1}",
    "fields":[{{"name":"key","type":"int","field-id":{0}}},
              {{"name":"value","type":"{2}","field-id":{1}}}]}}}}])";

constexpr const char* kEntrySchema =
    R"({{"type":"record","name":"manifest_entry","fields":[
    {{"name":"status","type":"int","field-id":0}},
    {{"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1}},
    {{"name":"sequence_number","type":["null","long"],"default":null,"field-id":3}},
    {{"name":"file_sequence_number","type":["null","long"],"default":null,"field-id":4}},
    {{"name":"data_file","field-id":2,"type":{{"type":"record","name":"r2","fields":[
      {{"name":"content","type":"int","field-id":134}},
      {{"name":"file_path","type":"string","field-id":100}},
      {{"name":"file_format","type":"string","field-id":101}},
      {{"name":"partition","type":{0},"field-id":102}},
      {{"name":"record_count","type":"long","field-id":103}},
      {{"name":"file_size_in_bytes","type":"long","field-id":104}},
      {{"name":"column_sizes","type":{1},"default":null,"field-id":108}},
      {{"name":"value_counts","type":{2},"default":null,"field-id":109}},
      {{"name":"null_value_counts","type":{3},"default":null,"field-id":110}},
      {{"name":"nan_value_counts","type":{4},"default":null,"field-id":137}},
      {{"name":"lower_bounds","type":{5},"default":null,"field-id":125}},
      {{"name":"upper_bounds","type":{6},"default":null,"field-id":128}},
      {{"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":131}},
      {{"name":"split_offsets","default":null,"field-id":132,
        "type":["null",{{"type":"array","items":"long","element-id":133}}]}},
      {{"name":"equality_ids","default":null,"field-id":135,
        "type":["null",{{"type":"array","items":"int","element-id":136}}]}},
      {{"name":"sort_order_id","type":["null","int"],"default":null,"field-id":140}},
      {{"name":"referenced_data_file","type":["null","string"],"default":null,"field-id":143}}
    ]}}}}]}})";

constexpr const char* kListSchema =
    R"({"type":"record","name":"manifest_file","fields":[
    {"name":"manifest_path","type":"string","field-id":500},
    {"name":"manifest_length","type":"long","field-id":501},
    {"name":"partition_spec_id","type":"int","field-id":502},
    {"name":"content","type":"int","field-id":517},
    {"name":"sequence_number","type":"long","field-id":515},
    {"name":"min_sequence_number","type":"long","field-id":516},
    {"name":"added_snapshot_id","type":"long","field-id":503},
    {"name":"added_files_count","type":"int","field-id":504},
    {"name":"existing_files_count","type":"int","field-id":505},
    {"name":"deleted_files_count","type":"int","field-id":506},
    {"name":"added_rows_count","type":"long","field-id":512},
    {"name":"existing_rows_count","type":"long","field-id":513},
    {"name":"deleted_rows_count","type":"long","field-id":514},
    {"name":"partitions","default":null,"field-id":507,
     "type":["null",{"type":"array","element-id":508,"items":{"type":"record","name":"r508",
       "fields":[{"name":"contains_null","type":"boolean","field-id":509},
                 {"name":"contains_nan","type":["null","boolean"],"default":null,"field-id":518},
                 {"name":"lower_bound","type":["null","bytes"],"default":null,"field-id":510},
                 {"name":"upper_bound","type":["null","bytes"],"default":null,"field-id":511}]}}]},
    {"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":519}]})";

tl::unexpected<Error> Unknown() {
  return Fail(ErrorCode::kUnsupported, "The manifest has a form that is not known here");
}

// --- Writing ---

std::string EncodeCount(std::int64_t count) { return EncodeAvroLong(count); }
std::string EncodeNone() { return EncodeAvroLong(0); }  // the first branch of a union: null
std::string EncodeSome(std::string_view encoded) { return EncodeAvroLong(1).append(encoded); }

std::string EncodeOptional(const std::optional<std::int64_t>& number) {
  return number ? EncodeSome(EncodeAvroLong(*number)) : EncodeNone();
}
std::string EncodeOptional(const std::optional<std::string>& text) {
  return text ? EncodeSome(EncodeAvroText(*text)) : EncodeNone();
}
std::string EncodeOptional(const std::optional<bool>& flag) {
  return flag ? EncodeSome(std::string(1, *flag ? '\1' : '\0')) : EncodeNone();
}

/// Items that are encoded already, as an array in one block.
std::string EncodeArray(std::size_t count, std::string_view items) {
  if (count == 0) return EncodeAvroLong(0);
  return EncodeAvroLong(static_cast<std::int64_t>(count)).append(items) + EncodeAvroLong(0);
}

std::string EncodeItem(std::int64_t value) { return EncodeAvroLong(value); }
std::string EncodeItem(const std::string& value) { return EncodeAvroText(value); }

template <class Value>
std::string EncodeById(const ByFieldId<Value>& values) {
  if (values.empty()) return EncodeNone();
  std::string items;
  for (const auto& [id, value] : values) items += EncodeAvroLong(id) + EncodeItem(value);
  return EncodeSome(EncodeArray(values.size(), items));
}

std::string EncodeNumbers(const std::vector<std::int64_t>& numbers) {
  if (numbers.empty()) return EncodeNone();
  std::string items;
  for (std::int64_t number : numbers) items += EncodeAvroLong(number);
  return EncodeSome(EncodeArray(numbers.size(), items));
}

template <class Number>
std::string EncodeFloating(const json::value& value) {
  const auto number = static_cast<Number>(
      value.is_double() ? value.get_double() : static_cast<double>(value.get_int64()));
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

tl::unexpected<Error> WrongPartition() {
  return Fail(ErrorCode::kInvalidArgument, "A partition value is not of its field's type");
}

/// A value that is there, by the plain type's name.
Result<std::string> EncodePlain(std::string_view type, std::int64_t fixed_bytes,
                                const json::value& value) {
  const json::string* text = value.if_string();
  if ((type == "int" || type == "long") && value.is_int64()) {
    return EncodeAvroLong(value.get_int64());
  }
  if (type == "boolean" && value.is_bool()) return std::string(1, value.get_bool() ? '\1' : '\0');
  if ((type == "string" || type == "bytes") && text != nullptr) {
    return EncodeAvroText({text->data(), text->size()});
  }
  if (type == "fixed" && text != nullptr &&
      static_cast<std::int64_t>(text->size()) == fixed_bytes) {
    return std::string(text->data(), text->size());
  }
  if (type == "float" && value.is_number()) return EncodeFloating<float>(value);
  if (type == "double" && value.is_number()) return EncodeFloating<double>(value);
  return WrongPartition();
}

Result<std::string> EncodeValue(const json::value& schema, const json::value& value) {
  if (const json::array* branches = schema.if_array()) {
    for (std::size_t branch = 0; branch < branches->size(); ++branch) {
      const json::string* name = branches->at(branch).if_string();
      const bool is_null = name != nullptr && *name == "null";
      if (is_null != value.is_null()) continue;
      const std::string choice = EncodeAvroLong(static_cast<std::int64_t>(branch));
      return is_null ? choice : choice + TRY(EncodeValue(branches->at(branch), value));
    }
    return WrongPartition();
  }
  if (const json::string* name = schema.if_string()) {
    return EncodePlain({name->data(), name->size()}, 0, value);
  }
  const json::object* complex = schema.if_object();
  if (complex == nullptr) return Unknown();
  return EncodePlain(FindText(*complex, "type"), FindInt(*complex, "size").value_or(-1), value);
}

Result<std::string> EncodePartition(const json::value& schema, const json::array& partition) {
  const json::object* record = schema.if_object();
  const json::array* fields = record == nullptr ? nullptr : FindArray(*record, "fields");
  if (fields == nullptr || fields->size() != partition.size()) return WrongPartition();
  std::string out;
  for (std::size_t i = 0; i < partition.size(); ++i) {
    const json::object* field = fields->at(i).if_object();
    const json::value* type = field == nullptr ? nullptr : FindMember(*field, "type");
    if (type == nullptr) return Unknown();
    out += TRY(EncodeValue(*type, partition[i]));
  }
  return out;
}

Result<std::string> EncodeEntry(const ManifestShape& shape, const ManifestEntry& entry) {
  const DataFile& file = entry.file;
  std::string out = EncodeAvroLong(static_cast<std::int64_t>(entry.status));
  out += EncodeOptional(entry.snapshot_id);
  out += EncodeOptional(entry.sequence_number);
  out += EncodeOptional(entry.file_sequence_number);
  out += EncodeAvroLong(static_cast<std::int64_t>(file.content));
  out += EncodeAvroText(file.uri) + EncodeAvroText(file.format);
  out += TRY(EncodePartition(shape.partition, file.partition));
  out += EncodeCount(file.rows) + EncodeCount(file.bytes);
  const ColumnMetrics& metrics = file.metrics;
  out += EncodeById(metrics.sizes) + EncodeById(metrics.values) + EncodeById(metrics.nulls);
  out += EncodeById(metrics.nans) + EncodeById(metrics.lower) + EncodeById(metrics.upper);
  out += EncodeOptional(file.key_metadata) + EncodeNumbers(file.split_offsets);
  out += EncodeNumbers(file.equality_ids) + EncodeOptional(file.sort_order_id);
  return out + EncodeOptional(file.referenced_data_file);
}

std::string EncodeSummaries(const std::optional<std::vector<PartitionSummary>>& summaries) {
  if (!summaries) return EncodeNone();
  std::string items;
  for (const PartitionSummary& summary : *summaries) {
    items += std::string(1, summary.contains_null ? '\1' : '\0');
    items += EncodeOptional(summary.contains_nan);
    items += EncodeOptional(summary.lower) + EncodeOptional(summary.upper);
  }
  return EncodeSome(EncodeArray(summaries->size(), items));
}

std::string EncodeListed(const ListedManifest& manifest) {
  std::string out = EncodeAvroText(manifest.uri);
  for (std::int64_t number :
       {manifest.bytes, manifest.spec_id, static_cast<std::int64_t>(manifest.content),
        manifest.sequence_number, manifest.min_sequence_number, manifest.added_snapshot_id,
        manifest.added_files, manifest.existing_files, manifest.deleted_files, manifest.added_rows,
        manifest.existing_rows, manifest.deleted_rows}) {
    out += EncodeAvroLong(number);
  }
  return out + EncodeSummaries(manifest.partitions) + EncodeOptional(manifest.key_metadata);
}

// --- Reading ---

Result<std::int64_t> GetNumber(const json::object& values, std::string_view name) {
  std::optional<std::int64_t> number = FindInt(values, name);
  if (!number) return Unknown();
  return *number;
}

/// Rows or bytes of a data file.
Result<std::int64_t> GetCount(const json::object& values, std::string_view name) {
  const std::int64_t count = TRY(GetNumber(values, name));
  if (count < 0 || count > kDataFileNumberMax) return Unknown();
  return count;
}

std::optional<std::string> FindBytes(const json::object& values, std::string_view name) {
  const json::string* text = FindString(values, name);
  if (text == nullptr) return std::nullopt;
  return std::string(text->data(), text->size());
}

Result<void> TakeItem(const json::value& value, std::int64_t* out) {
  if (!value.is_int64()) return Unknown();
  *out = value.get_int64();
  return {};
}

Result<void> TakeItem(const json::value& value, std::string* out) {
  const json::string* text = value.if_string();
  if (text == nullptr) return Unknown();
  out->assign(text->data(), text->size());
  return {};
}

/// A map with numbers for keys, which Avro has as an array of pairs.
template <class Value>
Result<void> TakeById(const json::object& values, std::string_view name, ByFieldId<Value>* out) {
  const json::array* items = FindArray(values, name);
  if (items == nullptr) return {};
  out->reserve(items->size());
  for (const json::value& item : *items) {
    const json::object* pair = item.if_object();
    const json::value* value = pair == nullptr ? nullptr : FindMember(*pair, "value");
    if (value == nullptr) return Unknown();
    const std::int64_t id = TRY(GetNumber(*pair, "key"));
    if (id < 0 || id > INT32_MAX) return Unknown();
    Value taken{};
    TRY_VOID(TakeItem(*value, &taken));
    out->emplace_back(static_cast<std::int32_t>(id), std::move(taken));
  }
  std::stable_sort(out->begin(), out->end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return {};
}

Result<void> TakeNumbers(const json::object& values, std::string_view name,
                         std::vector<std::int64_t>* out) {
  const json::array* items = FindArray(values, name);
  if (items == nullptr) return {};
  for (const json::value& item : *items) {
    std::int64_t number = 0;
    TRY_VOID(TakeItem(item, &number));
    out->push_back(number);
  }
  return {};
}

/// The record's values in the order of its fields; boost's objects keep the order of insertion.
json::array ValuesInOrder(json::object record) {
  json::array values;
  values.reserve(record.size());
  for (auto& member : record) values.push_back(std::move(member.value()));
  return values;
}

Result<void> TakeMetrics(const json::object& values, ColumnMetrics* metrics) {
  TRY_VOID(TakeById(values, "column_sizes", &metrics->sizes));
  TRY_VOID(TakeById(values, "value_counts", &metrics->values));
  TRY_VOID(TakeById(values, "null_value_counts", &metrics->nulls));
  TRY_VOID(TakeById(values, "nan_value_counts", &metrics->nans));
  TRY_VOID(TakeById(values, "lower_bounds", &metrics->lower));
  return TakeById(values, "upper_bounds", &metrics->upper);
}

Result<DataFile> DecodeFile(json::object values) {
  DataFile file;
  const std::int64_t content = FindInt(values, "content").value_or(0);
  if (content < 0 || content > 2) return Unknown();
  file.content = static_cast<FileContent>(content);
  file.uri = FindText(values, "file_path");
  file.format = FindText(values, "file_format");
  if (file.uri.empty()) return Unknown();
  if (json::value* partition = values.if_contains("partition");
      partition && partition->is_object()) {
    file.partition = ValuesInOrder(std::move(partition->get_object()));
  }
  file.rows = TRY(GetCount(values, "record_count"));
  file.bytes = TRY(GetCount(values, "file_size_in_bytes"));
  TRY_VOID(TakeMetrics(values, &file.metrics));
  file.key_metadata = FindBytes(values, "key_metadata");
  TRY_VOID(TakeNumbers(values, "split_offsets", &file.split_offsets));
  TRY_VOID(TakeNumbers(values, "equality_ids", &file.equality_ids));
  file.sort_order_id = FindInt(values, "sort_order_id");
  file.referenced_data_file = FindBytes(values, "referenced_data_file");
  return file;
}

Result<ManifestEntry> DecodeEntry(json::object values) {
  json::value* file = values.if_contains("data_file");
  const std::int64_t status = TRY(GetNumber(values, "status"));
  if (file == nullptr || !file->is_object() || status < 0 || status > 2) return Unknown();
  ManifestEntry entry;
  entry.status = static_cast<EntryStatus>(status);
  entry.snapshot_id = FindInt(values, "snapshot_id");
  entry.sequence_number = FindInt(values, "sequence_number");
  entry.file_sequence_number = FindInt(values, "file_sequence_number");
  entry.file = TRY(DecodeFile(std::move(file->get_object())));
  // Only an added file may take its numbers from the list.
  if (entry.status != EntryStatus::kAdded && (!entry.sequence_number || !entry.snapshot_id)) {
    return Unknown();
  }
  return entry;
}

Result<std::vector<PartitionSummary>> DecodeSummaries(const json::array& items) {
  std::vector<PartitionSummary> summaries;
  for (const json::value& item : items) {
    const json::object* object = item.if_object();
    const json::value* null = object == nullptr ? nullptr : FindMember(*object, "contains_null");
    if (null == nullptr || !null->is_bool()) return Unknown();
    PartitionSummary& summary = summaries.emplace_back();
    summary.contains_null = null->get_bool();
    const json::value* nan = FindMember(*object, "contains_nan");
    if (nan != nullptr && nan->is_bool()) summary.contains_nan = nan->get_bool();
    summary.lower = FindBytes(*object, "lower_bound");
    summary.upper = FindBytes(*object, "upper_bound");
  }
  return summaries;
}

Result<ListedManifest> DecodeListed(const json::object& values) {
  ListedManifest manifest;
  manifest.uri = FindText(values, "manifest_path");
  manifest.bytes = TRY(GetNumber(values, "manifest_length"));
  manifest.spec_id = TRY(GetNumber(values, "partition_spec_id"));
  const std::int64_t content = TRY(GetNumber(values, "content"));
  if (content < 0 || content > 1) return Unknown();
  manifest.content = static_cast<ManifestContent>(content);
  manifest.sequence_number = TRY(GetNumber(values, "sequence_number"));
  manifest.min_sequence_number = TRY(GetNumber(values, "min_sequence_number"));
  manifest.added_snapshot_id = TRY(GetNumber(values, "added_snapshot_id"));
  manifest.added_files = TRY(GetCount(values, "added_files_count"));
  manifest.existing_files = TRY(GetCount(values, "existing_files_count"));
  manifest.deleted_files = TRY(GetCount(values, "deleted_files_count"));
  manifest.added_rows = TRY(GetNumber(values, "added_rows_count"));
  manifest.existing_rows = TRY(GetNumber(values, "existing_rows_count"));
  manifest.deleted_rows = TRY(GetNumber(values, "deleted_rows_count"));
  if (const json::array* items = FindArray(values, "partitions")) {
    manifest.partitions = TRY(DecodeSummaries(*items));
  }
  manifest.key_metadata = FindBytes(values, "key_metadata");
  return manifest;
}

/// The Avro type of the field `name` of a record.
const json::value* TypeOfField(const json::value& record, std::string_view name) {
  const json::object* object = record.if_object();
  const json::array* fields = object == nullptr ? nullptr : FindArray(*object, "fields");
  if (fields == nullptr) return nullptr;
  for (const json::value& item : *fields) {
    const json::object* field = item.if_object();
    if (field != nullptr && FindText(*field, "name") == name) return FindMember(*field, "type");
  }
  return nullptr;
}

Result<ManifestShape> ShapeOf(const AvroHead& head) {
  ManifestShape shape;
  auto member = [&head](const char* name) {
    auto found = head.members.find(name);
    return found == head.members.end() ? std::string() : found->second;
  };
  shape.schema_json = member("schema");
  shape.spec_json = member("partition-spec");
  shape.spec_id = std::atoll(member("partition-spec-id").c_str());
  if (member("content") == "deletes") shape.content = ManifestContent::kDeletes;
  const json::value* file = TypeOfField(head.schema, "data_file");
  const json::value* partition = file == nullptr ? nullptr : TypeOfField(*file, "partition");
  if (partition == nullptr) return Unknown();
  shape.partition = *partition;
  return shape;
}

/// The id that the schema itself says; the specification wants it beside it, too.
std::string SchemaIdOf(const std::string& schema_json) {
  Result<json::value> schema = ParseJson(schema_json);
  const json::object* object = schema ? schema->if_object() : nullptr;
  return fmt::format("{}", object == nullptr ? 0 : FindInt(*object, "schema-id").value_or(0));
}

}  // namespace

Result<Manifest> ReadManifest(std::string_view bytes) {
  Manifest manifest;
  auto take = [&manifest](json::object record) -> Result<void> {
    manifest.entries.push_back(TRY(DecodeEntry(std::move(record))));
    return {};
  };
  const AvroHead head = TRY(VisitAvroFile(bytes,
                                          {"status",
                                           "snapshot_id",
                                           "sequence_number",
                                           "file_sequence_number",
                                           "data_file",
                                           "content",
                                           "file_path",
                                           "file_format",
                                           "partition",
                                           "record_count",
                                           "file_size_in_bytes",
                                           "column_sizes",
                                           "value_counts",
                                           "null_value_counts",
                                           "nan_value_counts",
                                           "lower_bounds",
                                           "upper_bounds",
                                           "key",
                                           "value",
                                           "key_metadata",
                                           "split_offsets",
                                           "equality_ids",
                                           "sort_order_id",
                                           "referenced_data_file"},
                                          "partition", take));
  manifest.shape = TRY(ShapeOf(head));
  return manifest;
}

Result<std::vector<ListedManifest>> ReadManifestList(std::string_view bytes) {
  std::vector<ListedManifest> manifests;
  auto take = [&manifests](const json::object& record) -> Result<void> {
    manifests.push_back(TRY(DecodeListed(record)));
    return {};
  };
  TRY_VOID(VisitAvroFile(
               bytes,
               {"manifest_path", "manifest_length", "partition_spec_id", "content",
                "sequence_number", "min_sequence_number", "added_snapshot_id", "added_files_count",
                "existing_files_count", "deleted_files_count", "added_rows_count",
                "existing_rows_count", "deleted_rows_count", "partitions", "key_metadata"},
               "partitions", take)
               .map([](const AvroHead&) {}));
  return manifests;
}

Result<std::string> WriteManifest(const Manifest& manifest) {
  const ManifestShape& shape = manifest.shape;
  const std::string schema = fmt::format(
      kEntrySchema, json::serialize(shape.partition), fmt::format(kCountsSchema, 117, 118, "long"),
      fmt::format(kCountsSchema, 119, 120, "long"), fmt::format(kCountsSchema, 121, 122, "long"),
      fmt::format(kCountsSchema, 138, 139, "long"), fmt::format(kCountsSchema, 126, 127, "bytes"),
      fmt::format(kCountsSchema, 129, 130, "bytes"));
  std::vector<std::string> records;
  records.reserve(manifest.entries.size());
  for (const ManifestEntry& entry : manifest.entries) {
    records.push_back(TRY(EncodeEntry(shape, entry)));
  }
  std::map<std::string, std::string> head = {
      {"avro.schema", schema},
      {"schema", shape.schema_json},
      {"schema-id", SchemaIdOf(shape.schema_json)},
      {"partition-spec", shape.spec_json},
      {"partition-spec-id", fmt::format("{}", shape.spec_id)},
      {"format-version", "2"},
      {"content", shape.content == ManifestContent::kData ? "data" : "deletes"}};
  return WriteAvroFile(std::move(head), records, AvroCodec::kDeflate);
}

std::string WriteManifestList(const ListHead& head, const std::vector<ListedManifest>& manifests) {
  std::map<std::string, std::string> members = {
      {"avro.schema", kListSchema},
      {"snapshot-id", fmt::format("{}", head.snapshot_id)},
      {"parent-snapshot-id",
       head.parent_snapshot_id ? fmt::format("{}", *head.parent_snapshot_id) : "null"},
      {"sequence-number", fmt::format("{}", head.sequence_number)},
      {"format-version", "2"}};
  std::vector<std::string> records;
  records.reserve(manifests.size());
  for (const ListedManifest& manifest : manifests) records.push_back(EncodeListed(manifest));
  return WriteAvroFile(std::move(members), records, AvroCodec::kDeflate);
}

void CountEntries(const std::vector<ManifestEntry>& entries, ListedManifest* listed) {
  listed->added_files = listed->existing_files = listed->deleted_files = 0;
  listed->added_rows = listed->existing_rows = listed->deleted_rows = 0;
  for (const ManifestEntry& entry : entries) {
    std::int64_t& files = entry.status == EntryStatus::kAdded      ? listed->added_files
                          : entry.status == EntryStatus::kExisting ? listed->existing_files
                                                                   : listed->deleted_files;
    std::int64_t& rows = entry.status == EntryStatus::kAdded      ? listed->added_rows
                         : entry.status == EntryStatus::kExisting ? listed->existing_rows
                                                                  : listed->deleted_rows;
    ++files;
    rows += entry.file.rows;
  }
}

}  // namespace sluice
