#include "store/sqlite/job_changes.h"

#include "base/check.h"

namespace sluice {

namespace {

tl::unexpected<Error> FenceBroken(const JobGate& gate, const AttemptFence& fence) {
  return FailWithDetail(
      ErrorCode::kFailedPrecondition,
      fmt::format("state {}, attempt {} against {}, cancel promised: {}", JobStateName(gate.state),
                  gate.attempt, fence.attempt, gate.is_cancel_promised),
      "The job has moved on: {}", fence.job);
}

Result<void> WriteEnd(Connection& connection, const JobGate& gate, const JobFinish& finish,
                      std::int64_t served_ms) {
  const JobCounts& counts = finish.counts;
  TRY_VOID(connection.Run(
      "UPDATE jobs SET state = ?, state_seq = state_seq + 1, duration_ms = ?, has_result = ?,"
      " input_size_bytes = ?, result_count = ?, input_row_count = ?, bad_row_count = ?,"
      " output_bytes = ?, cpu_ms = ?, ended_served_ms = ? WHERE project_id = ? AND seq = ?",
      JobStateName(finish.state), finish.duration_ms, std::int64_t{finish.result.has_value()},
      counts.input_size_bytes, counts.result_count, counts.input_row_count, counts.bad_row_count,
      counts.output_bytes, counts.cpu_ms, served_ms, gate.project, gate.seq));
  CHECK_EQ(connection.changes(), 1);
  return {};
}

}  // namespace

Result<JobGate> LoadGate(Connection& connection, const JobId& id) {
  Query row = TRY(connection.Prepare(
      "SELECT j.project_id, j.seq, j.state, j.attempt, j.cancel_requested_ms, j.cancel_reason,"
      " m.seq FROM jobs AS j LEFT JOIN commit_markers AS m USING (project_id, seq)"
      " WHERE j.job_id = ?",
      id.value()));
  if (!TRY(row.Step())) return Fail(ErrorCode::kNotFound, "There is no job with id {}", id);
  std::optional<JobState> state = ParseJobState(row.Text(2));
  if (!state) {
    return FailWithDetail(ErrorCode::kInternal, fmt::format("state is {}", row.Text(2)),
                          "The record of the job cannot be read: {}", id);
  }
  JobGate gate;
  gate.project = row.String(0);
  gate.seq = row.Int(1);
  gate.state = *state;
  gate.attempt = static_cast<int>(row.Int(3));
  gate.is_cancel_promised = row.MaybeInt(4).has_value();
  gate.cancel_reason = row.String(5);
  gate.is_marked = row.MaybeInt(6).has_value();
  return gate;
}

Result<void> ClaimJob(Connection& connection, const JobGate& gate, const AttemptFence& fence) {
  bool is_next = gate.attempt == fence.attempt - 1;
  if (IsFinal(gate.state) || !is_next || gate.is_cancel_promised) return FenceBroken(gate, fence);
  return connection.Run("UPDATE jobs SET attempt = ? WHERE project_id = ? AND seq = ?",
                        std::int64_t{fence.attempt}, gate.project, gate.seq);
}

Result<bool> StartJob(Connection& connection, const JobGate& gate, const AttemptFence& fence) {
  if (!gate.Admits(fence)) return FenceBroken(gate, fence);
  if (gate.state == JobState::kRunning) return false;
  if (!CanTransition(gate.state, JobState::kRunning)) return FenceBroken(gate, fence);
  TRY_VOID(connection.Run(
      "UPDATE jobs SET state = ?, state_seq = state_seq + 1 WHERE project_id = ? AND seq = ?",
      JobStateName(JobState::kRunning), gate.project, gate.seq));
  return true;
}

Result<void> FinishJob(Connection& connection, const JobGate& gate, const AttemptFence& fence,
                       const JobFinish& finish, std::int64_t served_ms) {
  CHECK(IsFinal(finish.state));
  if (gate.attempt != fence.attempt || !CanTransition(gate.state, finish.state)) {
    return FenceBroken(gate, fence);
  }
  if (gate.is_cancel_promised && finish.state != JobState::kCancelled) {
    return FenceBroken(gate, fence);
  }
  if (gate.is_marked && finish.state != JobState::kFinished) {
    return FailWithDetail(ErrorCode::kFailedPrecondition, "the job has a commit marker",
                          "The job has had its effect and can only be finished: {}", fence.job);
  }
  TRY_VOID(WriteEnd(connection, gate, finish, served_ms));
  bool takes_reason = finish.state == JobState::kCancelled && finish.message.empty();
  const std::string& message = takes_reason ? gate.cancel_reason : finish.message;
  if (!message.empty() || !finish.schema_json.empty()) {
    TRY_VOID(
        connection.Run("INSERT OR REPLACE INTO job_outcomes (project_id, seq, message, "
                       "schema_json) VALUES (?, ?, ?, ?)",
                       gate.project, gate.seq, message, finish.schema_json));
  }
  if (!finish.result) return {};
  return connection.Run(
      "INSERT OR REPLACE INTO job_results (project_id, seq, manifest_json) VALUES (?, ?, ?)",
      gate.project, gate.seq, finish.result->manifest_json);
}

Result<void> PromiseCancel(Connection& connection, const JobGate& gate, const std::string& reason,
                           std::int64_t now_wall_ms) {
  return connection.Run(
      "UPDATE jobs SET cancel_requested_ms = ?, cancel_reason = ? WHERE project_id = ? AND seq = ?",
      now_wall_ms, reason, gate.project, gate.seq);
}

Result<void> InsertMarker(Connection& connection, const JobGate& gate, const CommitMarker& marker) {
  return connection.Run(
      "INSERT INTO commit_markers"
      " (project_id, seq, attempt, snapshot_id, added_rows, added_files, added_bytes)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      gate.project, gate.seq, std::int64_t{marker.attempt}, marker.snapshot_id, marker.rows,
      marker.files, marker.bytes);
}

Result<void> RemoveJobRows(Connection& connection, const std::string& project, std::int64_t seq) {
  for (std::string_view sql : {"DELETE FROM jobs WHERE project_id = ? AND seq = ?",
                               "DELETE FROM job_requests WHERE project_id = ? AND seq = ?",
                               "DELETE FROM job_outcomes WHERE project_id = ? AND seq = ?",
                               "DELETE FROM job_results WHERE project_id = ? AND seq = ?",
                               "DELETE FROM commit_markers WHERE project_id = ? AND seq = ?"}) {
    TRY_VOID(connection.Run(sql, project, seq));
  }
  return {};
}

}  // namespace sluice
