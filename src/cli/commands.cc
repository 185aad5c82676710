#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "cli/api_client.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/run_statement.h"
#include "cli/table.h"
#include "job/job.h"

namespace sluice::cli {

namespace {

constexpr int kWorked = 0;
constexpr int kFailed = 1;
constexpr int kUnusable = 2;
constexpr int kListedJobs = 20;
constexpr int kListedJobsMax = 100;
/// Of a statement in a list.
constexpr std::size_t kShownStatement = 60;
constexpr std::size_t kStatementBytesMax = 12 << 20;  ///< the largest request that servers take
constexpr int kWaitSecondsMax = 86'400;
constexpr std::string_view kStandardInput = "-";

/// What the options of all client commands are bound to.
struct Options {
  AccessFlags access;
  Format format = Format::kTable;
  StatementRequest statement;
  std::string file;  ///< with the statement; empty: none
  std::optional<int> wait_s;
  std::string job_id;
  std::string state;
  int count = kListedJobs;
};

std::optional<std::string> ReadEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Prints an error; the exit status says whether the server refused or could not be asked.
int Report(const Error& error) {
  std::cerr << "sluice: " << error.message << "\n";
  return error.code == ErrorCode::kExecution ? kFailed : kUnusable;
}

/// Runs the action with a client for the options' server.
template <class Action>
int WithClient(const Options& options, Action action) {
  Patience patience;
  if (options.wait_s) patience.first_ms = patience.restart_ms = *options.wait_s * 1'000LL;
  Result<std::unique_ptr<ApiClient>> api = ApiClient::Create(
      [&options] { return ResolveAccess(options.access, ReadEnvironment); }, patience);
  if (!api) return Report(api.error());
  Result<int> status = action(api->get());
  return status ? *status : Report(status.error());
}

/// A cell for a member of any JSON type; absent is null.
Table::Cell CellOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return {"null", "NULL"};
  if (value->is_string()) return Table::TextCell(std::string_view(value->get_string()));
  std::string text = json::serialize(*value);
  return {text, text};
}

/// A table of the objects in a member of the answer, one column for each of their named members.
Table ListOf(const ApiAnswer& answer, std::string_view member,
             const std::vector<std::string>& columns) {
  Table table;
  table.columns = columns;
  const json::value* list = answer.object.if_contains(member);
  if (list == nullptr || !list->is_array()) return table;
  for (const json::value& entry : list->get_array()) {
    if (!entry.is_object()) continue;
    auto& row = table.rows.emplace_back();
    for (const std::string& column : columns) row.push_back(CellOf(entry.get_object(), column));
  }
  return table;
}

/// Shortens the text of a cell for people; its JSON stays whole.
void Shorten(Table::Cell* cell) {
  if (cell->text.size() <= kShownStatement) return;
  std::size_t end = kShownStatement;
  // Not within a character of several bytes.
  while (end > 0 && (static_cast<unsigned char>(cell->text[end]) & 0xC0u) == 0x80u) --end;
  cell->text = cell->text.substr(0, end) + "...";
}

Result<int> ListJobs(ApiClient* api, const Options& options) {
  std::string path = fmt::format("/jobs?page-size={}", options.count);
  if (!options.state.empty()) path += "&job-status=" + http::PercentEncode(options.state);
  ApiAnswer answer = TRY(api->Call({.path = path}));
  Table table = ListOf(answer, "jobs",
                       {"job_id", "status", "job_type", "queue_name", "owner", "start_time",
                        "duration", "statement"});
  if (options.format == Format::kTable) {
    for (auto& row : table.rows) Shorten(&row.back());
  }
  TRY_VOID(WriteOutput(Render(table, options.format)));
  return kWorked;
}

Result<int> ShowJob(ApiClient* api, const Options& options) {
  ApiAnswer answer =
      TRY(api->Call({.path = "/jobs/" + http::PercentEncode(options.job_id) + "/status"}));
  if (options.format == Format::kJson) {
    TRY_VOID(WriteOutput(answer.text + "\n"));
    return kWorked;
  }
  Table table;
  table.columns = {"name", "value"};
  for (const auto& member : answer.object) {
    table.rows.push_back({Table::TextCell(std::string_view(member.key())),
                          CellOf(answer.object, std::string_view(member.key()))});
  }
  TRY_VOID(WriteOutput(Render(table, options.format)));
  return kWorked;
}

/// A cancel that was sent again is refused when the first one, whose answer was lost, has worked.
Result<bool> IsCancelled(ApiClient* api, const std::string& path) {
  ApiAnswer answer = TRY(api->Call({.path = path + "/status"}));
  const json::string* status = FindString(answer.object, "status");
  return status != nullptr && *status == JobStateName(JobState::kCancelled);
}

Result<int> CancelJob(ApiClient* api, const Options& options) {
  std::string path = "/jobs/" + http::PercentEncode(options.job_id);
  Result<ApiAnswer> cancelled = api->Call({.method = "DELETE", .path = path});
  if (!cancelled && (!api->was_repeated() || !TRY(IsCancelled(api, path)))) {
    return Fail(std::move(cancelled.error()));
  }
  std::cerr << "The job will be cancelled: " << options.job_id << "\n";
  return kWorked;
}

Result<int> ListQueues(ApiClient* api, const Options& options) {
  ApiAnswer answer = TRY(api->Call({.path = "/queues"}));
  Table table =
      ListOf(answer, "queues", {"queue_name", "queue_type", "engine", "cu_count", "owner"});
  TRY_VOID(WriteOutput(Render(table, options.format)));
  return kWorked;
}

/// The statement: an argument, or the whole of a file or of standard input.
Result<std::string> ReadStatement(const Options& options) {
  const std::string& argument = options.statement.sql;
  if (!argument.empty() && argument != kStandardInput) return argument;
  const bool is_input = options.file.empty() || options.file == kStandardInput;
  if (options.file.empty() && argument.empty() && ::isatty(STDIN_FILENO) == 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "Give a statement, a file (-f FILE), or a statement on standard input");
  }
  std::string text = TRY(is_input ? ReadStandardInput(kStatementBytesMax)
                                  : ReadNamedFile(options.file, kStatementBytesMax));
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  std::string name = is_input ? "Standard input" : options.file;
  if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "{} is no UTF-8 text", name);
  if (Trim(text).empty()) return Fail(ErrorCode::kInvalidArgument, "{} has no statement", name);
  return text;
}

