#include "api/iam.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <set>

#include "api/json_body.h"
#include "api/query_parameters.h"

namespace sluice::api {

namespace {

constexpr int kStatusCreated = 201;
constexpr std::string_view kAdminRole = "te_admin";
constexpr std::string_view kUserRole = "te_user";

/// What a password login says, as far as we read it.
struct Login {
  std::string user;
  std::string password;
  std::string domain_name;  ///< empty: not said
  std::string project_id;   ///< the scope, by id or by name; both empty: the only project
  std::string project_name;
};

http::Response AnswerIam(std::string body, const http::Request& request) {
  http::Response response = Answer(std::move(body));
  response.headers.emplace_back("X-IAM-Trace-Id", request.request_id);
  return response;
}

/// The object at a path of members; kInvalidArgument naming the one that is missing.
Result<const json::object*> GetObject(const json::object& from,
                                      std::initializer_list<std::string_view> path) {
  const json::object* object = &from;
  for (std::string_view name : path) {
    object = TRY(FindObject(*object, name));
    if (object == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, "The parameter {} is required", name);
    }
  }
  return object;
}

Result<Login> DecodeLogin(const http::Request& request) {
  json::object body = TRY(DecodeBody(request));
  const json::object* auth = TRY(GetObject(body, {"auth"}));
  const json::object* user = TRY(GetObject(*auth, {"identity", "password", "user"}));
  Login login;
  login.user = TRY(GetText(*user, "name"));
  login.password = TRY(GetText(*user, "password"));
  if (const json::object* domain = TRY(FindObject(*user, "domain"))) {
    login.domain_name = TRY(GetTextOrEmpty(*domain, "name"));
  }
  const json::object* scope = TRY(FindObject(*auth, "scope"));
  const json::object* project = scope == nullptr ? nullptr : TRY(FindObject(*scope, "project"));
  if (project != nullptr) {
    login.project_id = TRY(GetTextOrEmpty(*project, "id"));
    login.project_name = TRY(GetTextOrEmpty(*project, "name"));
  }
  return login;
}

bool IsScope(const ProjectRecord& project, const Login& login) {
  return (login.project_id.empty() || project.id.value() == login.project_id) &&
         (login.project_name.empty() || project.name == login.project_name) &&
         (login.domain_name.empty() || project.domain_name == login.domain_name);
}

Result<ProjectRecord> FindScope(const ApiServices& services, const Login& login) {
  std::vector<ProjectRecord> projects = TRY(services.identities->ListProjects());
  auto found = std::find_if(projects.begin(), projects.end(),
                            [&](const ProjectRecord& project) { return IsScope(project, login); });
  if (found == projects.end()) {
    return FailWithDetail(ErrorCode::kUnauthenticated, "unknown domain or project",
                          "The user name or password is wrong");
  }
  return *found;
}

/// ISO 8601 in UTC with six digits of a second, as IAM writes it.
std::string FormatTime(std::int64_t wall_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}000Z", fmt::gmtime(wall_ms / 1000), wall_ms % 1000);
}

void WriteDomain(const ProjectRecord& project, JsonWriter* json) {
  json->Key("domain").BeginObject();
  json->Key("id").String(project.domain_id);
  json->Key("name").String(project.domain_name);
  json->EndObject();
}

/// `catalog`: where the services are. Clients in token mode read the endpoint of dli from it.
void WriteCatalog(const ApiServices& services, const ProjectRecord& project,
                  const http::Request& request, JsonWriter* json) {
  const std::string* host = request.FindHeader("Host");
  json->Key("catalog").BeginArray();
  if (host != nullptr) {
    std::string root = services.url_scheme + "://" + *host;
    for (const auto& [type, url] :
         {std::pair{"dli", root + "/v1.0/" + project.id.value()}, std::pair{"iam", root + "/v3"}}) {
      json->BeginObject();
      json->Key("type").String(type).Key("name").String(type).Key("id").String(type);
      json->Key("endpoints").BeginArray().BeginObject();
      json->Key("id").String(type).Key("interface").String("public");
      json->Key("region").String(project.name).Key("region_id").String(project.name);
      json->Key("url").String(url);
      json->EndObject().EndArray().EndObject();
    }
  }
  json->EndArray();
}

