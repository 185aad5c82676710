#include "sql/table_collector.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::sql {

TableName FoldName(const QualifiedName& name) {
  TableName folded;
  const std::size_t parts = name.parts.size();
  if (parts > 0) folded.table = ToLower(name.parts[parts - 1].text);
  if (parts > 1) folded.database = ToLower(name.parts[parts - 2].text);
  return folded;
}

std::optional<QualifiedName> TableOfCall(const FunctionCall& call) {
  if (!EqualsIgnoreCase(call.name.parts.back().text, "max_pt") || call.arguments.size() != 1) {
    return std::nullopt;
  }
  const Expr& argument = *call.arguments[0].value;
  const auto* literal = std::get_if<Literal>(&argument.node);
  if (literal == nullptr || literal->kind != LiteralKind::kString) return std::nullopt;
  QualifiedName name;
  name.span = argument.span;
  for (std::string_view part : Split(literal->text, '.')) {
    name.parts.push_back({std::string(Trim(part)), argument.span, false});
  }
  return name;
}

bool TableCollector::IsCte(const TableName& name) const {
  return name.database.empty() && std::find(ctes_.begin(), ctes_.end(), name.table) != ctes_.end();
}

void TableCollector::Add(TableName name) {
  if (std::find(tables_.begin(), tables_.end(), name) == tables_.end()) {
    tables_.push_back(std::move(name));
  }
}

void TableCollector::Enter(const std::vector<Cte>& ctes) {
  for (const Cte& cte : ctes) {
    Visit(*cte.query);
    ctes_.push_back(ToLower(cte.name.text));
  }
}

void TableCollector::Visit(const QualifiedName& table) {
  TableName name = FoldName(table);
  if (!IsCte(name)) Add(std::move(name));
}

// ---- queries -----------------------------------------------------------------------------------

void TableCollector::Visit(const Query& query) {
  const std::size_t outside = ctes_.size();
  Enter(query.ctes);
  Visit(*query.body);
  Visit(query.order_by);
  Visit(query.sort_by);
  Visit(query.cluster_by);
  Visit(query.distribute_by);
  for (const NamedWindow& window : query.windows) Visit(window);
  Visit(query.limit);
  Visit(query.offset);
  ctes_.resize(outside);
}

void TableCollector::Visit(const QueryBody& body) {
  std::visit(Overloaded{
                 [&](const Select& select) { Visit(select); },
                 [&](const SetOperation& operation) {
                   Visit(*operation.first);
                   for (const SetArm& arm : operation.arms) Visit(*arm.body);
                 },
                 [&](const InlineTable& table) {
                   for (const auto& row : table.rows) Visit(row);
                 },
                 [&](const TableQuery& table) { Visit(table.name); },
                 [&](const ParenthesizedQuery& inner) { Visit(*inner.query); },
                 [&](const FromFirst& from_first) {
                   for (const Relation& relation : from_first.from) Visit(relation);
                   Visit(from_first.lateral_views);
                   for (const QueryPtr& query : from_first.selects) Visit(*query);
                 },
             },
             body.node);
}

void TableCollector::Visit(const Select& select) {
  Visit(select.items);
  if (select.transform) Visit(select.transform->inputs);
  for (const Relation& relation : select.from) Visit(relation);
  Visit(select.lateral_views);
  Visit(select.where);
  if (select.group_by) {
    for (const GroupingElement& element : select.group_by->elements) Visit(element);
    for (const auto& set : select.group_by->with_sets) Visit(set);
  }
  Visit(select.having);
  for (const NamedWindow& window : select.windows) Visit(window);
}

void TableCollector::Visit(const GroupingElement& element) {
  for (const auto& set : element.sets) Visit(set);
  for (const GroupingElement& nested : element.nested) Visit(nested);
}

void TableCollector::Visit(const NamedWindow& window) { Visit(window.spec); }

void TableCollector::Visit(const WindowSpec& spec) {
  Visit(spec.partition_by);
  Visit(spec.order_by);
}

// ---- relations ---------------------------------------------------------------------------------

