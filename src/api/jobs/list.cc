#include <algorithm>
#include <array>

#include "api/error_response.h"
#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"
#include "api/long_answer.h"
#include "api/query_parameters.h"
#include "base/ascii.h"

namespace sluice::api {

namespace {

constexpr std::int64_t kPageSizeMax = 100;
constexpr int kBusy = 503;
constexpr std::size_t kSqlPatternLengthMax = 1'024;
constexpr std::string_view kAll = "ALL";

/// States of other families of jobs, which the filter knows and no SQL job has.
constexpr std::array<std::string_view, 5> kForeignStates = {"COMPUTED", "SUSPENDED", "ACTIVE",
                                                            "DELETED", "CREATING"};

struct OrderName {
  std::string_view name;
  JobOrder order;
};
constexpr std::array<OrderName, 4> kOrders = {
    OrderName{"start_time_desc", JobOrder::kStartTimeDesc},
    OrderName{"start_time_asc", JobOrder::kStartTimeAsc},
    OrderName{"duration_desc", JobOrder::kDurationDesc},
    OrderName{"duration_asc", JobOrder::kDurationAsc}};

/// The types that the values name; empty when they do not restrict.
Result<std::vector<JobType>> ParseTypes(std::string_view parameter,
                                        const std::vector<std::string>& values) {
  std::vector<JobType> types;
  bool all = false;
  for (const std::string& value : values) {
    std::string name = ToUpper(value);
    std::optional<JobType> type = ParseJobType(name);
    if (!type && name != kAll) {
      return Fail(ErrorCode::kInvalidArgument, "The parameter {} has an unknown job type: {}",
                  parameter, value);
    }
    all = all || !type;
    if (type) types.push_back(*type);
  }
  if (all) types.clear();
  return types;
}

/// job-type and job_types restrict together.
Result<void> DecodeTypes(const QueryParameters& parameters, JobFilter* filter) {
  std::vector<JobType> one = TRY(ParseTypes("job-type", parameters.GetList("job-type")));
  std::vector<JobType> several = TRY(ParseTypes("job_types", parameters.GetList("job_types")));
  if (one.empty() || several.empty()) {
    filter->types = one.empty() ? std::move(several) : std::move(one);
    return {};
  }
  std::copy_if(one.begin(), one.end(), std::back_inserter(filter->types), [&](JobType type) {
    return std::find(several.begin(), several.end(), type) != several.end();
  });
  filter->no_type_matches = filter->types.empty();
  return {};
}

Result<void> DecodeState(const QueryParameters& parameters, JobFilter* filter) {
  std::optional<std::string> text = parameters.FindText("job-status");
  if (!text) return {};
  std::string name = ToUpper(*text);
  filter->state = ParseJobState(name);
  if (filter->state || name == kAll) return {};
  if (std::find(kForeignStates.begin(), kForeignStates.end(), name) == kForeignStates.end()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter job-status has an unknown status: {}",
                *text);
  }
  filter->no_type_matches = true;
  return {};
}

Result<void> DecodeOrder(const QueryParameters& parameters, JobFilter* filter) {
  std::optional<std::string> text = parameters.FindText("order");
  if (!text) return {};
  const auto* found = std::find_if(kOrders.begin(), kOrders.end(),
                                   [&](const OrderName& entry) { return entry.name == *text; });
  if (found == kOrders.end()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter order has an unknown order: {}", *text);
  }
  filter->order = found->order;
  return {};
}

/// A bound of the start time; 0 is none.
Result<std::optional<std::int64_t>> DecodeBound(const QueryParameters& parameters,
                                                std::string_view name) {
  constexpr Range kAnyTime{0, std::numeric_limits<std::int64_t>::max()};
  std::optional<std::int64_t> bound = TRY(parameters.FindInt(name, kAnyTime));
  if (bound == 0) bound.reset();
  return bound;
}

std::optional<std::string> Fold(std::optional<std::string> name) {
  if (name) *name = ToLower(*name);
  return name;
}

void DecodeTexts(const QueryParameters& parameters, JobFilter* filter) {
  if (std::optional<std::string> id = parameters.FindText("job-id")) filter->id = JobId(*id);
  filter->queue = Fold(parameters.FindText("queue_name"));
  filter->owner = parameters.FindText("owner");
  filter->engine_type = parameters.FindText("engine-type");
  if (!filter->engine_type) filter->engine_type = parameters.FindText("engine_type");
  filter->sql_pattern = parameters.FindText("sql_pattern");
  filter->tags = parameters.GetTags("tags");
  filter->database_name = Fold(parameters.FindText("db_name"));
  filter->table_name = Fold(parameters.FindText("table_name"));
}

Result<JobFilter> DecodeFilter(const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  JobFilter filter;
  filter.project = call.caller.project;
  DecodeTexts(parameters, &filter);
  TRY_VOID(DecodeTypes(parameters, &filter));
  TRY_VOID(DecodeState(parameters, &filter));
  TRY_VOID(DecodeOrder(parameters, &filter));
  filter.started_after_ms = TRY(DecodeBound(parameters, "start"));
  filter.started_before_ms = TRY(DecodeBound(parameters, "end"));
  std::optional<std::int64_t> size = TRY(parameters.FindInt("page-size", {1, kPageSizeMax}));
  std::optional<std::int64_t> page = TRY(parameters.FindInt("current-page", {1, kInt32Max}));
  filter.page_size = static_cast<int>(size.value_or(filter.page_size));
  filter.current_page = static_cast<int>(page.value_or(filter.current_page));
  if (filter.sql_pattern && Utf8Length(*filter.sql_pattern) > kSqlPatternLengthMax) {
    return Fail(ErrorCode::kInvalidArgument,
                "The parameter sql_pattern has more than {} characters", kSqlPatternLengthMax);
  }
  return filter;
}

/// What only a final job has. The costs are strings on the wire.
void WriteEnd(const Job& job, JsonWriter* json) {
  if (!IsFinal(job.state)) return;
  json->Key("end_time").Int(job.end_time_ms());
  json->Key("cpu_cost").String(std::to_string(job.counts.cpu_ms));
  json->Key("output_byte").String(std::to_string(job.counts.output_bytes));
}

void WriteEntry(const Job& job, JsonWriter* json) {
  json->BeginObject();
  json->Key("job_id").String(job.id.value());
  json->Key("job_type").String(JobTypeName(job.type));
  json->Key("queue_name").String(job.queue.value());
  json->Key("owner").String(job.owner);
  json->Key("start_time").Int(job.start_time_ms);
  json->Key("duration").Int(job.duration_ms);
  json->Key("status").String(JobStateName(job.state));
  WriteRowCounts(job.counts, json);
  json->Key("input_size").Int(job.counts.input_size_bytes);
  json->Key("result_count").Int(job.counts.result_count);
  WriteNames(job, json);
  json->Key("detail").String(DetailOf(job));
  json->Key("engine_type").String(job.engine_type);
  json->Key("statement").String(job.statement);
  WriteTags(job.tags, json);
  json->Key("message").String(job.message);
  WriteEnd(job, json);
  json->EndObject();
}

}  // namespace

Result<http::Response> ListJobs(const ApiServices& services, const Call& call) {
  JobFilter filter = TRY(DecodeFilter(call));
  // A hundred statements of a megabyte are a page, too.
  LongAnswer answer(services.spool);
  JsonWriter json(answer.text());
  JobPageVisitor visitor;
  visitor.on_count = [&](std::int64_t job_count) -> Result<void> {
    json.BeginObject();
    WriteSuccess("", &json);
    json.Key("job_count").Int(std::min(job_count, kInt32Max));
    // The only array at the top level: golangsdk's pager merges all it finds.
    json.Key("jobs").BeginArray();
    return {};
  };
  Result<void> spilled;
  visitor.on_job = [&](const Job& job) {
    WriteEntry(job, &json);
    return spilled = answer.Spill();
  };
  Result<void> visited = services.jobs->VisitPage(filter, visitor);
  if (!spilled) return RenderErrorWithStatus(spilled.error(), kBusy, call.request.request_id);
  if (!visited) return Fail(std::move(visited.error()));
  json.EndArray();
  json.EndObject();
  return std::move(answer).Finish();
}

}  // namespace sluice::api
