#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/api.h"
#include "api/authenticator.h"
#include "base/result.h"
#include "http/message.h"
#include "http/router.h"

namespace sluice::api {

/// A request whose sender is known. Valid during the operation only.
struct Call {
  const http::Request& request;
  const Principal& caller;
};

/// One operation of the API: validates, acts and encodes. May block.
using Operation = Result<http::Response> (*)(const ApiServices& services, const Call& call);

/// An operation that may answer later, from another thread. Runs on an I/O thread: must not block.
using FastOperation = void (*)(const std::shared_ptr<const ApiServices>& services, const Call& call,
                               const http::Responder& responder);

/// An operation that may block, and may answer later, from another thread.
using DeferredOperation = void (*)(const std::shared_ptr<const ApiServices>& services,
                                   const Call& call, const http::Responder& responder);

/// An operation that needs no credentials.
using OpenOperation = Result<http::Response> (*)(const ApiServices& services,
                                                 const http::Request& request);

/// Puts operations behind authentication: only requests whose sender is known, and whose project
/// (the pattern's {project_id}, when it has one) is the sender's, get to them. Errors are answered
/// here, in one place.
class Gate {
 public:
  /// `router` must outlive the gate; the services are shared with the handlers.
  Gate(http::Router* router, std::shared_ptr<const ApiServices> services)
      : router_(router), services_(std::move(services)) {}

  void Add(std::string_view method, std::string_view pattern, Operation operation);
  void AddFast(std::string_view method, std::string_view pattern, FastOperation operation);
  void AddDeferred(std::string_view method, std::string_view pattern, DeferredOperation operation);
  void AddOpen(std::string_view method, std::string_view pattern, OpenOperation operation);

 private:
  http::Router* router_;
  std::shared_ptr<const ApiServices> services_;
};

/// Runs a task on the pool; when that is full, answers 503 instead.
void RunOrRefuse(const ApiServices& services, const http::Responder& responder,
                 const std::string& request_id, std::function<void()> task);

/// 200 with a JSON body.
http::Response Answer(std::string body);

}  // namespace sluice::api
