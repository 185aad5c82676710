#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/duckdb/attempt_control.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/engine_error.h"
#include "engine/duckdb/frames.pb.h"
#include "engine/duckdb/result_writer.h"

namespace sluice {

/// One attempt's statement on connections made for it. For the worker's main thread; used once.
class StatementRun {
 public:
  struct Connections {
    duckdb_connection statement = nullptr;
    duckdb_connection files = nullptr;  ///< copies the result to files, finds zone offsets
  };
  /// All must outlive the run.
  StatementRun(const DuckDbApi& api, Connections connections, StreamTable* stream_table,
               const frames::Attempt& attempt, const WorkerLimits& limits, AttemptControl* control)
      : api_(api),
        connections_(connections),
        stream_table_(stream_table),
        attempt_(attempt),
        limits_(limits),
        control_(control) {}

  struct Failure {
    EngineVerdict verdict = EngineVerdict::kStatement;
    Error error;
  };
  /// Runs the statement; a conflict of an insert is repeated here.
  tl::expected<WrittenResult, Failure> Run();

 private:
  using Prepared = Owned<duckdb_prepared_statement>;
  tl::expected<Prepared, Failure> Prepare();
  tl::expected<WrittenResult, Failure> RunQuery();
  tl::expected<WrittenResult, Failure> RunInsert();
  tl::expected<WrittenResult, Failure> InsertOnce();
  tl::expected<duckdb_result, Failure> ExecuteStreaming(duckdb_prepared_statement prepared);
  Failure FailureOf(duckdb_result* result) const;
  Failure Classify(duckdb_error_type type, const char* text) const;
  /// Waits between two tries of an insert; false when the attempt was interrupted meanwhile.
  bool PauseBeforeRepeat(int repeat) const;

  const DuckDbApi& api_;
  Connections connections_;
  StreamTable* stream_table_;
  const frames::Attempt& attempt_;
  const WorkerLimits& limits_;
  AttemptControl* control_;
};

}  // namespace sluice
