#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"
#include "sql/bind_from.h"
#include "sql/bind_insert.h"
#include "sql/bind_state.h"
#include "sql/bind_table.h"
#include "sql/front_end.h"
#include "types/object_name.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kTimeZoneKey = "spark.sql.session.timeZone";

/// Binds one statement. What is parsed and not executed is refused by the statement's name.
class StatementBinder {
 public:
  StatementBinder(const CatalogView& catalog, const SessionContext& session, PlanBudget& budget)
      : state_{catalog, session, budget, {}, {}, {}, 0} {}

  Result<BoundStatement> Bind(const Statement& statement) {
    return std::visit([&](const auto& node) { return BindNode(node); }, statement.node);
  }

 private:
  using Answer = Result<BoundStatement>;

  Answer BindNode(const QueryStatement& node) { return TRY(BindRoot(*node.query)); }

  Result<BoundQuery> BindRoot(const Query& query) {
    const BoundRelation relation = TRY(BindQuery(state_, query, nullptr));
    TRY_VOID(state_.budget.CheckTranslation(relation.sql));
    BoundQuery bound;
    bound.duckdb_sql = relation.sql;
    for (const OutputColumn& column : relation.columns) {
      bound.schema.push_back({column.name, column.type, true, {}});
    }
    bound.sources = state_.sources;
    return bound;
  }

  Answer BindNode(const Insert& node) { return TRY(BindInsert(state_, node)); }
  Answer BindNode(const CreateTable& node) { return TRY(BindCreateTable(state_, node)); }

  Answer BindNode(const DropTable& node) {
    TableName name = TRY(NameOf(node.name));
    const bool if_exists = node.if_exists == IfExists::kSaid;
    if (!if_exists && !TRY(state_.catalog.HasTable(name.database, name.table))) {
      return FailTableNotFound(node.name);
    }
    return BoundDropTable{std::move(name), if_exists};
  }

  Answer BindNode(const TruncateTable& node) {
    if (!node.partition.empty()) return FailUnsupported("TRUNCATE of a partition");
    const TableView view = TRY(GetTable(state_, node.name));
    return BoundTruncateTable{{view.database, view.table}};
  }

  Answer BindNode(const CreateDatabase& node) {
    if (node.location) return FailUnsupported("LOCATION of a database");
    const std::string name = TRY(DatabaseName(node.name));
    TRY_VOID(CheckDatabaseName(name));
    return BoundCreateDatabase{name, node.comment.value_or(""),
                               node.if_not_exists == IfNotExists::kSaid};
  }

  Answer BindNode(const DropDatabase& node) {
    return BoundDropDatabase{TRY(DatabaseName(node.name)), node.if_exists == IfExists::kSaid,
                             node.behavior == DropBehavior::kCascade};
  }

  Answer BindNode(const DescribeDatabase& node) {
    return BoundDescribeDatabase{TRY(ExistingDatabase(state_, node.name)), node.extended};
  }

  Answer BindNode(const UseDatabase& node) {
    return BoundUse{TRY(ExistingDatabase(state_, node.name))};
  }

  Answer BindNode(const DescribeTable& node) {
    if (!node.partition.empty()) return FailUnsupported("DESCRIBE of a partition");
    const TableView view = TRY(GetTable(state_, node.name));
    BoundDescribeTable bound;
    bound.table = {view.database, view.table};
    bound.extended = node.extended;
    if (node.column) {
      bound.column = node.column->parts.back().text;
      for (const StructField& column : view.columns) {
        if (EqualsIgnoreCase(column.name, *bound.column)) return bound;
      }
      return FailAnalysis(node.column->span, "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
                          "A column or function parameter with name {} cannot be resolved.",
                          QuotedForMessage(*node.column));
    }
    return bound;
  }

  Answer BindNode(const Show& node) {
    switch (node.kind) {
      case ShowKind::kDatabases:
        return BoundShowDatabases{node.pattern};
      case ShowKind::kTables: {
        std::string database = state_.session.current_database;
        if (!node.name.parts.empty()) database = TRY(ExistingDatabase(state_, node.name));
        return BoundShowTables{std::move(database), node.pattern};
      }
      case ShowKind::kColumns:
        return ShowColumns(node);
      default:
        return FailUnsupported(ShowName(node.kind));
    }
  }

  Answer ShowColumns(const Show& node) {
    QualifiedName name = node.name;
    if (!node.in_database.parts.empty()) {
      name.parts = {node.in_database.parts.back(), node.name.parts.back()};
    }
    const TableView view = TRY(GetTable(state_, name));
    return BoundShowColumns{{view.database, view.table}};
  }

  static std::string_view ShowName(ShowKind kind) {
    switch (kind) {
      case ShowKind::kTableExtended:
        return "SHOW TABLE EXTENDED";
      case ShowKind::kTableProperties:
        return "SHOW TBLPROPERTIES";
      case ShowKind::kViews:
        return "SHOW VIEWS";
      case ShowKind::kPartitions:
        return "SHOW PARTITIONS";
      case ShowKind::kFunctions:
        return "SHOW FUNCTIONS";
      case ShowKind::kCreateTable:
        return "SHOW CREATE TABLE";
      case ShowKind::kCurrentNamespace:
        return "SHOW CURRENT NAMESPACE";
      case ShowKind::kCatalogs:
        return "SHOW CATALOGS";
      case ShowKind::kHistory:
        return "SHOW HISTORY";
      default:
        return "SHOW";
    }
  }