Result<int> RunSql(ApiClient* api, const Options& options) {
  StatementRequest request = options.statement;
  request.sql = TRY(ReadStatement(options));
  request.format = options.format;
  StatementEnd end = TRY(RunStatement(api, request));
  return end == StatementEnd::kFinished ? kWorked : kFailed;
}

using Command = Result<int> (*)(ApiClient*, const Options&);

/// Adds a command with the options that all of them have.
CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& what,
                     const std::shared_ptr<Options>& options, int* status, Command command) {
  static const std::map<std::string, Format> formats = {
      {"table", Format::kTable}, {"csv", Format::kCsv}, {"json", Format::kJson}};
  CLI::App* app = parent->add_subcommand(name, what);
  app->add_option("--format", options->format, "table, csv or json")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  app->add_option("--data", options->access.data,
                  "Data folder whose credentials.toml to use; wins over SLUICE_*");
  app->add_option("--endpoint", options->access.access.endpoint,
                  "http://host:port or https://… (or SLUICE_ENDPOINT)");
  app->add_option("--project-id", options->access.access.project_id,
                  "Project of the call (or SLUICE_PROJECT_ID)");
  app->add_option("--ak", options->access.access.access_key, "Access key (or SLUICE_AK)");
  app->add_option("--sk", options->access.access.secret_key,
                  "Secret key; better in SLUICE_SK, where other users cannot read it");
  app->add_option("--wait", options->wait_s,
                  "Seconds to go on trying while the server is away (5 at first, 60 once it was "
                  "reached)")
      ->check(CLI::Range(0, kWaitSecondsMax));
  app->callback([options, status, command] {
    *status =
        WithClient(*options, [&](ApiClient* api) -> Result<int> { return command(api, *options); });
  });
  return app;
}

}  // namespace

void AddClientCommands(CLI::App* app, int* status) {
  auto options = std::make_shared<Options>();
  CLI::App* sql =
      AddCommand(app, "sql", "Run a statement and print its rows", options, status, &RunSql);
  CLI::Option* statement =
      sql->add_option("statement", options->statement.sql,
                      "One SQL statement; - or nothing reads it from standard input");
  sql->add_option("-f,--file", options->file, "File with the statement; - is standard input")
      ->excludes(statement);
  sql->add_option("-d,--database", options->statement.database, "Current database");
  sql->add_option("-q,--queue", options->statement.queue, "Queue to run on");

  CLI::App* jobs = app->add_subcommand("jobs", "List, show and cancel jobs");
  jobs->require_subcommand(1);
  CLI::App* list = AddCommand(jobs, "list", "The newest jobs", options, status, &ListJobs);
  list->add_option("-n,--count", options->count, "How many")->check(CLI::Range(1, kListedJobsMax));
  list->add_option("--status", options->state, "Only jobs in this state: RUNNING, FAILED, ...");
  CLI::App* show = AddCommand(jobs, "show", "The status of a job", options, status, &ShowJob);
  show->add_option("job_id", options->job_id, "Id of the job")->required();
  CLI::App* cancel = AddCommand(jobs, "cancel", "Cancel a job", options, status, &CancelJob);
  cancel->add_option("job_id", options->job_id, "Id of the job")->required();

  CLI::App* queues = app->add_subcommand("queues", "List queues");
  queues->require_subcommand(1);
  AddCommand(queues, "list", "All queues", options, status, &ListQueues);
}

}  // namespace sluice::cli
