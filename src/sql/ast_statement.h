#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sql/ast_query.h"

namespace sluice::sql {

// The statement half of the syntax tree: one struct per kind. A statement that Sluice parses and
// does not execute yet keeps what its classification and its refusal need.

struct Statement;

enum class IfExists : std::uint8_t { kNotSaid, kSaid };
enum class IfNotExists : std::uint8_t { kNotSaid, kSaid };

/// key = value of TBLPROPERTIES, OPTIONS, DBPROPERTIES. Dotted keys are joined; a missing value is
/// absent, numbers and booleans are their text.
struct Property {
  std::string key;
  std::optional<std::string> value;
  Span span;
};

/// A column of PARTITION (a = 1, b): value absent for a dynamic one.
struct PartitionItem {
  Identifier column;
  ExprPtr value;
};
using PartitionSpec = std::vector<PartitionItem>;

/// Statement that is a query.
struct QueryStatement {
  QueryPtr query;
};

// ---- writing rows ------------------------------------------------------------------------------

enum class InsertMode : std::uint8_t { kInto, kOverwrite, kReplaceWhere };

/// INSERT INTO | OVERWRITE [TABLE] t [PARTITION (..)] [(columns)] query.
struct InsertTarget {
  InsertMode mode = InsertMode::kInto;
  QualifiedName table;
  PartitionSpec partition;
  IfNotExists if_not_exists = IfNotExists::kNotSaid;
  bool by_name = false;
  std::vector<Identifier> columns;
  std::vector<Property> options;
  ExprPtr replace_where;  ///< INSERT INTO t REPLACE WHERE condition
  Span span;
};

struct Insert {
  InsertTarget target;
  QueryPtr query;  ///< its CTEs include those written before INSERT
};

/// FROM source INSERT .. SELECT .. INSERT .. SELECT ..
struct MultiInsert {
  struct Branch {
    InsertTarget target;
    std::optional<std::string> directory;  ///< INSERT OVERWRITE DIRECTORY: instead of a target
    QueryPtr query;                        ///< a Select without FROM
  };
  std::vector<Cte> ctes;
  std::vector<Relation> from;
  std::vector<LateralView> lateral_views;
  std::vector<Branch> branches;
};

/// INSERT OVERWRITE [LOCAL] DIRECTORY 'path' [USING format] [OPTIONS (..)] query
struct InsertDirectory {
  std::string path;
  std::string format;
  std::vector<Property> options;
  QueryPtr query;
};

/// LOAD DATA [LOCAL] INPATH 'path' [OVERWRITE] INTO TABLE t [PARTITION (..)] [OPTIONS (..)]
struct LoadData {
  std::string path;
  bool local = false;
  bool overwrite = false;
  QualifiedName table;
  PartitionSpec partition;
  std::vector<Property> options;
};

struct Delete {
  std::vector<Cte> ctes;
  QualifiedName table;
  TableAlias alias;
  ExprPtr where;
};

struct Assignment {
  QualifiedName column;
  ExprPtr value;  ///< null for DEFAULT-less forms of MERGE (SET *)
};

struct Update {
  std::vector<Cte> ctes;
  QualifiedName table;
  TableAlias alias;
  std::vector<Assignment> assignments;
  ExprPtr where;
};

enum class MergeWhen : std::uint8_t { kMatched, kNotMatched, kNotMatchedBySource };
enum class MergeAction : std::uint8_t { kDelete, kUpdate, kUpdateAll, kInsert, kInsertAll };

struct MergeClause {
  MergeWhen when = MergeWhen::kMatched;
  ExprPtr condition;
  MergeAction action = MergeAction::kDelete;
  std::vector<Assignment> assignments;  ///< of update; of insert: column, value
};

struct Merge {
  std::vector<Cte> ctes;
  QualifiedName target;
  TableAlias target_alias;
  std::variant<QualifiedName, QueryPtr> source;
  TableAlias source_alias;
  ExprPtr on;
  std::vector<MergeClause> clauses;
};

// ---- databases ---------------------------------------------------------------------------------

struct CreateDatabase {
  QualifiedName name;
  IfNotExists if_not_exists = IfNotExists::kNotSaid;
  std::optional<std::string> comment;
  std::optional<std::string> location;
  std::vector<Property> properties;
};

enum class DropBehavior : std::uint8_t { kDefault, kRestrict, kCascade };

struct DropDatabase {
  QualifiedName name;
  IfExists if_exists = IfExists::kNotSaid;
  DropBehavior behavior = DropBehavior::kDefault;
};

/// ALTER DATABASE d SET DBPROPERTIES (..) | SET LOCATION '..'
struct AlterDatabase {
  QualifiedName name;
  std::vector<Property> properties;
  std::optional<std::string> location;
};

struct DescribeDatabase {
  QualifiedName name;
  bool extended = false;
};

struct UseDatabase {
  QualifiedName name;
};

// ---- tables ------------------------------------------------------------------------------------

/// A column of CREATE TABLE, ADD COLUMNS, …
struct ColumnDefinition {
  QualifiedName name;  ///< one part, but for ALTER TABLE's nested columns
  TypeSpec type;
  bool not_null = false;
  ExprPtr default_value;
  ExprPtr generated_as;
  std::optional<std::string> comment;
  std::optional<QualifiedName> after;  ///< ALTER TABLE: AFTER column
  bool first = false;                  ///< ALTER TABLE: FIRST
  Span span;
};

/// PARTITIONED BY item: a column name, a typed column (Hive), or a transform such as days(ts).
struct PartitionField {
  std::optional<ColumnDefinition> column;  ///< `p INT`: declared here
  QualifiedName reference;                 ///< plain column, or empty for a transform
  std::string transform;                   ///< "days", "bucket"; empty otherwise
  std::vector<ExprPtr> arguments;          ///< of the transform
  Span span;
};

struct BucketSpec {
  std::vector<Identifier> columns;
  std::vector<SortItem> sorted_by;
  std::string buckets;
};

/// ROW FORMAT SERDE '..' / DELIMITED .., STORED AS .. of Hive tables.
struct StorageFormat {
  std::optional<std::string> row_format_serde;
  bool delimited = false;
  std::vector<Property> serde_properties;   ///< incl. field.delim and the like
  std::string stored_as;                    ///< lower case; empty when not said
  std::optional<std::string> input_format;  ///< STORED AS INPUTFORMAT '..' OUTPUTFORMAT '..'
  std::optional<std::string> output_format;
  std::optional<std::string> stored_by;
};

enum class CreateMode : std::uint8_t { kCreate, kCreateOrReplace, kReplace };

struct CreateTable {
  CreateMode mode = CreateMode::kCreate;
  QualifiedName name;
  bool external = false;
  bool temporary = false;
  IfNotExists if_not_exists = IfNotExists::kNotSaid;
  std::vector<ColumnDefinition> columns;
  std::string provider;  ///< of USING, lower case; empty when not said
  std::vector<PartitionField> partitioned_by;
  std::optional<BucketSpec> bucket;
  bool skewed = false;
  StorageFormat storage;
  std::optional<std::string> location;
  std::optional<std::string> comment;
  std::vector<Property> options;
  std::vector<Property> properties;
  QueryPtr as_query;
};

/// CREATE TABLE t LIKE s ..
struct CreateTableLike {
  QualifiedName name;
  QualifiedName source;
  IfNotExists if_not_exists = IfNotExists::kNotSaid;
  std::string provider;
  StorageFormat storage;
  std::optional<std::string> location;
  std::vector<Property> properties;
};

struct DropTable {
  QualifiedName name;
  IfExists if_exists = IfExists::kNotSaid;
  bool purge = false;
};

struct TruncateTable {
  QualifiedName name;
  PartitionSpec partition;
};

enum class AlterTableAction : std::uint8_t {
  kRename,
  kSetProperties,
  kUnsetProperties,
  kAddColumns,
  kRenameColumn,
  kAlterColumn,
  kDropColumns,
  kReplaceColumns,
  kAddPartitions,
  kDropPartitions,
  kDropPartitionsByFilter,  ///< DLI: DROP PARTITIONS (filter), ..
  kRenamePartition,
  kRecoverPartitions,
  kSetLocation,
  kSetSerde,
  kPartitionLifecycle,  ///< DLI: PARTITION (..) LIFECYCLE n | ENABLE | DISABLE
};

/// ALTER TABLE | VIEW t action. Only what the action carries is filled.
struct AlterTable {
  QualifiedName name;
  bool is_view = false;
  AlterTableAction action = AlterTableAction::kRename;
  QualifiedName new_name;  ///< of a table, or of a column
  std::vector<Property> properties;
  std::vector<ColumnDefinition> columns;
  std::vector<QualifiedName> column_names;
  std::vector<PartitionSpec> partitions;
  std::vector<ExprPtr> filters;     ///< of kDropPartitionsByFilter
  std::optional<std::string> text;  ///< location, serde, lifecycle
  bool if_exists = false;           ///< or IF NOT EXISTS, as the action has it
};

struct DescribeTable {
  QualifiedName name;
  bool extended = false;  ///< EXTENDED or FORMATTED
  PartitionSpec partition;
  std::optional<QualifiedName> column;
};

struct DescribeFunction {
  QualifiedName name;
  bool extended = false;
};

struct DescribeQuery {
  QueryPtr query;
};

// ---- views, functions --------------------------------------------------------------------------

struct CreateView {
  QualifiedName name;
  bool replace = false;
  bool temporary = false;
  bool global = false;
  IfNotExists if_not_exists = IfNotExists::kNotSaid;
  std::vector<Identifier> columns;
  std::optional<std::string> comment;
  std::vector<Property> properties;
  QueryPtr query;   ///< null for CREATE TEMPORARY VIEW .. USING
  Span query_span;  ///< the text of the query, for the stored definition
  std::string provider;
  std::vector<Property> options;
};

/// ALTER VIEW v AS query
struct AlterViewAs {
  QualifiedName name;
  QueryPtr query;
  Span query_span;
};

struct DropView {
  QualifiedName name;
  IfExists if_exists = IfExists::kNotSaid;
};

struct CreateFunction {
  QualifiedName name;
  bool replace = false;
  bool temporary = false;
  IfNotExists if_not_exists = IfNotExists::kNotSaid;
  std::string class_name;
};

struct DropFunction {
  QualifiedName name;
  bool temporary = false;
  IfExists if_exists = IfExists::kNotSaid;
};

// ---- SHOW --------------------------------------------------------------------------------------

enum class ShowKind : std::uint8_t {
  kDatabases,
  kTables,
  kTableExtended,
  kTableProperties,
  kColumns,
  kViews,
  kPartitions,
  kFunctions,
  kCreateTable,
  kCurrentNamespace,
  kCatalogs,
  kHistory,  ///< DLI: SHOW HISTORY FOR TABLE t
};

/// SHOW anything. `name` is the database of a list or the table of a detail; empty when not said.
struct Show {
  ShowKind kind = ShowKind::kDatabases;
  QualifiedName name;
  QualifiedName in_database;  ///< SHOW COLUMNS IN t IN d
  std::optional<std::string> pattern;
  std::optional<std::string> key;         ///< SHOW TBLPROPERTIES t (key)
  std::optional<std::string> scope;       ///< SHOW USER FUNCTIONS: lower case
  std::optional<QualifiedName> function;  ///< SHOW FUNCTIONS f
  PartitionSpec partition;
  bool as_serde = false;
};

// ---- session and the rest ----------------------------------------------------------------------

enum class SetKind : std::uint8_t { kConfiguration, kTimeZone, kCatalog, kRole };

/// SET, SET k, SET k=v, SET TIME ZONE ..; text as written, trimmed, backticks of a key removed.
struct SetStatement {
  SetKind kind = SetKind::kConfiguration;
  std::optional<std::string> key;
  std::optional<std::string> value;
};

struct ResetStatement {
  std::optional<std::string> key;
};

enum class ExplainMode : std::uint8_t { kSimple, kExtended, kCodegen, kCost, kFormatted, kLogical };

struct Explain {
  ExplainMode mode = ExplainMode::kSimple;
  std::unique_ptr<Statement> statement;
};

enum class CommentTarget : std::uint8_t { kDatabase, kTable };

struct CommentOn {
  CommentTarget target = CommentTarget::kTable;
  QualifiedName name;
  std::optional<std::string> comment;  ///< absent for IS NULL
};

struct AnalyzeTable {
  QualifiedName name;
  PartitionSpec partition;
  bool no_scan = false;
  bool all_columns = false;
  std::vector<Identifier> columns;
};

struct RefreshTable {
  QualifiedName name;
};

/// MSCK REPAIR TABLE t [ADD | DROP | SYNC PARTITIONS]
struct RepairTable {
  QualifiedName name;
};

/// DLI: RESTORE TABLE t TO VERSION .. | INITIAL LAYOUT; CLEAR HISTORY FOR TABLE t OLDER_THAN ..
struct TableHistory {
  enum class Action : std::uint8_t { kRestore, kClear };
  Action action = Action::kRestore;
  QualifiedName name;
  std::string argument;
};

enum class GrantAction : std::uint8_t {
  kGrantRole,
  kGrantPrivilege,
  kRevokeRole,
  kRevokePrivilege,
  kCreateRole,
  kDropRole,
  kShowRoles,
  kShowPrincipals,
  kShowGrant
};

/// DCL: roles and privileges as DLI spells them.
struct Grant {
  GrantAction action = GrantAction::kGrantRole;
  std::vector<std::string> privileges_or_roles;
  std::string object;                   ///< databases.d.tables.t, as written without backticks
  std::vector<std::string> principals;  ///< "USER name", "ROLE name"
};

/// Parsed by its first words, known, and not offered: ADD JAR, CACHE TABLE, CREATE INDEX, DFS, …
/// `name` is the statement's name in upper case for the refusal; `tables` what it names, read only.
struct UnsupportedStatement {
  std::string name;
  std::vector<QualifiedName> tables;
  QueryPtr query;
};

using StatementNode =
    std::variant<QueryStatement, Insert, MultiInsert, InsertDirectory, LoadData, Delete, Update,
                 Merge, CreateDatabase, DropDatabase, AlterDatabase, DescribeDatabase, UseDatabase,
                 CreateTable, CreateTableLike, DropTable, TruncateTable, AlterTable, DescribeTable,
                 DescribeFunction, DescribeQuery, CreateView, AlterViewAs, DropView, CreateFunction,
                 DropFunction, Show, SetStatement, ResetStatement, Explain, CommentOn, AnalyzeTable,
                 RefreshTable, RepairTable, TableHistory, Grant, UnsupportedStatement>;

struct Statement {
  StatementNode node;
  Span span;
};

}  // namespace sluice::sql
