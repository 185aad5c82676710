#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "sql/catalog_view.h"
#include "types/data_type.h"

namespace sluice::sql {

/// The Spark SQL front end: text -> statement -> what to do. Pure; no I/O; safe with hostile text.
///
///     ParsedStatement parsed = TRY(Parse(sql));          // kSyntax with line and position
///     Classification kind = Classify(parsed);            // job type, tables named
///     BoundStatement bound = TRY(Bind(parsed, catalog, session));   // kAnalysis, kUnsupported …

// Limits before any recursion (contract/decisions.md, http-api.md 1.6).
inline constexpr std::size_t kSqlBytesMax = 1 << 20;       ///< SQL text < 1 MB
inline constexpr std::size_t kSqlCharactersMax = 500'000;  ///< and < 500 000 characters
inline constexpr int kNestingMax = 200;                    ///< expressions, sub-queries, types
inline constexpr std::size_t kTokensMax = 250'000;

struct Statement;  // ast.h

/// Owns the syntax tree and the text it points into. Movable; immutable; thread-safe to read.
class ParsedStatement {
 public:
  explicit ParsedStatement(std::shared_ptr<const Statement> root,
                           std::shared_ptr<const std::string> text)
      : text_(std::move(text)), root_(std::move(root)) {}
  const Statement& root() const { return *root_; }
  const std::string& text() const { return *text_; }

 private:
  std::shared_ptr<const std::string> text_;
  std::shared_ptr<const Statement> root_;
};

/// Parses one statement; trailing semicolons and comments are allowed, a second statement is
/// kSyntax. kSyntax messages are Spark's: "[PARSE_SYNTAX_ERROR] Syntax error at or near 'bi'.(line
/// 2, pos 14)". A limit passed is kLimitExceeded.
Result<ParsedStatement> Parse(std::string_view text);

/// job_type as the wire spells it; the order is job::JobType's.
enum class StatementKind { kQuery, kDdl, kDcl, kInsert, kImport, kExport, kUpdate, kDelete };

/// A table as written, folded to lower case; database empty when not qualified.
struct TableName {
  std::string database;
  std::string table;
  friend bool operator==(const TableName&, const TableName&) = default;
};

struct Classification {
  StatementKind kind = StatementKind::kQuery;
  std::vector<TableName> targets;  ///< written, in order of appearance
  std::vector<TableName> sources;  ///< read, in order of appearance, without CTE names
};

Classification Classify(const ParsedStatement& statement);

/// What the job's session knows.
struct SessionContext {
  std::string current_database = "default";  ///< folded
  std::string time_zone = "UTC";
  std::string user;  ///< for current_user()
};

// What a bound statement asks for. Names are folded, types are Spark's.

/// A query for the worker. `duckdb_sql` names managed tables as dli."of db"."table"() and Spark's
/// functions as spark.f(…); its columns are in order and of the DuckDB types that carry `schema`'s
/// Spark types.
struct BoundQuery {
  std::string duckdb_sql;
  Schema schema;
  std::vector<TableName> sources;  ///< resolved
};
/// INSERT INTO / OVERWRITE: `select` yields exactly the target's columns, cast by store assignment.
struct BoundInsert {
  TableName target;
  bool overwrite = false;
  BoundQuery select;
  /// Static partition of the overwrite (column, value as SQL text), empty for the whole table.
  std::vector<std::pair<std::string, std::string>> partition;
};
struct TableDefinition {
  TableName name;
  Schema columns;
  std::vector<std::string> partition_columns;
  std::string comment;
  std::string format;    ///< of USING / STORED AS, lower case; empty when not said
  std::string location;  ///< path of an OBS table, empty for a managed one
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::pair<std::string, std::string>> options;
  bool if_not_exists = false;
};
struct BoundCreateTable {
  TableDefinition table;
  std::optional<BoundQuery> as_select;  ///< CTAS
};
struct BoundDropTable {
  TableName name;
  bool if_exists = false;
};
struct BoundTruncateTable {
  TableName name;
};
struct BoundCreateDatabase {
  std::string name;
  std::string comment;
  bool if_not_exists = false;
};
struct BoundDropDatabase {
  std::string name;
  bool if_exists = false;
  bool cascade = false;
};
struct BoundShowDatabases {
  std::optional<std::string> pattern;  ///< SHOW … LIKE: '*' and '|' as Spark reads them
};
struct BoundShowTables {
  std::string database;
  std::optional<std::string> pattern;
};
struct BoundShowColumns {
  TableName table;
};
struct BoundDescribeTable {
  TableName table;
  bool extended = false;
  std::optional<std::string> column;
};
struct BoundDescribeDatabase {
  std::string name;
  bool extended = false;
};
struct BoundUse {
  std::string database;
};
/// SET k=v, SET k, SET.
struct BoundSet {
  std::optional<std::string> key;
  std::optional<std::string> value;
};
/// EXPLAIN of a statement that was bound.
struct BoundExplain {
  std::string plan_text;
};

using BoundStatement =
    std::variant<BoundQuery, BoundInsert, BoundCreateTable, BoundDropTable, BoundTruncateTable,
                 BoundCreateDatabase, BoundDropDatabase, BoundShowDatabases, BoundShowTables,
                 BoundShowColumns, BoundDescribeTable, BoundDescribeDatabase, BoundUse, BoundSet,
                 BoundExplain>;

/// Resolves names and types and generates DuckDB's SQL. kAnalysis carries Spark's error class,
/// words, line and position ("[TABLE_OR_VIEW_NOT_FOUND] … (line 1, pos 14)"); what is parsed and
/// not offered is kUnsupported, by name. A missing database is kNotFound, "There is no database
/// named x".
Result<BoundStatement> Bind(const ParsedStatement& statement, const CatalogView& catalog,
                            const SessionContext& session);

}  // namespace sluice::sql
