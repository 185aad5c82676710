// Replays the queries that tools/oracle/record_queries.py recorded from Apache Spark: binds each
// over a catalog of the recorded tables, runs the generated text on the pinned DuckDB, and compares
// column names, types and rows. A query of kUnsupported is counted apart; every other difference
// fails. dli.jsonl is of the same form: what DLI's pages say of its own functions, and how what
// they leave open is decided; nothing records it.

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/ascii.h"
#include "base/json.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/native_functions.h"
#include "sql/front_end.h"
#include "sql/generate.h"
#include "sql/shown_table.h"

namespace sluice::sql {
namespace {

/// The pinned library as a text client sees it, with our native functions in it.
class Engine {
 public:
  struct Answer {
    bool failed = false;
    std::string message;
    std::vector<std::vector<std::optional<std::string>>> rows;
  };

  static Engine* Open() {
    static Engine engine;
    return engine.connection_ != nullptr ? &engine : nullptr;
  }

  Answer Run(const std::string& sql) {
    Raw raw{};
    Answer answer;
    answer.failed = query_(connection_, sql.c_str(), &raw) != 0;
    if (answer.failed) {
      const char* message = error_(&raw);
      answer.message = message != nullptr ? message : "";
    } else {
      const std::uint64_t rows = row_count_(&raw);
      const std::uint64_t columns = column_count_(&raw);
      for (std::uint64_t row = 0; row < rows; ++row) {
        std::vector<std::optional<std::string>> values;
        for (std::uint64_t column = 0; column < columns; ++column) {
          char* text = value_(&raw, column, row);
          values.push_back(text != nullptr ? std::optional<std::string>(text) : std::nullopt);
          free_(text);
        }
        answer.rows.push_back(std::move(values));
      }
    }
    destroy_(&raw);
    return answer;
  }

 private:
  /// duckdb_result, whose layout the library keeps for compatibility.
  struct Raw {
    std::uint64_t a, b, c;
    void* d;
    char* e;
    void* f;
  };

  Engine() {
    const char* override_path = std::getenv("SLUICE_DUCKDB_LIBRARY");
    const std::string path = override_path != nullptr ? override_path
                                                      : SLUICE_SOURCE_DIR
                                 "/build/deps/duckdb/lib/libduckdb.so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    Find(library, "duckdb_query", &query_);
    Find(library, "duckdb_result_error", &error_);
    Find(library, "duckdb_row_count", &row_count_);
    Find(library, "duckdb_column_count", &column_count_);
    Find(library, "duckdb_value_varchar", &value_);
    Find(library, "duckdb_free", &free_);
    Find(library, "duckdb_destroy_result", &destroy_);
    int (*open)(const char*, void**) = nullptr;
    int (*connect)(void*, void**) = nullptr;
    Find(library, "duckdb_open", &open);
    Find(library, "duckdb_connect", &connect);
    if (open(nullptr, &database_) != 0) return;
    connect(database_, &connection_);
    Result<DuckDbApi> api = LoadDuckDb(path);
    EXPECT_TRUE(api) << api.error().detail;
    if (!api) return;
    api_ = *api;
    const Result<void> registered =
        RegisterNativeFunctions(api_, static_cast<duckdb_connection>(connection_));
    EXPECT_TRUE(registered) << registered.error().detail;
  }

  template <class Function>
  static void Find(void* library, const char* name, Function* function) {
    *function = reinterpret_cast<Function>(dlsym(library, name));
    ASSERT_NE(*function, nullptr) << name;
  }

  DuckDbApi api_;
  void* database_ = nullptr;  // as long as the process, like the engine itself
  void* connection_ = nullptr;
  int (*query_)(void*, const char*, Raw*) = nullptr;
  const char* (*error_)(Raw*) = nullptr;
  std::uint64_t (*row_count_)(Raw*) = nullptr;
  std::uint64_t (*column_count_)(Raw*) = nullptr;
  char* (*value_)(Raw*, std::uint64_t, std::uint64_t) = nullptr;
  void (*free_)(void*) = nullptr;
  void (*destroy_)(Raw*) = nullptr;
};

class TestCatalog : public CatalogView {
 public:
  std::vector<TableView> tables;

