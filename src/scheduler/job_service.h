#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "job/job.h"
#include "job/principal.h"
#include "result/preview_file.h"
#include "store/job_store.h"
#include "types/data_type.h"

namespace sluice {

/// A submit as the API decoded it; nothing is validated but JSON types.
struct SubmitRequest {
  std::string sql;
  std::string current_database;   ///< empty: default
  std::string current_catalog;    ///< empty: dli
  std::string queue_name;         ///< empty: default
  std::string engine_type;        ///< empty: spark
  std::vector<std::string> conf;  ///< "k = v"
  std::vector<Tag> tags;
  /// Whether DDL is asynchronous when conf does not say; empty: as configured.
  std::optional<bool> ddl_async_default;
  std::optional<IdempotencyKey> idempotency_key;
};

/// The answer to a submit: of an accepted job, or of a synchronous one that is final.
struct SubmitOutcome {
  JobId id;
  JobType type = JobType::kQuery;
  JobMode mode = JobMode::kAsync;
  JobState state = JobState::kLaunching;
  std::string message;
  std::optional<Schema> schema;  ///< of a synchronous statement with rows
  /// Values as strings or null, at most 1000 rows.
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// A job as readers see it: immutable, its duration up to the moment it was asked for.
struct JobView {
  Job job;
  double progress = 0;           ///< 0..1; exactly 1 when finished
  std::int64_t duration_ms = 0;  ///< so far, or frozen
};

struct Preview {
  JobId id;
  JobType type = JobType::kQuery;
  std::int64_t row_count = 0;
  std::int64_t input_size_bytes = 0;
  Schema schema;
  std::shared_ptr<ByteSource> rows;  ///< the inside of a JSON array; never null
};

struct CheckOutcome {
  JobType type = JobType::kQuery;
};

/// What the API does with jobs. Thread-safe. Only Find and WaitForChange never block.
class JobService {
 public:
  virtual ~JobService() = default;

  /// Accepts the job and returns, whatever its mode.
  virtual Result<SubmitOutcome> Submit(const Principal& caller, const SubmitRequest& request) = 0;
  /// Calls back once, from any thread, when the accepted job is final: with its message, schema
  /// and rows. kTimeout when that takes too long, too many wait or the server stops; the job goes
  /// on. Holds no thread meanwhile.
  virtual void AwaitEnd(const ProjectId& project, SubmitOutcome accepted,
                        std::function<void(Result<SubmitOutcome>)> on_end) = 0;
  virtual Result<JobView> Find(const ProjectId& project, const JobId& id) const = 0;
  /// Whether Find would answer from memory alone (then it is fit for the I/O thread).
  virtual bool IsInMemory(const JobId& id) const = 0;
  /// Find from memory alone; empty when the store must be read. Never blocks. Worth overriding: it
  /// is what a status request costs.
  virtual std::optional<Result<JobView>> FindInMemory(const ProjectId& project,
                                                      const JobId& id) const {
    if (!IsInMemory(id)) return std::nullopt;
    return Find(project, id);
  }
  /// Calls back once, from any thread: when the job's state is another than `seen`, or the time is
  /// over.
  virtual void WaitForChange(const JobId& id, JobState seen, std::int64_t timeout_ms,
                             std::function<void()> on_change) = 0;
  virtual Result<void> Cancel(const Principal& caller, const JobId& id) = 0;
  /// As JobStore's, with the durations so far.
  virtual Result<void> VisitPage(const JobFilter& filter, const JobPageVisitor& visitor) const = 0;
  /// The same as one value.
  Result<JobPage> List(const JobFilter& filter) const {
    JobPage page;
    TRY_VOID(VisitPage(filter, CollectInto(&page)));
    return page;
  }
  /// Those of the rows that there are, of the first kPreviewRowsMax.
  virtual Result<Preview> GetPreview(const ProjectId& project, const JobId& id,
                                     RowRange rows) const = 0;
  virtual Result<CheckOutcome> CheckSql(const Principal& caller, const std::string& sql,
                                        const std::string& current_database) const = 0;
};

}  // namespace sluice
