#include "engine/duckdb/functions_database.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/digest.h"
#include "base/file_system.h"
#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/pinned_files.h"
#include "engine/duckdb/result_writer.h"
#include "engine/duckdb/worker_process.h"

namespace sluice {

namespace {

constexpr std::int64_t kBuildMsMax = 60'000;
constexpr std::size_t kMarkBytesMax = 4'096;
/// Part of the key: a file of another engine may be of another storage format.
constexpr std::string_view kEngineOfFile = "duckdb-1.5.5\n";

std::filesystem::path WithSuffix(std::filesystem::path path, const char* suffix) {
  path += suffix;
  return path;
}

Result<void> WaitForBuilt(WorkerProcess* worker) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(kBuildMsMax);
  while (Clock::now() < deadline) {
    worker->Flush();
    short events = worker->wants_to_write() ? POLLIN | POLLOUT : POLLIN;
    pollfd waiting = {worker->socket(), events, 0};
    ::poll(&waiting, 1, 100);
    std::vector<frames::ToServer> messages;
    Result<void> received = worker->Receive(&messages);
    for (const frames::ToServer& message : messages) {
      if (message.has_functions_built()) return {};
      if (message.has_broken()) {
        return FailWithDetail(ErrorCode::kUnavailable, message.broken().detail(),
                              "The database of Spark's functions cannot be made");
      }
    }
    TRY_VOID(std::move(received).WithContext("making the database of Spark's functions"));
  }
  return Fail(ErrorCode::kUnavailable, "The database of Spark's functions takes too long to make");
}

}  // namespace

Result<void> WriteFunctionsDatabase(const DuckDbApi& api, const std::string& script,
                                    const std::filesystem::path& path) {
  const std::filesystem::path temporary = WithSuffix(path, ".tmp");
  std::error_code error;
  std::filesystem::remove(temporary, error);
  {
    Owned<duckdb_database> database(api.close);
    if (api.open_ext(nullptr, database.out(), nullptr, nullptr) != DuckDBSuccess) {
      return FailWithDetail(ErrorCode::kUnavailable, path.string(), "The database does not open");
    }
    Owned<duckdb_connection> connection(api.disconnect);
    api.connect(database.get(), connection.out());
    // A macro is checked when it is made: what it calls must be there.
    TRY_VOID(RegisterNativeFunctions(api, connection.get()));
    // Macros with typed parameters need a newer file format than the default one.
    const std::string whole = fmt::format(
        "ATTACH {} AS fn (STORAGE_VERSION 'latest'); USE fn;\n{}\n; USE memory; "
        "DETACH fn;",
        QuoteLiteral(temporary.string()), script);
    Owned<duckdb_result> result(api.destroy_result);
    if (api.query(connection.get(), whole.c_str(), result.out()) != DuckDBSuccess) {
      return FailWithDetail(ErrorCode::kUnavailable, api.result_error(result.out()),
                            "Spark's functions are refused");
    }
  }
  std::filesystem::rename(temporary, path, error);
  if (!error) return {};
  return FailWithDetail(ErrorCode::kUnavailable, error.message(), "The database cannot be placed");
}

Result<void> BuildFunctionsDatabase(const std::filesystem::path& worker_executable,
                                    const std::filesystem::path& library, std::string_view script,
                                    const std::filesystem::path& path) {
  LocalFileSystem files;
  const std::filesystem::path mark = WithSuffix(path, ".sha256");
  // The mark says what the file was made of, then what it was when it was made.
  const std::string source = Sha256Hex(std::string(kEngineOfFile).append(script)) + " ";
  std::error_code error;
  Result<std::string> marked = files.Read(mark, kMarkBytesMax);
  if (marked && marked->starts_with(source) && std::filesystem::exists(path, error)) {
    return VerifyFile(path, marked->substr(source.size()));
  }
  // Without its mark first: a database that is replaced half-way must not count as whole.
  TRY_VOID(files.RemoveAll(mark));
  TRY_VOID(files.MakeFolders(path.parent_path()));
  WorkerProcess worker = TRY(WorkerProcess::Spawn(worker_executable));
  frames::ToWorker order;
  order.mutable_build_functions()->set_library(library.string());
  order.mutable_build_functions()->set_sql(std::string(script));
  order.mutable_build_functions()->set_path(path.string());
  worker.Send(order);
  TRY_VOID(WaitForBuilt(&worker));
  return files.WriteDurably(mark, source + TRY(DigestFile(path)));
}

}  // namespace sluice