  Result<bool> HasDatabase(std::string_view database) const override {
    return database == "default" || database == "q" || database == "tpch";
  }
  Result<std::optional<TableView>> FindTable(std::string_view database,
                                             std::string_view table) const override {
    for (const TableView& view : tables) {
      if (view.database == database && view.table == table) return std::optional(view);
    }
    return std::optional<TableView>();
  }
};

/// One canonical text per value, as record_queries.py's canonical() makes it.
std::string CanonicalText(const std::string& value, const DataType& type, int depth = 0) {
  const std::string item = "_v" + std::to_string(depth);
  const auto nested = [&](const std::string& sql, const DataType& of) {
    return "coalesce(" + CanonicalText(sql, of, depth + 1) + ", 'null')";
  };
  switch (type.id()) {
    case TypeId::kBinary:
      return "system.main.to_base64(" + value + ")";
    case TypeId::kFloat:
    case TypeId::kDouble:
      return depth == 0 ? "CAST(" + value + " AS VARCHAR)"
                        : "system.main.printf('%.9e', CAST(" + value + " AS DOUBLE))";
    case TypeId::kDecimal:
      return CastText(value, type, TypeId::kString).find("_decimal_text") == std::string::npos
                 ? CastText(value, type, TypeId::kString)
                 : "spark._with_zero(CAST(CAST(" + value + " AS DECIMAL(38," +
                       std::to_string(type.scale()) + ")) AS VARCHAR))";
    case TypeId::kTimestamp:
      return "CAST(CAST(" + value + " AS TIMESTAMP) AS VARCHAR)";
    case TypeId::kDayTimeInterval:
      return "CAST(system.main.epoch_us(" + value + ") AS VARCHAR)";
    case TypeId::kYearMonthInterval:
      return "CAST(system.main.date_part('year', " + value +
             ") * 12 + system.main.date_part('month', " + value + ") AS VARCHAR)";
    case TypeId::kArray:
      return "('[' || array_to_string(system.main.list_transform(" + value + ", lambda " + item +
             ": " + nested(item, type.element()) + "), ',') || ']')";
    case TypeId::kMap:
      return "('{' || array_to_string(system.main.list_sort(system.main.list_transform("
             "system.main.map_entries(" +
             value + "), lambda " + item + ": " + nested(item + ".key", type.key()) +
             " || ':' || " + nested(item + ".value", type.value()) + ")), ',') || '}')";
    case TypeId::kStruct: {
      std::string text = "CASE WHEN " + value + " IS NOT NULL THEN '('";
      bool first = true;
      for (const StructField& field : type.fields()) {
        text += first ? " || " : " || ',' || ";
        first = false;
        text += nested("struct_extract(" + value + ", " + QuoteText(field.name) + ")", field.type);
      }
      return text + " || ')' END";
    }
    default:
      return "CAST(" + value + " AS VARCHAR)";
  }
}

bool SameValue(const std::optional<std::string>& actual, const std::optional<std::string>& expected,
               const DataType& type) {
  if (!actual || !expected) return !actual && !expected;
  if (*actual == *expected) return true;
  if (type.id() != TypeId::kDouble && type.id() != TypeId::kFloat) return false;
  const double a = std::strtod(actual->c_str(), nullptr);
  const double b = std::strtod(expected->c_str(), nullptr);
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  // Sums of doubles depend on their order, and float texts are rounded.
  const double tolerance = type.id() == TypeId::kFloat ? 1e-6 : 1e-12;
  return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

using Rows = std::vector<std::vector<std::optional<std::string>>>;

class QueryCorpus : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    engine_ = Engine::Open();
    if (engine_ == nullptr) return;
    const char* extensions = std::getenv("SLUICE_DUCKDB_EXTENSIONS");
    const std::string ext =
        extensions != nullptr ? extensions : SLUICE_SOURCE_DIR "/build/deps/duckdb/ext";
    for (const char* name : {"icu", "json"}) {
      engine_->Run("LOAD '" + ext + "/" + name + ".duckdb_extension'");
    }
    Must("ATTACH ':memory:' AS dli");
    Must("CREATE SCHEMA dli.q");
    Must("CREATE SCHEMA dli." + QuoteName(ShownSchema("q")));
    Must("CREATE SCHEMA IF NOT EXISTS spark");
    for (const char* setting :
         {"SET TimeZone='UTC'", "SET default_null_order='nulls_first_on_asc_last_on_desc'",
          "SET ieee_floating_point_ops=false", "SET search_path='main,spark'"}) {
      Must(setting);
    }
    RunScript(SLUICE_SOURCE_DIR "/src/sql/functions/spark-functions.sql");
    RunScript(SLUICE_SOURCE_DIR "/src/sql/functions/dli-functions.sql");
    LoadTables(SLUICE_SOURCE_DIR "/tests/sql/queries/tables.sql");
    LoadTables(SLUICE_SOURCE_DIR "/tests/sql/queries/dli_tables.sql");
    has_tpch_ = !engine_->Run("LOAD '" + ext + "/tpch.duckdb_extension'").failed;
    if (has_tpch_) LoadTpch();
  }

