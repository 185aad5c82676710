#include "engine/duckdb/duckdb_engine.h"

#include <gtest/gtest.h>

#include "engine/duckdb/engine_harness_test.h"

namespace sluice {
namespace {

using Kind = AttemptOutcome::Kind;

TEST(DuckDbEngine, RunsASelectAndReturnsItsRowsInline) {
  EngineHarness harness;
  ASSERT_NO_FATAL_FAILURE(harness.Start());
  AttemptOutcome outcome = harness.Run("SELECT 1 AS a, 'x' AS b", {{"a", "int"}, {"b", "string"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
  ASSERT_TRUE(outcome.result);
  EXPECT_EQ(outcome.result->row_count, 1);
  EXPECT_FALSE(outcome.result->in_files);
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{"[1,\"x\"]"});
}

}  // namespace
}  // namespace sluice
