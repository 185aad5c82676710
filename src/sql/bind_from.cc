#include "sql/bind_from.h"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/bind_pivot.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_text.h"
#include "sql/shown_table.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kCatalog = "dli";
constexpr std::string_view kDefaultDatabase = "default";

bool IsOurCatalog(std::string_view name) {
  return EqualsIgnoreCase(name, kCatalog) || EqualsIgnoreCase(name, "spark_catalog");
}

/// Iceberg has no 8 and 16 bit integers: such a column lies there as INTEGER.
bool HoldsSmallIntegers(const DataType& type) {
  switch (type.id()) {
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
      return true;
    case TypeId::kArray:
      return HoldsSmallIntegers(type.element());
    case TypeId::kMap:
      return HoldsSmallIntegers(type.key()) || HoldsSmallIntegers(type.value());
    case TypeId::kStruct:
      for (const StructField& field : type.fields()) {
        if (HoldsSmallIntegers(field.type)) return true;
      }
      return false;
    default:
      return false;
  }
}

/// A small integer as it lies in a table, where another engine may have put a larger one. `name` is
/// the path to it as Spark quotes it.
std::string SmallInteger(const std::string& value, const DataType& type, const std::string& name) {
  const std::string message =
      fmt::format(" of the column {} does not fit into its type {}", name, type.UpperName());
  const int least = type.id() == TypeId::kTinyInt ? INT8_MIN : INT16_MIN;
  return fmt::format("CAST(spark._in_range({}, {}, {}, {}) AS {})", value, least, -(least + 1),
                     QuoteText(message), DuckType(type));
}

/// The value with every small integer in it.
std::string SmallIntegersOf(const std::string& value, const DataType& type,
                            const std::string& name) {
  if (!HoldsSmallIntegers(type)) return value;
  if (!type.IsNested()) return SmallInteger(value, type, name);
  return NestedText(value, type, type,
                    [&name](const std::string& part, const DataType&, const DataType& part_type,
                            const std::string& part_name) {
                      return SmallIntegersOf(part, part_type,
                                             fmt::format("{}.`{}`", name, part_name));
                    });
}

std::string StoredColumn(const std::string& alias, const StructField& column) {
  std::string sql = fmt::format("{}.{}", alias, QuoteName(column.name));
  if (column.type.id() == TypeId::kChar) {
    return fmt::format("spark._char({}, {})", sql, column.type.length());
  }
  if (HoldsSmallIntegers(column.type)) {
    return SmallIntegersOf(sql, column.type, fmt::format("`{}`", column.name));
  }
  return sql;
}

void NoteSource(BindState& state, const TableView& table) {
  TableName name{table.database, table.table};
  for (const TableName& known : state.sources) {
    if (known == name) return;
  }
  state.sources.push_back(std::move(name));
}

const CteEntry* FindCte(const BindState& state, const QualifiedName& name) {
  if (name.parts.size() != 1) return nullptr;
  for (auto it = state.ctes.rbegin(); it != state.ctes.rend(); ++it) {
    if (EqualsIgnoreCase(it->name, name.parts[0].text)) return &*it;
  }
  return nullptr;
}

/// Builds one FROM clause. The scope grows as relations are joined.
class FromBinder {
 public:
  FromBinder(BindState& state, const Scope* outer) : state_(state), from_{{}, Scope(outer)} {}

  Result<BoundFrom> Run(const std::vector<Relation>& relations,
                        const std::vector<LateralView>& views) {
    for (const Relation& relation : relations) {
      // PIVOT and UNPIVOT turn their own relation, not what stands before the comma.
      const bool alone = Turns(relation);
      Piece piece =
          alone ? TRY(BindJoined(relation)) : TRY(BindFactor(relation.first, relation.lateral));
      if (from_.sql.empty()) {
        from_.sql = std::move(piece.sql);
      } else {
        from_.sql += fmt::format(" CROSS JOIN {}{}", relation.lateral ? "LATERAL " : "", piece.sql);
      }
      AddColumns(std::move(piece.columns));
      if (!alone) TRY_VOID(Extend(relation));
    }
    for (const LateralView& view : views) TRY_VOID(AddView(view));
    TRY_VOID(state_.budget.AddText(from_.sql.size()));
    return std::move(from_);
  }

 private:
  struct Piece {
    std::string sql;
    std::vector<ScopeColumn> columns;
  };

  void AddColumns(std::vector<ScopeColumn> columns) {
    for (ScopeColumn& column : columns) from_.scope.Add(std::move(column));
  }