std::string EncodeToken(const ApiServices& services, const UserRecord& user,
                        const ProjectRecord& project, const IssuedToken& token,
                        const http::Request& request) {
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("token").BeginObject();
  json.Key("expires_at").String(FormatTime(token.expires_ms));
  json.Key("issued_at").String(FormatTime(token.issued_ms));
  json.Key("methods").BeginArray().String("password").EndArray();
  json.Key("project").BeginObject();
  json.Key("id").String(project.id.value()).Key("name").String(project.name);
  WriteDomain(project, &json);
  json.EndObject();
  json.Key("user").BeginObject();
  json.Key("id").String(user.id).Key("name").String(user.name);
  WriteDomain(project, &json);
  json.Key("password_expires_at").String("");
  json.EndObject();
  json.Key("roles").BeginArray().BeginObject();
  json.Key("id").String("0").Key("name").String(user.is_admin ? kAdminRole : kUserRole);
  json.EndObject().EndArray();
  WriteCatalog(services, project, request, &json);
  json.EndObject().EndObject();
  return body;
}

void WriteProject(const ProjectRecord& project, JsonWriter* json) {
  json->BeginObject();
  json->Key("id").String(project.id.value());
  json->Key("name").String(project.name);
  json->Key("domain_id").String(project.domain_id);
  json->Key("parent_id").String(project.domain_id);
  json->Key("description").String("");
  json->Key("enabled").Bool(true);
  json->Key("is_domain").Bool(false);
  json->EndObject();
}

}  // namespace

Result<http::Response> CreateToken(const ApiServices& services, const http::Request& request) {
  Login login = TRY(DecodeLogin(request));
  UserRecord user = TRY(services.authenticator->AuthenticatePassword(login.user, login.password));
  ProjectRecord project = TRY(FindScope(services, login));
  IssuedToken token = services.authenticator->IssueToken(Principal{.user_id = user.id,
                                                                   .user_name = user.name,
                                                                   .project = project.id,
                                                                   .is_admin = user.is_admin});
  http::Response response =
      AnswerIam(EncodeToken(services, user, project, token, request), request);
  response.status = kStatusCreated;
  response.headers.emplace_back("X-Subject-Token", token.text);
  return response;
}

Result<http::Response> ListProjects(const ApiServices& services, const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::optional<std::string> name = parameters.FindText("name");
  std::vector<ProjectRecord> projects = TRY(services.identities->ListProjects());
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("projects").BeginArray();
  for (const ProjectRecord& project : projects) {
    if (!name || project.name == *name) WriteProject(project, &json);
  }
  json.EndArray().EndObject();
  return AnswerIam(std::move(body), call.request);
}

Result<http::Response> ListDomains(const ApiServices& services, const Call& call) {
  std::vector<ProjectRecord> projects = TRY(services.identities->ListProjects());
  std::set<std::string> written;
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("domains").BeginArray();
  for (const ProjectRecord& project : projects) {
    if (!written.insert(project.domain_id).second) continue;
    json.BeginObject();
    json.Key("id").String(project.domain_id);
    json.Key("name").String(project.domain_name);
    json.Key("description").String("");
    json.Key("enabled").Bool(true);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return AnswerIam(std::move(body), call.request);
}

Result<http::Response> ShowCatalog(const ApiServices& services, const Call& call) {
  std::vector<ProjectRecord> projects = TRY(services.identities->ListProjects());
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  for (const ProjectRecord& project : projects) {
    if (project.id == call.caller.project) WriteCatalog(services, project, call.request, &json);
  }
  json.Key("links").BeginObject().EndObject();
  json.EndObject();
  return AnswerIam(std::move(body), call.request);
}

void RegisterIam(Gate* gate) {
  gate->AddOpen("POST", "/v3/auth/tokens", CreateToken);
  gate->Add("GET", "/v3/projects", ListProjects);
  gate->Add("GET", "/v3/auth/domains", ListDomains);
  gate->Add("GET", "/v3/auth/catalog", ShowCatalog);
}

}  // namespace sluice::api
