#include "engine/duckdb/duckdb_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file_system.h"
#include "engine/duckdb/engine_harness_test.h"
#include "engine/duckdb/pinned_files.h"

namespace sluice {
namespace {

using Kind = AttemptOutcome::Kind;

std::string Why(const AttemptOutcome& outcome) {
  return outcome.error.message + " | " + outcome.error.detail;
}

/// Engine with one worker kept between attempts; most tests need no more.
class DuckDbEngineTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(harness_.Start()); }
  EngineHarness harness_;
};

TEST_F(DuckDbEngineTest, RunsASelectAndReturnsItsRowsInline) {
  AttemptOutcome outcome = harness_.Run("SELECT 1 AS a, 'x' AS b", {{"a", "int"}, {"b", "string"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  ASSERT_TRUE(outcome.result);
  EXPECT_EQ(outcome.result->row_count, 1);
  EXPECT_FALSE(outcome.result->in_files);
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{"[1,\"x\"]"});
}

TEST_F(DuckDbEngineTest, ShowsEveryTypeAsAPreviewDoes) {
  struct Case {
    std::string value;
    std::string type;
    std::string json;
  };
  const Case cases[] = {
      {"true", "boolean", "true"},
      {"CAST(-5 AS TINYINT)", "tinyint", "-5"},
      {"CAST(300 AS SMALLINT)", "smallint", "300"},
      {"9223372036854775807", "bigint", "9223372036854775807"},
      {"CAST(0.1 AS FLOAT)", "float", "0.1"},
      {"CAST('NaN' AS DOUBLE)", "double", "\"NaN\""},
      {"CAST('-inf' AS DOUBLE)", "double", "\"-Infinity\""},
      {"CAST(12.5 AS DECIMAL(4,2))", "decimal(4,2)", "12.50"},
      {"CAST(12.5 AS DECIMAL(9,2))", "decimal(9,2)", "12.50"},
      {"CAST(-1 AS DECIMAL(18,3))", "decimal(18,3)", "-1.000"},
      {"CAST('12345678901234567890123456789.5' AS DECIMAL(38,1))", "decimal(38,1)",
       "12345678901234567890123456789.5"},
      {"'a longer text with \"quotes\" and ümlauts'", "string",
       "\"a longer text with \\\"quotes\\\" and ümlauts\""},
      {"'ab'::BLOB", "binary", "\"YWI=\""},
      {"DATE '2024-01-31'", "date", "\"2024-01-31\""},
      {"TIMESTAMP '2024-01-31 10:00:00.5'", "timestamp_ntz", "\"2024-01-31 10:00:00.5\""},
      {"TIMESTAMPTZ '2024-01-31 10:00:00+02'", "timestamp", "\"2024-01-31 08:00:00\""},
      {"[1, NULL, 3]", "array<int>", "[1,null,3]"},
      {"[['a'], []]", "array<array<string>>", "[[\"a\"],[]]"},
      {"{'x': 1, 'y': [DATE '2024-01-31']}", "struct<x:int,y:array<date>>",
       "{\"x\":1,\"y\":[\"2024-01-31\"]}"},
      {"MAP {1.0::DOUBLE: 'a', 2.5::DOUBLE: NULL}", "map<double,string>",
       "{\"1.0\":\"a\",\"2.5\":null}"},
      {"INTERVAL 14 MONTH", "interval year to month", "\"INTERVAL '1-2' YEAR TO MONTH\""},
      {"NULL", "void", "null"},
      {"CAST(NULL AS VARCHAR)", "string", "null"},
  };
  std::string sql = "SELECT ";
  std::string expected = "[";
  EngineHarness::Columns columns;
  for (const Case& each : cases) {
    sql += (columns.empty() ? "" : ", ") + each.value;
    expected += (columns.empty() ? "" : ",") + each.json;
    columns.emplace_back("c" + std::to_string(columns.size()), each.type);
  }
  AttemptOutcome outcome = harness_.Run(sql, columns);
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{expected + "]"});
}

TEST_F(DuckDbEngineTest, ShowsInstantsInTheSessionsZone) {
  AttemptSpec spec = harness_.Spec(
      "SELECT TIMESTAMPTZ '2024-01-31 10:00:00+00', TIMESTAMPTZ '2024-07-31 10:00:00+00', "
      "extract('hour' FROM TIMESTAMPTZ '2024-01-31 10:00:00+00')",
      {{"winter", "timestamp"}, {"summer", "timestamp"}, {"h", "bigint"}});
  spec.time_zone = "Europe/Berlin";
  AttemptOutcome outcome = harness_.Begin(spec).observer->WaitForEnd();
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_EQ(outcome.result->rows,
            std::vector<std::string>{"[\"2024-01-31 11:00:00\",\"2024-07-31 12:00:00\",11]"});
  outcome = harness_.Run("SELECT extract('hour' FROM TIMESTAMPTZ '2024-01-31 10:00:00+00')",
                         {{"h", "bigint"}});
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{"[10]"}) << "the zone ends with the job";
}

