#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "job/job.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/statement_signature.h"

namespace sluice {

/// Pairs of texts as a column keeps them: [["key","value"],…], or '' for none.
std::string EncodePairs(const std::vector<std::pair<std::string, std::string>>& pairs);
Result<std::vector<std::pair<std::string, std::string>>> DecodePairs(std::string_view text);
std::string EncodeTags(const std::vector<Tag>& tags);
Result<std::vector<Tag>> DecodeTags(std::string_view text);

/// The columns that DecodeJob reads, of jobs j, job_requests r and job_outcomes o.
inline constexpr std::string_view kJobSelect =
    "SELECT j.project_id, j.seq, j.job_id, j.state, j.attempt, j.type, j.mode, j.queue, j.owner,"
    " j.engine_type, j.database_name, j.table_name, j.start_time_ms, j.duration_ms, j.timeout_ms,"
    " j.input_size_bytes, j.result_count, j.input_row_count, j.bad_row_count, j.output_bytes,"
    " j.cpu_ms, j.cancel_requested_ms, j.cancel_reason, j.tags, r.current_database, r.conf,"
    " r.statement, o.message, o.schema_json"
    " FROM jobs AS j JOIN job_requests AS r USING (project_id, seq)"
    " LEFT JOIN job_outcomes AS o USING (project_id, seq)";

/// The job of the current row. kInternal when the row holds what this program cannot read; the
/// message says which column.
Result<Job> DecodeJob(const Query& row);

/// Writes the rows of a new job.
Result<void> InsertJobRows(Connection& connection, const Job& job,
                           const StatementSignature& signature);

}  // namespace sluice
