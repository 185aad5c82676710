#include "sql/plan_budget.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/allocation_limit.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kPlanningBytes = std::size_t{128} << 20;

/// One table `wide` of ten thousand columns.
class WideCatalog : public CatalogView {
 public:
  Result<bool> HasDatabase(std::string_view) const override { return true; }
  Result<std::optional<TableView>> FindTable(std::string_view database,
                                             std::string_view table) const override {
    if (table != "wide") return std::optional<TableView>();
    TableView view{std::string(database), "wide", {}, {}};
    for (int i = 0; i < 10'000; ++i)
      view.columns.push_back({fmt::format("c{}", i), TypeId::kInt, true, {}});
    return std::optional(std::move(view));
  }
};

Result<BoundStatement> PlanWithin(const std::string& sql, PlanBudget& budget) {
  const WideCatalog catalog;
  const Result<ParsedStatement> parsed = Parse(sql);
  if (!parsed) return Fail(parsed.error());
  return Bind(*parsed, catalog, SessionContext(), budget);
}

/// The verdict's first word, "ok" for a plan and "memory" for one that needs too much of it.
std::string VerdictOf(const std::string& sql) {
  try {
    const AllocationLimit limit(kPlanningBytes);
    PlanBudget budget;
    const Result<BoundStatement> bound = PlanWithin(sql, budget);
    return bound ? "ok" : bound.error().message.substr(0, 60);
  } catch (const AllocationRefused&) {
    return "memory";
  }
}

std::string Times(int count, const std::function<std::string(int)>& part) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part(i);
  return text;
}

std::string Repeated(int count, std::string_view text) {
  return Times(count, [&](int) { return std::string(text); });
}

std::string DoubledCtes(int levels) {
  return "WITH a0 AS (SELECT 1 AS x)" + Times(levels, [](int i) {
           return fmt::format(", a{} AS (SELECT * FROM a{} x CROSS JOIN a{} y)", i + 1, i, i);
         });
}

TEST(PlanBudget, WhatDoublesWithEveryLevelEndsAtANamedLimit) {
  EXPECT_EQ(VerdictOf(DoubledCtes(24) + " SELECT * FROM a24"),
            "[LIMIT_EXCEEDED.PLAN_COLUMNS] The relations of the statement");
  const std::string structs = "SELECT struct(x, x) x FROM (";
  EXPECT_TRUE(VerdictOf(Repeated(60, structs) + "SELECT 1 x" + Repeated(60, ")"))
                  .starts_with("[LIMIT_EXCEEDED.TYPE_FIELDS]"));
  const std::string aliases = "SELECT 'abc' a0" + Times(100, [](int i) {
                                return fmt::format(", concat(a{}, a{}) a{}", i, i, i + 1);
                              });
  EXPECT_TRUE(VerdictOf(aliases).starts_with("[LIMIT_EXCEEDED.EXPRESSION_TEXT]"));
  const std::string rows = "SELECT 1 WHERE " + Repeated(40, "(1, 2) IN (SELECT 1, 2 WHERE ") +
                           "true" + Repeated(40, ")");
  EXPECT_TRUE(VerdictOf(rows).starts_with("[LIMIT_EXCEEDED.")) << VerdictOf(rows);
}

TEST(PlanBudget, WhatMultipliesIsAskedForBeforeItIsSpent) {
  const std::string keys = Times(60, [](int i) { return fmt::format("{}c{}", i ? ", " : "", i); });
  const std::string many = "ROLLUP (" + keys + ")";
  EXPECT_TRUE(VerdictOf("SELECT 1 FROM wide GROUP BY " + many + ", " + many + ", " + many)
                  .starts_with("GROUP BY has more than"));
  EXPECT_TRUE(VerdictOf("SELECT * FROM wide" +
                        Times(60, [](int i) { return fmt::format(" CROSS JOIN wide w{}", i); }))
                  .starts_with("[LIMIT_EXCEEDED.PLAN_COLUMNS]"));
  EXPECT_TRUE(VerdictOf("SELECT struct(*)" + Repeated(100, ", struct(*)") + " FROM wide")
                  .starts_with("[LIMIT_EXCEEDED."));
  // What is allowed one by one and is too much together.
  EXPECT_NE(VerdictOf("SELECT *" + Repeated(100, ", *") + " FROM wide"), "ok");
}

TEST(PlanBudget, RealWorkFits) {
  EXPECT_EQ(VerdictOf("SELECT * FROM wide"), "ok");
  EXPECT_EQ(VerdictOf("SELECT * FROM (SELECT * FROM (SELECT * FROM wide) a) b WHERE c1 > 0"), "ok");
  EXPECT_EQ(VerdictOf("SELECT * FROM wide a JOIN wide b ON a.c0 = b.c0"), "ok");
  EXPECT_EQ(VerdictOf("INSERT INTO wide SELECT * FROM wide"), "ok");
  const std::string row = "(1, 'some text', 2.5, DATE '2024-01-01')";
  EXPECT_EQ(VerdictOf("SELECT * FROM VALUES " + row + Repeated(2'000, ", " + row)), "ok");
  EXPECT_EQ(VerdictOf("SELECT 1 IN (1" + Repeated(20'000, ", 2") + ")"), "ok");
  EXPECT_EQ(VerdictOf(DoubledCtes(12) + " SELECT * FROM a12"), "ok");
}

TEST(PlanBudget, ThePlanningAsksWhetherToStop) {
  int asked = 0;
  PlanBudget budget([&]() -> Result<void> {
    ++asked;
    return asked < 3 ? Result<void>() : Fail(ErrorCode::kCancelled, "stopped");
  });
  const auto bound = PlanWithin("SELECT 1 IN (1" + Repeated(50'000, ", 2") + ")", budget);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace sluice::sql
