// The reading half of SqliteJobStore.

#include <algorithm>

#include "base/check.h"
#include "store/sqlite/job_rows.h"
#include "store/sqlite/sqlite_job_store.h"

namespace sluice {

namespace {

constexpr std::string_view kIndexColumns =
    "SELECT project_id, seq, job_id, state, type, queue, owner, engine_type, database_name,"
    " table_name, start_time_ms, duration_ms, has_result, tags, signature, ended_served_ms FROM "
    "jobs";

/// A row of kIndexColumns, as much of a job as the index wants.
Result<Job> DecodeIndexRow(const Query& row) {
  Job job;
  job.project = ProjectId(row.String(0));
  job.seq = row.Int(1);
  std::optional<JobState> state = ParseJobState(row.Text(3));
  std::optional<JobType> type = ParseJobType(row.Text(4));
  if (!state || !type) {
    return FailWithDetail(ErrorCode::kInternal,
                          fmt::format("state is {}, type is {}", row.Text(3), row.Text(4)),
                          "A record cannot be read");
  }
  job.state = *state;
  job.type = *type;
  job.queue = QueueName(row.String(5));
  job.owner = row.String(6);
  job.engine_type = row.String(7);
  job.database_name = row.String(8);
  job.table_name = row.String(9);
  job.start_time_ms = row.Int(10);
  job.duration_ms = row.Int(11);
  job.tags = TRY(DecodeTags(row.Text(13)));
  return job;
}

/// The project of all jobs when there is only one. Its rows lie in order of seq; those of several
/// projects have to be sorted.
Result<std::optional<std::string>> FindOnlyProject(Connection& connection) {
  Query row =
      TRY(connection.Prepare("SELECT min(project_id), (SELECT max(project_id) FROM jobs)"
                             " FROM jobs"));
  if (!TRY(row.Step()) || row.Text(0) != row.Text(1)) return std::optional<std::string>();
  return std::optional<std::string>(row.String(0));
}

/// One past the largest seq in a table whose key begins with project and seq: a look-up a project,
/// whatever the number of rows.
Result<std::int64_t> NextSeqOf(Connection& connection, std::string_view largest_seq) {
  return TRY(connection.FindInt(largest_seq)).value_or(0) + 1;
}

#define SLUICE_LARGEST_SEQ(table)                                                         \
  "WITH RECURSIVE p (id) AS (SELECT min(project_id) FROM " table                          \
  " UNION ALL SELECT (SELECT min(project_id) FROM " table                                 \
  " WHERE project_id > p.id) FROM p WHERE p.id IS NOT NULL) SELECT max((SELECT max(seq) " \
  "FROM " table " WHERE project_id = p.id)) FROM p WHERE p.id IS NOT NULL"

/// What a job has rows in beside `jobs`. Rows that lost their job there, to a hand or to damage,
/// hold its seq all the same.
constexpr std::string_view kLargestSeqs[] = {
    SLUICE_LARGEST_SEQ("job_requests"), SLUICE_LARGEST_SEQ("job_outcomes"),
    SLUICE_LARGEST_SEQ("job_results"), SLUICE_LARGEST_SEQ("commit_markers")};

#undef SLUICE_LARGEST_SEQ

}  // namespace

Result<void> SqliteJobStore::Load(Connection& connection) {
  static const std::string in_one_project =
      fmt::format("{} WHERE project_id = ? ORDER BY seq", kIndexColumns);
  static const std::string in_all = fmt::format("{} ORDER BY seq", kIndexColumns);
  std::optional<std::string> project = TRY(FindOnlyProject(connection));
  Query rows =
      project ? TRY(connection.Prepare(in_one_project, *project)) : TRY(connection.Prepare(in_all));
  TRY_VOID(LoadIndexRows(rows));
  std::int64_t kept_seq =
      TRY(connection.FindInt("SELECT value FROM counters WHERE name = 'next_seq'")).value_or(1);
  next_seq_ = std::max(next_seq_, kept_seq);
  for (std::string_view sql : kLargestSeqs) {
    next_seq_ = std::max(next_seq_, TRY(NextSeqOf(connection, sql)));
  }
  return {};
}

Result<void> SqliteJobStore::LoadIndexRows(Query& rows) {
  while (TRY(rows.Step())) {
    std::int64_t seq = rows.Int(1);
    next_seq_ = std::max(next_seq_, seq + 1);
    Result<Job> job = DecodeIndexRow(rows);
    if (!job) {
      session_.quarantine->Add("job " + rows.String(2), job.error());
      continue;
    }
    session_.index->Add(*job, rows.Int(12) != 0, StatementSignature::FromBytes(rows.Bytes(14)),
                        rows.Int(15));
  }
  return {};
}

std::optional<Job> SqliteJobStore::Decode(const Query& row) const {
  Result<Job> job = DecodeJob(row);
  if (job) return *std::move(job);
  session_.quarantine->Add("job " + row.String(2), job.error());
  return std::nullopt;
}

Result<std::optional<Job>> SqliteJobStore::FindJob(Connection& connection,
                                                   const JobKey& key) const {
  static const std::string sql = fmt::format("{} WHERE j.project_id = ? AND j.seq = ?", kJobSelect);
  Query row = TRY(connection.Prepare(sql, key.project, key.seq));
  if (!TRY(row.Step())) return std::optional<Job>();
  return Decode(row);
}

Result<Job> SqliteJobStore::Get(const ProjectId& project, const JobId& id) const {
  static const std::string sql =
      fmt::format("{} WHERE j.job_id = ? AND j.project_id = ?", kJobSelect);
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(sql, id.value(), project.value()));
  if (!TRY(row.Step())) return Fail(ErrorCode::kNotFound, "There is no job with id {}", id);
  std::optional<Job> job = Decode(row);
  if (!job) return Fail(ErrorCode::kInternal, "The record of the job cannot be read: {}", id);
  return *std::move(job);
}

