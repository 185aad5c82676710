#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/ast.h"
#include "sql/front_end.h"

namespace sluice::sql {

/// The table a name means as far as text tells: folded, the catalog of a three-part name dropped.
TableName FoldName(const QualifiedName& name);

/// The table that a call names in a text, max_pt('db.t'), or nothing.
std::optional<QualifiedName> TableOfCall(const FunctionCall& call);

/// Collects the tables that parts of a statement read, in order of appearance, each once, without
/// the names of the CTEs they stand under. One use, one thread.
class TableCollector {
 public:
  void Visit(const Query& query);
  void Visit(const Relation& relation);
  void Visit(const Expr& expr);
  /// Null is nothing.
  void Visit(const ExprPtr& expr);
  void Visit(const std::vector<LateralView>& views);
  void Visit(const QualifiedName& table);
  /// CTEs written before an INSERT, UPDATE, DELETE or MERGE; their names hide tables from here on.
  void Enter(const std::vector<Cte>& ctes);

  std::vector<TableName> Take() { return std::move(tables_); }

 private:
  void Visit(const QueryBody& body);
  void Visit(const Select& select);
  void Visit(const TableFactor& factor);
  void Visit(const TableFunction& function);
  void Visit(const GroupingElement& element);
  void Visit(const NamedWindow& window);
  void Visit(const WindowSpec& spec);
  void Visit(const FunctionCall& call);
  void Visit(const Case& node);
  void Visit(const std::vector<ExprPtr>& expressions);
  void Visit(const std::vector<NamedExpr>& expressions);
  void Visit(const std::vector<SortItem>& items);
  bool IsCte(const TableName& name) const;
  void Add(TableName name);

  std::vector<std::string> ctes_;  ///< in scope, folded
  std::vector<TableName> tables_;
};

}  // namespace sluice::sql
