#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "job/job.h"

namespace sluice {

/// An attempt's right to act on a job: valid while the job is RUNNING (or claimed) with this
/// attempt number and no cancellation was promised.
struct AttemptFence {
  JobId job;
  int attempt = 0;
};

/// What an attempt's commit did to a table; written in the commit's own transaction. It outranks
/// any later report of the worker: a job with a marker is FINISHED with these counts.
struct CommitMarker {
  JobId job;
  int attempt = 0;
  std::int64_t snapshot_id = 0;  ///< 0 when the commit made none
  std::int64_t rows = 0;         ///< added to the table
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

/// A result set as the job's record keeps it (result/result_set.h gives it meaning).
struct StoredResult {
  std::string manifest_json;  ///< row count, schema, inline rows or file names
};

/// The end of a job.
struct JobFinish {
  JobState state = JobState::kFinished;  ///< final
  std::string message;
  std::string schema_json;
  JobCounts counts;
  std::int64_t duration_ms = 0;
  std::optional<StoredResult> result;
};

/// Idempotency-Key of a submit: the same key with the same digest answers the first job again.
struct IdempotencyKey {
  std::string key;
  std::string request_digest;
};

struct InsertOutcome {
  JobId id;
  std::int64_t seq = 0;
  bool existed = false;  ///< the key was known: id is the first job's
};

enum class JobOrder { kStartTimeDesc, kStartTimeAsc, kDurationDesc, kDurationAsc };

/// Filters of the list (contract/http-api.md 2.3); empty members do not filter.
struct JobFilter {
  ProjectId project;
  std::optional<JobId> id;
  std::vector<JobType> types;    ///< any of; empty = all
  bool no_type_matches = false;  ///< job-type and job_types intersect in nothing
  std::optional<JobState> state;
  std::optional<std::string> queue;
  std::optional<std::string> owner;
  std::optional<std::string> engine_type;
  std::optional<std::string> sql_pattern;  ///< substring, without regard to case
  std::vector<Tag> tags;                   ///< every key equal, value contained
  std::optional<std::string> database_name;
  std::optional<std::string> table_name;
  std::optional<std::int64_t> started_after_ms;   ///< start_time > this
  std::optional<std::int64_t> started_before_ms;  ///< start_time < this
  JobOrder order = JobOrder::kStartTimeDesc;
  int page_size = 50;    ///< 1..100
  int current_page = 1;  ///< from 1
};

struct JobPage {
  std::int64_t job_count = 0;  ///< all matches
  std::vector<Job> jobs;
};

/// Is given a page of jobs, one at a time.
struct JobPageVisitor {
  std::function<Result<void>(std::int64_t job_count)> on_count;  ///< first, once
  std::function<Result<void>(Job&& job)> on_job;
};

/// Keeps all of it in the page, which must outlive the visitor.
inline JobPageVisitor CollectInto(JobPage* page) {
  return {[page](std::int64_t job_count) -> Result<void> {
            page->job_count = job_count;
            return {};
          },
          [page](Job&& job) -> Result<void> {
            page->jobs.push_back(std::move(job));
            return {};
          }};
}

enum class CancelOutcome { kPromised, kCancelledAtOnce, kAlreadyPromised };

/// Final jobs: all, or those whose result set is kept.
enum class EndedJobs { kAny, kWithResult };

/// Durable jobs. Thread-safe; calls block. What returns success is on disk (fsync) unless said
/// otherwise. Errors: kUnavailable when the store cannot write (the message says why), kNotFound
/// for an unknown job, kFailedPrecondition when the job's state or attempt is another.
class JobStore {
 public:
  virtual ~JobStore() = default;

  /// Stores a LAUNCHING job. A known key with another digest is kFailedPrecondition.
  virtual Result<InsertOutcome> Insert(const Job& job,
                                       const std::optional<IdempotencyKey>& key) = 0;

