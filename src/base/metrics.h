#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace sluice {

/// A number of Prometheus' exposition: a counter only grows, a gauge moves. Thread-safe.
class Metric {
 public:
  void Add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void Set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

enum class MetricKind { kCounter, kGauge };

/// The metrics of one server, by name and labels. Thread-safe; a Metric lives as long as its
/// registry.
///
///     Metric& submitted = metrics.Get(MetricKind::kCounter, "sluice_jobs_submitted_total",
///                                     "Jobs accepted", R"(queue="default")");
class MetricRegistry {
 public:
  /// Finds or makes the metric. `labels` is Prometheus label text without braces, may be empty.
  Metric& Get(MetricKind kind, std::string_view name, std::string_view help,
              std::string_view labels = {}) EXCLUDES(mutex_);
  /// Everything in Prometheus' text format 0.0.4.
  std::string Render() const EXCLUDES(mutex_);

 private:
  struct Family {
    MetricKind kind;
    std::string help;
    std::map<std::string, std::unique_ptr<Metric>> by_labels;
  };
  mutable Mutex mutex_;
  std::map<std::string, Family, std::less<>> families_ GUARDED_BY(mutex_);
};

}  // namespace sluice
