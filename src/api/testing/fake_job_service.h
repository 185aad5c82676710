#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/random.h"
#include "scheduler/job_service.h"

namespace sluice::api {

inline StructField Column(std::string name, DataType type) {
  return StructField{std::move(name), std::move(type), true, ""};
}

/// Jobs in memory that run when a test says so. Statements are told apart by their first word.
/// Not thread-safe.
class FakeJobService final : public JobService {
 public:
  explicit FakeJobService(const Clock* clock) : clock_(clock) {}

  std::vector<SubmitRequest> submitted;
  JobFilter last_filter;  ///< of List
  bool in_memory = true;  ///< what IsInMemory says
  int finds = 0;
  bool holds_sync_jobs = false;  ///< they end when the test moves them

  Job& job(const JobId& id) { return views_.at(id.value()).job; }
  JobView& view(const JobId& id) { return views_.at(id.value()); }

  /// Moves a job on; a final state freezes its duration and wakes who waits.
  void Move(const JobId& id, JobState state) {
    Job& moved = job(id);
    moved.state = state;
    if (IsFinal(state)) moved.duration_ms = clock_->MonotonicMs() - started_.at(id.value());
    if (state == JobState::kFinished) view(id).progress = 1;
    Wake(id);
  }
  /// Ends every wait, as the time does.
  void EndWaits() {
    for (const auto& [id, callbacks] : std::exchange(waits_, {})) {
      for (const auto& callback : callbacks) callback();
    }
  }
  void SetRows(const JobId& id, Schema schema, std::vector<std::string> rows) {
    results_[id.value()] = {std::move(schema), std::move(rows)};
  }
  /// In the order of their submits.
  std::vector<JobId> ids() const {
    std::vector<JobId> ids;
    for (const std::string& id : order_) ids.emplace_back(id);
    return ids;
  }
  std::size_t wait_count() const { return waits_.size(); }

  Result<SubmitOutcome> Submit(const Principal& caller, const SubmitRequest& request) override {
    submitted.push_back(request);
    std::string queue = request.queue_name.empty() ? "default" : ToLower(request.queue_name);
    if (queue != "default") {
      return Fail(ErrorCode::kNotFound, "There is no queue named {}", queue);
    }
    TRY_VOID(ValidateTags(request.tags));
    if (request.idempotency_key) {
      auto known = keys_.find(request.idempotency_key->key);
      if (known != keys_.end()) return OutcomeOf(views_.at(known->second).job);
    }
    Job made = TRY(MakeJob(caller, request));
    if (request.idempotency_key) keys_[request.idempotency_key->key] = made.id.value();
    started_[made.id.value()] = clock_->MonotonicMs();
    views_[made.id.value()].job = made;
    order_.push_back(made.id.value());
    if (made.mode == JobMode::kSync && !holds_sync_jobs) Move(made.id, JobState::kFinished);
    return OutcomeOf(job(made.id));
  }

  void AwaitEnd(const ProjectId&, SubmitOutcome accepted,
                std::function<void(Result<SubmitOutcome>)> on_end) override {
    const JobId& id = accepted.id;
    if (IsFinal(job(id).state)) return on_end(OutcomeOf(job(id)));
    waits_[id.value()].push_back([this, id, on_end = std::move(on_end)] {
      if (IsFinal(job(id).state)) return on_end(OutcomeOf(job(id)));
      on_end(Fail(ErrorCode::kTimeout, "The call timed out, id: {}", id));
    });
  }

  Result<JobView> Find(const ProjectId& project, const JobId& id) const override {
    ++const_cast<FakeJobService*>(this)->finds;
    auto found = views_.find(id.value());
    if (found == views_.end() || found->second.job.project != project) {
      return Fail(ErrorCode::kNotFound, "There is no job with id {}", id);
    }
    JobView seen = found->second;
    seen.duration_ms = IsFinal(seen.job.state) ? seen.job.duration_ms
                                               : clock_->MonotonicMs() - started_.at(id.value());
    return seen;
  }
  bool IsInMemory(const JobId&) const override { return in_memory; }

  void WaitForChange(const JobId& id, JobState seen, std::int64_t,
                     std::function<void()> on_change) override {
    if (job(id).state != seen) return on_change();
    waits_[id.value()].push_back(std::move(on_change));
  }

  Result<void> Cancel(const Principal& caller, const JobId& id) override {
    JobView seen = TRY(Find(caller.project, id));
    if (IsFinal(seen.job.state)) {
      return Fail(ErrorCode::kFailedPrecondition, "The job has already finished");
    }
    job(id).message = "Cancelled by " + caller.user_name;
    Move(id, JobState::kCancelled);
    return {};
  }

