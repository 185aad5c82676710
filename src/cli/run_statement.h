#pragma once

#include <string>

#include "cli/api_client.h"
#include "cli/table.h"

namespace sluice::cli {

/// What `sluice sql` was asked to do.
struct StatementRequest {
  std::string sql;
  std::string database;  ///< empty: the server's default
  std::string queue;     ///< empty: the server's default
  Format format = Format::kTable;
};

/// How the job ended, for the exit status.
enum class StatementEnd { kFinished, kFailed, kCancelled };

/// Submits the statement, waits for its end, prints its rows to standard output and everything else
/// to standard error. While it waits, SIGINT cancels the job; a second one ends the program. A
/// server that is started anew meanwhile is waited for. An error after the submit names the job.
Result<StatementEnd> RunStatement(ApiClient* api, const StatementRequest& request);

}  // namespace sluice::cli