  /// Takes a job whose attempt number is `fence.attempt - 1` for this attempt: RUNNING is not shown
  /// before Start. Ordered before everything later, not fsynced: losing it loses nothing.
  virtual Result<void> Claim(const AttemptFence& fence) = 0;
  /// LAUNCHING -> RUNNING for the attempt. Ordered, not fsynced.
  virtual Result<void> Start(const AttemptFence& fence) = 0;
  /// Ends the job. kFailedPrecondition when it is final or the attempt is another; a promised
  /// cancellation accepts kCancelled only.
  virtual Result<void> Finish(const AttemptFence& fence, const JobFinish& finish) = 0;

  /// Decides a cancellation in the store: no effect yet and not final -> promise (or CANCELLED at
  /// once for a job no attempt has claimed); final or marked -> kFailedPrecondition "The job has
  /// already finished". `now_wall_ms` and `duration_ms` are recorded.
  virtual Result<CancelOutcome> RequestCancel(const ProjectId& project, const JobId& id,
                                              const std::string& reason, std::int64_t now_wall_ms,
                                              std::int64_t duration_ms) = 0;

  /// The job that a key of this owner stands for; empty for an unknown key, kFailedPrecondition
  /// when it was used for another request. What Insert is about to store may be missing still.
  virtual Result<std::optional<JobId>> FindByKey(const ProjectId& project, const std::string& owner,
                                                 const IdempotencyKey& key) const = 0;
  virtual Result<Job> Get(const ProjectId& project, const JobId& id) const = 0;
  virtual Result<std::optional<StoredResult>> GetResult(const JobId& id) const = 0;
  virtual Result<std::optional<CommitMarker>> FindMarker(const JobId& id) const = 0;
  /// The jobs of the filter's page one after the other, so that nobody has to hold a hundred long
  /// statements. An error of the visitor ends it.
  virtual Result<void> VisitPage(const JobFilter& filter, const JobPageVisitor& visitor) const = 0;
  /// The same as one value.
  Result<JobPage> List(const JobFilter& filter) const {
    JobPage page;
    TRY_VOID(VisitPage(filter, CollectInto(&page)));
    return page;
  }

  /// Every job that is not final, in submission order.
  virtual Result<std::vector<Job>> LoadUnfinished() const = 0;
  /// Final jobs, newest first, until `visit` says no. For the in-memory snapshot.
  virtual Result<void> VisitFinal(const std::function<bool(Job&&)>& visit) const = 0;

  /// What the next RemoveRecords (kAny) or ExpireResults (kWithResult) will take. Files are removed
  /// between the two: whatever a crash leaves is then still named.
  /// These times are those of the store's ServedClock.
  virtual Result<std::vector<JobId>> ListEnded(std::int64_t ended_before_served_ms, EndedJobs which,
                                               int limit) const = 0;
  /// Removes final records that ended before the time, at most `limit` of them; returns their ids.
  virtual Result<std::vector<JobId>> RemoveRecords(std::int64_t ended_before_served_ms,
                                                   int limit) = 0;
  /// Forgets result sets of jobs that ended before the time (their preview is then expired).
  virtual Result<std::vector<JobId>> ExpireResults(std::int64_t ended_before_served_ms,
                                                   int limit) = 0;

  /// Forgets idempotency keys of jobs submitted before the time, at most `limit`; how many went.
  virtual Result<int> RemoveIdempotencyKeys(std::int64_t submitted_before_served_ms, int limit) = 0;

  /// Whether the last write went through; what the failure was otherwise. For /readyz and submits.
  virtual Result<void> CheckWritable() = 0;
  /// The same as far as it is known now, without a wait. Unless a write went through a moment ago a
  /// small one is begun, so that whoever asks again learns of a store that is locked or read-only.
  virtual Result<void> PeekWritable() = 0;
  /// Number of fsyncs so far, for the benchmark.
  virtual std::int64_t sync_count() const = 0;
  /// Number of quarantined records found so far.
  virtual std::int64_t quarantined_count() const = 0;
};

}  // namespace sluice
