#include "api/jobs/job_fields.h"

#include "base/ascii.h"
#include "base/random.h"

namespace sluice::api {

Result<JobId> DecodeJobId(const http::Request& request) {
  // UUIDs are the same in upper case (RFC 9562).
  std::string id = ToLower(request.PathParameter("job_id"));
  if (!IsUuid(id)) return Fail(ErrorCode::kInvalidArgument, "The job id is not a UUID");
  return JobId(std::move(id));
}

void WriteSuccess(std::string_view message, JsonWriter* json) {
  json->Key("is_success").Bool(true);
  json->Key("message").String(message);
}

void WriteTags(const std::vector<Tag>& tags, JsonWriter* json) {
  if (tags.empty()) return;
  json->Key("tags").BeginArray();
  for (const Tag& tag : tags) {
    json->BeginObject();
    json->Key("key").String(tag.key);
    json->Key("value").String(tag.value);
    json->EndObject();
  }
  json->EndArray();
}

void WriteSchema(const Schema& schema, JsonWriter* json) {
  json->Key("schema").BeginArray();
  for (const StructField& column : schema) {
    json->BeginObject().Key(column.name).String(column.type.SqlName());
    json->EndObject();
  }
  json->EndArray();
}

void WriteRowCounts(const JobCounts& counts, JsonWriter* json) {
  if (counts.input_row_count) json->Key("input_row_count").Int(*counts.input_row_count);
  if (counts.bad_row_count) json->Key("bad_row_count").Int(*counts.bad_row_count);
}

void WriteNames(const Job& job, JsonWriter* json) {
  if (!job.database_name.empty()) json->Key("database_name").String(job.database_name);
  if (!job.table_name.empty()) json->Key("table_name").String(job.table_name);
}

const std::string& DetailOf(const Job& job) {
  static const std::string no_columns = R"({"type":"struct","fields":[]})";
  return job.schema_json.empty() ? no_columns : job.schema_json;
}

}  // namespace sluice::api