  Result<void> VisitPage(const JobFilter& filter, const JobPageVisitor& visitor) const override {
    const_cast<FakeJobService*>(this)->last_filter = filter;
    JobPage page;
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
      const Job& listed = views_.at(*id).job;
      if (filter.no_type_matches) continue;
      if (filter.state && listed.state != *filter.state) continue;
      if (filter.id && listed.id != *filter.id) continue;
      ++page.job_count;
      page.jobs.push_back(listed);
    }
    TRY_VOID(visitor.on_count(page.job_count));
    for (Job& job : page.jobs) TRY_VOID(visitor.on_job(std::move(job)));
    return {};
  }

  Result<Preview> GetPreview(const ProjectId& project, const JobId& id,
                             RowRange rows) const override {
    JobView seen = TRY(Find(project, id));
    if (seen.job.state != JobState::kFinished) {
      return Fail(ErrorCode::kFailedPrecondition, "The job has no result: it is {}",
                  JobStateName(seen.job.state));
    }
    Preview preview;
    preview.id = id;
    preview.type = seen.job.type;
    preview.input_size_bytes = seen.job.counts.input_size_bytes;
    preview.rows = MakeTextSource({});
    auto found = results_.find(id.value());
    if (found == results_.end()) return preview;
    preview.schema = found->second.first;
    preview.row_count = static_cast<std::int64_t>(found->second.second.size());
    std::string joined;
    for (std::int64_t row = rows.begin; row < std::min(rows.end, preview.row_count); ++row) {
      if (!joined.empty()) joined += ',';
      joined += found->second.second[static_cast<std::size_t>(row)];
    }
    preview.rows = MakeTextSource(std::move(joined));
    return preview;
  }

  Result<CheckOutcome> CheckSql(const Principal&, const std::string& sql,
                                const std::string&) const override {
    return CheckOutcome{.type = TRY(TypeOf(sql))};
  }

 private:
  static Result<JobType> TypeOf(const std::string& sql) {
    std::string word = ToUpper(std::string_view(sql).substr(0, sql.find(' ')));
    if (word == "SELECT") return JobType::kQuery;
    if (word == "INSERT") return JobType::kInsert;
    if (word == "DESC" || word == "CREATE" || word == "DROP") return JobType::kDdl;
    return Fail(ErrorCode::kSyntax, "[PARSE_SYNTAX_ERROR] Syntax error at or near '{}'", word);
  }

  Result<Job> MakeJob(const Principal& caller, const SubmitRequest& request) {
    Job made;
    made.id = JobId(MakeUuidV7(clock_->WallMs()));
    made.project = caller.project;
    made.queue = QueueName("default");
    made.owner = caller.user_name;
    made.type = TRY(TypeOf(request.sql));
    made.statement = request.sql;
    made.current_database = request.current_database;
    made.database_name = request.current_database;
    made.start_time_ms = clock_->WallMs();
    made.tags = request.tags;
    bool is_async = request.ddl_async_default.value_or(true);
    for (const std::string& text : request.conf) {
      ConfEntry entry = TRY(ParseConfEntry(text));
      if (entry.first == "dli.sql.sqlasync.enabled") is_async = entry.second == "true";
      made.conf.push_back(std::move(entry));
    }
    if (!is_async && made.type == JobType::kDdl) made.mode = JobMode::kSync;
    return made;
  }

  SubmitOutcome OutcomeOf(const Job& made) const {
    SubmitOutcome outcome;
    outcome.id = made.id;
    outcome.type = made.type;
    outcome.mode = made.mode;
    outcome.state = made.state;
    outcome.message = made.message;
    if (made.mode == JobMode::kSync) {
      outcome.schema =
          Schema{Column("col_name", TypeId::kString), Column("comment", TypeId::kString)};
      outcome.rows = {{"id", std::nullopt}};
    }
    return outcome;
  }

  void Wake(const JobId& id) {
    auto found = waits_.find(id.value());
    if (found == waits_.end()) return;
    std::vector<std::function<void()>> callbacks = std::move(found->second);
    waits_.erase(found);
    for (const auto& callback : callbacks) callback();
  }

  const Clock* clock_;
  std::map<std::string, JobView> views_;
  std::vector<std::string> order_;
  std::map<std::string, std::int64_t> started_;
  std::map<std::string, std::string> keys_;
  std::map<std::string, std::vector<std::function<void()>>> waits_;
  std::map<std::string, std::pair<Schema, std::vector<std::string>>> results_;
};

}  // namespace sluice::api
