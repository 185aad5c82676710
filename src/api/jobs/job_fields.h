#pragma once

#include <string>
#include <vector>

#include "api/gate.h"
#include "base/json.h"
#include "base/result.h"
#include "job/job.h"
#include "types/data_type.h"

namespace sluice::api {

/// Counts that clients read into 32 bits stop here (contract/clients.md 0).
inline constexpr std::int64_t kInt32Max = 2'147'483'647;

/// The {job_id} of the path; kInvalidArgument when it is no UUID.
Result<JobId> DecodeJobId(const http::Request& request);

/// is_success true and the message: how every answer begins.
void WriteSuccess(std::string_view message, JsonWriter* json);
/// "tags", left out when there are none.
void WriteTags(const std::vector<Tag>& tags, JsonWriter* json);
/// "schema": one object of one member for each column, with SQL names of types.
void WriteSchema(const Schema& schema, JsonWriter* json);
/// "input_row_count" and "bad_row_count", left out when the job has none.
void WriteRowCounts(const JobCounts& counts, JsonWriter* json);
/// "database_name" and "table_name", left out when they are not known.
void WriteNames(const Job& job, JsonWriter* json);
/// The job's `detail`: Spark's schema JSON; of no columns when there is no result (yet).
const std::string& DetailOf(const Job& job);

}  // namespace sluice::api
