#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "base/file_system.h"
#include "engine/duckdb/engine_harness_test.h"
#include "lake/json_access.h"
#include "lake/metadata_files.h"
#include "lake/new_snapshot.h"
#include "lake/table_metadata.h"

namespace sluice {
namespace {

using Kind = AttemptOutcome::Kind;
using Rows = std::vector<std::string>;

template <class Number>
std::string Bytes(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

/// A real worker that writes and reads tables; the server's part is played by the test.
class TableWriteTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(harness_.Start());
    folder_ = (harness_.options.warehouse_root / "project" / "t").string();
    ASSERT_TRUE(files_.MakeFolders(folder_ + "/data"));
    ASSERT_TRUE(files_.MakeFolders(folder_ + "/metadata"));
  }

  /// Columns as "name type" pairs.
  TableMetadata MakeTable(const EngineHarness::Columns& columns,
                          std::vector<std::string> partition_columns = {},
                          const TableProperties& properties = {}) {
    DeclaredTable table;
    for (const auto& [name, type] : columns) {
      table.columns.push_back({name, *ParseDataType(type), true, ""});
    }
    table.partition_columns = std::move(partition_columns);
    return *TableMetadata::Make("u1", FileUri(folder_), table, properties, 1'000);
  }
  AttemptOutcome Write(const TableMetadata& table, const std::string& select) {
    AttemptSpec spec = harness_.Spec(select, {});
    spec.kind = WorkKind::kWrite;
    spec.write = WriteOf(table, {spec.job, spec.attempt}, folder_);
    written_ = *spec.write;
    return harness_.Begin(spec).observer->WaitForEnd();
  }
  /// Adds the files to the table, as the server does.
  void Commit(const std::vector<DataFile>& files, TableMetadata* table) {
    const std::int64_t id = MakeSnapshotId();
    auto list = *ReadCurrentList(&files_, *table, folder_);
    auto added = WriteAddedManifest(&files_, folder_, written_, id, files);
    ASSERT_TRUE(added) << added.error().message;
    list.push_back(added->listed);
    auto made = WriteSnapshot(&files_, folder_, *table, id, "append", list, {}, {});
    ASSERT_TRUE(made);
    ASSERT_TRUE(ApplySnapshot(made->snapshot, 2'000, table));
  }
  void Insert(const std::string& select, TableMetadata* table) {
    AttemptOutcome outcome = Write(*table, select);
    ASSERT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
    Commit(outcome.files, table);
  }
  AttemptOutcome Read(const TableMetadata& table, const std::string& sql,
                      const EngineHarness::Columns& columns, const std::string& database = "db") {
    AttemptSpec spec = harness_.Spec(sql, columns);
    spec.sources = {{database, "t", table.CurrentView().Serialize(), true, {}, nullptr}};
    return harness_.Begin(spec).observer->WaitForEnd();
  }
  Rows ReadRows(const TableMetadata& table, const std::string& sql,
                const EngineHarness::Columns& columns) {
    AttemptOutcome outcome = Read(table, sql, columns);
    EXPECT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
    return outcome.result ? outcome.result->rows : Rows();
  }

  EngineHarness harness_;
  LocalFileSystem files_;
  std::string folder_;
  TableWrite written_;
};

TEST_F(TableWriteTest, WhatOneAttemptWritesTheNextReads) {
  TableMetadata table = MakeTable({{"i", "int"}, {"s", "string"}, {"d", "double"}});
  Insert("SELECT i::INTEGER, CASE WHEN i = 2 THEN NULL ELSE 'v' || i END, i / 2 FROM range(5) t(i)",
         &table);
  Insert("SELECT 7, '北京', CAST('NaN' AS DOUBLE)", &table);
  EXPECT_EQ(ReadRows(table, R"(SELECT i, s, d FROM dli."of db"."t"() ORDER BY i)",
                     {{"i", "int"}, {"s", "string"}, {"d", "double"}}),
            (Rows{R"([0,"v0",0.0])", R"([1,"v1",0.5])", R"([2,null,1.0])", R"([3,"v3",1.5])",
                  R"([4,"v4",2.0])", R"([7,"北京","NaN"])"}));
  EXPECT_EQ(ReadRows(table, R"(SELECT i FROM dli."of db"."t"() WHERE d > 1.6 ORDER BY i)",
                     {{"i", "int"}}),
            (Rows{"[4]", "[7]"}))
      << "NaN is above all numbers";
}

TEST_F(TableWriteTest, FilesAreToldWithWhatIsInThem) {
  const TableMetadata table = MakeTable(
      {{"i", "int"}, {"s", "string"}, {"d", "double"}, {"l", "array<int>"}, {"m", "decimal(9,2)"}});
  AttemptOutcome outcome =
      Write(table,
            "SELECT i::INTEGER, 'a text of more than sixteen characters', CASE WHEN i = 1 THEN "
            "CAST('NaN' AS DOUBLE) ELSE i END, [i, i], i::DECIMAL(9,2) FROM range(-2, 3) t(i)");
  ASSERT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
  ASSERT_EQ(outcome.files.size(), 1u);
  const DataFile& file = outcome.files.front();
  const std::string path = PathOfUri(file.uri);
  EXPECT_TRUE(path.starts_with(written_.folder + "/")) << path;
  EXPECT_EQ(file.rows, 5);
  EXPECT_EQ(file.bytes, static_cast<std::int64_t>(std::filesystem::file_size(path)));
  EXPECT_EQ(file.split_offsets.size(), 1u);
  EXPECT_TRUE(file.partition.empty());
  EXPECT_EQ(*FindById(file.metrics.values, 1), 5);
  EXPECT_EQ(*FindById(file.metrics.nulls, 1), 0);
  EXPECT_EQ(*FindById(file.metrics.lower, 1), Bytes<std::int32_t>(-2));
  EXPECT_EQ(*FindById(file.metrics.upper, 1), Bytes<std::int32_t>(2));
  EXPECT_EQ(*FindById(file.metrics.lower, 2), "a text of more t");
  EXPECT_EQ(*FindById(file.metrics.upper, 2), "a text of more u");
  EXPECT_EQ(*FindById(file.metrics.nans, 3), 1);
  EXPECT_EQ(FindById(file.metrics.lower, 3), nullptr) << "next to NaN there is no bound";
  EXPECT_EQ(FindById(file.metrics.upper, 3), nullptr);
  EXPECT_EQ(file.metrics.sizes.size(), 5u) << "the list's elements have their size alone";
  EXPECT_EQ(file.metrics.values.size(), 4u);
}

TEST_F(TableWriteTest, NoRowsAreNoFiles) {
  const EngineHarness::Columns columns = {{"i", "int"}, {"p", "string"}};
  for (const TableMetadata& table : {MakeTable(columns), MakeTable(columns, {"p"})}) {
    AttemptOutcome outcome = Write(table, "SELECT 1, 'x' WHERE false");
    EXPECT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
    EXPECT_TRUE(outcome.files.empty());
  }
}

TEST_F(TableWriteTest, PartitionsKeepTheirValuesWhateverTheyAre) {
  TableMetadata table = MakeTable({{"i", "int"}, {"p", "string"}}, {"p"});
  const std::vector<std::string> values = {"''",
                                           "'x'",
                                           "'a/b=c%2F?#'",
                                           "'北京'",
                                           "'..'",
                                           "'__HIVE_DEFAULT_PARTITION__'",
                                           "NULL",
                                           "'null'",
                                           "chr(1) || 'x'",
                                           "'it''s'",
                                           "repeat('é', 300)",
                                           "repeat('é', 300) || 'b'"};
  std::string select;
  for (std::size_t i = 0; i < values.size(); ++i) {
    select += (i == 0 ? "" : " UNION ALL ") + fmt::format("SELECT {}, {}", i, values[i]);
  }
  AttemptOutcome outcome = Write(table, select);
  ASSERT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
  EXPECT_EQ(outcome.files.size(), values.size());
  std::set<std::string> told;
  for (const DataFile& file : outcome.files) told.insert(json::serialize(file.partition));
  EXPECT_EQ(told.size(), values.size());
  EXPECT_TRUE(told.contains("[null]"));
  EXPECT_TRUE(told.contains(R"(["北京"])"));
  Commit(outcome.files, &table);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(
        ReadRows(table,
                 fmt::format(R"(SELECT i FROM dli."of db"."t"() WHERE p IS NOT DISTINCT FROM {})",
                             values[i]),
                 {{"i", "int"}}),
        Rows{fmt::format("[{}]", i)})
        << values[i];
  }
}

TEST_F(TableWriteTest, ManyPartitionFieldsStayInTheirOrder) {
  EngineHarness::Columns columns;
  std::vector<std::string> names;
  std::string select = "SELECT ";
  for (int i = 0; i < 12; ++i) {
    columns.emplace_back(fmt::format("c{}", i), "int");
    names.push_back(fmt::format("c{}", i));
    select += (i == 0 ? "" : ", ") + fmt::format("{}", 100 + i);
  }
  AttemptOutcome outcome = Write(MakeTable(columns, names), select);
  ASSERT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
  ASSERT_EQ(outcome.files.size(), 1u);
  ASSERT_EQ(outcome.files.front().partition.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(outcome.files.front().partition[i], 100 + static_cast<std::int64_t>(i));
  }
}

TEST_F(TableWriteTest, PartitionsOfEveryTypeAreReadAgain) {
  const std::pair<const char*, const char*> kCases[] = {
      {"boolean", "false"},
      {"int", "-2147483648"},
      {"bigint", "9223372036854775807"},
      {"decimal(9,2)", "-12345.67::DECIMAL(9,2)"},
      {"decimal(38,10)", "'-1234567890123456789012345678.0123456789'::DECIMAL(38,10)"},
      {"date", "DATE '1969-12-31'"},
      {"timestamp", "TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'"},
      {"timestamp_ntz", "TIMESTAMP '2024-02-29 12:00:00.000001'"},
      {"double", "-0.1::DOUBLE"},
      {"float", "0.1::FLOAT"},
      {"binary", R"('\x00\xFF'::BLOB)"}};
  for (const auto& [type, value] : kCases) {
    SCOPED_TRACE(type);
    TableMetadata table = MakeTable({{"i", "int"}, {"p", type}}, {"p"});
    AttemptOutcome outcome =
        Write(table, fmt::format("SELECT 1, {} UNION ALL SELECT 2, NULL", value));
    ASSERT_EQ(outcome.kind, Kind::kFinished) << outcome.error.message << outcome.error.detail;
    ASSERT_EQ(outcome.files.size(), 2u);
    ASSERT_NO_FATAL_FAILURE(Commit(outcome.files, &table));
    EXPECT_EQ(ReadRows(table, fmt::format(R"(SELECT i FROM dli."of db"."t"() WHERE p = {})", value),
                       {{"i", "int"}}),
              Rows{"[1]"});
    EXPECT_EQ(ReadRows(table, R"(SELECT i FROM dli."of db"."t"() WHERE p IS NULL)", {{"i", "int"}}),
              Rows{"[2]"});
  }
}

TEST_F(TableWriteTest, DatabasesMayHaveTheEnginesOwnNames) {
  TableMetadata table = MakeTable({{"i", "int"}});
  Insert("SELECT 1", &table);
  for (const char* database :
       {"main", "temp", "system", "information_schema", "pg_catalog", "dli", "default", "a\"b.c"}) {
    std::string quoted;
    for (char c : std::string(database))
      quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    AttemptOutcome outcome = Read(table, fmt::format(R"(SELECT i FROM dli."of {}"."t"())", quoted),
                                  {{"i", "int"}}, database);
    EXPECT_EQ(outcome.kind, Kind::kFinished)
        << database << ": " << outcome.error.message << outcome.error.detail;
    // And the worker serves the next attempt, from which the table is gone.
    outcome =
        harness_.Run(fmt::format(R"(SELECT i FROM dli."of {}"."t"())", quoted), {{"i", "int"}});
    EXPECT_EQ(outcome.kind, Kind::kFailed) << database;
    EXPECT_EQ(harness_.Run("SELECT 1 AS a", {{"a", "int"}}).kind, Kind::kFinished) << database;
  }
}

TEST_F(TableWriteTest, AStatementThatFailsTellsOfNoFiles) {
  const TableMetadata table = MakeTable({{"i", "int"}});
  AttemptOutcome outcome = Write(
      table, "SELECT CASE WHEN i = 99999 THEN error('stop') ELSE i END FROM range(100000) t(i)");
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_TRUE(outcome.files.empty());
  outcome = Write(table, "SELECT 3000000000");
  EXPECT_EQ(outcome.kind, Kind::kFailed) << "an INTEGER holds no such number";
}

TEST_F(TableWriteTest, AWriteReachesItsProjectsFolderAlone) {
  const TableMetadata table = MakeTable({{"i", "int"}});
  for (const std::string& folder :
       {(harness_.options.warehouse_root / "other" / "t").string(),
        (harness_.folder() / "outside").string(), folder_ + "/../../other/x"}) {
    AttemptSpec spec = harness_.Spec("SELECT 1", {});
    spec.kind = WorkKind::kWrite;
    spec.write = WriteOf(table, {spec.job, spec.attempt}, folder_);
    spec.write->folder = folder;
    EXPECT_NE(harness_.Begin(spec).observer->WaitForEnd().kind, Kind::kFinished) << folder;
    EXPECT_FALSE(std::filesystem::exists(folder)) << folder;
  }
}

TEST_F(TableWriteTest, WhatIsNoSelectIsNotWritten) {
  const TableMetadata table = MakeTable({{"i", "int"}});
  for (const std::string& sql :
       {std::string("SELECT 1) TO '/tmp/x.parquet' (FORMAT parquet); SELECT (1"),
        std::string("SELECT 1; DROP SCHEMA spark CASCADE"), std::string("PRAGMA database_list")}) {
    EXPECT_EQ(Write(table, sql).kind, Kind::kFailed) << sql;
  }
}

}  // namespace
}  // namespace sluice