  Answer BindNode(const SetStatement& node) {
    switch (node.kind) {
      case SetKind::kConfiguration:
        return BoundSet{node.key, node.value};
      case SetKind::kTimeZone:
        return BoundSet{std::string(kTimeZoneKey), node.value};
      case SetKind::kCatalog:
        return FailUnsupported("SET CATALOG");
      case SetKind::kRole:
        return FailUnsupported("SET ROLE");
    }
    return FailUnsupported("SET");
  }

  /// The session ends with the job, so there is nothing to put back: as USE of the database in use.
  Answer BindNode(const ResetStatement&) { return BoundUse{state_.session.current_database}; }

  Answer BindNode(const Explain& node) {
    const BoundStatement inner = TRY(Bind(*node.statement));
    std::string text = "== Physical Plan ==\n";
    const auto* query = std::get_if<BoundQuery>(&inner);
    if (query == nullptr) {
      text += "Execute command";
    } else {
      text += "Query [";
      for (std::size_t i = 0; i < query->schema.size(); ++i) {
        text += fmt::format("{}{}: {}", i > 0 ? ", " : "", query->schema[i].name,
                            query->schema[i].type.SqlName());
      }
      text += "]";
    }
    for (const TableName& source : state_.sources) {
      text += fmt::format("\n+- Scan {}.{}", source.database, source.table);
    }
    return BoundExplain{std::move(text)};
  }

  // Parsed, known, and later.
  Answer BindNode(const MultiInsert&) {
    return FailUnsupported("FROM with several INSERT clauses");
  }
  Answer BindNode(const InsertDirectory&) { return FailUnsupported("INSERT OVERWRITE DIRECTORY"); }
  Answer BindNode(const LoadData&) { return FailUnsupported("LOAD DATA"); }
  Answer BindNode(const Delete&) { return FailUnsupported("DELETE"); }
  Answer BindNode(const Update&) { return FailUnsupported("UPDATE"); }
  Answer BindNode(const Merge&) { return FailUnsupported("MERGE"); }
  Answer BindNode(const AlterDatabase&) { return FailUnsupported("ALTER DATABASE"); }
  Answer BindNode(const CreateTableLike&) { return FailUnsupported("CREATE TABLE LIKE"); }
  Answer BindNode(const AlterTable& node) {
    return FailUnsupported(node.is_view ? "ALTER VIEW" : "ALTER TABLE");
  }
  Answer BindNode(const DescribeFunction&) { return FailUnsupported("DESCRIBE FUNCTION"); }
  Answer BindNode(const DescribeQuery&) { return FailUnsupported("DESCRIBE QUERY"); }
  Answer BindNode(const CreateView& node) {
    return FailUnsupported(node.temporary ? "TEMPORARY VIEW" : "CREATE VIEW");
  }
  Answer BindNode(const AlterViewAs&) { return FailUnsupported("ALTER VIEW"); }
  Answer BindNode(const DropView&) { return FailUnsupported("DROP VIEW"); }
  Answer BindNode(const CreateFunction&) { return FailUnsupported("CREATE FUNCTION"); }
  Answer BindNode(const DropFunction&) { return FailUnsupported("DROP FUNCTION"); }
  Answer BindNode(const CommentOn&) { return FailUnsupported("COMMENT ON"); }
  Answer BindNode(const AnalyzeTable&) { return FailUnsupported("ANALYZE TABLE"); }
  Answer BindNode(const RefreshTable&) { return FailUnsupported("REFRESH TABLE"); }
  Answer BindNode(const RepairTable&) { return FailUnsupported("MSCK REPAIR TABLE"); }
  Answer BindNode(const TableHistory&) { return FailUnsupported("RESTORE TABLE, CLEAR HISTORY"); }
  Answer BindNode(const Grant&) { return FailUnsupported("GRANT, REVOKE and roles"); }
  Answer BindNode(const UnsupportedStatement& node) { return FailUnsupported(node.name); }

  Result<std::string> DatabaseName(const QualifiedName& name) const {
    const TableName folded = TRY(NewTableName(state_, name));
    const bool ours = name.parts.size() == 1 || EqualsIgnoreCase(name.parts[0].text, "dli") ||
                      EqualsIgnoreCase(name.parts[0].text, "spark_catalog");
    if (ours) return folded.table;
    return FailAnalysis(name.span, "REQUIRES_SINGLE_PART_NAMESPACE",
                        "spark_catalog requires a single-part namespace, but got {}.",
                        QuotedForMessage(name));
  }

  /// An existing table's name, or the name as it would be created: the catalog has the last word.
  Result<TableName> NameOf(const QualifiedName& name) const {
    std::optional<TableName> found = TRY(FindTableName(state_, name));
    if (found) return *std::move(found);
    return NewTableName(state_, name);
  }

  BindState state_;
};

}  // namespace

Result<BoundStatement> Bind(const ParsedStatement& statement, const CatalogView& catalog,
                            const SessionContext& session, PlanBudget& budget) {
  return StatementBinder(catalog, session, budget).Bind(statement.root());
}

Result<BoundStatement> Bind(const ParsedStatement& statement, const CatalogView& catalog,
                            const SessionContext& session) {
  PlanBudget budget;
  return Bind(statement, catalog, session, budget);
}

}  // namespace sluice::sql
