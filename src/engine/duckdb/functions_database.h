#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/duckdb/duckdb_api.h"

namespace sluice {

/// Makes the database of Spark's functions from a script of CREATE MACRO statements, whole or not
/// at all. Inside a worker only.
Result<void> WriteFunctionsDatabase(const DuckDbApi& api, const std::string& script,
                                    const std::filesystem::path& path);

/// As WriteFunctionsDatabase, for the server: a worker process of its own does it, unless a
/// database of the same script and engine is there. kUnavailable, with the engine's words as
/// detail.
Result<void> BuildFunctionsDatabase(const std::filesystem::path& worker_executable,
                                    const std::filesystem::path& library, std::string_view script,
                                    const std::filesystem::path& path);

}  // namespace sluice
