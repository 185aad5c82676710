#include "cli/run_statement.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "base/random.h"
#include "cli/output.h"
#include "job/job.h"

namespace sluice::cli {

namespace {

/// How long one status call waits: also how late an interrupt is noticed.
constexpr int kWaitSeconds = 1;

volatile std::sig_atomic_t interrupted = 0;

/// Catches SIGINT once while it lives; the second one has its usual effect.
class InterruptScope {
 public:
  InterruptScope() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, &former_);
  }
  ~InterruptScope() { ::sigaction(SIGINT, &former_, nullptr); }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  struct sigaction former_ {};
};

/// The one line on a terminal that is written over and over; nothing elsewhere.
class ProgressLine {
 public:
  void Show(std::string_view state, double fraction, std::int64_t duration_ms) {
    if (!on_terminal_) return;
    fmt::print(stderr, "\r\033[K{} {:3.0f}%  {}.{} s", state, fraction * 100, duration_ms / 1000,
               duration_ms % 1000 / 100);
    std::fflush(stderr);
    shown_ = true;
  }
  ~ProgressLine() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool on_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
};

std::string TextOf(const ApiAnswer& answer, std::string_view name) {
  const json::string* text = FindString(answer.object, name);
  return text == nullptr ? std::string() : std::string(*text);
}

std::int64_t NumberOf(const ApiAnswer& answer, std::string_view name) {
  const json::value* value = answer.object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string SubmitBody(const StatementRequest& request) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("sql").String(request.sql);
  if (!request.database.empty()) json.Key("currentdb").String(request.database);
  if (!request.queue.empty()) json.Key("queue_name").String(request.queue);
  json.EndObject();
  return body;
}

/// The words of an error about a job that was accepted: with its id it can still be asked for.
Error AboutJob(Error error, const std::string& job_id) {
  error.message += "; the job is " + job_id;
  return error;
}

/// Shows how far a job is; a server that does not say so leaves the line as it is.
void ShowProgress(ApiClient* api, const std::string& job_id, const ApiAnswer& status,
                  ProgressLine* line) {
  double fraction = 0;
  // The older version knows 0 and 1 only.
  Result<ApiAnswer> progress =
      api->Call({.path = "/jobs/" + job_id + "/progress", .version = "v1"});
  if (progress) {
    const json::value* value = progress->object.if_contains("progress");
    if (value != nullptr && value->is_number()) fraction = value->to_number<double>();
  }
  line->Show(TextOf(status, "status"), fraction, NumberOf(status, "duration"));
}

/// The job's final status. Cancels it when the user interrupts.
Result<ApiAnswer> AwaitEnd(ApiClient* api, const std::string& job_id) {
  InterruptScope scope;
  ProgressLine line;
  bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  bool cancelled = false;
  while (true) {
    ApiAnswer status =
        TRY(api->Call({.path = fmt::format("/jobs/{}/status?wait={}", job_id, kWaitSeconds)}));
    std::optional<JobState> state = ParseJobState(TextOf(status, "status"));
    if (!state) return Fail(ErrorCode::kUnavailable, "The server's answer has no known status");
    if (IsFinal(*state)) return status;
    if (interrupted != 0 && !cancelled) {
      cancelled = true;
      // A refusal means that the job ended meanwhile: the next status says how.
      Result<ApiAnswer> ignored = api->Call({.method = "DELETE", .path = "/jobs/" + job_id});
      continue;
    }
    if (on_terminal) ShowProgress(api, job_id, status, &line);
  }
}

/// A failed job's message is JSON text of code and message.
std::string FailureText(const std::string& message) {
  Result<json::value> parsed = ParseJson(message);
  if (!parsed || !parsed->is_object()) return message;
  const json::string* code = FindString(parsed->get_object(), "error_code");
  const json::string* text = FindString(parsed->get_object(), "error_msg");
  if (code == nullptr || text == nullptr) return message;
  return fmt::format("{}: {}", std::string_view(*code), std::string_view(*text));
}

