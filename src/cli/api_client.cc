#include "cli/api_client.h"

#include <fstream>
#include <utility>

#include "base/ascii.h"
#include "http/signature.h"

namespace sluice::cli {

namespace {

/// Longer than any answer of the API: a synchronous statement may take 2 minutes.
constexpr int kTimeoutMs = 150'000;

/// The value of a line `name = "value"`; empty when it is another line.
std::string_view QuotedValue(std::string_view line, std::string_view name) {
  line = Trim(line);
  if (!line.starts_with(name)) return {};
  line = Trim(line.substr(name.size()));
  if (!line.starts_with('=')) return {};
  line = Trim(line.substr(1));
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return {};
  return line.substr(1, line.size() - 2);
}

Result<Access> ReadCredentials(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) {
    return Fail(ErrorCode::kInvalidArgument, "The credentials cannot be read: {}", file.string());
  }
  Access access;
  const std::pair<std::string_view, std::string*> members[] = {{"endpoint", &access.endpoint},
                                                               {"project_id", &access.project_id},
                                                               {"access_key", &access.access_key},
                                                               {"secret_key", &access.secret_key}};
  for (std::string line; std::getline(in, line);) {
    for (const auto& [name, member] : members) {
      std::string_view value = QuotedValue(line, name);
      if (!value.empty()) *member = value;
    }
  }
  return access;
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
  return Fail(ErrorCode::kExecution, "The server answered HTTP status {}", response.status);
}

}  // namespace

Result<Access> ResolveAccess(const AccessFlags& flags, const Environment& environment) {
  Access file;
  if (!flags.data.empty()) {
    file = TRY(ReadCredentials(std::filesystem::path(flags.data) / "credentials.toml"));
  }
  Access access;
  struct Source {
    std::string Access::*member;
    const char* variable;
    const char* flag;
  };
  for (const Source& source : {Source{&Access::endpoint, "SLUICE_ENDPOINT", "--endpoint"},
                               Source{&Access::project_id, "SLUICE_PROJECT_ID", "--project-id"},
                               Source{&Access::access_key, "SLUICE_AK", "--ak"},
                               Source{&Access::secret_key, "SLUICE_SK", "--sk"}}) {
    std::string& value = access.*source.member;
    value = flags.access.*source.member;
    if (value.empty()) value = environment(source.variable).value_or("");
    if (value.empty()) value = file.*source.member;
    if (value.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "Give {}, {} or --data DIR", source.flag,
                  source.variable);
    }
  }
  return access;
}

ApiClient::ApiClient(Access access, std::unique_ptr<http::Client> client)
    : access_(std::move(access)), client_(std::move(client)) {}

Result<std::unique_ptr<ApiClient>> ApiClient::Create(Access access) {
  std::unique_ptr<http::Client> client = TRY(http::Client::Create(access.endpoint));
  return std::unique_ptr<ApiClient>(new ApiClient(std::move(access), std::move(client)));
}

Result<ApiAnswer> ApiClient::Call(const std::string& method, const std::string& path,
                                  const std::string& body, std::string_view version) {
  http::Request request;
  request.method = method;
  request.target = fmt::format("/{}/{}{}", version, http::PercentEncode(access_.project_id), path);
  std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
  request.body = body;
  request.headers = {{"Host", client_->host()},
                     {"Content-Type", "application/json"},
                     {"User-Agent", "sluice-cli"}};
  http::SignRequest(&request, access_.access_key, access_.secret_key, clock_.WallMs());
  http::Response response = TRY(client_->Send(request, kTimeoutMs));
  if (response.status >= 400) return ApiError(response);
  json::value value = TRY(ParseJson(response.body));
  if (!value.is_object()) return Fail(ErrorCode::kUnavailable, "The answer is no JSON object");
  return ApiAnswer{std::move(response.body), std::move(value.get_object())};
}

}  // namespace sluice::cli
