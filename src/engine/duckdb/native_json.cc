#include <optional>
#include <string>

#include "engine/duckdb/json_path.h"
#include "engine/duckdb/json_record.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/native_lists.h"
#include "sql/json_document.h"

namespace sluice {

namespace {

using sql::JsonDocument;

/// What Spark's functions of JSON texts take, beside from_json.
constexpr sql::JsonReading kExpressionReading = {.single_quotes = true, .control_characters = true};

/// The document in a text, or nothing.
std::optional<JsonDocument> DocumentOf(const duckdb_string_t& text) {
  JsonDocument document;
  if (sql::ReadJson(BytesOf(text), kExpressionReading, &document) != sql::JsonVerdict::kRead) {
    return std::nullopt;
  }
  return document;
}

/// (text, schema, options): the last two are the same for all rows of a call.
void FromJson(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* schemas = call.Argument<duckdb_string_t>(1);
  const auto* options = call.Argument<duckdb_string_t>(2);
  call.PassNulls(1);
  std::optional<JsonRecords> records;
  std::string out;
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    if (NativeStopRequested()) return call.Fail("The statement was interrupted");
    if (!records) {
      Result<JsonRecords> made = JsonRecords::Make(BytesOf(schemas[row]), BytesOf(options[row]));
      if (!made) return call.Fail(made.error().message);
      records.emplace(*std::move(made));
    }
    out.clear();
    const bool value = records->Read(BytesOf(texts[row]), &out);
    if (!records->error().empty()) return call.Fail(records->error());
    if (value) {
      call.SetText(row, out);
    } else {
      call.SetNull(row);
    }
  }
}

/// (text, path)
void GetJsonObject(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* paths = call.Argument<duckdb_string_t>(1);
  call.PassNulls(2);
  std::string path_text;
  std::optional<JsonPath> path;
  bool read = false;
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    if (NativeStopRequested()) return call.Fail("The statement was interrupted");
    if (!read || path_text != BytesOf(paths[row])) {
      path_text = std::string(BytesOf(paths[row]));
      path = ReadJsonPath(path_text);
      read = true;
    }
    std::optional<std::string> found;
    if (path) {
      if (const auto document = DocumentOf(texts[row])) found = FindJsonPath(*document, *path);
    }
    call.SetTextOrNull(row, found);
  }
}

void ArrayLength(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  auto* results = call.Results<std::int32_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const auto document = DocumentOf(texts[row]);
    if (document && document->kind == JsonDocument::Kind::kArray) {
      results[row] = static_cast<std::int32_t>(document->items.size());
    } else {
      call.SetNull(row);
    }
  }
}

void ObjectKeys(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  call.PassNulls(1);
  TextLists lists(&call);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    lists.Begin(row);
    const auto document = DocumentOf(texts[row]);
    if (document && document->kind == JsonDocument::Kind::kObject) {
      for (const std::string& name : document->names) lists.Add(row, name);
    } else {
      call.SetNull(row);
    }
  }
}

/// The last member of the name that is not null, as json_tuple shows it.
std::optional<std::string> MemberText(const JsonDocument& object, const std::string& name) {
  for (std::size_t i = object.items.size(); i > 0; --i) {
    const JsonDocument& item = object.items[i - 1];
    if (object.names[i - 1] != name || item.kind == JsonDocument::Kind::kNull) continue;
    if (item.kind == JsonDocument::Kind::kText) return item.text;
    std::string text;
    sql::WriteJson(item, &text);
    return text;
  }
  return std::nullopt;
}

/// (text, JSON array of names): a list as long as the names, also for NULL.
void JsonTuple(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* names = call.Argument<duckdb_string_t>(1);
  const std::uint64_t* valid = call.Validity(0);
  TextLists lists(&call);
  std::string wanted_text;
  std::optional<JsonDocument> wanted;
  for (idx_t row = 0; row < call.rows(); ++row) {
    lists.Begin(row);
    std::optional<JsonDocument> document;
    if (!IsNullAt(valid, row)) {
      document = DocumentOf(texts[row]);
    }
    const bool object = document && document->kind == JsonDocument::Kind::kObject;
    if (!wanted || wanted_text != BytesOf(names[row])) {
      wanted_text = std::string(BytesOf(names[row]));
      wanted = DocumentOf(names[row]);
    }
    if (!wanted) continue;
    for (const JsonDocument& name : wanted->items) {
      const bool named = object && name.kind == JsonDocument::Kind::kText;
      const auto text = named ? MemberText(*document, name.text) : std::nullopt;
      if (text) {
        lists.Add(row, *text);
      } else {
        lists.AddNull(row);
      }
    }
  }
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;

constexpr NativeFunction kJsonFunctions[] = {
    {"sluice_from_json", {kText, kText, kText}, kText, &FromJson},
    {"sluice_get_json_object", {kText, kText}, kText, &GetJsonObject},
    {"sluice_json_array_length", {kText}, DUCKDB_TYPE_INTEGER, &ArrayLength},
    {"sluice_json_object_keys", {kText}, DUCKDB_TYPE_LIST, &ObjectKeys},
    {"sluice_json_tuple", {kText, kText}, DUCKDB_TYPE_LIST, &JsonTuple, NativeNulls::kOwn},
};

}  // namespace

std::span<const NativeFunction> NativeJsonFunctions() { return kJsonFunctions; }

}  // namespace sluice