TEST_F(DuckDbEngineTest, FindsSparksFunctions) {
  AttemptOutcome outcome = harness_.Run("SELECT spark.four_times(3)", {{"f", "int"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{"[12]"});
}

TEST_F(DuckDbEngineTest, WritesALargeResultToFilesInOrder) {
  constexpr int kRows = 1'000'000;
  AttemptOutcome outcome =
      harness_.Run("SELECT range AS id, 'row ' || range AS id, INTERVAL 1 DAY FROM range(1000000)",
                   {{"id", "bigint"}, {"id", "string"}, {"i", "interval day"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_TRUE(outcome.result->in_files);
  EXPECT_TRUE(outcome.result->rows.empty());
  EXPECT_EQ(outcome.result->row_count, kRows);
  std::ifstream preview(outcome.scratch_folder / "preview.jsonl");
  std::string line;
  int lines = 0;
  while (std::getline(preview, line)) {
    if (lines == 999) {
      EXPECT_EQ(line, "[999,\"row 999\",\"INTERVAL '1' DAY\"]");
    }
    ++lines;
  }
  EXPECT_EQ(lines, kPreviewRowsMax);
  EXPECT_GT(outcome.output_bytes, 0);
  EXPECT_TRUE(std::filesystem::exists(outcome.scratch_folder / "part-0.parquet"));
}

TEST_F(DuckDbEngineTest, KeepsManySmallRowsInline) {
  AttemptOutcome outcome = harness_.Run("SELECT range % 10 FROM range(5000)", {{"a", "bigint"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_FALSE(outcome.result->in_files);
  EXPECT_EQ(outcome.result->rows.size(), 5000U);
}

TEST_F(DuckDbEngineTest, AFailureInMidResultIsTheStatements) {
  AttemptOutcome outcome = harness_.Run(
      "SELECT CASE WHEN range < 400000 THEN range ELSE CAST('abc' || range AS BIGINT) END "
      "FROM range(500000)",
      {{"a", "bigint"}});
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(outcome.error.code, ErrorCode::kConversion);
  EXPECT_EQ(outcome.error.message,
            "[CAST_INVALID_INPUT] The value 'abc400000' of the type \"STRING\" cannot be cast to "
            "\"BIGINT\" because it is malformed");
}

TEST_F(DuckDbEngineTest, RaisedErrorsKeepTheirWords) {
  AttemptOutcome outcome =
      harness_.Run("SELECT error('[USER_RAISED_EXCEPTION] no such thing')", {{"a", "void"}});
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(outcome.error.code, ErrorCode::kExecution);
  EXPECT_EQ(outcome.error.message, "[USER_RAISED_EXCEPTION] no such thing");
}

TEST_F(DuckDbEngineTest, RefusesWhatIsNoSelect) {
  for (const char* sql :
       {"SET threads=1", "CREATE TABLE t (a INT)", "ATTACH 'x.db' AS x", "SELECT 1; SELECT 2",
        "COPY (SELECT 1) TO 'x.csv'", "PRAGMA database_list", "INSTALL httpfs"}) {
    AttemptOutcome outcome = harness_.Run(sql, {{"a", "int"}});
    EXPECT_EQ(outcome.kind, Kind::kFailed) << sql;
    EXPECT_THAT(outcome.error.message, testing::StartsWith("[")) << sql;
  }
}

TEST_F(DuckDbEngineTest, HostileSqlReachesNoFilesAndNoNetwork) {
  std::ofstream(harness_.folder() / "secret.csv") << "a\n1\n";
  for (const std::string& sql :
       {std::string("SELECT * FROM read_csv('/etc/passwd')"),
        "SELECT * FROM read_text('" + (harness_.folder() / "secret.csv").string() + "')",
        std::string("SELECT * FROM read_text('/proc/self/environ')"),
        std::string("SELECT * FROM read_csv('http://127.0.0.1:1/x')"),
        std::string("SELECT * FROM glob('/etc/*')"),
        std::string("SELECT * FROM sluice_result_stream()")}) {
    AttemptOutcome outcome = harness_.Run(sql, {{"a", "string"}});
    EXPECT_EQ(outcome.kind, Kind::kFailed) << sql;
    EXPECT_THAT(outcome.error.message, testing::Not(testing::HasSubstr("passwd"))) << sql;
  }
}

TEST_F(DuckDbEngineTest, OneWorkerServesManyAttempts) {
  AttemptOutcome outcome = harness_.Run("SELECT 1", {{"a", "int"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  const std::vector<pid_t> before = harness_.WorkerPids();
  for (int i = 0; i < 20; ++i) {
    outcome = harness_.Run("SELECT 1", {{"a", "int"}});
    ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  }
  for (pid_t pid : before) EXPECT_THAT(harness_.WorkerPids(), testing::Contains(pid));
}

TEST_F(DuckDbEngineTest, NothingOfOneAttemptIsVisibleToTheNext) {
  AttemptSpec first = harness_.Spec("SELECT current_setting('TimeZone'), setseed(0.5)",
                                    {{"a", "string"}, {"b", "void"}});
  first.time_zone = "Asia/Shanghai";
  AttemptOutcome outcome = harness_.Begin(first).observer->WaitForEnd();
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{"[\"Asia/Shanghai\",null]"});
  outcome = harness_.Run(
      "SELECT current_setting('TimeZone'), (SELECT count(*) FROM duckdb_functions() WHERE "
      "database_name = 'dli' AND NOT internal), (SELECT count(*) FROM duckdb_secrets()), "
      "(SELECT count(*) FROM duckdb_tables()), (SELECT count(*) FROM duckdb_variables()), "
      "(SELECT count(*) FROM duckdb_prepared_statements())",
      {{"a", "string"},
       {"b", "bigint"},
       {"c", "bigint"},
       {"d", "bigint"},
       {"e", "bigint"},
       {"f", "bigint"}});
  ASSERT_EQ(outcome.kind, Kind::kFinished) << Why(outcome);
  EXPECT_EQ(outcome.result->rows, std::vector<std::string>{"[\"UTC\",0,0,0,0,0]"});
}

TEST_F(DuckDbEngineTest, StopEndsWhatRunsAsLost) {
  EngineHarness::Handle handle = harness_.Begin(
      harness_.Spec("SELECT count(*) FROM range(10000000000) a, range(1000) b", {{"n", "bigint"}}));
  handle.observer->WaitUntilStarted();
  harness_.engine().Stop();
  EXPECT_EQ(handle.observer->WaitForEnd().kind, Kind::kLost);
  EXPECT_TRUE(harness_.WorkerPids().empty());
}

TEST(DuckDbFiles, ThePinnedOnesPassAndOthersAreRefused) {
  const std::filesystem::path duckdb = SLUICE_DUCKDB_DIR;
  Result<void> verified = VerifyDuckDbFiles(duckdb / "lib/libduckdb.so", duckdb / "ext");
  EXPECT_TRUE(verified) << verified.error().message;
  verified = VerifyDuckDbFiles(duckdb / "include/duckdb.h", duckdb / "ext");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace sluice
