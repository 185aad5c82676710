#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>

#include "base/json.h"
#include "sql/front_end.h"

namespace sluice::sql {
namespace {

/// Two databases; `t` in both, `only_default` and the partitioned `p` in one each.
class FakeCatalog : public CatalogView {
 public:
  Result<bool> HasDatabase(std::string_view database) const override {
    return database == "default" || database == "d1";
  }
  Result<std::optional<TableView>> FindTable(std::string_view database,
                                             std::string_view table) const override {
    if (database == "d1" && table == "t") {
      return View("d1", "t", {{"id", TypeId::kInt, true, {}}, {"name", TypeId::kString, true, {}}});
    }
    if (database == "default" && table == "only_default") {
      return View("default", "only_default", {{"x", TypeId::kBigInt, true, {}}});
    }
    if (database == "d1" && table == "p") {
      std::optional<TableView> view =
          View("d1", "p", {{"v", TypeId::kInt, true, {}}, {"day", TypeId::kString, true, {}}});
      view->partition_columns = {"day"};
      return view;
    }
    if (database == "d1" && table == "deep") {
      return View("d1", "deep",
                  {{"a", DataType::Array(TypeId::kInt), true, {}},
                   {"m", DataType::Map(TypeId::kString, TypeId::kInt), true, {}}});
    }
    if (database == "d1" && table == "rows") {
      const std::vector<StructField> fields = {{"x", TypeId::kInt, true, {}},
                                               {"y", TypeId::kInt, true, {}}};
      return View("d1", "rows", {{"s", DataType::Struct(fields), true, {}}});
    }
    if (database == "d1" && table == "small") {
      return View("d1", "small",
                  {{"c", DataType::Char(3), true, {}},
                   {"v", DataType::Varchar(4), true, {}},
                   {"n", TypeId::kSmallInt, true, {}},
                   {"m", DataType::Decimal(5, 2), true, {}}});
    }
    return std::optional<TableView>();
  }