  Result<void> Extend(const Relation& relation) {
    for (const auto& extension : relation.extensions) {
      if (const auto* pivot = std::get_if<Pivot>(&extension)) {
        from_ = TRY(BindPivot(state_, from_, *pivot));
      } else if (const auto* unpivot = std::get_if<Unpivot>(&extension)) {
        from_ = TRY(BindUnpivot(state_, from_, *unpivot));
      } else {
        TRY_VOID(AddJoin(std::get<Join>(extension)));
        continue;
      }
      TRY_VOID(state_.budget.AddText(from_.sql.size()));
    }
    return {};
  }

  static bool Turns(const Relation& relation) {
    for (const auto& extension : relation.extensions) {
      if (!std::holds_alternative<Join>(extension)) return true;
    }
    return false;
  }

  Result<Piece> BindFactor(const TableFactor& factor, bool lateral) {
    Piece piece = TRY(BindWholeFactor(factor, lateral));
    if (!factor.sample) return piece;
    const std::size_t alias = piece.sql.rfind(" AS ");
    if (std::holds_alternative<ParenthesizedRelation>(factor.node) || alias == std::string::npos) {
      return FailUnsupported("TABLESAMPLE of a join");
    }
    piece.sql = TRY(BindSample(state_, *factor.sample, piece.sql,
                               piece.sql.substr(alias + std::string_view(" AS ").size())));
    return piece;
  }

  Result<Piece> BindWholeFactor(const TableFactor& factor, bool lateral) {
    if (const auto* table = std::get_if<TableRef>(&factor.node)) {
      return BindTable(*table, factor.alias);
    }
    if (const auto* nested = std::get_if<ParenthesizedRelation>(&factor.node)) {
      return BindNested(*nested->relation, factor.alias);
    }
    BoundRelation relation;
    if (const auto* query = std::get_if<SubqueryRef>(&factor.node)) {
      relation = lateral ? TRY(BindLateral(*query->query, factor.span))
                         : TRY(BindQuery(state_, *query->query, OuterOnly()));
    } else if (const auto* values = std::get_if<InlineTable>(&factor.node)) {
      relation = TRY(BindInlineTable(state_, *values, factor.span));
    } else {
      relation = TRY(BindTableFunction(std::get<TableFunction>(factor.node), lateral, factor.span));
    }
    return Wrap(relation, factor.alias, factor.span);
  }

  Result<BoundRelation> BindLateral(const Query& query, const Span& span) {
    const std::size_t used_before = state_.outer_references.size();
    BoundRelation relation = TRY(BindQuery(state_, query, &from_.scope));
    if (query.limit != nullptr && state_.outer_references.size() > used_before) {
      return FailAnalysis(span,
                          "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY."
                          "ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED",
                          "Unsupported subquery expression: Accessing outer query column is not "
                          "allowed in this location.");
    }
    return relation;
  }

  /// A sub-query in FROM does not see its neighbours, but a correlated one sees the query around.
  const Scope* OuterOnly() const { return from_.scope.outer(); }

  Result<Piece> Wrap(const BoundRelation& relation, const TableAlias& alias, const Span& span) {
    TRY_VOID(state_.budget.AddColumns(relation.columns));
    const std::string name = state_.NewAlias();
    Piece piece;
    piece.sql = fmt::format("({}) AS {}", relation.sql, name);
    for (std::size_t i = 0; i < relation.columns.size(); ++i) {
      ScopeColumn column;
      column.name = relation.columns[i].name;
      column.type = relation.columns[i].ScopeType();
      column.sql = fmt::format("{}.{}", name, ColumnAlias(i));
      if (alias.name) column.qualifier = {alias.name->text};
      piece.columns.push_back(std::move(column));
    }
    TRY_VOID(Rename(alias, span, &piece.columns));
    return piece;
  }

  static Result<void> Rename(const TableAlias& alias, const Span& span,
                             std::vector<ScopeColumn>* columns) {
    if (alias.columns.empty()) return {};
    if (alias.columns.size() != columns->size()) {
      return FailAnalysis(span, "ASSIGNMENT_ARITY_MISMATCH",
                          "Number of column aliases does not match number of columns. Number of "
                          "column aliases: {}; number of columns: {}.",
                          alias.columns.size(), columns->size());
    }
    for (std::size_t i = 0; i < columns->size(); ++i) (*columns)[i].name = alias.columns[i].text;
    return {};
  }

