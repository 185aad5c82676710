#include "scheduler/admission.h"

#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "base/random.h"
#include "sql/ast.h"
#include "sql/front_end.h"

namespace sluice {

namespace {

constexpr std::size_t kConfEntriesMax = 1000;
constexpr std::size_t kConfBytesMax = 256 * 1024;

JobType TypeOf(sql::StatementKind kind) {
  switch (kind) {
    case sql::StatementKind::kQuery:
      return JobType::kQuery;
    case sql::StatementKind::kDdl:
      return JobType::kDdl;
    case sql::StatementKind::kDcl:
      return JobType::kDcl;
    case sql::StatementKind::kInsert:
      return JobType::kInsert;
    case sql::StatementKind::kImport:
      return JobType::kImport;
    case sql::StatementKind::kExport:
      return JobType::kExport;
    case sql::StatementKind::kUpdate:
      return JobType::kUpdate;
    case sql::StatementKind::kDelete:
      return JobType::kDelete;
  }
  return JobType::kQuery;
}

// A statement that reads or writes rows goes to a worker; catalog changes stay in the server.
Lane LaneOf(const sql::ParsedStatement& statement, JobType type) {
  if (type != JobType::kDdl && type != JobType::kDcl) return Lane::kWorker;
  const auto* create = std::get_if<sql::CreateTable>(&statement.root().node);
  return create != nullptr && create->as_query != nullptr ? Lane::kWorker : Lane::kServer;
}

Result<std::vector<ConfEntry>> ReadConf(const std::vector<std::string>& entries) {
  std::size_t bytes = 0;
  for (const std::string& entry : entries) bytes += entry.size();
  if (entries.size() > kConfEntriesMax || bytes > kConfBytesMax) {
    return Fail(ErrorCode::kInvalidArgument,
                "The parameter conf may have {} settings of {} bytes in all", kConfEntriesMax,
                kConfBytesMax);
  }
  std::vector<ConfEntry> conf;
  conf.reserve(entries.size());
  for (const std::string& entry : entries) conf.push_back(TRY(ParseConfEntry(entry)));
  return conf;
}

// The first table written, else the first one read, else the current database alone.
void NameTables(const sql::Classification& classification, Job* job) {
  const auto& tables =
      classification.targets.empty() ? classification.sources : classification.targets;
  job->database_name = job->current_database;
  if (tables.empty()) return;
  if (!tables.front().database.empty()) job->database_name = tables.front().database;
  job->table_name = tables.front().table;
}

const std::string* FindConf(const Job& job, std::string_view key) {
  const std::string* found = nullptr;
  for (const auto& [name, value] : job.conf) {
    if (name == key) found = &value;  // the last one counts
  }
  return found;
}

Result<std::int64_t> ReadTimeout(const Job& job, std::int64_t unit_ms, std::int64_t limit_ms) {
  const std::string* text = FindConf(job, "dli.sql.job.timeout");
  if (text == nullptr) return limit_ms;
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0) {
    return Fail(ErrorCode::kInvalidArgument, "dli.sql.job.timeout must be a whole number, not {}",
                *text);
  }
  if (value == 0 || value > limit_ms / unit_ms) return limit_ms;
  return value * unit_ms;
}

Result<void> CheckText(const std::string& text) {
  if (Trim(text).empty()) return Fail(ErrorCode::kInvalidArgument, "The parameter sql is required");
  if (text.size() >= sql::kSqlBytesMax || Utf8Length(text) >= sql::kSqlCharactersMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "The SQL text is too long; it must have fewer than {} characters and {} bytes",
                sql::kSqlCharactersMax, sql::kSqlBytesMax);
  }
  return {};
}

Result<void> CheckCatalogName(const std::string& name) {
  std::string folded = ToLower(name);
  if (folded.empty() || folded == "dli" || folded == "spark_catalog") return {};
  if (!IsValidName(folded)) {
    return Fail(ErrorCode::kInvalidArgument, "The catalog name is not valid: {}", name);
  }
  return Fail(ErrorCode::kNotFound, "There is no catalog named {}", name);
}