  static void Must(const std::string& sql) {
    const Engine::Answer answer = engine_->Run(sql);
    ASSERT_FALSE(answer.failed) << sql << "\n" << answer.message;
  }

  static std::vector<std::string> Statements(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> statements;
    std::string line;
    std::string text;
    while (std::getline(file, line)) {
      if (line.starts_with("--")) continue;
      text += line + "\n";
      if (!line.ends_with(";")) continue;
      statements.push_back(text.substr(0, text.rfind(';')));
      text.clear();
    }
    return statements;
  }

  static void RunScript(const std::string& path) {
    for (const std::string& statement : Statements(path)) Must(statement);
  }

  static Result<BoundStatement> BindText(const std::string& sql) {
    const Result<ParsedStatement> parsed = Parse(sql);
    if (!parsed) return Fail(parsed.error());
    return Bind(*parsed, catalog_, session_);
  }

  /// Statements read a table as a worker shows it to them: by a macro of its name.
  static std::string TableMacro(const std::string& database, const std::string& table) {
    return "CREATE MACRO dli." + QuoteName(ShownSchema(database)) + "." + QuoteName(table) +
           "() AS TABLE FROM dli." + database + "." + QuoteName(table);
  }

  static void LoadTables(const std::string& path) {
    for (const std::string& statement : Statements(path)) {
      const Result<BoundStatement> bound = BindText(statement);
      ASSERT_TRUE(bound) << statement << "\n" << bound.error().message;
      if (const auto* create = std::get_if<BoundCreateTable>(&*bound)) {
        std::string columns;
        for (const StructField& column : create->table.columns) {
          const bool small =
              column.type.id() == TypeId::kTinyInt || column.type.id() == TypeId::kSmallInt;
          columns += (columns.empty() ? "" : ", ") + QuoteName(column.name) + " " +
                     (small ? "INTEGER" : DuckType(column.type));
        }
        Must("CREATE TABLE dli.q." + QuoteName(create->table.name.table) + "(" + columns + ")");
        Must(TableMacro("q", create->table.name.table));
        catalog_.tables.push_back({"q", create->table.name.table, create->table.columns,
                                   create->table.partition_columns});
      } else if (const auto* insert = std::get_if<BoundInsert>(&*bound)) {
        Must("INSERT INTO dli.q." + QuoteName(insert->target.table) + " " +
             insert->select.duckdb_sql);
      }
    }
  }

  static void LoadTpch() {
    Must("CREATE SCHEMA dli.tpch");
    Must("CREATE SCHEMA dli." + QuoteName(ShownSchema("tpch")));
    Must("CALL dbgen(sf=0.01, catalog='dli', schema='tpch')");
    for (const char* table :
         {"customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"}) {
      Must(TableMacro("tpch", table));
      TableView view{"tpch", table, {}, {}};
      const Engine::Answer columns = engine_->Run(std::string("DESCRIBE dli.tpch.") + table);
      ASSERT_FALSE(columns.failed) << columns.message;
      for (const auto& row : columns.rows) {
        std::string type = *row[1];
        if (type == "VARCHAR") type = "STRING";
        view.columns.push_back({*row[0], *ParseDataType(type), true, {}});
      }
      catalog_.tables.push_back(std::move(view));
    }
  }

  struct Tally {
    int right = 0;
    int unsupported = 0;
    int wrong = 0;
    std::string report;
  };

