#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/engine.h"
#include "job/job.h"
#include "lake/catalog.h"
#include "lake/writer_lease.h"
#include "result/result_set.h"
#include "scheduler/dispatcher.h"
#include "scheduler/job_board.h"
#include "scheduler/planning_room.h"
#include "scheduler/statement_runner.h"
#include "sql/front_end.h"
#include "store/job_store.h"

namespace sluice {

/// Attempts of a job before it is given up, and the back-off before each retry
/// (contract/decisions.md, attempts).
inline constexpr int kAttemptsMax = 3;
inline constexpr std::int64_t kRetryDelayMs[kAttemptsMax] = {0, 200, 1'000};
/// Pause before a store that cannot write is asked again.
inline constexpr std::int64_t kStoreRetryMs = 1'000;
/// Tries of a step inside one attempt, kStoreRetryMs apart, while the store is sound and something
/// else is not (a table's metadata that cannot be read).
inline constexpr int kTriesMax = 10;

/// Runs attempts: claims, binds, hands to the server's statement runner or to the engine, and
/// writes the one honest end. Every step that the store refuses for now is repeated until it is
/// done. Thread-safe.
class AttemptRunner final : public AttemptHost {
 public:
  /// What it works with; all must outlive the runner.
  struct Parts {
    const Clock* clock = nullptr;
    JobStore* jobs = nullptr;
    LakeCatalog* catalog = nullptr;
    TableWriterLeases* leases = nullptr;
    Engine* engine = nullptr;
    ResultStore* results = nullptr;
    JobBoard* board = nullptr;
    Dispatcher* dispatcher = nullptr;
    PlanningRoom* room = nullptr;
    MetricRegistry* metrics = nullptr;
    std::string time_zone = "UTC";  ///< of sessions that name none
  };
  explicit AttemptRunner(Parts parts);

  void RunAttempt(const JobId& id) override;
  void Drop(const JobId& id) override;
  void TimeOut(const JobId& id) override;
  void Tick(std::int64_t now_ms) override;

  /// From now on lost attempts are left as they are, for the next start to take up.
  void BeginShutdown() { shutting_down_ = true; }

  /// Ends a job whose attempt is over for good. Repeats until the store has it.
  void End(const Job& job, JobFinish finish);

 private:
  class Attempt;
  friend class Attempt;
  bool EndedByEarlierAttempt(const Job& job);
  bool AdoptStored(const Job& job);
  void RecordStart(const Job& job);
  void RunClaimed(const Job& job, int tries);
  Result<sql::BoundStatement> Plan(const Job& job);
  void RunInServer(const Job& job, const sql::BoundStatement& statement, int tries);
  void PutOff(const Job& job, const Error& error, int tries, std::function<void()> again);
  void RunInWorker(const Job& job, sql::BoundStatement statement);
  bool MayTryAgain(const Job& job, int tries) const;
  void StartExecution(const std::shared_ptr<Attempt>& attempt);
  void Launch(const std::shared_ptr<Attempt>& attempt, int tries);
  Result<AttemptSpec> MakeSpec(Attempt* attempt);
  /// What it reads, as it is now, and how many bytes that is before pruning.
  Result<void> AddSources(const Job& job, const std::vector<sql::TableName>& sources,
                          AttemptSpec* spec) const;
  Result<std::optional<OpenWrite>> OpenTarget(const Job& job, const sql::BoundStatement& statement);
  void OnAttemptEnd(const std::shared_ptr<Attempt>& attempt, AttemptOutcome outcome);
  void CommitWrite(const std::shared_ptr<Attempt>& attempt, JobFinish finish,
                   std::vector<DataFile> files, int tries);
  void EndRefused(const Attempt& attempt, const Error& error);
  void SettleWritten(const std::shared_ptr<Attempt>& attempt);
  void RemoveWritten(const Attempt& attempt);

  static JobFinish FinishOfWrite(const Job& job, const AttemptOutcome& outcome);
  static void LogFinished(const Job& job, const JobFinish& finish);
  void EndFinished(const Job& job, AttemptOutcome outcome);
  /// For an attempt of an earlier process.
  void EndFromMarker(const Job& job, const CommitMarker& marker);
  void EndFailed(const Job& job, const Error& error);
  void EndCancelled(const Job& job);
  void EndLost(const Job& job, const Error& error);

  sql::SessionContext SessionOf(const Job& job) const;
  std::optional<Job> FindJob(const JobId& id) const;

  const Parts parts_;
  StatementRunner statements_;
  std::atomic<bool> shutting_down_ = false;
};

/// The session's time zone: spark.sql.session.timeZone of the job, else the default.
std::string TimeZoneOf(const Job& job, const std::string& fallback);

}  // namespace sluice