  Result<Piece> BindTable(const TableRef& table, const TableAlias& alias) {
    if (table.travel) return FailUnsupported("time travel");
    const std::string name = state_.NewAlias();
    Piece piece;
    std::vector<std::string> qualifier;
    if (const CteEntry* cte = FindCte(state_, table.name)) {
      TRY_VOID(state_.budget.AddColumns(cte->columns));
      piece.sql = fmt::format("{} AS {}", cte->sql_name, name);
      qualifier = {cte->name};
      for (std::size_t i = 0; i < cte->columns.size(); ++i) {
        piece.columns.push_back({cte->columns[i].name,
                                 cte->columns[i].ScopeType(),
                                 fmt::format("{}.{}", name, ColumnAlias(i)),
                                 {},
                                 false});
      }
    } else {
      const TableView view = TRY(GetTable(state_, table.name));
      TRY_VOID(state_.budget.AddColumns(view.columns));
      NoteSource(state_, view);
      // A table is a function there: its call is the scan of the snapshot that the attempt reads.
      piece.sql = fmt::format("{}.{}.{}() AS {}", kCatalog, QuoteName(ShownSchema(view.database)),
                              QuoteName(view.table), name);
      qualifier = {view.database, view.table};
      for (const StructField& column : view.columns) {
        piece.columns.push_back({column.name, column.type, StoredColumn(name, column), {}, false});
      }
    }
    if (alias.name) qualifier = {alias.name->text};
    for (ScopeColumn& column : piece.columns) column.qualifier = qualifier;
    TRY_VOID(Rename(alias, table.name.span, &piece.columns));
    return piece;
  }

  Result<Piece> BindNested(const Relation& relation, const TableAlias& alias) {
    if (alias.name) return FailUnsupported("alias of a parenthesized join");
    return BindJoined(relation);
  }

  /// A relation and its joins by themselves.
  Result<Piece> BindJoined(const Relation& relation) {
    FromBinder inner(state_, OuterOnly());
    Piece first = TRY(inner.BindFactor(relation.first, relation.lateral));
    inner.from_.sql = std::move(first.sql);
    inner.AddColumns(std::move(first.columns));
    TRY_VOID(inner.Extend(relation));
    Piece piece;
    const bool joins =
        !relation.extensions.empty() && std::holds_alternative<Join>(relation.extensions.back());
    piece.sql = joins ? fmt::format("({})", inner.from_.sql) : inner.from_.sql;
    piece.columns = std::move(inner.from_.scope.columns());
    return piece;
  }

  Result<BoundRelation> BindTableFunction(const TableFunction& function, bool lateral,
                                          const Span& span) {
    const std::string name = ToLower(function.name.parts.back().text);
    const Scope nothing;
    ExpressionBinder binder(state_, lateral ? from_.scope : nothing, {});
    std::vector<Typed> arguments;
    for (const TableFunctionArgument& argument : function.arguments) {
      const auto* value = std::get_if<Argument>(&argument.value);
      if (value == nullptr) return FailUnsupported("TABLE argument");
      if (value->name) return FailUnsupported("named argument");
      arguments.push_back(TRY(binder.Bind(*value->value)));
    }
    if (name == "range") return BindRange(std::move(arguments), span);
    if (IsGenerator(name)) return BindGenerator(name, std::move(arguments), span);
    return FailAnalysis(
        span, "UNRESOLVABLE_TABLE_VALUED_FUNCTION",
        "Could not resolve `{0}` to a table-valued function. Please make sure that `{0}` "
        "is defined as a table-valued function and that all required parameters "
        "are provided correctly. If `{0}` is not defined, please create the "
        "table-valued function before using it. For more information about "
        "defining table-valued functions, please refer to the Apache Spark "
        "documentation.",
        function.name.parts.back().text);
  }

  static Result<BoundRelation> BindRange(std::vector<Typed> arguments, const Span& span) {
    constexpr std::size_t kRangeArgumentsMax = 4;
    if (arguments.empty() || arguments.size() > kRangeArgumentsMax) {
      return FailArgumentCount(span, "range", "[1, 2, 3, 4]", arguments.size());
    }
    if (arguments.size() == kRangeArgumentsMax) arguments.pop_back();  // partitions
    std::string list;
    for (Typed& argument : arguments) {
      if (!argument.foldable || !CanCast(argument.type, TypeId::kBigInt)) {
        return FailUnsupported("range of values that are not constants");
      }
      list += (list.empty() ? "" : ", ") + Coerced(std::move(argument), TypeId::kBigInt).sql;
    }
    BoundRelation relation;
    relation.sql = fmt::format("SELECT \"range\" AS c0 FROM range({})", list);
    relation.columns = {{"id", TypeId::kBigInt}};
    return relation;
  }