  static void Replay(const json::object& record, Tally* tally) {
    const std::string sql(record.at("sql").as_string());
    const auto wrong = [&](const std::string& why) {
      ++tally->wrong;
      tally->report += "\n" + std::string(record.at("id").as_string()) + ": " + sql + "\n   " + why;
    };
    const Result<BoundStatement> bound = BindText(sql);
    if (record.contains("error")) {
      const std::string expected(record.at("error").as_string());
      if (expected.starts_with("OTHER")) return;
      if (bound) return wrong("bound, but Spark says " + expected);
      if (bound.error().code == ErrorCode::kUnsupported) {
        ++tally->unsupported;
      } else if (bound.error().message.starts_with("[" + expected + "]")) {
        ++tally->right;
      } else {
        wrong("Spark says " + expected + ", we: " + bound.error().message);
      }
      return;
    }
    if (bound && record.contains("run_error")) {
      const std::string difference = CompareFailure(record, *std::get_if<BoundQuery>(&*bound));
      if (difference.empty()) {
        ++tally->right;
      } else {
        wrong(difference);
      }
      return;
    }
    if (!bound) {
      if (bound.error().code == ErrorCode::kUnsupported) {
        ++tally->unsupported;
        if (std::getenv("SLUICE_SHOW_UNSUPPORTED") != nullptr) {
          tally->report += "\nUNSUPPORTED " + std::string(record.at("id").as_string()) + ": " +
                           bound.error().message;
        }
        return;
      }
      return wrong("refused: " + bound.error().message);
    }
    const auto* query = std::get_if<BoundQuery>(&*bound);
    if (query == nullptr) return wrong("no query");
    const std::string difference = Compare(record, *query);
    if (difference.empty()) {
      ++tally->right;
    } else {
      wrong(difference + "\n   " + query->duckdb_sql);
    }
  }

  /// Spark fails while it runs; so must we, in its class when it has one.
  static std::string CompareFailure(const json::object& record, const BoundQuery& query) {
    const std::string expected(record.at("run_error").as_string());
    std::string columns;
    for (std::size_t i = 0; i < query.schema.size(); ++i) {
      columns += (i > 0 ? ", " : "") + CanonicalText("c" + std::to_string(i), query.schema[i].type);
    }
    const Engine::Answer answer =
        engine_->Run("SELECT " + columns + " FROM (" + query.duckdb_sql + ") AS t0");
    if (!answer.failed) return "ran, but Spark says " + expected;
    if (expected.starts_with("OTHER") || expected.starts_with("UNSUPPORTED")) return {};
    if (answer.message.find("[" + expected + "]") != std::string::npos) return {};
    return "Spark says " + expected + ", the engine: " + answer.message;
  }

  static std::string Compare(const json::object& record, const BoundQuery& query) {
    const json::array& schema = record.at("schema").as_array();
    if (schema.size() != query.schema.size()) return "number of columns";
    std::string columns;
    for (std::size_t i = 0; i < schema.size(); ++i) {
      const std::string name(schema[i].at(0).as_string());
      const std::string type(schema[i].at(1).as_string());
      const StructField& ours = query.schema[i];
      if (ours.type.SqlName() != type) {
        return "type of " + name + ": " + type + ", ours " + ours.type.SqlName();
      }
      if (ours.name != name) return "name " + name + ", ours " + ours.name;
      columns += (i > 0 ? ", " : "") + CanonicalText("c" + std::to_string(i), ours.type);
    }
    const Engine::Answer types = engine_->Run("DESCRIBE " + query.duckdb_sql);
    if (types.failed) return "engine: " + types.message;
    for (std::size_t i = 0; i < schema.size(); ++i) {
      const std::string physical = *types.rows[i][1];
      const auto bare = [](std::string text) {
        std::erase(text, '"');
        return text;
      };
      if (bare(physical) != bare(DuckType(query.schema[i].type))) {
        return "engine type of " + query.schema[i].name + ": " + physical;
      }
    }
    Engine::Answer answer =
        engine_->Run("SELECT " + columns + " FROM (" + query.duckdb_sql + ") AS t0");
    if (answer.failed) return "engine: " + answer.message;
    return CompareRows(record, query.schema, std::move(answer.rows));
  }