 private:
  static std::optional<TableView> View(std::string database, std::string table, Schema columns) {
    return TableView{std::move(database), std::move(table), std::move(columns), {}};
  }
};

Result<BoundStatement> BindSql(std::string_view sql) {
  const FakeCatalog catalog;
  SessionContext session;
  session.current_database = "d1";
  session.user = "ann";
  const Result<ParsedStatement> parsed = Parse(sql);
  if (!parsed) return Fail(parsed.error());
  return Bind(*parsed, catalog, session);
}

template <class Bound>
Bound Must(std::string_view sql) {
  Result<BoundStatement> bound = BindSql(sql);
  EXPECT_TRUE(bound) << sql << ": " << (bound ? "" : bound.error().message);
  if (!bound || !std::holds_alternative<Bound>(*bound)) {
    ADD_FAILURE() << "another kind of statement: " << sql;
    return Bound{};
  }
  return std::get<Bound>(*std::move(bound));
}

Error Refused(std::string_view sql) {
  Result<BoundStatement> bound = BindSql(sql);
  EXPECT_FALSE(bound) << sql;
  return bound ? Error{} : bound.error();
}

TEST(Bind, NamesResolveInTheCurrentDatabaseThenInDefault) {
  EXPECT_EQ(Must<BoundQuery>("SELECT * FROM T").sources, (std::vector<TableName>{{"d1", "t"}}));
  EXPECT_EQ(Must<BoundQuery>("SELECT * FROM only_default").sources,
            (std::vector<TableName>{{"default", "only_default"}}));
  for (std::string_view name : {"d1.t", "dli.d1.t", "spark_catalog.d1.t", "`D1`.`T`"}) {
    EXPECT_EQ(Must<BoundQuery>("SELECT id FROM " + std::string(name)).sources.size(), 1U) << name;
  }
}

TEST(Bind, MissingTablesColumnsAndFunctionsGetSparksWords) {
  const Error table = Refused("SELECT * FROM nope");
  EXPECT_EQ(table.code, ErrorCode::kAnalysis);
  EXPECT_EQ(table.message,
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found. Verify the "
            "spelling and correctness of the schema and catalog. (line 1, pos 14)");
  EXPECT_EQ(Refused("SELECT nam FROM t").message,
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `nam` "
            "cannot be resolved. Did you mean one of the following? [`name`, `id`]. (line 1, pos "
            "7)");
  EXPECT_EQ(Refused("SELECT\n  nofunc(1)").message,
            "[UNRESOLVED_ROUTINE] Cannot resolve function `nofunc` on search path "
            "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`d1`]. (line 2, pos 2)");
}

TEST(Bind, NothingOfTheEngineIsReachable) {
  for (std::string_view sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM duckdb_settings()",
        "SELECT * FROM information_schema.tables", "SELECT * FROM main.sqlite_master",
        "SELECT getenv('HOME')", "SELECT current_setting('threads')", "SELECT _wrap8(1)",
        "SELECT spark._wrap8(1)", "SELECT system.main.version()", "SELECT * FROM `/etc/passwd`",
        "SELECT * FROM parquet.`/etc/passwd`", "SELECT pg_catalog.version()",
        "SELECT * FROM fn.spark.upper", "SELECT query('SELECT 1')"}) {
    EXPECT_EQ(Refused(sql).code, ErrorCode::kAnalysis) << sql;
  }
  for (std::string_view sql : {"SELECT reflect('java.lang.System', 'exit')",
                               "SELECT java_method('a', 'b')", "SELECT input_file_name()"}) {
    EXPECT_EQ(Refused(sql).code, ErrorCode::kUnsupported) << sql;
  }
}

TEST(Bind, UserTextEntersTheGeneratedTextOnlyQuoted) {
  const BoundQuery query = Must<BoundQuery>("SELECT \"'; DROP TABLE x; --\" AS `a\"b` FROM t");
  EXPECT_NE(query.duckdb_sql.find("'''; DROP TABLE x; --'"), std::string::npos);
  EXPECT_EQ(query.duckdb_sql.find("a\"b"), std::string::npos);
  EXPECT_EQ(query.schema[0].name, "a\"b");
}

TEST(Bind, UnnamedColumnsHaveSparksNames) {
  const BoundQuery query =
      Must<BoundQuery>("SELECT count(*), sum(id + 1), CAST(max(id) AS STRING), 'x', -3 FROM t");
  std::vector<std::string> names;
  for (const StructField& column : query.schema) names.push_back(column.name);
  EXPECT_EQ(names, (std::vector<std::string>{"count(1)", "sum((id + 1))", "CAST(max(id) AS STRING)",
                                             "x", "-3"}));
}

TEST(Bind, InsertTakesColumnsByPositionAndByList) {
  const BoundInsert all = Must<BoundInsert>("INSERT INTO t VALUES (1, 'a'), (2, NULL)");
  EXPECT_EQ(all.target, (TableName{"d1", "t"}));
  EXPECT_FALSE(all.overwrite);
  EXPECT_EQ(all.select.schema.size(), 2U);
  const BoundInsert some = Must<BoundInsert>("INSERT INTO t (name) SELECT 'a'");
  EXPECT_EQ(some.select.schema.size(), 2U);
  EXPECT_NE(some.select.duckdb_sql.find("CAST(NULL AS INTEGER)"), std::string::npos);
  EXPECT_TRUE(Must<BoundInsert>("INSERT OVERWRITE TABLE t SELECT 1, 'b'").overwrite);
}

TEST(Bind, InsertOfAStaticPartitionFillsItsColumn) {
  const BoundInsert insert = Must<BoundInsert>("INSERT INTO p PARTITION (day='d1') VALUES (1)");
  EXPECT_NE(insert.select.duckdb_sql.find("'d1'"), std::string::npos);
  EXPECT_TRUE(insert.partition.empty());
  EXPECT_EQ(Must<BoundInsert>("INSERT INTO p PARTITION (day) VALUES (1, 'x')").select.schema.size(),
            2U);
  EXPECT_EQ(Refused("INSERT OVERWRITE p PARTITION (day='d1') VALUES (1)").code,
            ErrorCode::kUnsupported);
}

TEST(Bind, InsertRefusesWhatCannotBeStored) {
  const auto starts = [](std::string_view sql, std::string_view text) {
    const Error error = Refused(sql);
    EXPECT_EQ(error.code, ErrorCode::kAnalysis) << sql;
    EXPECT_TRUE(error.message.starts_with(text)) << error.message;
  };
  starts("INSERT INTO t VALUES ('1', 'a')",
         "[INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST] Cannot write incompatible data for the "
         "table `spark_catalog`.`d1`.`t`: Cannot safely cast `id` \"STRING\" to \"INT\".");
  starts("INSERT INTO t VALUES (1)", "[INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS]");
  starts("INSERT INTO t VALUES (1, 'a', 2)",
         "[INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS]");
  starts("INSERT OVERWRITE t SELECT * FROM t", "[UNSUPPORTED_OVERWRITE.TABLE]");
  starts("INSERT INTO nope VALUES (1)", "[TABLE_OR_VIEW_NOT_FOUND]");
  starts("DROP TABLE nope", "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found.");
}

TEST(Bind, CreateTableKeepsDeclaredTypesAndMovesPartitionsLast) {
  const BoundCreateTable create = Must<BoundCreateTable>(
      "CREATE TABLE IF NOT EXISTS d1.n (day DATE, a SMALLINT COMMENT 'x', b CHAR(3)) USING parquet "
      "PARTITIONED BY (day) COMMENT 'note' TBLPROPERTIES ('k'='v')");
  const TableDefinition& table = create.table;
  EXPECT_EQ(table.name, (TableName{"d1", "n"}));
  EXPECT_TRUE(table.if_not_exists);
  ASSERT_EQ(table.columns.size(), 3U);
  EXPECT_EQ(table.columns[0].type.SqlName(), "smallint");
  EXPECT_EQ(table.columns[0].comment, "x");
  EXPECT_EQ(table.columns[1].type.SqlName(), "char(3)");
  EXPECT_EQ(table.columns[2].name, "day");
  EXPECT_EQ(table.partition_columns, (std::vector<std::string>{"day"}));
  EXPECT_EQ(table.format, "parquet");
  EXPECT_EQ(table.comment, "note");
}

TEST(Bind, CreateTableAsSelectHasTheQuerysColumns) {
  const BoundCreateTable create =
      Must<BoundCreateTable>("CREATE TABLE n2 AS SELECT id, upper(name) AS u FROM t");
  ASSERT_TRUE(create.as_select.has_value());
  EXPECT_EQ(create.table.columns[1].name, "u");
  EXPECT_EQ(create.table.columns[1].type.SqlName(), "string");
  EXPECT_TRUE(Refused("CREATE TABLE n3 AS SELECT NULL AS x")
                  .message.starts_with("[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE]"));
  EXPECT_TRUE(
      Refused("CREATE TABLE n4 (a INT, A STRING)").message.starts_with("[COLUMN_ALREADY_EXISTS]"));
}

TEST(Bind, AMissingDatabaseIsNotFoundByName) {
  for (std::string_view sql : {"CREATE TABLE nodb.t (a INT)", "USE nodb", "SHOW TABLES IN nodb",
                               "DESCRIBE DATABASE nodb"}) {
    const Error error = Refused(sql);
    EXPECT_EQ(error.code, ErrorCode::kNotFound) << sql;
    EXPECT_EQ(error.message, "There is no database named nodb") << sql;
  }
}

TEST(Bind, SessionAndCatalogStatementsCarryFoldedNames) {
  EXPECT_EQ(Must<BoundUse>("USE D1").database, "d1");
  EXPECT_EQ(Must<BoundDropTable>("DROP TABLE IF EXISTS Gone").name, (TableName{"d1", "gone"}));
  EXPECT_EQ(Must<BoundTruncateTable>("TRUNCATE TABLE t").name, (TableName{"d1", "t"}));
  EXPECT_EQ(Must<BoundCreateDatabase>("CREATE DATABASE IF NOT EXISTS X COMMENT 'c'").name, "x");
  EXPECT_TRUE(Must<BoundDropDatabase>("DROP DATABASE x CASCADE").cascade);
  EXPECT_EQ(*Must<BoundShowDatabases>("SHOW DATABASES LIKE 'a*'").pattern, "a*");
  EXPECT_EQ(Must<BoundShowTables>("SHOW TABLES").database, "d1");
  EXPECT_EQ(Must<BoundShowColumns>("SHOW COLUMNS IN t").table, (TableName{"d1", "t"}));
  EXPECT_TRUE(Must<BoundDescribeTable>("DESCRIBE EXTENDED t").extended);
  EXPECT_EQ(*Must<BoundSet>("SET a.b=c").value, "c");
  EXPECT_EQ(Must<BoundUse>("RESET a.b").database, "d1");
  EXPECT_NE(Must<BoundExplain>("EXPLAIN SELECT id FROM t").plan_text.find("d1.t"),
            std::string::npos);
}

TEST(Bind, StoredPartsOfNestedValuesAreCheckedOneByOne) {
  const std::string sql =
      Must<BoundInsert>("INSERT INTO deep VALUES (array(1L), map('k', 1L))").select.duckdb_sql;
  EXPECT_NE(sql.find("column `a`.`element` due to an overflow"), std::string::npos) << sql;
  EXPECT_NE(sql.find("column `m`.`value` due to an overflow"), std::string::npos) << sql;
}

TEST(Bind, FromWithOneInsertIsAnInsert) {
  const BoundInsert insert = Must<BoundInsert>("FROM only_default INSERT INTO t SELECT x, 'a'");
  EXPECT_EQ(insert.target, (TableName{"d1", "t"}));
  EXPECT_EQ(insert.select.sources, (std::vector<TableName>{{"default", "only_default"}}));
  const std::string two = "FROM t INSERT INTO t SELECT * INSERT INTO p SELECT *";
  EXPECT_EQ(Refused(two).code, ErrorCode::kUnsupported);
}

TEST(Bind, InsertByNameFindsItsColumns) {
  const BoundInsert insert = Must<BoundInsert>("INSERT INTO t BY NAME SELECT 'n' AS NAME, 1 AS id");
  EXPECT_EQ(insert.select.schema[0].name, "id");
  EXPECT_TRUE(BindSql("INSERT INTO t BY NAME SELECT 1 AS id"));
  EXPECT_EQ(Refused("INSERT INTO rows BY NAME SELECT named_struct('y', 1, 'x', 2) AS s").code,
            ErrorCode::kUnsupported);
  const std::pair<const char*, const char*> refused[] = {
      {"SELECT 1 AS id, 2 AS zz", "[INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS] "},
      {"SELECT 1 AS id, 2 AS ID", "[INCOMPATIBLE_DATA_FOR_TABLE.AMBIGUOUS_COLUMN_NAME] "},
      {"SELECT 1 AS id, 'n' AS name, 2 AS zz",
       "[INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS] "}};
  for (const auto& [query, start] : refused) {
    const Error error = Refused(std::string("INSERT INTO t BY NAME ") + query);
    EXPECT_TRUE(error.message.starts_with(start)) << error.message;
  }
}

TEST(Bind, WhatIsNotOfferedIsRefusedByName) {
  for (std::string_view sql :
       {"DELETE FROM t", "UPDATE t SET id = 1", "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE t RENAME TO u", "CREATE TABLE e (a INT) USING csv OPTIONS (path 'obs://b/k')",
        "CREATE TABLE e (a INT) LOCATION 'obs://b/k'", "GRANT ROLE r TO USER u",
        "SELECT id FROM t WHERE rand(1) < 0.5", "SELECT sum(rand(1)) FROM t",
        "SELECT sum(rand(1)) OVER () FROM t", "SELECT id FROM t GROUP BY id, randn(2)",
        "SELECT transform(array(1), x -> monotonically_increasing_id())",
        "CREATE TEMPORARY VIEW v AS SELECT 1"}) {
    const Error error = Refused(sql);
    EXPECT_EQ(error.code, ErrorCode::kUnsupported) << sql << ": " << error.message;
    EXPECT_TRUE(error.message.starts_with("The statement or expression is not supported: "))
        << error.message;
  }
}

TEST(Bind, ANestThatDoublesWithEveryLevelIsALimit) {
  std::string nest = "id";
  for (int i = 0; i < 60; ++i) nest = "CASE " + nest + " WHEN 1 THEN 2 WHEN 3 THEN 4 END";
  EXPECT_EQ(Refused("SELECT " + nest + " FROM t").code, ErrorCode::kLimitExceeded);
}

TEST(Bind, LongChainsStayShallow) {
  std::string chain = "SELECT id FROM t WHERE id = 0";
  for (int i = 1; i < 20'000; ++i) chain += " OR id = " + std::to_string(i);
  EXPECT_TRUE(BindSql(chain));
  std::string arms = "SELECT 1";
  for (int i = 1; i < 3'000; ++i) arms += " UNION ALL SELECT " + std::to_string(i);
  EXPECT_TRUE(BindSql(arms));
}

TEST(Bind, MaxPtReadsTheFirstPartitionColumn) {
  const auto query = Must<BoundQuery>("SELECT id FROM t WHERE name = max_pt('d1.p')");
  EXPECT_EQ(query.sources, (std::vector<TableName>{{"d1", "t"}, {"d1", "p"}}));
  const Result<ParsedStatement> parsed = Parse("SELECT id FROM t WHERE name = max_pt('P')");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(Classify(*parsed).sources, (std::vector<TableName>{{"", "t"}, {"", "p"}}));
}

TEST(Bind, DliStatementsWorkOrAreRefusedByName) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/sql/syntax/dli.jsonl");
  int statements = 0;
  for (std::string line; std::getline(file, line); ++statements) {
    const Result<boost::json::value> record = ParseJson(line);
    ASSERT_TRUE(record) << line;
    const std::string sql(record->as_object().at("sql").as_string());
    const Result<BoundStatement> bound = BindSql(sql);
    EXPECT_TRUE(bound || bound.error().code == ErrorCode::kUnsupported)
        << sql << ": " << bound.error().message;
  }
  EXPECT_GT(statements, 30);
}

}  // namespace
}  // namespace sluice::sql
