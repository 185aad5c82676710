#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/authenticator.h"
#include "api/bootstrap.h"
#include "api/error_response.h"
#include "api/testing/fake_catalog.h"
#include "api/testing/fake_identity_store.h"
#include "api/testing/fake_job_service.h"
#include "base/check.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "http/message.h"
#include "http/router.h"
#include "http/signature.h"

namespace sluice::api {

/// The whole API in memory: its routes over fakes, without a socket. Tasks for the pool are run at
/// once, and counted.
class TestApi {
 public:
  static constexpr const char* kProject = "0123456789abcdef0123456789abcdef";
  static constexpr const char* kAccessKey = "TESTACCESSKEY";
  static constexpr const char* kSecretKey = "testsecretkey";

  TestApi() : jobs(&clock) {
    FirstStart values{
        .project_id = kProject, .user = "ann", .access_key = kAccessKey, .secret_key = kSecretKey};
    CHECK(Bootstrap(&identities, clock, values).has_value());
    authenticator = *Authenticator::Create({.identities = &identities, .clock = &clock});
    ApiServices services;
    services.jobs = &jobs;
    services.catalog = &catalog;
    services.identities = &identities;
    services.authenticator = authenticator.get();
    services.clock = &clock;
    services.queues = {MakeQueue("default", "sql", 16), MakeQueue("etl", "sql", 64),
                       MakeQueue("spark", "general", 16)};
    services.run_blocking = [this](const std::function<void()>& task) {
      ++blocking_tasks;
      if (pool_is_full) return false;
      task();
      return true;
    };
    RegisterApi(&router, services);
    Principal ann = MakeAnn();
    token = authenticator->IssueToken(ann).text;
  }

  /// Sends a request as the connection would; its answer arrives at the returned place, perhaps
  /// later.
  std::shared_ptr<std::optional<http::Response>> Start(http::Request request) {
    std::size_t mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    request.request_id = "request-" + std::to_string(++requests_);
    auto answer = std::make_shared<std::optional<http::Response>>();
    http::Responder responder(
        [answer](http::Response response) { answer->emplace(std::move(response)); });
    http::Router::Match match = router.Find(request.method, request.path);
    if (match.route == nullptr) {
      Error error{match.allowed.empty() ? ErrorCode::kNoSuchApi : ErrorCode::kMethodNotAllowed,
                  "The API does not exist",
                  {}};
      responder.Send(RenderError(error, request.request_id));
      return answer;
    }
    request.path_parameters = match.path_parameters;
    match.route->handler(request, responder);
    return answer;
  }

  http::Response Send(http::Request request) {
    auto answer = Start(std::move(request));
    CHECK(answer->has_value());
    return **answer;
  }

  /// A request with the token; `{project}` in the target is replaced.
  http::Request Make(std::string method, std::string target, std::string body = "") const {
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    std::size_t place = request.target.find("{project}");
    if (place != std::string::npos) request.target.replace(place, 9, kProject);
    request.headers = {{"Host", "127.0.0.1:8080"}, {"X-Auth-Token", token}};
    request.body = std::move(body);
    request.remote_address = "10.0.0.1";
    return request;
  }
  http::Response Get(std::string target) { return Send(Make("GET", std::move(target))); }
  http::Response Post(std::string target, std::string body) {
    return Send(Make("POST", std::move(target), std::move(body)));
  }
  http::Response Delete(std::string target) { return Send(Make("DELETE", std::move(target))); }

  /// As Make, signed instead of with a token.
  http::Request MakeSigned(std::string method, std::string target,
                           const std::string& secret_key = kSecretKey) const {
    http::Request request = Make(std::move(method), std::move(target));
    request.headers.pop_back();
    std::size_t mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    http::SignRequest(&request, kAccessKey, secret_key, clock.WallMs());
    return request;
  }

  JobId Submit(const std::string& sql) {
    SubmitRequest request;
    request.sql = sql;
    return jobs.Submit(MakeAnn(), request)->id;
  }
  std::string JobPath(const JobId& id, const std::string& what) const {
    return "/v1.0/{project}/jobs/" + id.value() + what;
  }

  FakeClock clock;
  FakeIdentityStore identities;
  FakeJobService jobs;
  FakeCatalog catalog;
  std::unique_ptr<Authenticator> authenticator;
  http::Router router;
  std::string token;
  int blocking_tasks = 0;
  bool pool_is_full = false;

 private:
  Principal MakeAnn() const {
    Principal ann;
    ann.user_id = identities.FindUserByName("ann")->value().id;
    ann.user_name = "ann";
    ann.project = ProjectId(kProject);
    ann.is_admin = true;
    return ann;
  }
  static Queue MakeQueue(const char* name, const char* type, int cu_count) {
    Queue queue;
    queue.name = QueueName(name);
    queue.owner = "ann";
    queue.queue_type = type;
    queue.cu_count = cu_count;
    return queue;
  }

  int requests_ = 0;
};

/// error_code of an answer, "" when it has none.
inline std::string ErrorCodeOf(const http::Response& response) {
  Result<json::value> body = ParseJson(response.body);
  if (!body || !body->is_object()) return "";
  const json::string* code = FindString(body->get_object(), "error_code");
  return code == nullptr ? "" : std::string(code->data(), code->size());
}

/// The value of a header, "" when it is absent.
inline std::string HeaderOf(const http::Response& response, std::string_view name) {
  for (const auto& [candidate, value] : response.headers) {
    if (candidate == name) return value;
  }
  return "";
}

}  // namespace sluice::api
