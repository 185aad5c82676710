#include "result/result_set.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/json.h"

namespace sluice {

namespace {

constexpr const char* kPreviewFile = "preview.jsonl";

Result<std::int64_t> GetInt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_int64()) {
    return FailWithDetail(ErrorCode::kInternal, std::string(name), "A result's record is damaged");
  }
  return value->get_int64();
}

Result<StructField> DecodeColumn(const json::value& value) {
  const json::object* object = value.if_object();
  const json::string* name = object == nullptr ? nullptr : FindString(*object, "name");
  const json::string* type = object == nullptr ? nullptr : FindString(*object, "type");
  if (name == nullptr || type == nullptr) {
    return FailWithDetail(ErrorCode::kInternal, "column", "A result's record is damaged");
  }
  StructField column;
  column.name.assign(name->data(), name->size());
  column.type = TRY(ParseDataType({type->data(), type->size()}));
  return column;
}

Result<const json::array*> GetArray(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) {
    return FailWithDetail(ErrorCode::kInternal, name, "A result's record is damaged");
  }
  return array;
}

}  // namespace

std::string EncodeManifest(const ResultSet& result) {
  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("row_count").Int(result.row_count);
  json.Key("in_files").Bool(result.in_files);
  json.Key("schema").BeginArray();
  for (const StructField& column : result.schema) {
    json.BeginObject();
    json.Key("name").String(column.name);
    json.Key("type").String(column.type.SqlName());
    json.EndObject();
  }
  json.EndArray();
  // Rows are JSON, but stay text here: reading them back must not change a digit.
  json.Key("rows").BeginArray();
  for (const std::string& row : result.rows) json.String(row);
  json.EndArray();
  json.EndObject();
  return out;
}

Result<ResultSet> DecodeManifest(std::string_view manifest_json) {
  json::value root = TRY(ParseJson(manifest_json));
  const json::object* object = root.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInternal, "A result's record is damaged");
  ResultSet result;
  result.row_count = TRY(GetInt(*object, "row_count"));
  const json::value* in_files = object->if_contains("in_files");
  if (in_files == nullptr || !in_files->is_bool()) {
    return FailWithDetail(ErrorCode::kInternal, "in_files", "A result's record is damaged");
  }
  result.in_files = in_files->get_bool();
  for (const json::value& column : *TRY(GetArray(*object, "schema"))) {
    result.schema.push_back(TRY(DecodeColumn(column)));
  }
  for (const json::value& row : *TRY(GetArray(*object, "rows"))) {
    const json::string* text = row.if_string();
    if (text == nullptr) {
      return FailWithDetail(ErrorCode::kInternal, "rows", "A result's record is damaged");
    }
    result.rows.emplace_back(text->data(), text->size());
  }
  return result;
}

ResultStore::ResultStore(FileSystem* files, std::filesystem::path root)
    : files_(files), root_(std::move(root)), previews_(files) {}

Result<void> ResultStore::Publish(const JobId& job, int attempt,
                                  const std::filesystem::path& scratch_folder) {
  const std::filesystem::path job_folder = root_ / job.value();
  const std::filesystem::path place = job_folder / std::to_string(attempt);
  // A repeat after a crash finds the folder moved; its parent's entry may not have been durable.
  std::error_code error;
  if (!std::filesystem::exists(scratch_folder, error) && std::filesystem::exists(place, error)) {
    TRY_VOID(files_->SyncTree(job_folder));
    return files_->Sync(root_);
  }
  TRY_VOID(files_->SyncTree(scratch_folder));
  TRY_VOID(files_->MakeFolders(job_folder));
  TRY_VOID(files_->RemoveAll(place));
  TRY_VOID(files_->RenameDurably(scratch_folder, place));
  // The job's own folder is new as well: its entry must outlive a power cut too.
  return files_->Sync(root_);
}

Result<std::shared_ptr<ByteSource>> ResultStore::OpenPreview(const ResultSet& result,
                                                             const JobId& job, int attempt,
                                                             RowRange rows) {
  const std::int64_t kept = result.in_files
                                ? std::min<std::int64_t>(result.row_count, kPreviewRowsMax)
                                : static_cast<std::int64_t>(result.rows.size());
  rows.end = std::min(rows.end, kept);
  rows.begin = std::min(rows.begin, rows.end);
  if (result.in_files) {
    Result<std::shared_ptr<ByteSource>> lines =
        previews_.Open(root_ / job.value() / std::to_string(attempt) / kPreviewFile, rows);
    if (!lines && lines.error().code == ErrorCode::kNotFound) {
      return FailWithDetail(ErrorCode::kResultExpired, lines.error().detail,
                            "The result of the job has expired");
    }
    return lines;
  }
  std::string joined;
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    if (i > rows.begin) joined.push_back(',');
    joined += result.rows[static_cast<std::size_t>(i)];
  }
  return MakeTextSource(std::move(joined));
}

Result<void> ResultStore::Remove(const JobId& job) {
  return files_->RemoveAll(root_ / job.value());
}

}  // namespace sluice