void TableCollector::Visit(const Relation& relation) {
  Visit(relation.first);
  for (const auto& extension : relation.extensions) {
    std::visit(Overloaded{
                   [&](const Join& join) {
                     Visit(join.right);
                     Visit(join.on);
                   },
                   [&](const Pivot& pivot) {
                     Visit(pivot.aggregates);
                     Visit(pivot.values);
                   },
                   [](const Unpivot&) {},
               },
               extension);
  }
}

void TableCollector::Visit(const TableFactor& factor) {
  std::visit(Overloaded{
                 [&](const TableRef& table) { Visit(table.name); },
                 [&](const SubqueryRef& sub) { Visit(*sub.query); },
                 [&](const ParenthesizedRelation& inner) { Visit(*inner.relation); },
                 [&](const InlineTable& table) {
                   for (const auto& row : table.rows) Visit(row);
                 },
                 [&](const TableFunction& function) { Visit(function); },
             },
             factor.node);
}

void TableCollector::Visit(const TableFunction& function) {
  for (const TableFunctionArgument& argument : function.arguments) {
    if (const auto* value = std::get_if<Argument>(&argument.value)) {
      Visit(value->value);
      continue;
    }
    const auto& source = std::get<TableArgument>(argument.value);
    if (source.table) Visit(*source.table);
    if (source.query != nullptr) Visit(*source.query);
  }
}

void TableCollector::Visit(const std::vector<LateralView>& views) {
  for (const LateralView& view : views) Visit(view.arguments);
}

// ---- expressions -------------------------------------------------------------------------------

void TableCollector::Visit(const ExprPtr& expr) {
  if (expr != nullptr) Visit(*expr);
}

void TableCollector::Visit(const std::vector<ExprPtr>& expressions) {
  for (const ExprPtr& expr : expressions) Visit(expr);
}

void TableCollector::Visit(const std::vector<NamedExpr>& expressions) {
  for (const NamedExpr& named : expressions) Visit(named.expr);
}

void TableCollector::Visit(const std::vector<SortItem>& items) {
  for (const SortItem& item : items) Visit(item.expr);
}

void TableCollector::Visit(const Expr& expr) {
  const auto visit_all = [&](const auto&... parts) { (Visit(parts), ...); };
  std::visit(Overloaded{
                 [&](const Unary& n) { Visit(n.operand); },
                 [&](const Binary& n) { visit_all(n.left, n.right); },
                 [&](const Logical& n) { Visit(n.operands); },
                 [&](const Between& n) { visit_all(n.value, n.low, n.high); },
                 [&](const InList& n) { visit_all(n.value, n.list); },
                 [&](const InQuery& n) { visit_all(n.value, *n.query); },
                 [&](const Like& n) { visit_all(n.value, n.patterns); },
                 [&](const Is& n) { visit_all(n.value, n.other); },
                 [&](const Case& n) { Visit(n); },
                 [&](const Cast& n) { Visit(n.value); },
                 [&](const Subscript& n) { visit_all(n.base, n.index); },
                 [&](const FieldAccess& n) { Visit(n.base); },
                 [&](const Row& n) { Visit(n.items); },
                 [&](const Lambda& n) { Visit(n.body); },
                 [&](const Exists& n) { Visit(*n.query); },
                 [&](const ScalarSubquery& n) { Visit(*n.query); },
                 [&](const FunctionCall& n) { Visit(n); },
                 [&](const SpecialCall& n) { Visit(n.arguments); },
                 [&](const StructConstructor& n) { Visit(n.fields); },
                 [](const auto&) {},
             },
             expr.node);
}

void TableCollector::Visit(const FunctionCall& call) {
  for (const Argument& argument : call.arguments) Visit(argument.value);
  // Never a CTE.
  if (const std::optional<QualifiedName> table = TableOfCall(call)) Add(FoldName(*table));
  Visit(call.within_group);
  Visit(call.filter);
  if (call.over != nullptr) Visit(*call.over);
}

void TableCollector::Visit(const Case& node) {
  Visit(node.operand);
  for (const CaseBranch& branch : node.branches) {
    Visit(branch.when);
    Visit(branch.then);
  }
  Visit(node.otherwise);
}

}  // namespace sluice::sql
