#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "job/job.h"
#include "lake/data_file.h"
#include "lake/table_write.h"
#include "result/result_set.h"
#include "types/data_type.h"

namespace sluice {

/// A query answers its rows; a write puts them into new files of a table and answers those.
enum class WorkKind { kQuery, kWrite };

/// A table that a statement reads, as of one snapshot.
struct SourceTable {
  std::string database;
  std::string table;
  std::string metadata_json;  ///< Iceberg table metadata with that snapshot alone
  /// It has columns of floating point: bounds of theirs, wherever they stand, say nothing of NaN,
  /// which is above all numbers.
  bool can_have_nan = false;
  /// Columns whose files may have Bloom filters that must not be asked (lake/catalog.h).
  std::vector<std::string> guarded_columns;
  std::shared_ptr<const void> keeps;  ///< what must live as long as the table is read; may be null
};

/// One attempt as an engine gets it: everything is decided, nothing is looked up.
struct AttemptSpec {
  JobId job;
  int attempt = 0;
  ProjectId project;
  QueueName queue;
  WorkKind kind = WorkKind::kQuery;
  std::string sql;  ///< in the engine's language: one SELECT
  Schema schema;    ///< of a query's result: Spark's names and types
  std::string time_zone = "UTC";
  std::vector<SourceTable> sources;
  std::optional<TableWrite> write;  ///< of kWrite; `sql` yields its columns in their order
  /// Bytes of the tables it reads, before pruning: what its progress is measured against. 0 for
  /// none.
  std::int64_t source_bytes = 0;
};

/// How an attempt ended.
struct AttemptOutcome {
  enum class Kind {
    kFinished,
    kFailed,       ///< the statement's own fault: `error` is final
    kInterrupted,  ///< stopped by Interrupt or Kill
    kLost,         ///< the worker crashed or was lost: try again
  };
  Kind kind = Kind::kLost;
  Error error;                           ///< of kFailed; of kLost, what was lost
  std::optional<ResultSet> result;       ///< of a finished query
  std::filesystem::path scratch_folder;  ///< where the files of `result` are, if in files
  std::vector<DataFile> files;           ///< of a finished write; none for no rows
  std::int64_t cpu_ms = 0;
  std::int64_t output_bytes = 0;
  std::int64_t input_size_bytes = 0;  ///< of the data files that had to be read, after pruning
};

/// Hears of an attempt, on threads of the engine; must not block. OnEnd comes exactly once and
/// last.
class AttemptObserver {
 public:
  virtual ~AttemptObserver() = default;
  virtual void OnStarted() = 0;                  ///< a worker has it and runs it
  virtual void OnProgress(double fraction) = 0;  ///< 0..1, monotone
  virtual void OnEnd(AttemptOutcome outcome) = 0;
};

/// A running attempt. Thread-safe. Destroying it does not stop the attempt.
class Execution {
 public:
  virtual ~Execution() = default;
  /// Asks the engine to stop the statement; returns at once.
  virtual void Interrupt() = 0;
  /// Ends the worker process at once.
  virtual void Kill() = 0;
};

/// A kind of SQL executor. Thread-safe.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Hands the attempt to a worker. Returns quickly: starting a worker happens behind it, and its
  /// failure is an OnEnd(kLost). kResourceExhausted-like refusals are kUnavailable.
  virtual Result<std::unique_ptr<Execution>> Start(const AttemptSpec& spec,
                                                   std::shared_ptr<AttemptObserver> observer) = 0;
  /// Stops every worker; attempts under way end kLost. Blocks until the processes are gone.
  virtual void Stop() = 0;
};

}  // namespace sluice
