#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice {
namespace {

TEST(Metrics, NothingRegisteredRendersNothing) { EXPECT_EQ("", MetricRegistry().Render()); }

TEST(Metrics, AFamilyHasOneHelpAndOneTypeBeforeItsSamples) {
  MetricRegistry metrics;
  metrics.Get(MetricKind::kCounter, "jobs_total", "Jobs", R"(queue="b")").Add(2);
  metrics.Get(MetricKind::kCounter, "jobs_total", "Jobs", R"(queue="a")").Add();
  metrics.Get(MetricKind::kGauge, "idle", "Idle workers").Set(-3);
  EXPECT_EQ(
      "# HELP idle Idle workers\n"
      "# TYPE idle gauge\n"
      "idle -3\n"
      "# HELP jobs_total Jobs\n"
      "# TYPE jobs_total counter\n"
      "jobs_total{queue=\"a\"} 1\n"
      "jobs_total{queue=\"b\"} 2\n",
      metrics.Render());
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  MetricRegistry metrics;
  Metric& first = metrics.Get(MetricKind::kCounter, "n", "help");
  EXPECT_EQ(&first, &metrics.Get(MetricKind::kCounter, "n", "another help"));
  EXPECT_NE(&first, &metrics.Get(MetricKind::kCounter, "n", "help", "a=\"1\""));
}

TEST(Metrics, AGaugeMovesBothWays) {
  Metric gauge;
  EXPECT_EQ(0, gauge.value());
  gauge.Add(5);
  gauge.Add(-2);
  EXPECT_EQ(3, gauge.value());
  gauge.Set(1);
  EXPECT_EQ(1, gauge.value());
}

TEST(Metrics, AMetricOfTwoKindsIsAProgrammersError) {
  MetricRegistry metrics;
  metrics.Get(MetricKind::kCounter, "n", "help");
  EXPECT_DEATH(metrics.Get(MetricKind::kGauge, "n", "help"), "CHECK failed");
}

TEST(Metrics, ManyThreadsLoseNoCount) {
  constexpr int kThreads = 4;
  constexpr int kCounts = 1'000;
  MetricRegistry metrics;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&metrics] {
        for (int n = 0; n < kCounts; ++n) metrics.Get(MetricKind::kCounter, "n", "help").Add();
      });
    }
  }
  EXPECT_EQ(kThreads * kCounts, metrics.Get(MetricKind::kCounter, "n", "help").value());
}

}  // namespace
}  // namespace sluice
