#include "http/router.h"

#include <algorithm>

#include "base/check.h"

namespace sluice::http {

namespace {

bool IsName(std::string_view segment) { return segment.size() > 2 && segment.front() == '{'; }

/// The segments of a path after its first slash, without copies.
class SegmentCursor {
 public:
  explicit SegmentCursor(std::string_view path) : rest_(path) {}

  bool done() const { return done_; }
  std::string_view Next() {
    std::size_t slash = rest_.find('/');
    std::string_view segment = rest_.substr(0, slash);
    done_ = slash == std::string_view::npos;
    if (!done_) rest_.remove_prefix(slash + 1);
    return segment;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace

/// One segment of the patterns that share the segments before it.
struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> any;  ///< the child of a {name}, whatever it is called
  std::vector<std::unique_ptr<Route>> routes;

  Node* FindLiteral(std::string_view segment) const {
    for (const auto& [literal, node] : literals) {
      if (literal == segment) return node.get();
    }
    return nullptr;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::Add(std::string_view method, std::string_view pattern, RunOn run_on, Handler handler) {
  CHECK(pattern.starts_with('/') && pattern.size() > 1);
  auto route = std::make_unique<Route>();
  route->method = method;
  route->run_on = run_on;
  route->handler = std::move(handler);
  Node* node = root_.get();
  for (SegmentCursor cursor(pattern.substr(1)); !cursor.done();) {
    std::string_view segment = cursor.Next();
    route->segments.emplace_back(segment);
    if (IsName(segment)) {
      if (!node->any) node->any = std::make_unique<Node>();
      node = node->any.get();
      continue;
    }
    Node* child = node->FindLiteral(segment);
    if (child == nullptr) {
      child = node->literals.emplace_back(segment, std::make_unique<Node>()).second.get();
    }
    node = child;
  }
  for (const auto& known : node->routes) CHECK_NE(known->method, route->method);
  node->routes.push_back(std::move(route));
}

/// The node of the path. A literal wins at the first segment where patterns differ; when its branch
/// leads nowhere, the {name} beside it is tried. As deep as the longest pattern, at most.
const Router::Node* Router::Descend(const Node& node, std::string_view path) {
  std::size_t slash = path.find('/');
  std::string_view segment = path.substr(0, slash);
  if (segment.empty()) return nullptr;
  const Node* children[] = {node.FindLiteral(segment), node.any.get()};
  for (const Node* child : children) {
    if (child == nullptr) continue;
    const Node* found = child;
    if (slash != std::string_view::npos) {
      found = Descend(*child, path.substr(slash + 1));
    } else if (child->routes.empty()) {
      found = nullptr;
    }
    if (found != nullptr) return found;
  }
  return nullptr;
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  const Node* node = Descend(*root_, path.substr(1));
  if (node == nullptr) return match;
  for (const auto& route : node->routes) {
    if (route->method == method || (method == "HEAD" && route->method == "GET")) {
      match.route = route.get();
      if (route->method == method) break;
    }
  }
  if (match.route == nullptr) {
    match.allowed = AllowedMethods(*node);
    return match;
  }
  SegmentCursor cursor(path.substr(1));
  for (const std::string& segment : match.route->segments) {
    std::string_view encoded = cursor.Next();
    if (!IsName(segment)) continue;
    auto& parameter = match.path_parameters.emplace_back();
    parameter.first = segment.substr(1, segment.size() - 2);
    if (!PercentDecode(encoded, &parameter.second)) return {};
  }
  return match;
}

std::vector<std::string> Router::AllowedMethods(const Node& node) {
  std::vector<std::string> allowed = {"OPTIONS"};
  for (const auto& route : node.routes) {
    allowed.push_back(route->method);
    if (route->method == "GET") allowed.emplace_back("HEAD");
  }
  std::sort(allowed.begin(), allowed.end());
  allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
  return allowed;
}

}  // namespace sluice::http