Result<void> PrintRows(const ApiAnswer& answer, std::int64_t rows_in_all, Format format) {
  Table table = TableOfAnswer(answer);
  TRY_VOID(WriteOutput(Render(table, format)));
  if (rows_in_all > static_cast<std::int64_t>(table.rows.size())) {
    fmt::print(stderr, "The first {} of {} rows\n", table.rows.size(), rows_in_all);
  }
  return {};
}

/// Rows of a finished job, or a line that says what it did.
Result<void> PrintOutcome(ApiClient* api, const std::string& job_id, const ApiAnswer& status,
                          Format format) {
  std::string type = TextOf(status, "job_type");
  std::int64_t count = NumberOf(status, "result_count");
  bool may_have_rows = type == "QUERY" || type == "DDL" || type == "DCL";
  if (may_have_rows) {
    Result<ApiAnswer> preview = api->Call({.path = "/jobs/" + job_id + "/preview"});
    if (preview && TableOfAnswer(*preview).columns.empty() && type != "QUERY") {
      fmt::print(stderr, "{} finished\n", type);
      return {};
    }
    if (preview) {
      return PrintRows(*preview, std::max(count, NumberOf(*preview, "row_count")), format);
    }
    // DDL without rows has nothing to preview; for a query it is an error.
    bool has_no_rows = preview.error().code == ErrorCode::kExecution;
    if (type == "QUERY" || !has_no_rows) return Fail(preview.error());
    fmt::print(stderr, "{} finished\n", type);
    return {};
  }
  fmt::print(stderr, "{} finished: {} rows\n", type, count);
  return {};
}

/// The id of the job in the refusal of a statement whose end the server did not await: it stops, or
/// the statement takes long. Empty for any other error.
std::string AcceptedJob(const Error& error) {
  constexpr std::string_view kCode = "DLI.0019";
  constexpr std::string_view kMark = "id: ";
  constexpr std::size_t kIdLength = 36;
  std::size_t mark = error.message.find(kMark);
  if (!error.message.starts_with(kCode) || mark == std::string::npos) return {};
  std::string id = error.message.substr(mark + kMark.size(), kIdLength);
  return IsUuid(id) ? id : std::string();
}

/// The id of the job. The key makes a submit that is sent again, because its answer was lost, the
/// same job.
Result<std::string> Submit(ApiClient* api, const StatementRequest& request) {
  Result<ApiAnswer> submitted = api->Call({.method = "POST",
                                           .path = "/jobs/submit-job",
                                           .body = SubmitBody(request),
                                           .idempotency_key = "sluice-sql-" + MakeUuidV4()});
  if (!submitted) {
    std::string accepted = AcceptedJob(submitted.error());
    if (!accepted.empty()) return accepted;
    Error error = std::move(submitted.error());
    bool is_open = api->was_sent() && error.code != ErrorCode::kExecution;
    if (is_open) error.message += "; whether the statement was accepted is not known";
    return Fail(std::move(error));
  }
  std::string job_id = TextOf(*submitted, "job_id");
  if (job_id.empty()) return Fail(ErrorCode::kUnavailable, "The server's answer has no job_id");
  return job_id;
}

Result<StatementEnd> AwaitAndPrint(ApiClient* api, const std::string& job_id, Format format) {
  ApiAnswer status = TRY(AwaitEnd(api, job_id));
  std::string state = TextOf(status, "status");
  if (state == JobStateName(JobState::kFinished)) {
    TRY_VOID(PrintOutcome(api, job_id, status, format));
    return StatementEnd::kFinished;
  }
  fmt::print(stderr, "{}\n", FailureText(TextOf(status, "message")));
  return state == JobStateName(JobState::kCancelled) ? StatementEnd::kCancelled
                                                     : StatementEnd::kFailed;
}

}  // namespace

Result<StatementEnd> RunStatement(ApiClient* api, const StatementRequest& request) {
  std::string job_id = TRY(Submit(api, request));
  api->SetSubject("job " + job_id);
  Result<StatementEnd> end = AwaitAndPrint(api, job_id, request.format);
  if (!end) return Fail(AboutJob(std::move(end.error()), job_id));
  return end;
}

}  // namespace sluice::cli
