#include "engine/duckdb/duckdb_session.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <utility>

#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/statement_run.h"
#include "sql/shown_table.h"

namespace sluice {

namespace {

/// What the engine itself may use of the worker's memory: the rest is for what it does not count.
constexpr double kEngineMemoryShare = 0.8;
/// Settings an attempt's own connection sets; all else is frozen.
constexpr const char* kAllowedSettings =
    "['TimeZone', 'enable_progress_bar', 'enable_progress_bar_print', 'progress_bar_time', "
    "'search_path']";
/// Files for the metadata of an attempt's tables that are made before the attempt.
constexpr int kShownFilesAhead = 16;
/// The database whose table functions are the attempt's tables.
constexpr const char* kTables = "dli";

std::int64_t CpuMs() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

frames::ToServer FinishedFrame(std::uint64_t serial, WrittenResult written, std::int64_t cpu_ms,
                               std::int64_t input_size_bytes) {
  frames::ToServer message;
  frames::Finished& finished = *message.mutable_finished();
  finished.set_serial(serial);
  finished.set_row_count(written.row_count);
  finished.set_in_files(written.in_files);
  finished.set_output_bytes(written.output_bytes);
  finished.set_cpu_ms(cpu_ms);
  finished.set_input_size_bytes(input_size_bytes);
  for (std::string& row : written.rows) finished.add_rows(std::move(row));
  return message;
}

frames::ToServer FailedFrame(std::uint64_t serial, frames::Failed::Kind kind, const Error& error,
                             std::int64_t cpu_ms) {
  frames::ToServer message;
  frames::Failed& failed = *message.mutable_failed();
  failed.set_serial(serial);
  failed.set_kind(kind);
  failed.set_error_code(static_cast<std::uint32_t>(error.code));
  failed.set_message(error.message);
  failed.set_detail(error.detail);
  failed.set_cpu_ms(cpu_ms);
  return message;
}

/// All columns; the guarded ones in a form that the engine compares itself, after it has read them.
std::string ShownColumns(const frames::SourceTable& source) {
  std::string guards;
  for (const std::string& column : source.guarded_columns()) {
    guards += fmt::format("{0}CASE WHEN {1} IS NULL THEN NULL ELSE {1} END AS {1}",
                          guards.empty() ? "" : ", ", QuoteName(column));
  }
  return guards.empty() ? "*" : fmt::format("* REPLACE ({})", guards);
}

}  // namespace

DuckDbSession::DuckDbSession(const DuckDbApi& api, const frames::Open& options)
    : api_(api),
      options_(options),
      limits_{options.memory_limit_bytes(), options.temp_quota_bytes()},
      database_(api.close),
      admin_(api.disconnect),
      statement_(api.disconnect),
      files_(api.disconnect) {}

DuckDbSession::~DuckDbSession() = default;

Result<std::unique_ptr<DuckDbSession>> DuckDbSession::Open(const DuckDbApi& api,
                                                           const frames::Open& options) {
  std::unique_ptr<DuckDbSession> session(new DuckDbSession(api, options));
  Owned<duckdb_config> config(api.destroy_config);
  if (api.create_config(config.out()) != DuckDBSuccess) {
    return Fail(ErrorCode::kUnavailable, "The engine refuses a configuration");
  }
  auto engine_memory = static_cast<std::uint64_t>(
      static_cast<double>(options.memory_limit_bytes()) * kEngineMemoryShare);
  const std::pair<const char*, std::string> settings[] = {
      {"threads", "1"},
      {"memory_limit", fmt::format("{}B", engine_memory)},
      {"temp_directory", options.scratch_folder() + "/temp"},
      {"home_directory", options.scratch_folder()},
      {"extension_directory", options.extension_folder()},
      {"allow_unsigned_extensions", "true"},  // verified by SHA-256 when the server starts
      {"allow_community_extensions", "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_persistent_secrets", "false"},
      {"default_null_order", "nulls_first_on_asc_last_on_desc"},
      {"ieee_floating_point_ops", "false"},
      {"integer_division", "false"},
  };
  for (const auto& [name, value] : settings) {
    if (api.set_config(config.get(), name, value.c_str()) != DuckDBSuccess) {
      return Fail(ErrorCode::kUnavailable, "The engine refuses the setting {}", name);
    }
  }
  char* error = nullptr;
  if (api.open_ext(nullptr, session->database_.out(), config.get(), &error) != DuckDBSuccess) {
    std::string detail = error == nullptr ? "" : error;
    api.free(error);
    return FailWithDetail(ErrorCode::kUnavailable, detail, "The engine's database does not open");
  }
  TRY_VOID(session->Setup());
  return session;
}

Result<void> DuckDbSession::Execute(duckdb_connection connection, const std::string& sql) const {
  Owned<duckdb_result> result(api_.destroy_result);
  if (api_.query(connection, sql.c_str(), result.out()) == DuckDBSuccess) return {};
  const char* text = api_.result_error(result.out());
  return FailWithDetail(ErrorCode::kUnavailable, text == nullptr ? "" : text,
                        "The engine refuses a statement of its set-up");
}

Result<void> DuckDbSession::Setup() {
  if (api_.connect(database_.get(), admin_.out()) != DuckDBSuccess) {
    return Fail(ErrorCode::kUnavailable, "The engine refuses a connection");
  }
  TRY_VOID(MakeShownFiles());
  std::string folder = options_.extension_folder() + "/";
  for (const char* name : {"avro", "iceberg"}) {
    TRY_VOID(Execute(admin_.get(),
                     fmt::format("LOAD {}", QuoteLiteral(folder + name + ".duckdb_extension"))));
  }
  TRY_VOID(Execute(admin_.get(), "SET GLOBAL TimeZone='UTC'"));
  // As an option of opening it has no effect.
  TRY_VOID(Execute(admin_.get(),
                   fmt::format("SET max_temp_directory_size='{}B'", options_.temp_quota_bytes())));
  TRY_VOID(RegisterNativeFunctions(api_, admin_.get()));
  if (!options_.functions_database().empty()) {
    TRY_VOID(Execute(admin_.get(), fmt::format("ATTACH {} AS fn (READ_ONLY)",
                                               QuoteLiteral(options_.functions_database()))));
  }
  TRY_VOID(Execute(admin_.get(), fmt::format("ATTACH ':memory:' AS {}", kTables)));
  // The secret manager starts with its first use, which must come before the lock-down.
  TRY_VOID(Execute(admin_.get(), "FROM duckdb_secrets()"));
  TRY_VOID(scanned_files_.Register(api_, database_.get(), admin_.get()));
  return stream_table_.Register(api_, admin_.get());
}

Result<void> DuckDbSession::LockDown(const std::filesystem::path& warehouse) {
  std::string allowed = QuoteLiteral(options_.scratch_folder() + "/");
  if (!warehouse.empty()) {
    // As a path, as Iceberg's URI, and as Hadoop writes that one.
    for (const char* scheme : {"", "file://", "file:"}) {
      allowed += ", " + QuoteLiteral(scheme + warehouse.string() + "/");
    }
  }
  scanned_files_.SetFolder(warehouse);
  TRY_VOID(Execute(admin_.get(), fmt::format("SET allowed_directories=[{}]", allowed)));
  TRY_VOID(Execute(admin_.get(), "SET enable_external_access=false"));
  TRY_VOID(Execute(admin_.get(), fmt::format("SET threads={}", options_.threads())));
  TRY_VOID(Execute(admin_.get(), fmt::format("SET allowed_configs={}", kAllowedSettings)));
  TRY_VOID(Execute(admin_.get(), "SET lock_configuration=true"));
  return PrepareConnections();
}

Result<Owned<duckdb_connection>> DuckDbSession::Connect() const {
  Owned<duckdb_connection> connection(api_.disconnect);
  if (api_.connect(database_.get(), connection.out()) != DuckDBSuccess) {
    return Fail(ErrorCode::kUnavailable, "The engine refuses a connection");
  }
  std::string sql =
      "SET enable_progress_bar=true; SET enable_progress_bar_print=false; SET progress_bar_time=0";
  if (!options_.functions_database().empty()) sql += "; SET search_path='memory.main,fn.spark'";
  TRY_VOID(Execute(connection.get(), sql));
  return connection;
}

/// Made between attempts, so that none of them waits for it.
Result<void> DuckDbSession::PrepareConnections() {
  statement_ = TRY(Connect());
  files_ = TRY(Connect());
  return {};
}

std::string DuckDbSession::ShownFile(int number) const {
  return fmt::format("{}/table-{}.metadata.json", options_.scratch_folder(), number);
}

/// A disk that has no inode left can still be read from, and reading needs these.
Result<void> DuckDbSession::MakeShownFiles() const {
  for (int number = 0; number < kShownFilesAhead; ++number) {
    if (!std::ofstream(ShownFile(number), std::ios::binary)) {
      return Fail(ErrorCode::kUnavailable, "The scratch folder takes no file");
    }
  }
  return {};
}

/// Makes each table of the attempt a function that scans its snapshot.
Result<void> DuckDbSession::ShowTables(const frames::Attempt& attempt) {
  int number = 0;
  for (const frames::SourceTable& source : attempt.sources()) {
    const std::string file = ShownFile(number++);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << source.metadata();
    out.close();
    if (!out) {
      return FailWithDetail(ErrorCode::kUnavailable, file, "A table's metadata cannot be shown");
    }
    shown_.push_back(fmt::format("{}.{}", kTables, QuoteName(sql::ShownSchema(source.database()))));
    const std::string& schema = shown_.back();
    TRY_VOID(Execute(admin_.get(), "CREATE SCHEMA IF NOT EXISTS " + schema));
    TRY_VOID(Execute(
        admin_.get(),
        fmt::format("CREATE MACRO {}.{}() AS TABLE SELECT {} FROM iceberg_scan({}{})", schema,
                    QuoteName(source.table()), ShownColumns(source), QuoteLiteral(file),
                    source.can_have_nan() ? ", can_have_nan = true" : "")));
  }
  return {};
}

frames::ToServer DuckDbSession::Run(const frames::Attempt& attempt, AttemptControl* control,
                                    const std::function<void(frames::ToServer)>& tell) {
  const std::int64_t cpu_before_ms = CpuMs();
  are_connections_as_made_ = false;
  scanned_files_.Clear();
  control->WatchScan(&scanned_files_, attempt.source_bytes());
  WatchedConnection watch_statement(control, statement_.get());
  WatchedConnection watch_files(control, files_.get());
  Result<void> ready;
  const bool has_zone = !attempt.time_zone().empty() && attempt.time_zone() != "UTC";
  if (has_zone) {
    ready = Execute(statement_.get(),
                    fmt::format("SET TimeZone={}", QuoteLiteral(attempt.time_zone())));
  }
  if (ready) ready = ShowTables(attempt);
  if (!ready) {
    frames::Failed::Kind kind =
        control->interrupted() ? frames::Failed::INTERRUPTED : frames::Failed::LOST;
    return FailedFrame(attempt.serial(), kind, ready.error(), CpuMs() - cpu_before_ms);
  }
  StatementRun run(api_, {statement_.get(), files_.get()}, &stream_table_, attempt, limits_);
  tl::expected<WrittenResult, StatementRun::Failure> written = run.Run(tell);
  const std::int64_t cpu_ms = CpuMs() - cpu_before_ms;
  if (written) {
    // Only of a statement that was read to its end is no progress left behind.
    const bool has_ended = api_.query_progress(statement_.get()).percentage < 0;
    are_connections_as_made_ = has_ended && !has_zone && !control->interrupted();
    return FinishedFrame(attempt.serial(), std::move(*written), cpu_ms,
                         scanned_files_.TotalBytes());
  }
  frames::Failed::Kind kind = frames::Failed::FAILED;
  if (control->interrupted()) {
    kind = frames::Failed::INTERRUPTED;
  } else if (written.error().verdict == EngineVerdict::kWorker) {
    kind = frames::Failed::LOST;
  }
  return FailedFrame(attempt.serial(), kind, written.error().error, cpu_ms);
}

Result<void> DuckDbSession::Reset() {
  // Made anew they cost as much as a small statement; one SELECT or COPY that ends well changes
  // nothing in them.
  if (!are_connections_as_made_) {
    statement_.Reset();
    files_.Reset();
  }
  for (const std::string& schema : std::exchange(shown_, {})) {
    TRY_VOID(Execute(admin_.get(), fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", schema)));
  }
  return are_connections_as_made_ ? Result<void>() : PrepareConnections();
}

}  // namespace sluice
