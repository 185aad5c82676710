#include "store/sqlite/job_rows.h"

#include "base/json.h"

namespace sluice {

namespace {

/// Reads the columns of a row from left to right.
class RowReader {
 public:
  explicit RowReader(const Query& row) : row_(row) {}

  std::int64_t Int() { return row_.Int(column_++); }
  std::optional<std::int64_t> MaybeInt() { return row_.MaybeInt(column_++); }
  std::string_view Text() { return row_.Text(column_++); }
  std::string String() { return row_.String(column_++); }

 private:
  const Query& row_;
  int column_ = 0;
};

tl::unexpected<Error> BadColumn(std::string_view column, std::string_view value) {
  return FailWithDetail(ErrorCode::kInternal, fmt::format("{} is {}", column, value),
                        "A record cannot be read");
}

Result<JobMode> DecodeMode(std::string_view text) {
  for (JobMode mode : {JobMode::kAsync, JobMode::kSync}) {
    if (JobModeName(mode) == text) return mode;
  }
  return BadColumn("mode", text);
}

Result<void> DecodeIdentity(RowReader& in, Job* job) {
  job->project = ProjectId(in.String());
  job->seq = in.Int();
  job->id = JobId(in.String());
  std::string_view state = in.Text();
  if (!ParseJobState(state)) return BadColumn("state", state);
  job->state = *ParseJobState(state);
  job->attempt = static_cast<int>(in.Int());
  std::string_view type = in.Text();
  if (!ParseJobType(type)) return BadColumn("type", type);
  job->type = *ParseJobType(type);
  job->mode = TRY(DecodeMode(in.Text()));
  job->queue = QueueName(in.String());
  job->owner = in.String();
  job->engine_type = in.String();
  job->database_name = in.String();
  job->table_name = in.String();
  return {};
}

void DecodeCounts(RowReader& in, JobCounts* counts) {
  counts->input_size_bytes = in.Int();
  counts->result_count = in.Int();
  counts->input_row_count = in.MaybeInt();
  counts->bad_row_count = in.MaybeInt();
  counts->output_bytes = in.Int();
  counts->cpu_ms = in.Int();
}

}  // namespace

std::string EncodePairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  if (pairs.empty()) return text;
  JsonWriter json(&text);
  json.BeginArray();
  for (const auto& [key, value] : pairs) json.BeginArray().String(key).String(value).EndArray();
  json.EndArray();
  return text;
}

Result<std::vector<std::pair<std::string, std::string>>> DecodePairs(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (text.empty()) return pairs;
  Result<json::value> value = ParseJson(text);
  if (!value || !value->is_array()) return BadColumn("a list of pairs", text);
  for (const json::value& entry : value->get_array()) {
    const json::array* pair = entry.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_string() ||
        !pair->at(1).is_string()) {
      return BadColumn("a list of pairs", text);
    }
    pairs.emplace_back(pair->at(0).get_string(), pair->at(1).get_string());
  }
  return pairs;
}

std::string EncodeTags(const std::vector<Tag>& tags) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Tag& tag : tags) pairs.emplace_back(tag.key, tag.value);
  return EncodePairs(pairs);
}

Result<std::vector<Tag>> DecodeTags(std::string_view text) {
  std::vector<Tag> tags;
  for (auto& [key, value] : TRY(DecodePairs(text))) tags.push_back({key, value});
  return tags;
}

Result<Job> DecodeJob(const Query& row) {
  Job job;
  RowReader in(row);
  TRY_VOID(DecodeIdentity(in, &job));
  job.start_time_ms = in.Int();
  job.duration_ms = in.Int();
  job.timeout_ms = in.Int();
  DecodeCounts(in, &job.counts);
  job.cancel_requested_ms = in.MaybeInt();
  job.cancel_reason = in.String();
  job.tags = TRY(DecodeTags(in.Text()));
  job.current_database = in.String();
  job.conf = TRY(DecodePairs(in.Text()));
  job.statement = in.String();
  job.message = in.String();
  job.schema_json = in.String();
  return job;
}

Result<void> InsertJobRows(Connection& connection, const Job& job,
                           const StatementSignature& signature) {
  std::string tags = EncodeTags(job.tags);
  std::string conf = EncodePairs(job.conf);
  TRY_VOID(connection.Run(
      "INSERT INTO jobs (project_id, seq, job_id, state, state_seq, attempt, type, mode, queue, "
      "owner,"
      " engine_type, database_name, table_name, start_time_ms, duration_ms, timeout_ms, has_result,"
      " input_size_bytes, result_count, output_bytes, cpu_ms, cancel_reason, tags,"
      " signature)"
      " VALUES (?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, 0, 0, 0, '', ?, ?)",
      job.project.value(), job.seq, job.id.value(), JobStateName(job.state), JobTypeName(job.type),
      JobModeName(job.mode), job.queue.value(), job.owner, job.engine_type, job.database_name,
      job.table_name, job.start_time_ms, job.timeout_ms, tags, Blob{signature.bytes()}));
  return connection.Run(
      "INSERT INTO job_requests (project_id, seq, current_database, conf, statement)"
      " VALUES (?, ?, ?, ?, ?)",
      job.project.value(), job.seq, job.current_database, conf, job.statement);
}

}  // namespace sluice