  static std::string CompareRows(const json::object& record, const Schema& schema, Rows actual) {
    Rows expected;
    for (const json::value& row : record.at("rows").as_array()) {
      std::vector<std::optional<std::string>> values;
      for (const json::value& value : row.as_array()) {
        values.push_back(value.is_null() ? std::nullopt
                                         : std::optional<std::string>(value.as_string()));
      }
      expected.push_back(std::move(values));
    }
    if (actual.size() != expected.size()) {
      return std::to_string(expected.size()) + " rows, ours " + std::to_string(actual.size());
    }
    if (!record.at("ordered").as_bool()) {
      Sort(schema, &actual);
      Sort(schema, &expected);
    }
    for (std::size_t row = 0; row < expected.size(); ++row) {
      for (std::size_t i = 0; i < schema.size(); ++i) {
        if (SameValue(actual[row][i], expected[row][i], schema[i].type)) continue;
        return "row " + std::to_string(row) + " " + schema[i].name + ": " +
               expected[row][i].value_or("NULL") + ", ours " + actual[row][i].value_or("NULL");
      }
    }
    return {};
  }

  /// By the exact columns first, so that rounding of doubles does not change the order.
  static void Sort(const Schema& schema, Rows* rows) {
    const auto key = [&](const std::vector<std::optional<std::string>>& row) {
      std::string exact;
      std::string rough;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const bool fraction =
            schema[i].type.id() == TypeId::kDouble || schema[i].type.id() == TypeId::kFloat;
        if (!fraction) {
          exact += row[i].value_or("\x01") + "\x02";
        } else if (row[i]) {
          std::ostringstream text;
          text.precision(9);
          text << std::strtod(row[i]->c_str(), nullptr);
          rough += text.str() + "\x02";
        }
      }
      return exact + rough;
    };
    std::stable_sort(rows->begin(), rows->end(),
                     [&](const auto& a, const auto& b) { return key(a) < key(b); });
  }

  static void RunFamily(const std::filesystem::path& path, Tally* tally) {
    session_.current_database = path.stem() == "tpch" ? "tpch" : "q";
    std::ifstream file(path);
    std::string line;
    const char* only = std::getenv("SLUICE_ONLY_QUERY");
    while (std::getline(file, line)) {
      const Result<json::value> record = ParseJson(line);
      ASSERT_TRUE(record) << line;
      if (only != nullptr && record->as_object().at("id").as_string() != only) continue;
      Replay(record->as_object(), tally);
    }
  }

  static Engine* engine_;
  static TestCatalog catalog_;
  static SessionContext session_;
  static bool has_tpch_;
};

Engine* QueryCorpus::engine_ = nullptr;
TestCatalog QueryCorpus::catalog_;
SessionContext QueryCorpus::session_;
bool QueryCorpus::has_tpch_ = false;

#ifndef __SANITIZE_THREAD__
// No thread here is ours, and ThreadSanitizer does not see the engine's locks.
TEST_F(QueryCorpus, RecordedQueriesGiveSparksNamesTypesAndRows) {
  if (engine_ == nullptr) GTEST_SKIP() << "the pinned DuckDB is not there: tools/fetch-duckdb.sh";
  Tally total;
  std::vector<std::filesystem::path> families;
  const char* directory = std::getenv("SLUICE_QUERY_CORPUS");
  for (const auto& entry : std::filesystem::directory_iterator(
           directory != nullptr ? directory : SLUICE_SOURCE_DIR "/tests/sql/queries")) {
    if (entry.path().extension() == ".jsonl") families.push_back(entry.path());
  }
  std::sort(families.begin(), families.end());
  for (const std::filesystem::path& path : families) {
    if (path.stem() == "tpch" && !has_tpch_) continue;
    Tally tally;
    RunFamily(path, &tally);
    std::printf("%-12s right %4d, not offered %3d, wrong %3d\n", path.stem().c_str(), tally.right,
                tally.unsupported, tally.wrong);
    total.right += tally.right;
    total.wrong += tally.wrong;
    total.unsupported += tally.unsupported;
    total.report += tally.report;
  }
  std::printf("%-12s right %4d, not offered %3d, wrong %3d\n", "all", total.right,
              total.unsupported, total.wrong);
  constexpr int kRightMin = 1500;
  if (std::getenv("SLUICE_ONLY_QUERY") == nullptr) {
    EXPECT_GE(total.right, kRightMin);
  }
  EXPECT_EQ(total.wrong, 0) << total.report;
}
#endif

}  // namespace
}  // namespace sluice::sql
