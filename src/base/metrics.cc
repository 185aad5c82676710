#include "base/metrics.h"

#include <fmt/format.h>

#include "base/check.h"

namespace sluice {

Metric& MetricRegistry::Get(MetricKind kind, std::string_view name, std::string_view help,
                            std::string_view labels) {
  MutexLock lock(mutex_);
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(std::string(name), Family{kind, std::string(help), {}}).first;
  }
  CHECK(found->second.kind == kind);
  auto& metric = found->second.by_labels[std::string(labels)];
  if (metric == nullptr) metric = std::make_unique<Metric>();
  return *metric;
}

std::string MetricRegistry::Render() const {
  MutexLock lock(mutex_);
  std::string text;
  for (const auto& [name, family] : families_) {
    const char* kind = family.kind == MetricKind::kCounter ? "counter" : "gauge";
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, kind);
    for (const auto& [labels, metric] : family.by_labels) {
      std::string braces = labels.empty() ? std::string() : "{" + labels + "}";
      text += fmt::format("{}{} {}\n", name, braces, metric->value());
    }
  }
  return text;
}

}  // namespace sluice
