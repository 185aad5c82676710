#include "sql/ast.h"
#include "sql/front_end.h"
#include "sql/table_collector.h"

namespace sluice::sql {
namespace {

/// Fills a Classification from one statement; one overload per kind that is not plain DDL.
class Classifier {
 public:
  Classification Run(const Statement& statement) {
    result_.kind = StatementKind::kDdl;
    std::visit([this](const auto& node) { Classify(node); }, statement.node);
    result_.sources = tables_.Take();
    return std::move(result_);
  }

 private:
  void Writes(const QualifiedName& name) {
    if (!name.parts.empty()) result_.targets.push_back(FoldName(name));
  }
  void Reads(const QualifiedName& name) {
    if (!name.parts.empty()) tables_.Visit(name);
  }
  void Reads(const QueryPtr& query) {
    if (query != nullptr) tables_.Visit(*query);
  }

  // ---- queries and changes of rows ----

  void Classify(const QueryStatement& node) {
    result_.kind = StatementKind::kQuery;
    Reads(node.query);
  }
  void Classify(const Explain& node) {
    result_ = Classifier().Run(*node.statement);
    result_.kind = StatementKind::kQuery;
    result_.targets.clear();  // nothing is written
    for (const TableName& source : result_.sources) tables_.Visit(NameOf(source));
  }
  void Classify(const Insert& node) {
    result_.kind = StatementKind::kInsert;
    Writes(node.target.table);
    Reads(node.query);
    tables_.Visit(node.target.replace_where);
  }
  void Classify(const MultiInsert& node) {
    result_.kind = StatementKind::kInsert;
    tables_.Enter(node.ctes);
    for (const Relation& relation : node.from) tables_.Visit(relation);
    tables_.Visit(node.lateral_views);
    for (const MultiInsert::Branch& branch : node.branches) {
      Writes(branch.target.table);
      Reads(branch.query);
    }
    if (result_.targets.empty()) result_.kind = StatementKind::kExport;
  }
  void Classify(const InsertDirectory& node) {
    result_.kind = StatementKind::kExport;
    Reads(node.query);
  }
  void Classify(const LoadData& node) {
    result_.kind = StatementKind::kImport;
    Writes(node.table);
  }
  void Classify(const Delete& node) {
    result_.kind = StatementKind::kDelete;
    tables_.Enter(node.ctes);
    Writes(node.table);
    tables_.Visit(node.where);
  }
  void Classify(const Update& node) {
    result_.kind = StatementKind::kUpdate;
    tables_.Enter(node.ctes);
    Writes(node.table);
    for (const Assignment& assignment : node.assignments) tables_.Visit(assignment.value);
    tables_.Visit(node.where);
  }
  void Classify(const Merge& node) {
    result_.kind = StatementKind::kUpdate;
    tables_.Enter(node.ctes);
    Writes(node.target);
    std::visit([this](const auto& source) { Reads(source); }, node.source);
    tables_.Visit(node.on);
    for (const MergeClause& clause : node.clauses) {
      tables_.Visit(clause.condition);
      for (const Assignment& assignment : clause.assignments) tables_.Visit(assignment.value);
    }
  }

  // ---- definitions ----

  void Classify(const CreateTable& node) {
    Writes(node.name);
    Reads(node.as_query);
  }
  void Classify(const CreateTableLike& node) {
    Writes(node.name);
    Reads(node.source);
  }
  void Classify(const DropTable& node) { Writes(node.name); }
  void Classify(const TruncateTable& node) { Writes(node.name); }
  void Classify(const AlterTable& node) { Writes(node.name); }
  void Classify(const AnalyzeTable& node) { Writes(node.name); }
  void Classify(const RefreshTable& node) { Writes(node.name); }
  void Classify(const RepairTable& node) { Writes(node.name); }
  void Classify(const TableHistory& node) { Writes(node.name); }
  void Classify(const CommentOn& node) {
    if (node.target == CommentTarget::kTable) Writes(node.name);
  }
  void Classify(const CreateView& node) {
    Writes(node.name);
    Reads(node.query);
  }
  void Classify(const AlterViewAs& node) {
    Writes(node.name);
    Reads(node.query);
  }
  void Classify(const DropView& node) { Writes(node.name); }

  // ---- looking ----

  void Classify(const DescribeTable& node) { Reads(node.name); }
  void Classify(const DescribeQuery& node) { Reads(node.query); }
  void Classify(const Show& node) {
    switch (node.kind) {
      case ShowKind::kColumns: {
        QualifiedName name = node.name;
        if (name.parts.size() == 1 && !node.in_database.parts.empty()) {
          name.parts.insert(name.parts.begin(), node.in_database.parts.back());
        }
        return Reads(name);
      }
      case ShowKind::kTableProperties:
      case ShowKind::kPartitions:
      case ShowKind::kCreateTable:
      case ShowKind::kHistory:
        return Reads(node.name);
      default:
        return;
    }
  }
  void Classify(const Grant&) { result_.kind = StatementKind::kDcl; }
  void Classify(const UnsupportedStatement& node) {
    for (const QualifiedName& table : node.tables) Reads(table);
    Reads(node.query);
  }
  template <class Other>
  void Classify(const Other&) {}  // DDL that names no table

  static QualifiedName NameOf(const TableName& table) {
    QualifiedName name;
    if (!table.database.empty()) name.parts.push_back({table.database, {}, false});
    name.parts.push_back({table.table, {}, false});
    return name;
  }

  Classification result_;
  TableCollector tables_;
};

}  // namespace

Classification Classify(const ParsedStatement& statement) {
  return Classifier().Run(statement.root());
}

}  // namespace sluice::sql