  // Joins ----------------------------------------------------------------------------------------

  static std::string_view JoinWords(JoinKind kind) {
    switch (kind) {
      case JoinKind::kInner:
        return "JOIN";
      case JoinKind::kCross:
        return "CROSS JOIN";
      case JoinKind::kLeft:
        return "LEFT JOIN";
      case JoinKind::kRight:
        return "RIGHT JOIN";
      case JoinKind::kFull:
        return "FULL JOIN";
      case JoinKind::kLeftSemi:
        return "SEMI JOIN";
      case JoinKind::kLeftAnti:
        return "ANTI JOIN";
    }
    return "JOIN";
  }

  Result<void> AddJoin(const Join& join) {
    Piece right = TRY(BindFactor(join.right, join.lateral));
    std::vector<std::string> using_names;
    for (const Identifier& column : join.using_columns) using_names.push_back(column.text);
    if (join.natural) using_names = TRY(CommonNames(from_.scope.columns(), right.columns));
    const bool hides_right = join.kind == JoinKind::kLeftSemi || join.kind == JoinKind::kLeftAnti;
    std::vector<ScopeColumn> left_columns;
    if (hides_right) {
      TRY_VOID(state_.budget.AddColumns(from_.scope.columns().size()));
      left_columns = from_.scope.columns();
    }
    std::string condition;
    if (!using_names.empty()) {
      condition = TRY(JoinUsing(join, using_names, &right));
    } else {
      AddColumns(right.columns);
      if (join.on != nullptr) {
        ExpressionBinder binder(state_, from_.scope, {});
        const Typed on = TRY(
            binder.BindCondition(*join.on, "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", "Join condition"));
        condition = on.sql;
      }
    }
    if (hides_right) {
      Scope left(from_.scope.outer());
      for (ScopeColumn& column : left_columns) left.Add(std::move(column));
      from_.scope = std::move(left);
    }
    std::string_view words = JoinWords(join.kind);
    if (join.lateral && join.kind == JoinKind::kLeft &&
        std::holds_alternative<TableFunction>(join.right.node)) {
      // Spark 3.5 gives no row for an empty generator here: LEFT does nothing.
      if (!condition.empty()) return FailUnsupported("LEFT JOIN LATERAL of a function with ON");
      words = JoinWords(JoinKind::kInner);
      condition = "true";
    }
    const bool cross = join.kind == JoinKind::kCross || join.kind == JoinKind::kInner;
    if (condition.empty() && cross) {
      words = "CROSS JOIN";
    } else if (condition.empty()) {
      condition = "true";
    } else if (join.kind == JoinKind::kCross) {
      words = "JOIN";
    }
    from_.sql += fmt::format(" {} {}{}", words, join.lateral ? "LATERAL " : "", right.sql);
    if (!condition.empty()) from_.sql += fmt::format(" ON ({})", condition);
    return {};
  }

  Result<std::vector<std::string>> CommonNames(const std::vector<ScopeColumn>& left,
                                               const std::vector<ScopeColumn>& right) {
    std::vector<std::string> names;
    for (const ScopeColumn& a : left) {
      TRY_VOID(state_.budget.AddText(right.size()));
      for (const ScopeColumn& b : right) {
        if (!a.hidden && !b.hidden && EqualsIgnoreCase(a.name, b.name)) names.push_back(a.name);
      }
    }
    return names;
  }

