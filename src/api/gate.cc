#include "api/gate.h"

#include <utility>

#include "api/error_response.h"

namespace sluice::api {

namespace {

constexpr std::string_view kProjectParameter = "project_id";
constexpr int kStatusUnavailable = 503;

/// The project of the path, or null when the pattern has none.
const std::string* FindProject(const http::Request& request) {
  for (const auto& [name, value] : request.path_parameters) {
    if (name == kProjectParameter) return &value;
  }
  return nullptr;
}

http::Response Render(Result<http::Response> answer, const http::Request& request) {
  if (answer) return *std::move(answer);
  return RenderError(answer.error(), request.request_id);
}

Result<http::Response> Perform(const ApiServices& services, const http::Request& request,
                               Operation operation) {
  Caller caller = TRY(services.authenticator->Authenticate(request, FindProject(request)));
  return operation(services, Call{request, *caller});
}

void AnswerLater(const std::shared_ptr<const ApiServices>& services, const http::Request& request,
                 const Result<Caller>& caller, FastOperation operation,
                 const http::Responder& responder) {
  if (!caller) return responder.Send(RenderError(caller.error(), request.request_id));
  operation(services, Call{request, **caller}, responder);
}

}  // namespace

void Gate::Add(std::string_view method, std::string_view pattern, Operation operation) {
  router_->Add(method, pattern, http::RunOn::kPool,
               [services = services_, operation](const http::Request& request,
                                                 const http::Responder& responder) {
                 responder.Send(Render(Perform(*services, request, operation), request));
               });
}

void Gate::AddFast(std::string_view method, std::string_view pattern, FastOperation operation) {
  router_->Add(method, pattern, http::RunOn::kIoThread,
               [services = services_, operation](const http::Request& request,
                                                 const http::Responder& responder) {
                 const std::string* project = FindProject(request);
                 std::optional<Result<Caller>> caller =
                     services->authenticator->AuthenticateFromMemory(request, project);
                 if (caller) return AnswerLater(services, request, *caller, operation, responder);
                 auto copy = std::make_shared<const http::Request>(request);
                 RunOrRefuse(*services, responder, request.request_id,
                             [services, operation, copy, responder] {
                               Result<Caller> found =
                                   services->authenticator->Authenticate(*copy, FindProject(*copy));
                               AnswerLater(services, *copy, found, operation, responder);
                             });
               });
}

void Gate::AddDeferred(std::string_view method, std::string_view pattern,
                       DeferredOperation operation) {
  router_->Add(method, pattern, http::RunOn::kPool,
               [services = services_, operation](const http::Request& request,
                                                 const http::Responder& responder) {
                 Result<Caller> caller =
                     services->authenticator->Authenticate(request, FindProject(request));
                 AnswerLater(services, request, caller, operation, responder);
               });
}

void Gate::AddOpen(std::string_view method, std::string_view pattern, OpenOperation operation) {
  router_->Add(method, pattern, http::RunOn::kPool,
               [services = services_, operation](const http::Request& request,
                                                 const http::Responder& responder) {
                 responder.Send(Render(operation(*services, request), request));
               });
}

void RunOrRefuse(const ApiServices& services, const http::Responder& responder,
                 const std::string& request_id, std::function<void()> task) {
  if (services.run_blocking(std::move(task))) return;
  Error error{ErrorCode::kUnavailable, "The server is busy", "the pool's queue is full"};
  responder.Send(RenderErrorWithStatus(error, kStatusUnavailable, request_id));
}

http::Response Answer(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

}  // namespace sluice::api
