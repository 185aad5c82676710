#include <algorithm>
#include <utility>

#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/query_parameters.h"

namespace sluice::api {

namespace {

constexpr std::int64_t kRowsMax = 1'000;
constexpr std::int64_t kTwinPageSizeMax = 100;
constexpr std::int64_t kTwinPageSizeDefault = 50;

/// An answer up to this length is read at once and needs no room of its own.
constexpr std::uint64_t kReadAtOnceBytesMax = 64 * 1024;

constexpr std::string_view kBehindRows = "]}";

/// Everything of the answer that stands before the rows.
std::string EncodeBegin(const Preview& preview) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.Key("job_id").String(preview.id.value());
  json.Key("job_type").String(JobTypeName(preview.type));
  json.Key("row_count").Int(std::min(preview.row_count, kInt32Max));
  json.Key("input_size").Int(preview.input_size_bytes);
  WriteSchema(preview.schema, &json);
  json.Key("rows").BeginArray();
  return body;
}

/// The rows are sent from where they lie, as the client reads.
Result<http::Response> Show(const ApiServices& services, const Call& call, const JobId& id,
                            RowRange rows) {
  Preview preview = TRY(services.jobs->GetPreview(call.caller.project, id, rows));
  http::Response response;
  response.source = Enclose(EncodeBegin(preview), preview.rows, std::string(kBehindRows));
  if (response.source->size() > kReadAtOnceBytesMax) return response;
  std::shared_ptr<ByteSource> source = std::exchange(response.source, nullptr);
  TRY_VOID(ReadExactly(source.get(), source->size(), &response.body));
  return response;
}

}  // namespace

Result<http::Response> PreviewResult(const ApiServices& services, const Call& call) {
  JobId id = TRY(DecodeJobId(call.request));
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::int64_t rows_max = TRY(parameters.FindInt("page-size", {1, kRowsMax})).value_or(kRowsMax);
  return Show(services, call, id, {0, rows_max});
}

Result<http::Response> PreviewResultPage(const ApiServices& services, const Call& call) {
  JobId id = TRY(DecodeJobId(call.request));
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::int64_t size =
      TRY(parameters.FindInt("page-size", {1, kTwinPageSizeMax})).value_or(kTwinPageSizeDefault);
  std::int64_t page = TRY(parameters.FindInt("current-page", {1, kInt32Max})).value_or(1);
  // Only the first rows of a result can be seen, whatever the page.
  std::int64_t end = std::min(size * page, kRowsMax);
  return Show(services, call, id, {std::min(size * (page - 1), end), end});
}

}  // namespace sluice::api