  /// The condition of USING; the scope becomes: merged columns, rest of left, rest of right, and
  /// hidden behind their qualifiers the sides of the merged ones that those do not stand for.
  Result<std::string> JoinUsing(const Join& join, const std::vector<std::string>& names,
                                Piece* right) {
    TRY_VOID(
        state_.budget.AddText(from_.scope.columns().size() + right->columns.size(), names.size()));
    std::vector<ScopeColumn> left = std::move(from_.scope.columns());
    std::vector<ScopeColumn> merged;
    std::vector<ScopeColumn> hidden;
    std::string condition;
    for (const std::string& name : names) {
      ScopeColumn a = TRY(TakeColumn(name, join.span, "left", &left));
      ScopeColumn b = TRY(TakeColumn(name, join.span, "right", &right->columns));
      Typed x;
      x.sql = a.sql;
      x.type = WithoutLengths(a.type);
      x.name = a.name;
      Typed y = x;
      y.sql = b.sql;
      y.type = WithoutLengths(b.type);
      const Typed equal = TRY(Compare(BinaryOperator::kEqual, x, y, join.span));
      TRY_VOID(state_.budget.Add(equal));
      condition += (condition.empty() ? "" : " AND ") + equal.sql;
      ScopeColumn one = a;
      if (join.kind == JoinKind::kRight) one = b;
      if (join.kind == JoinKind::kFull) {
        const DataType type = WiderType(x.type, y.type, StringPromotion::kYes).value_or(x.type);
        one.type = type;
        one.sql = fmt::format("coalesce({}, {})", CastText(x.sql, x.type, type),
                              CastText(y.sql, y.type, type));
        TRY_VOID(state_.budget.AddText(one.sql.size()));
        one.qualifier.clear();
      }
      merged.push_back(std::move(one));
      // The side that the merged column is of has it once.
      a.hidden = true;
      b.hidden = true;
      const bool is_of_a = join.kind != JoinKind::kRight && join.kind != JoinKind::kFull;
      if (!is_of_a) hidden.push_back(std::move(a));
      if (join.kind != JoinKind::kRight) hidden.push_back(std::move(b));
    }
    Scope scope(from_.scope.outer());
    for (auto* group : {&merged, &left, &right->columns, &hidden}) {
      for (ScopeColumn& column : *group) scope.Add(std::move(column));
    }
    from_.scope = std::move(scope);
    return condition;
  }

  static Result<ScopeColumn> TakeColumn(const std::string& name, const Span& span,
                                        std::string_view side, std::vector<ScopeColumn>* columns) {
    for (auto it = columns->begin(); it != columns->end(); ++it) {
      if (it->hidden || !EqualsIgnoreCase(it->name, name)) continue;
      ScopeColumn column = std::move(*it);
      columns->erase(it);
      return column;
    }
    std::string list;
    for (const ScopeColumn& column : *columns) {
      list += fmt::format("{}`{}`", list.empty() ? "" : ", ", column.name);
    }
    return FailAnalysis(span, "UNRESOLVED_USING_COLUMN_FOR_JOIN",
                        "USING column `{}` cannot be resolved on the {} side of the join. The "
                        "{}-side columns: [{}].",
                        name, side, side, list);
  }

  Result<void> AddView(const LateralView& view) {
    const std::string name = ToLower(view.function.parts.back().text);
    if (!IsGenerator(name)) {
      return FailAnalysis(view.span, "UNRESOLVED_ROUTINE",
                          "Cannot resolve function `{}` on search path [`system`.`builtin`, "
                          "`system`.`session`, `spark_catalog`.`{}`].",
                          view.function.parts.back().text, state_.session.current_database);
    }
    ExpressionBinder binder(state_, from_.scope, {});
    std::vector<Typed> arguments;
    for (const ExprPtr& argument : view.arguments) {
      arguments.push_back(TRY(binder.Bind(*argument)));
    }
    const BoundRelation generator = TRY(BindGenerator(name, std::move(arguments), view.span));
    const bool outer_join = view.outer || name.ends_with("_outer");
    const std::string alias = JoinGenerator(state_, generator, outer_join, &from_.sql);
    if (!view.columns.empty() && view.columns.size() != generator.columns.size()) {
      return FailAnalysis(view.span, "UDTF_ALIAS_NUMBER_MISMATCH",
                          "The number of aliases supplied in the AS clause does not match the "
                          "number of columns output by the UDTF. Expected {} aliases, but got {}.",
                          generator.columns.size(), view.columns.size());
    }
    for (std::size_t i = 0; i < generator.columns.size(); ++i) {
      ScopeColumn column;
      column.name = view.columns.empty() ? generator.columns[i].name : view.columns[i].text;
      column.type = generator.columns[i].type;
      column.sql = fmt::format("{}.{}", alias, ColumnAlias(i));
      column.qualifier = {view.table.text};
      from_.scope.Add(std::move(column));
    }
    return {};
  }

  BindState& state_;
  BoundFrom from_;
};

}  // namespace

