#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/engine_error.h"
#include "engine/duckdb/frames.pb.h"
#include "engine/duckdb/result_writer.h"
#include "engine/duckdb/table_writer.h"

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
               const frames::Attempt& attempt, const WorkerLimits& limits)
      : api_(api),
        connections_(connections),
        stream_table_(stream_table),
        attempt_(attempt),
        limits_(limits) {}

  struct Failure {
    EngineVerdict verdict = EngineVerdict::kStatement;
    Error error;
  };
  /// Runs the statement. `tell` gets the files of a write, some at a time.
  tl::expected<WrittenResult, Failure> Run(const std::function<void(frames::ToServer)>& tell);

 private:
  using Prepared = Owned<duckdb_prepared_statement>;
  tl::expected<Owned<duckdb_extracted_statements>, Failure> ExtractOne(const std::string& sql);
  tl::expected<Prepared, Failure> PrepareSelect(const std::string& sql);
  tl::expected<WrittenResult, Failure> RunQuery();
  tl::expected<WrittenResult, Failure> RunWrite(const std::function<void(frames::ToServer)>& tell);
  Failure FailureOf(TableWriter& writer, Error error) const;
  tl::expected<duckdb_result, Failure> ExecuteStreaming(duckdb_prepared_statement prepared);
  Failure FailureOf(duckdb_result* result) const;
  Failure Classify(duckdb_error_type type, const char* text) const;

  const DuckDbApi& api_;
  Connections connections_;
  StreamTable* stream_table_;
  const frames::Attempt& attempt_;
  const WorkerLimits& limits_;
};

}  // namespace sluice
