#include "lake/manifest.h"

#include <utility>

#include "lake/json_access.h"

namespace sluice {
namespace {

tl::unexpected<Error> Unknown() {
  return Fail(ErrorCode::kUnsupported, "The manifest has a form that is not known here");
}

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

/// Whether a schema is the primitive of this name, in either of its spellings.
bool IsPrimitive(const json::value& schema, std::string_view name) {
  if (const json::string* text = schema.if_string()) return *text == name;
  const json::object* object = schema.if_object();
  return object != nullptr && FindText(*object, "type") == name;
}

bool IsNumber(const json::value& schema) {
  return IsPrimitive(schema, "int") || IsPrimitive(schema, "long");
}

/// A value by the schema of its field: a number, a text or nothing, optional or not.
struct FieldValue {
  std::optional<std::int64_t> number;
  std::optional<std::string> text;
};

Result<std::string> EncodePlain(const json::value& schema, const FieldValue& value) {
  if (value.number && IsNumber(schema)) return EncodeAvroLong(*value.number);
  if (value.text && IsPrimitive(schema, "string")) return EncodeAvroText(*value.text);
  return Unknown();
}

Result<std::string> EncodeField(const json::value& schema, const FieldValue& value) {
  const json::array* branches = schema.if_array();
  if (branches == nullptr) return EncodePlain(schema, value);
  const bool is_null = !value.number && !value.text;
  for (std::size_t branch = 0; branch < branches->size(); ++branch) {
    const json::value& type = branches->at(branch);
    const std::string choice = EncodeAvroLong(static_cast<std::int64_t>(branch));
    if (is_null && IsPrimitive(type, "null")) return choice;
    if (is_null) continue;
    Result<std::string> encoded = EncodePlain(type, value);
    if (encoded) return choice + *encoded;
  }
  return Unknown();
}

/// Encodes a record field by field: `value_of` gives a new value or, with nullopt, keeps the bytes
/// of `record`.
template <class ValueOf>
Result<std::string> EncodeRecord(const json::value& schema, const AvroRecord& record,
                                 ValueOf value_of) {
  std::string out;
  std::size_t place = 0;
  for (const json::value& item : schema.get_object().at("fields").get_array()) {
    const json::object& field = item.get_object();
    const std::optional<FieldValue> value = value_of(FindText(field, "name"));
    if (value) {
      out += TRY(EncodeField(field.at("type"), *value));
    } else if (place < record.raw_fields.size()) {
      out += record.raw_fields[place];
    } else {
      return Unknown();
    }
    ++place;
  }
  return out;
}

Result<std::string> EncodeEntry(const json::value& schema, const ManifestEntry& entry) {
  return EncodeRecord(schema, entry.record,
                      [&entry](std::string_view name) -> std::optional<FieldValue> {
                        if (name == "status")
                          return FieldValue{static_cast<std::int64_t>(entry.status), {}};
                        if (name == "snapshot_id") return FieldValue{entry.snapshot_id, {}};
                        if (name == "sequence_number") return FieldValue{entry.sequence_number, {}};
                        if (name == "file_sequence_number")
                          return FieldValue{entry.file_sequence_number, {}};
                        return std::nullopt;
                      });
}

Result<std::string> EncodeListed(const json::value& schema, const ListedManifest& manifest) {
  if (!manifest.record.raw_fields.empty()) {
    std::string bytes;
    for (const std::string& field : manifest.record.raw_fields) bytes += field;
    return bytes;
  }
  const std::map<std::string_view, FieldValue> values = {
      {"manifest_path", {{}, manifest.uri}},
      {"manifest_length", {manifest.bytes, {}}},
      {"partition_spec_id", {manifest.spec_id, {}}},
      {"content", {static_cast<std::int64_t>(manifest.content), {}}},
      {"sequence_number", {manifest.sequence_number, {}}},
      {"min_sequence_number", {manifest.min_sequence_number, {}}},
      {"added_snapshot_id", {manifest.added_snapshot_id, {}}},
      {"added_files_count", {manifest.added_files, {}}},
      {"existing_files_count", {manifest.existing_files, {}}},
      {"deleted_files_count", {manifest.deleted_files, {}}},
      {"added_rows_count", {manifest.added_rows, {}}},
      {"existing_rows_count", {manifest.existing_rows, {}}},
      {"deleted_rows_count", {manifest.deleted_rows, {}}}};
  return EncodeRecord(schema, {}, [&values](std::string_view name) -> std::optional<FieldValue> {
    auto known = values.find(name);
    return known == values.end() ? FieldValue{} : known->second;  // what we do not know is optional
  });
}

/// One entry; the record's bytes stay with it.
Result<ManifestEntry> DecodeEntry(AvroRecord record) {
  const json::object* file = FindObject(record.values, "data_file");
  const std::int64_t status = TRY(GetNumber(record.values, "status"));
  if (file == nullptr || status < 0 || status > 2) return Unknown();
  ManifestEntry entry;
  entry.status = static_cast<EntryStatus>(status);
  entry.snapshot_id = FindInt(record.values, "snapshot_id");
  entry.sequence_number = FindInt(record.values, "sequence_number");
  entry.file_sequence_number = FindInt(record.values, "file_sequence_number");
  entry.uri = FindText(*file, "file_path");
  entry.rows = TRY(GetCount(*file, "record_count"));
  entry.bytes = TRY(GetCount(*file, "file_size_in_bytes"));
  // Only an added file may take its numbers from the list.
  if (entry.status != EntryStatus::kAdded && (!entry.sequence_number || !entry.snapshot_id)) {
    return Unknown();
  }
  if (entry.uri.empty()) return Unknown();
  record.values.clear();
  entry.record = std::move(record);
  return entry;
}

Result<ListedManifest> DecodeListed(AvroRecord record) {
  const json::object& values = record.values;
  ListedManifest manifest;
  manifest.uri = FindText(values, "manifest_path");
  manifest.bytes = TRY(GetNumber(values, "manifest_length"));
  manifest.spec_id = TRY(GetNumber(values, "partition_spec_id"));
  manifest.content = static_cast<ManifestContent>(TRY(GetNumber(values, "content")));
  manifest.sequence_number = TRY(GetNumber(values, "sequence_number"));
  manifest.min_sequence_number = TRY(GetNumber(values, "min_sequence_number"));
  manifest.added_snapshot_id = TRY(GetNumber(values, "added_snapshot_id"));
  manifest.added_files = TRY(GetNumber(values, "added_files_count"));
  manifest.existing_files = TRY(GetNumber(values, "existing_files_count"));
  manifest.deleted_files = TRY(GetNumber(values, "deleted_files_count"));
  manifest.added_rows = TRY(GetNumber(values, "added_rows_count"));
  manifest.existing_rows = TRY(GetNumber(values, "existing_rows_count"));
  manifest.deleted_rows = TRY(GetNumber(values, "deleted_rows_count"));
  record.values.clear();
  manifest.record = std::move(record);
  return manifest;
}

}  // namespace

Result<Manifest> ReadManifest(std::string_view bytes) {
  Manifest manifest;
  manifest.file = TRY(
      ReadAvroRecords(bytes, {"status", "snapshot_id", "sequence_number", "file_sequence_number",
                              "data_file", "file_path", "record_count", "file_size_in_bytes"}));
  for (AvroRecord& record : std::exchange(manifest.file.records, {})) {
    manifest.entries.push_back(TRY(DecodeEntry(std::move(record))));
  }
  return manifest;
}

Result<ManifestList> ReadManifestList(std::string_view bytes) {
  ManifestList list;
  list.file = TRY(ReadAvroRecords(
      bytes,
      {"manifest_path", "manifest_length", "partition_spec_id", "content", "sequence_number",
       "min_sequence_number", "added_snapshot_id", "added_files_count", "existing_files_count",
       "deleted_files_count", "added_rows_count", "existing_rows_count", "deleted_rows_count"}));
  for (AvroRecord& record : std::exchange(list.file.records, {})) {
    list.manifests.push_back(TRY(DecodeListed(std::move(record))));
  }
  return list;
}

Result<std::string> WriteManifest(const Manifest& like, const std::vector<ManifestEntry>& entries) {
  std::vector<std::string> records;
  records.reserve(entries.size());
  for (const ManifestEntry& entry : entries) {
    records.push_back(TRY(EncodeEntry(like.file.schema, entry)));
  }
  return WriteAvroFile(like.file.head, records);
}

Result<std::string> WriteManifestList(const ManifestList& like,
                                      const std::map<std::string, std::string>& head,
                                      const std::vector<ListedManifest>& manifests) {
  std::map<std::string, std::string> whole = like.file.head;
  for (const auto& [key, value] : head) whole.insert_or_assign(key, value);
  std::vector<std::string> records;
  records.reserve(manifests.size());
  for (const ListedManifest& manifest : manifests) {
    records.push_back(TRY(EncodeListed(like.file.schema, manifest)));
  }
  return WriteAvroFile(whole, records);
}

}  // namespace sluice