namespace {

// The databases a name is looked for in, in turn, and its last part; none for a name of too many
// parts or of another catalog.
struct Places {
  std::vector<std::string> databases;
  std::string table;
};

Places PlacesOf(const BindState& state, const QualifiedName& name) {
  std::vector<std::string> parts;
  for (const Identifier& part : name.parts) parts.push_back(ToLower(part.text));
  if (parts.size() == 3 && IsOurCatalog(parts[0])) parts.erase(parts.begin());
  if (parts.empty() || parts.size() > 2) return {};
  if (parts.size() == 2) return {{parts[0]}, parts[1]};
  Places places{{state.session.current_database}, parts[0]};
  if (places.databases.front() != kDefaultDatabase) places.databases.emplace_back(kDefaultDatabase);
  return places;
}

}  // namespace

Result<std::optional<TableName>> FindTableName(const BindState& state, const QualifiedName& name) {
  const Places places = PlacesOf(state, name);
  for (const std::string& database : places.databases) {
    if (TRY(state.catalog.HasTable(database, places.table))) {
      return std::optional(TableName{database, places.table});
    }
  }
  return std::optional<TableName>();
}

Result<std::optional<TableView>> FindTable(const BindState& state, const QualifiedName& name) {
  const Places places = PlacesOf(state, name);
  for (const std::string& database : places.databases) {
    std::optional<TableView> found = TRY(state.catalog.FindTable(database, places.table));
    if (found) return found;
  }
  return std::optional<TableView>();
}

tl::unexpected<Error> FailTableNotFound(const QualifiedName& name) {
  return FailAnalysis(name.span, "TABLE_OR_VIEW_NOT_FOUND",
                      "The table or view {} cannot be found. Verify the spelling and correctness "
                      "of the schema and catalog.",
                      QuotedForMessage(name));
}

Result<TableView> GetTable(const BindState& state, const QualifiedName& name) {
  std::optional<TableView> found = TRY(FindTable(state, name));
  if (found) return *std::move(found);
  return FailTableNotFound(name);
}

Result<BoundFrom> BindFrom(BindState& state, const std::vector<Relation>& relations,
                           const std::vector<LateralView>& views, const Scope* outer) {
  return FromBinder(state, outer).Run(relations, views);
}

Result<BoundRelation> BindInlineTable(BindState& state, const InlineTable& table,
                                      const Span& span) {
  const Scope nothing;
  ExpressionBinder binder(state, nothing, {});
  std::vector<std::vector<Typed>> columns;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (row == 0) columns.resize(table.rows[0].size());
    if (table.rows[row].size() != columns.size()) {
      return FailAnalysis(span, "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                          "Invalid inline table. Inline table expected {} columns but found {} "
                          "columns in row {}.",
                          columns.size(), table.rows[row].size(), row);
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      columns[i].push_back(TRY(binder.Bind(*table.rows[row][i])));
      if (columns[i].back().has_aggregate || columns[i].back().has_random) {
        return FailAnalysis(span, "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                            "Invalid inline table. Cannot evaluate the expression \"{}\" in "
                            "inline table definition.",
                            columns[i].back().name);
      }
    }
  }
  BoundRelation relation;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Result<DataType> type = Unify(&columns[i], span, "inline table");
    if (!type) {
      return FailAnalysis(span, "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
                          "Invalid inline table. Found incompatible types in the column `col{}` "
                          "for inline table.",
                          i + 1);
    }
    relation.columns.push_back({fmt::format("col{}", i + 1), *type});
  }
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) names += (i > 0 ? ", " : "") + ColumnAlias(i);
  std::string rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    rows += row > 0 ? ", (" : "(";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      rows += (i > 0 ? ", " : "") + ExactText(columns[i][row]);
    }
    rows += ")";
  }
  relation.sql =
      fmt::format("SELECT {0} FROM (VALUES {1}) AS {2}({0})", names, rows, state.NewAlias());
  return relation;
}

Result<BoundRelation> BindNamedRelation(BindState& state, const QualifiedName& name) {
  Relation relation;
  relation.first.node = TableRef{name, std::nullopt};
  relation.first.span = name.span;
  std::vector<Relation> relations;
  relations.push_back(std::move(relation));
  const BoundFrom from = TRY(BindFrom(state, relations, {}, nullptr));
  TRY_VOID(state.budget.AddColumns(from.scope.columns().size()));
  BoundRelation bound;
  std::string items;
  for (const ScopeColumn& column : from.scope.columns()) {
    items += fmt::format("{}{} AS {}", items.empty() ? "" : ", ", column.sql,
                         ColumnAlias(bound.columns.size()));
    bound.columns.push_back({column.name, WithoutLengths(column.type)});
  }
  bound.sql = fmt::format("SELECT {} FROM {}", items, from.sql);
  return bound;
}

}  // namespace sluice::sql
