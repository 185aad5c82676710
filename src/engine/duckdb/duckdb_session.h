#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/attempt_control.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/engine_error.h"
#include "engine/duckdb/frames.pb.h"
#include "engine/duckdb/result_writer.h"
#include "engine/duckdb/scanned_files.h"

namespace sluice {

/// The database of one worker process: opened once, locked down once, then one attempt after the
/// other, each with its own tables. For the worker's main thread.
class DuckDbSession {
 public:
  /// Opens the database with one thread (so that a sandbox put on afterwards binds all of them),
  /// loads the extensions and attaches Spark's functions. `api` must outlive the session.
  static Result<std::unique_ptr<DuckDbSession>> Open(const DuckDbApi& api,
                                                     const frames::Open& options);
  ~DuckDbSession();

  /// Restricts the engine to the project's warehouse and its scratch folder and freezes its
  /// configuration; then it may use all its threads.
  Result<void> LockDown(const std::filesystem::path& warehouse);

  /// Runs one attempt and says how it ended. `on_started` was answered before; `tell` gets what is
  /// to be told before the end. After kLost the session is in doubt.
  frames::ToServer Run(const frames::Attempt& attempt, AttemptControl* control,
                       const std::function<void(frames::ToServer)>& tell);

  /// Removes what the attempt left: its tables, its connections unless it ended well. An error
  /// means doubt: the worker must not serve again.
  Result<void> Reset();

 private:
  DuckDbSession(const DuckDbApi& api, const frames::Open& options);

  Result<void> Execute(duckdb_connection connection, const std::string& sql) const;
  Result<void> Setup();
  Result<Owned<duckdb_connection>> Connect() const;
  std::string ShownFile(int number) const;
  Result<void> MakeShownFiles() const;
  Result<void> ShowTables(const frames::Attempt& attempt);
  Result<void> PrepareConnections();

  const DuckDbApi& api_;
  frames::Open options_;
  WorkerLimits limits_;
  StreamTable stream_table_;
  ScannedFiles scanned_files_;
  Owned<duckdb_database> database_;
  Owned<duckdb_connection> admin_;        ///< our own statements: set-up, ATTACH, DETACH
  Owned<duckdb_connection> statement_;    ///< the attempt's
  Owned<duckdb_connection> files_;        ///< writes the attempt's result files
  bool are_connections_as_made_ = false;  ///< nothing is left in them of an attempt
  std::vector<std::string> shown_;        ///< schemas of the attempt's tables, quoted
};

}  // namespace sluice
