#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/duckdb/duckdb_api.h"

namespace sluice {

/// What a worker may use; named in the messages of statements that pass it.
struct WorkerLimits {
  std::uint64_t memory_bytes = 0;
  std::uint64_t temp_quota_bytes = 0;
};

/// How an engine failure counts.
enum class EngineVerdict {
  kStatement,  ///< the statement's own fault
  kWorker,     ///< the engine's state is in doubt: replace the worker, try the job again
};

struct EngineFailure {
  EngineVerdict verdict = EngineVerdict::kStatement;
  Error error;
};

/// The one table from the engine's error types to ours. The verdict comes from the type. The
/// message never shows the engine's text but for values the user wrote; that text is the detail.
EngineFailure ClassifyEngineError(duckdb_error_type type, std::string_view engine_text,
                                  const WorkerLimits& limits);

}  // namespace sluice
