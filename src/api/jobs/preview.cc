#include <algorithm>

#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/jobs/preview_page.h"
#include "api/query_parameters.h"

namespace sluice::api {

namespace {

constexpr std::int64_t kRowsMax = 1'000;
constexpr std::int64_t kTwinPageSizeMax = 100;
constexpr std::int64_t kTwinPageSizeDefault = 50;

std::string Encode(const Preview& preview, std::string_view rows_json) {
  std::string body;
  body.reserve(rows_json.size() + 512);
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.Key("job_id").String(preview.id.value());
  json.Key("job_type").String(JobTypeName(preview.type));
  json.Key("row_count").Int(std::min(preview.row_count, kInt32Max));
  json.Key("input_size").Int(preview.input_size_bytes);
  WriteSchema(preview.schema, &json);
  json.Key("rows").BeginArray();
  if (!rows_json.empty()) json.Raw(rows_json);
  json.EndArray();
  json.EndObject();
  return body;
}

}  // namespace

Result<http::Response> PreviewResult(const ApiServices& services, const Call& call) {
  JobId id = TRY(DecodeJobId(call.request));
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::int64_t rows_max = TRY(parameters.FindInt("page-size", {1, kRowsMax})).value_or(kRowsMax);
  Preview preview =
      TRY(services.jobs->GetPreview(call.caller.project, id, static_cast<int>(rows_max)));
  return Answer(Encode(preview, preview.rows_json));
}

Result<http::Response> PreviewResultPage(const ApiServices& services, const Call& call) {
  JobId id = TRY(DecodeJobId(call.request));
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::int64_t size =
      TRY(parameters.FindInt("page-size", {1, kTwinPageSizeMax})).value_or(kTwinPageSizeDefault);
  std::int64_t page = TRY(parameters.FindInt("current-page", {1, kInt32Max})).value_or(1);
  // Only the first rows of a result can be seen, whatever the page.
  std::int64_t end = std::min(size * page, kRowsMax);
  std::int64_t begin = std::min(size * (page - 1), end);
  Preview preview = TRY(services.jobs->GetPreview(call.caller.project, id, static_cast<int>(end)));
  return Answer(Encode(preview, SkipRows(preview.rows_json, begin)));
}

}  // namespace sluice::api
