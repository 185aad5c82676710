#include "cli/api_client.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/ascii.h"
#include "http/signature.h"

namespace sluice::cli {

namespace {

/// Longer than any answer of the API: a synchronous statement may take 2 minutes.
constexpr int kTimeoutMs = 150'000;

/// Between two tries; the first is at once: a server closes connections that were idle.
constexpr std::int64_t kPauseMsMin = 100;
constexpr std::int64_t kPauseMsMax = 1'000;
/// Of an answer that is not the API's.
constexpr std::size_t kShownAnswer = 200;

constexpr int kBadGateway = 502;
constexpr int kUnavailable = 503;
constexpr int kGatewayTimeout = 504;

/// Whether the answer says that the server, perhaps behind a proxy, is not there now.
bool IsAway(const http::Response& response) {
  return response.status == kBadGateway || response.status == kUnavailable ||
         response.status == kGatewayTimeout;
}

/// The API's own words about a refused call.
tl::unexpected<Error> ApiError(const http::Response& response) {
  Result<json::value> body = ParseJson(response.body);
  if (body && body->is_object()) {
    const json::string* code = FindString(body->get_object(), "error_code");
    const json::string* message = FindString(body->get_object(), "error_msg");
    if (code != nullptr && message != nullptr) {
      return Fail(ErrorCode::kExecution, "{}: {}", std::string_view(*code),
                  std::string_view(*message));
    }
  }
  // Not ours: a proxy's, or of a server that is something else.
  std::string_view text = Trim(response.body);
  text = text.substr(0, std::min(text.find_first_of("\r\n"), kShownAnswer));
  if (text.empty() || text.front() == '<' || !IsValidUtf8(text)) {
    return Fail(ErrorCode::kExecution, "The server answered HTTP status {}", response.status);
  }
  return Fail(ErrorCode::kExecution, "The server answered HTTP status {}: {}", response.status,
              text);
}

/// The key pair: halves of two pairs would only be refused by the server.
void ResolveKeys(const AccessFlags& flags, const Access& file, const Access& environment,
                 Access* access) {
  access->access_key = flags.access.access_key;
  for (const Access* source : {&file, &environment}) {
    if (access->access_key.empty()) access->access_key = source->access_key;
  }
  access->secret_key = flags.access.secret_key;
  bool is_files = !file.access_key.empty() && access->access_key == file.access_key;
  if (access->secret_key.empty() && is_files) access->secret_key = file.secret_key;
  if (access->secret_key.empty()) access->secret_key = environment.secret_key;
}

}  // namespace

Result<Access> ResolveAccess(const AccessFlags& flags, const Environment& environment) {
  Access file;
  if (!flags.data.empty()) {
    file = TRY(ReadCredentials(std::filesystem::path(flags.data) / "credentials.toml"));
  }
  Access variables;
  Access access;
  struct Member {
    std::string Access::*member;
    const char* variable;
    const char* flag;
  };
  constexpr Member kMembers[] = {{&Access::endpoint, "SLUICE_ENDPOINT", "--endpoint"},
                                 {&Access::project_id, "SLUICE_PROJECT_ID", "--project-id"},
                                 {&Access::access_key, "SLUICE_AK", "--ak"},
                                 {&Access::secret_key, "SLUICE_SK", "--sk"}};
  for (const Member& one : kMembers) {
    variables.*one.member = environment(one.variable).value_or("");
    for (const Access* source :
         std::initializer_list<const Access*>{&flags.access, &file, &variables}) {
      if ((access.*one.member).empty()) access.*one.member = source->*one.member;
    }
  }
  ResolveKeys(flags, file, variables, &access);
  for (const Member& one : kMembers) {
    if (!(access.*one.member).empty()) continue;
    return Fail(ErrorCode::kInvalidArgument, "Give {}, {} or --data DIR", one.flag, one.variable);
  }
  return access;
}

ApiClient::ApiClient(AccessSource source, const Patience& patience, Access access,
                     std::unique_ptr<http::Client> client)
    : source_(std::move(source)),
      patience_(patience),
      access_(std::move(access)),
      client_(std::move(client)) {}

Result<std::unique_ptr<ApiClient>> ApiClient::Create(AccessSource source,
                                                     const Patience& patience) {
  Access access = TRY(source());
  std::unique_ptr<http::Client> client = TRY(http::Client::Create(access.endpoint));
  return std::unique_ptr<ApiClient>(
      new ApiClient(std::move(source), patience, std::move(access), std::move(client)));
}

Result<http::Response> ApiClient::Send(const ApiCall& call) {
  http::Request request;
  request.method = call.method;
  request.target =
      fmt::format("/{}/{}{}", call.version, http::PercentEncode(access_.project_id), call.path);
  std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
  request.body = call.body;
  request.headers = {{"Host", client_->host()},
                     {"Content-Type", "application/json"},
                     {"User-Agent", "sluice-cli"}};
  if (!call.idempotency_key.empty()) {
    request.headers.emplace_back("Idempotency-Key", call.idempotency_key);
  }
  http::SignRequest(&request, access_.access_key, access_.secret_key, clock_.WallMs());
  Result<http::Response> response = client_->Send(request, kTimeoutMs);
  if (client_->was_sent()) ++sent_count_;
  was_reached_ = was_reached_ || client_->was_sent();
  return response;
}

/// The server may have come back elsewhere; an access that cannot be had now stays as it was.
void ApiClient::FollowServer() {
  Result<Access> access = source_();
  if (!access) return;
  if (access->endpoint != access_.endpoint) {
    Result<std::unique_ptr<http::Client>> client = http::Client::Create(access->endpoint);
    if (!client) return;
    client_ = std::move(*client);
  }
  access_ = *std::move(access);
}

/// Waits until it is time for the next try; the error when there is none.
Result<void> ApiClient::AwaitServer(const Error& why, std::int64_t since_ms, int* waits) {
  std::int64_t patience_ms = was_reached_ ? patience_.restart_ms : patience_.first_ms;
  std::int64_t left_ms = since_ms + patience_ms - clock_.MonotonicMs();
  if (left_ms <= 0) return Fail(why);
  if (*waits == 1) {
    fmt::print(stderr, "sluice: {}; trying again for {} s{}{}\n", why.message,
               (left_ms + 999) / 1000, subject_.empty() ? "" : ": ", subject_);
  }
  if (*waits > 0) {
    std::int64_t pause_ms = std::min(kPauseMsMin << std::min(*waits - 1, 4), kPauseMsMax);
    ::poll(nullptr, 0, static_cast<int>(std::min(pause_ms, left_ms)));
  }
  ++*waits;
  FollowServer();
  return {};
}

Result<ApiAnswer> ApiClient::Call(const ApiCall& call) {
  std::int64_t since_ms = clock_.MonotonicMs();
  int waits = 0;
  sent_count_ = 0;
  Result<http::Response> response = Send(call);
  while (response ? IsAway(*response) : response.error().code == ErrorCode::kUnavailable) {
    Error why = response ? ApiError(*response).value() : response.error();
    why.code = ErrorCode::kUnavailable;
    // What was asked took its time: the server went away just now.
    if (waits == 0) since_ms = clock_.MonotonicMs();
    TRY_VOID(AwaitServer(why, since_ms, &waits));
    response = Send(call);
  }
  if (!response) return Fail(std::move(response.error()));
  if (response->status >= 400) return ApiError(*response);
  json::value value = TRY(ParseJson(response->body));
  if (!value.is_object()) return Fail(ErrorCode::kUnavailable, "The answer is no JSON object");
  return ApiAnswer{std::move(response->body), std::move(value.get_object())};
}

}  // namespace sluice::cli
