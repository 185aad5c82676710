#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace sluice::http {

/// Where a handler runs: one that never blocks may stay on the I/O thread.
enum class RunOn { kIoThread, kPool };

/// Finds the handler of a method and path. Filled before the server starts, then read-only and
/// thread-safe. HEAD is served by GET's handler; OPTIONS by the router.
///
///     router.Add("GET", "/v1.0/{project_id}/jobs/{job_id}/status", RunOn::kIoThread, handler);
class Router {
 public:
  Router();
  ~Router();
  struct Route {
    std::string method;
    std::vector<std::string> segments;  ///< "{name}" or literal
    RunOn run_on;
    Handler handler;
  };
  struct Match {
    const Route* route = nullptr;  ///< null: path or method is not served
    /// Methods of the path when it is known and the method is not; sorted.
    std::vector<std::string> allowed;
    std::vector<std::pair<std::string, std::string>> path_parameters;
  };

  /// CHECKs that the pattern begins with '/' and that no two routes are the same.
  void Add(std::string_view method, std::string_view pattern, RunOn run_on, Handler handler);
  /// `path` is still percent-encoded; literals win over {names}. An empty segment matches nothing.
  Match Find(std::string_view method, std::string_view path) const;

 private:
  struct Node;

  static const Node* Descend(const Node& node, std::string_view path);
  static std::vector<std::string> AllowedMethods(const Node& node);

  std::unique_ptr<Node> root_;
};

}  // namespace sluice::http
