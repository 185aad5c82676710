#include "lake/metrics_modes.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using Kind = MetricsMode::Kind;

std::vector<SchemaLeaf> MakeLeaves(int count) {
  std::vector<SchemaLeaf> leaves;
  for (int i = 0; i < count; ++i) {
    SchemaLeaf& leaf = leaves.emplace_back();
    leaf.id = i + 1;
    leaf.name = fmt::format("c{}", i);
    leaf.type = "int";
  }
  return leaves;
}

TEST(MetricsModes, EveryModeIsRead) {
  EXPECT_EQ(ParseMetricsMode("none"), (MetricsMode{Kind::kNone, 0}));
  EXPECT_EQ(ParseMetricsMode("counts"), (MetricsMode{Kind::kCounts, 0}));
  EXPECT_EQ(ParseMetricsMode("FULL"), (MetricsMode{Kind::kFull, 0}));
  EXPECT_EQ(ParseMetricsMode("truncate(16)"), (MetricsMode{Kind::kTruncate, 16}));
  EXPECT_EQ(ParseMetricsMode("Truncate(1)"), (MetricsMode{Kind::kTruncate, 1}));
  EXPECT_EQ(ParseMetricsMode(" truncate( 300 ) "), (MetricsMode{Kind::kTruncate, 300}));
}

TEST(MetricsModes, WhatMakesNoSenseIsTheDefault) {
  for (const char* text :
       {"", "all", "truncate", "truncate()", "truncate(0)", "truncate(-1)", "truncate(x)",
        "truncate(1", "truncate(1)x", "truncate(1.5)", "truncate(99999999999999999999999)"}) {
    EXPECT_EQ(ParseMetricsMode(text), (MetricsMode{Kind::kTruncate, 16})) << text;
  }
}

TEST(MetricsModes, AColumnsOwnModeCountsMoreThanTheTables) {
  const json::object properties{{"write.metadata.metrics.default", "counts"},
                                {"write.metadata.metrics.column.c1", "full"},
                                {"write.metadata.metrics.column.no", "none"}};
  EXPECT_EQ(ModesOf(MakeLeaves(3), properties),
            (std::vector<MetricsMode>{{Kind::kCounts, 0}, {Kind::kFull, 0}, {Kind::kCounts, 0}}));
}

TEST(MetricsModes, ANestedColumnIsNamedByItsPath) {
  std::vector<SchemaLeaf> leaves = MakeLeaves(1);
  leaves[0].name = "st.x";
  const json::object properties{{"write.metadata.metrics.column.st.x", "none"}};
  EXPECT_EQ(ModesOf(leaves, properties).front().kind, Kind::kNone);
}

TEST(MetricsModes, ManyColumnsAreNotMeasuredUnlessTheTableSaysSo) {
  std::vector<MetricsMode> modes = ModesOf(MakeLeaves(102), {});
  EXPECT_EQ(modes[99], MetricsMode());
  EXPECT_EQ(modes[100].kind, Kind::kNone);
  EXPECT_EQ(modes[101].kind, Kind::kNone);
  modes = ModesOf(MakeLeaves(102), {{"write.metadata.metrics.column.c101", "counts"}});
  EXPECT_EQ(modes[101].kind, Kind::kCounts);
  modes = ModesOf(MakeLeaves(102), {{"write.metadata.metrics.default", "truncate(16)"}});
  EXPECT_EQ(modes[101], MetricsMode());
  modes = ModesOf(MakeLeaves(3), {{"write.metadata.metrics.max-inferred-column-defaults", "2"}});
  EXPECT_EQ(modes[1], MetricsMode());
  EXPECT_EQ(modes[2].kind, Kind::kNone);
  modes = ModesOf(MakeLeaves(3), {{"write.metadata.metrics.max-inferred-column-defaults", "many"}});
  EXPECT_EQ(modes[2], MetricsMode());
}

TEST(MetricsModes, PropertiesThatAreNoTextsSayNothing) {
  const json::object properties{{"write.metadata.metrics.default", 1},
                                {"write.metadata.metrics.column.c0", nullptr}};
  EXPECT_EQ(ModesOf(MakeLeaves(1), properties).front(), MetricsMode());
}

}  // namespace
}  // namespace sluice