Result<std::optional<StoredResult>> SqliteJobStore::GetResult(const JobId& id) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(
      "SELECT r.manifest_json FROM jobs AS j JOIN job_results AS r USING (project_id, seq)"
      " WHERE j.job_id = ?",
      id.value()));
  if (!TRY(row.Step())) return std::optional<StoredResult>();
  return std::optional<StoredResult>(StoredResult{row.String(0)});
}

Result<std::optional<CommitMarker>> SqliteJobStore::FindMarker(const JobId& id) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(
      "SELECT m.attempt, m.snapshot_id, m.added_rows, m.added_files, m.added_bytes"
      " FROM jobs AS j JOIN commit_markers AS m USING (project_id, seq) WHERE j.job_id = ?",
      id.value()));
  if (!TRY(row.Step())) return std::optional<CommitMarker>();
  CommitMarker marker;
  marker.job = id;
  marker.attempt = static_cast<int>(row.Int(0));
  marker.snapshot_id = row.Int(1);
  marker.rows = row.Int(2);
  marker.files = row.Int(3);
  marker.bytes = row.Int(4);
  return std::optional<CommitMarker>(marker);
}

Result<std::optional<std::vector<JobIndex::Place>>> SqliteJobStore::FindCandidates(
    Connection& connection, const JobFilter& filter, std::int64_t now_ms) const {
  using Places = std::vector<JobIndex::Place>;
  std::optional<Places> candidates;
  if (filter.id) {
    candidates.emplace();
    std::optional<std::int64_t> seq =
        TRY(connection.FindInt("SELECT seq FROM jobs WHERE job_id = ?", filter.id->value()));
    std::optional<JobIndex::Place> place =
        seq ? session_.index->FindPlace(*seq) : std::optional<JobIndex::Place>();
    if (place) candidates->push_back(*place);
  }
  if (!filter.sql_pattern || filter.sql_pattern->empty()) return candidates;
  Places matches = TRY(session_.search->Search(connection, *session_.index, filter, now_ms));
  if (!candidates) return std::optional<Places>(std::move(matches));
  std::erase_if(*candidates, [&](const JobIndex::Place& place) {
    return std::none_of(matches.begin(), matches.end(), [&](const JobIndex::Place& match) {
      return match.position == place.position;
    });
  });
  return candidates;
}

Result<void> SqliteJobStore::VisitPage(const JobFilter& filter,
                                       const JobPageVisitor& visitor) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  std::int64_t now_ms = session_.clock->WallMs();
  auto candidates = TRY(FindCandidates(*connection, filter, now_ms));
  JobIndex::Selection selection = session_.index->Select(filter, now_ms, candidates);
  TRY_VOID(visitor.on_count(selection.count));
  for (const JobKey& key : selection.page) {
    std::optional<Job> job = TRY(FindJob(*connection, key));
    if (job) TRY_VOID(visitor.on_job(*std::move(job)));
  }
  return {};
}

Result<std::vector<Job>> SqliteJobStore::LoadUnfinished() const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  std::vector<Job> jobs;
  for (const JobKey& key : session_.index->Unfinished()) {
    std::optional<Job> job = TRY(FindJob(*connection, key));
    if (job && !IsFinal(job->state)) jobs.push_back(*std::move(job));
  }
  return jobs;
}

Result<void> SqliteJobStore::VisitFinal(const std::function<bool(Job&&)>& visit) const {
  static const std::string in_one_project =
      fmt::format("{} WHERE j.project_id = ? ORDER BY j.seq DESC", kJobSelect);
  static const std::string in_all = fmt::format("{} ORDER BY j.seq DESC", kJobSelect);
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  std::optional<std::string> project = TRY(FindOnlyProject(*connection));
  Query rows = project ? TRY(connection->Prepare(in_one_project, *project))
                       : TRY(connection->Prepare(in_all));
  while (TRY(rows.Step())) {
    std::optional<Job> job = Decode(rows);
    if (!job || !IsFinal(job->state)) continue;
    if (!visit(*std::move(job))) break;
  }
  return {};
}

}  // namespace sluice