Result<std::string> CheckEngine(const std::string& engine, const Queue& queue) {
  if (engine.empty() || engine == queue.engine) return queue.engine;
  if (engine != "spark" && engine != "hetuEngine") {
    return Fail(ErrorCode::kInvalidArgument, "engine_type must be spark or hetuEngine, not {}",
                engine);
  }
  return Fail(ErrorCode::kUnsupported, "The queue {} does not run jobs of the engine {}",
              queue.name.value(), engine);
}

}  // namespace

// Only CREATE TABLE AS needs the text. A statement under suspicion is not read for it: the lane
// says where a slot is counted, and the statement runs where it must.
Lane LaneOf(const Job& job, PlanningRoom* room) {
  if (job.type != JobType::kDdl && job.type != JobType::kDcl) return Lane::kWorker;
  Lane lane = Lane::kServer;
  if (room->IsSuspect(job.id)) return lane;
  (void)room->PlanForCall(job.statement.size(), [&](sql::PlanBudget&) -> Result<void> {
    const sql::ParsedStatement parsed = TRY(sql::Parse(job.statement));
    lane = LaneOf(parsed, job.type);
    return {};
  });
  return lane;
}

Admission::Admission(const LakeCatalog* catalog, const Clock* clock, PlanningRoom* room,
                     std::map<QueueName, Queue> queues, AdmissionRules rules)
    : catalog_(catalog), clock_(clock), room_(room), queues_(std::move(queues)), rules_(rules) {}

Result<const Queue*> Admission::FindQueue(const std::string& name) const {
  std::string folded = name.empty() ? "default" : ToLower(name);
  if (!IsValidName(folded)) {
    return Fail(ErrorCode::kInvalidArgument, "The queue name is not valid: {}", name);
  }
  auto found = queues_.find(QueueName(folded));
  if (found == queues_.end()) {
    return Fail(ErrorCode::kNotFound, "There is no queue named {}", name);
  }
  return &found->second;
}

Result<std::string> Admission::FindDatabase(const ProjectId& project,
                                            const std::string& name) const {
  std::string folded = name.empty() ? "default" : ToLower(name);
  if (!IsValidName(folded)) {
    return Fail(ErrorCode::kInvalidArgument, "The database name is not valid: {}", name);
  }
  if (!TRY(catalog_->HasDatabase(project, folded))) {
    return Fail(ErrorCode::kNotFound, "There is no database named {}", name);
  }
  return folded;
}

Result<AdmittedJob> Admission::Admit(const Principal& caller, const SubmitRequest& request) const {
  TRY_VOID(CheckText(request.sql));
  TRY_VOID(CheckCatalogName(request.current_catalog));
  TRY_VOID(ValidateTags(request.tags));
  const Queue* queue = TRY(FindQueue(request.queue_name));

  Job job;
  job.project = caller.project;
  job.owner = caller.user_name;
  job.queue = queue->name;
  job.engine_type = TRY(CheckEngine(request.engine_type, *queue));
  job.tags = request.tags;
  job.statement = request.sql;
  job.conf = TRY(ReadConf(request.conf));
  job.timeout_ms = TRY(ReadTimeout(job, rules_.timeout_unit_ms, queue->job_timeout_ms));

  sql::Classification classification;
  Lane lane = Lane::kWorker;
  const auto read = [&](sql::PlanBudget&) -> Result<void> {
    const sql::ParsedStatement parsed = TRY(sql::Parse(request.sql));
    classification = sql::Classify(parsed);
    lane = LaneOf(parsed, TypeOf(classification.kind));
    return {};
  };
  TRY_VOID(room_->PlanForCall(request.sql.size(), read));
  job.type = TypeOf(classification.kind);
  job.current_database = TRY(FindDatabase(caller.project, request.current_database));
  NameTables(classification, &job);

  const std::string* async = FindConf(job, "dli.sql.sqlasync.enabled");
  bool wants_async = async == nullptr ? request.ddl_async_default.value_or(rules_.ddl_async_default)
                                      : !EqualsIgnoreCase(*async, "false");
  bool sync = job.type == JobType::kDcl || (job.type == JobType::kDdl && !wants_async);
  job.mode = sync ? JobMode::kSync : JobMode::kAsync;
  job.start_time_ms = clock_->WallMs();
  job.id = JobId(MakeUuidV7(job.start_time_ms));
  return AdmittedJob{std::move(job), lane};
}

}  // namespace sluice
