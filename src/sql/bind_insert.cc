#include "sql/bind_insert.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/bind_from.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_text.h"

namespace sluice::sql {
namespace {

/// A numeric cast that fails the statement where the value does not fit. `column` is the path to
/// the value as Spark quotes it.
std::string StoreNumber(const std::string& value, const DataType& from, const DataType& to,
                        const std::string& column) {
  const bool widens = from.IsIntegral() && to.IsIntegral() && from.id() <= to.id();
  const bool to_fraction = to.id() == TypeId::kFloat || to.id() == TypeId::kDouble;
  if (widens || to_fraction) return CastText(value, from, to);
  const std::string message = fmt::format(
      "[CAST_OVERFLOW_IN_TABLE_INSERT] Fail to insert a value of \"{}\" type into the \"{}\" type "
      "column {} due to an overflow. Use `try_cast` on the input value to tolerate overflow and "
      "return NULL instead.",
      from.UpperName(), to.UpperName(), column);
  const bool fraction = from.id() == TypeId::kFloat || from.id() == TypeId::kDouble;
  std::string attempt;
  std::string no_value = value + " IS NULL";
  if (to.id() == TypeId::kDecimal) {
    attempt = CastText(value, from, to);  // NULL past the precision
    // NaN and the infinities are no decimals, and NULL rather than an overflow.
    if (fraction) no_value = fmt::format("({} OR NOT system.main.isfinite({}))", no_value, value);
  } else {
    const std::string whole =
        from.IsIntegral() ? value : fmt::format("system.main.trunc({})", value);
    attempt = fmt::format("TRY_CAST({} AS {})", whole, DuckType(to));
  }
  return fmt::format("spark._stored({}, {}, {})", no_value, attempt, QuoteText(message));
}

std::string StoreText(const std::string& value, const DataType& from, const DataType& to,
                      const std::string& column) {
  if (to.id() == TypeId::kChar || to.id() == TypeId::kVarchar) {
    const std::string text = CastText(value, from, TypeId::kString);
    return fmt::format("spark.{}({}, {})",
                       to.id() == TypeId::kChar ? "_store_char" : "_store_varchar", text,
                       to.length());
  }
  if (from == to || from.id() == TypeId::kVoid) return CastText(value, from, to);
  if (from.IsNumeric() && to.IsNumeric()) return StoreNumber(value, from, to, column);
  if (!from.IsNested() || !to.IsNested()) return CastText(value, from, to);
  return NestedText(value, from, to,
                    [&column](const std::string& part, const DataType& part_from,
                              const DataType& part_to, const std::string& name) {
                      return StoreText(part, part_from, part_to,
                                       fmt::format("{}.`{}`", column, name));
                    });
}

tl::unexpected<Error> FailArity(std::string_view which, std::string_view why,
                                const std::string& table, const std::vector<StructField>& targets,
                                const std::vector<OutputColumn>& columns, const Span& span) {
  std::string wanted;
  for (const StructField& target : targets) {
    wanted += fmt::format("{}`{}`", wanted.empty() ? "" : ", ", target.name);
  }
  std::string given;
  for (const OutputColumn& column : columns) {
    given += fmt::format("{}`{}`", given.empty() ? "" : ", ", column.name);
  }
  return FailAnalysis(span, fmt::format("INSERT_COLUMN_ARITY_MISMATCH.{}", which),
                      "Cannot write to {}, the reason is {}: Table columns: {}. Data columns: {}.",
                      table, why, wanted, given);
}

/// Whether structs inside the types have the same field names in the same order.
bool HasSameFieldNames(const DataType& a, const DataType& b) {
  if (a.id() != b.id()) return true;  // no cast of theirs pairs fields
  if (a.id() == TypeId::kArray) return HasSameFieldNames(a.element(), b.element());
  if (a.id() == TypeId::kMap) {
    return HasSameFieldNames(a.key(), b.key()) && HasSameFieldNames(a.value(), b.value());
  }
  if (a.id() != TypeId::kStruct) return true;
  return std::equal(a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(),
                    [](const StructField& x, const StructField& y) {
                      return EqualsIgnoreCase(x.name, y.name) && HasSameFieldNames(x.type, y.type);
                    });
}

class InsertBinder {
 public:
  InsertBinder(BindState& state, const Insert& insert)
      : state_(state), insert_(insert), target_(insert.target) {}

  Result<BoundInsert> Run() {
    if (target_.mode == InsertMode::kReplaceWhere) return FailUnsupported("INSERT REPLACE WHERE");
    if (target_.by_name && !target_.partition.empty()) {
      return FailUnsupported("INSERT BY NAME into a partition");
    }
    if (!target_.options.empty()) return FailUnsupported("INSERT with OPTIONS");
    if (target_.if_not_exists == IfNotExists::kSaid) {
      return FailUnsupported("INSERT OVERWRITE IF NOT EXISTS");
    }
    view_ = TRY(GetTable(state_, target_.table));
    TRY_VOID(state_.budget.AddColumns(view_.columns));
    label_ = fmt::format("`spark_catalog`.`{}`.`{}`", view_.database, view_.table);
    BoundInsert bound;
    bound.target = {view_.database, view_.table};
    bound.overwrite = target_.mode == InsertMode::kOverwrite;
    TRY_VOID(BindPartition(&bound));
    const BoundRelation relation = TRY(BindQuery(state_, *insert_.query, nullptr));
    if (bound.overwrite && ReadsTarget()) {
      return FailAnalysis(target_.span, "UNSUPPORTED_OVERWRITE.TABLE",
                          "Can't overwrite the target that is also being read from. The target "
                          "table is {}.",
                          label_);
    }
    bound.select = TRY(Arrange(relation));
    return bound;
  }

 private:
  const StructField* FindColumn(std::string_view name) const {
    for (const StructField& column : view_.columns) {
      if (EqualsIgnoreCase(column.name, name)) return &column;
    }
    return nullptr;
  }

  bool ReadsTarget() const {
    const TableName own{view_.database, view_.table};
    return std::find(state_.sources.begin(), state_.sources.end(), own) != state_.sources.end();
  }

  /// PARTITION (a = 1, b): constants by column; the dynamic ones come from the query.
  Result<void> BindPartition(BoundInsert* bound) {
    const Scope nothing;
    ExpressionBinder binder(state_, nothing, {});
    for (const PartitionItem& item : target_.partition) {
      const StructField* column = FindColumn(item.column.text);
      const bool is_partition = std::any_of(
          view_.partition_columns.begin(), view_.partition_columns.end(),
          [&](const std::string& name) { return EqualsIgnoreCase(name, item.column.text); });
      if (column == nullptr || !is_partition) {
        return FailAnalysis(target_.span, "NON_PARTITION_COLUMN",
                            "PARTITION clause cannot contain the non-partition column: `{}`.",
                            item.column.text);
      }
      if (item.value == nullptr) continue;
      const Typed value = TRY(binder.Bind(*item.value));
      if (!value.foldable || !CanCast(value.type, column->type)) {
        return FailUnsupported("partition value that is not a constant");
      }
      statics_.emplace_back(column, CastText(value.sql, value.type, column->type));
      if (bound->overwrite) bound->partition.emplace_back(column->name, value.name);
    }
    if (bound->overwrite && !target_.partition.empty()) {
      return FailUnsupported("INSERT OVERWRITE of a partition");
    }
    return {};
  }

  const std::string* StaticValue(const StructField& column) const {
    for (const auto& [known, sql] : statics_) {
      if (known->name == column.name) return &sql;
    }
    return nullptr;
  }

  tl::unexpected<Error> FailIncompatible(std::string_view which, std::string_view what,
                                         const std::string& column) const {
    return FailAnalysis(target_.span, fmt::format("INCOMPATIBLE_DATA_FOR_TABLE.{}", which),
                        "Cannot write incompatible data for the table {}: {} `{}`.", label_, what,
                        column);
  }

  /// BY NAME: the column of the same name for each of the query's.
  Result<std::vector<StructField>> TargetsByName(const BoundRelation& relation) const {
    std::vector<StructField> targets;
    if (relation.columns.size() > view_.columns.size()) return view_.columns;  // refused as such
    for (const OutputColumn& given : relation.columns) {
      const StructField* column = FindColumn(given.name);
      if (column == nullptr) {
        return FailIncompatible("EXTRA_COLUMNS", "Cannot write extra columns", given.name);
      }
      // Spark finds the fields of structs by name too; here they would be taken in order.
      if (!HasSameFieldNames(given.type, column->type)) {
        return FailUnsupported("INSERT BY NAME of structs with other field names");
      }
      for (const StructField& known : targets) {
        if (known.name == column->name) {
          return FailIncompatible("AMBIGUOUS_COLUMN_NAME",
                                  "Ambiguous column name in the input data", column->name);
        }
      }
      targets.push_back(*column);
    }
    return targets;
  }

  /// The columns that the query fills, in its order.
  Result<std::vector<StructField>> Targets(const BoundRelation& relation) const {
    if (target_.by_name) return TargetsByName(relation);
    std::vector<StructField> targets;
    if (target_.columns.empty()) {
      for (const StructField& column : view_.columns) {
        if (StaticValue(column) == nullptr) targets.push_back(column);
      }
      return targets;
    }
    for (const Identifier& name : target_.columns) {
      const StructField* column = FindColumn(name.text);
      if (column == nullptr) {
        std::string list;
        for (const StructField& known : view_.columns) {
          list += fmt::format("{}`{}`", list.empty() ? "" : ", ", known.name);
        }
        return FailAnalysis(name.span, "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                            "A column or function parameter with name `{}` cannot be resolved. Did "
                            "you mean one of the following? [{}].",
                            name.text, list);
      }
      for (const StructField& known : targets) {
        if (known.name == column->name) {
          return FailAnalysis(name.span, "COLUMN_ALREADY_EXISTS",
                              "The column `{}` already exists. Consider to choose another name or "
                              "rename the existing column.",
                              ToLower(name.text));
        }
      }
      targets.push_back(*column);
    }
    return targets;
  }

  Result<BoundQuery> Arrange(const BoundRelation& relation) {
    const std::vector<StructField> targets = TRY(Targets(relation));
    // Every column is looked for among those that are given.
    TRY_VOID(state_.budget.AddText(view_.columns.size(), targets.size()));
    BoundQuery stored = TRY(StoreColumns(state_, relation, targets, label_, target_.span));
    const bool in_order = target_.columns.empty() && !target_.by_name;
    if (targets.size() == view_.columns.size() && in_order) return stored;
    const std::string alias = state_.NewAlias();
    std::string items;
    for (std::size_t i = 0; i < view_.columns.size(); ++i) {
      const StructField& column = view_.columns[i];
      std::string value = fmt::format("CAST(NULL AS {})", DuckType(column.type));
      if (const std::string* constant = StaticValue(column)) value = *constant;
      for (std::size_t k = 0; k < targets.size(); ++k) {
        if (targets[k].name == column.name) value = fmt::format("{}.{}", alias, ColumnAlias(k));
      }
      items += fmt::format("{}{} AS {}", i > 0 ? ", " : "", value, ColumnAlias(i));
    }
    stored.duckdb_sql = fmt::format("SELECT {} FROM ({}) AS {}", items, stored.duckdb_sql, alias);
    stored.schema = view_.columns;
    return stored;
  }

  BindState& state_;
  const Insert& insert_;
  const InsertTarget& target_;
  TableView view_;
  std::string label_;
  std::vector<std::pair<const StructField*, std::string>> statics_;
};

}  // namespace

Result<BoundQuery> StoreColumns(BindState& state, const BoundRelation& relation,
                                const std::vector<StructField>& targets, const std::string& table,
                                const Span& span) {
  if (relation.columns.size() > targets.size()) {
    return FailArity("TOO_MANY_DATA_COLUMNS", "too many data columns", table, targets,
                     relation.columns, span);
  }
  if (relation.columns.size() < targets.size()) {
    return FailArity("NOT_ENOUGH_DATA_COLUMNS", "not enough data columns", table, targets,
                     relation.columns, span);
  }
  const std::string alias = state.NewAlias();
  BoundQuery stored;
  std::string items;
  bool as_is = true;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const DataType& from = relation.columns[i].type;
    if (!CanStore(from, targets[i].type)) {
      return FailAnalysis(
          span, "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
          "Cannot write incompatible data for the table {}: Cannot safely cast `{}` "
          "\"{}\" to \"{}\".",
          table, targets[i].name, from.UpperName(), targets[i].type.UpperName());
    }
    const std::string source = fmt::format("{}.{}", alias, ColumnAlias(i));
    const std::string value =
        StoreText(source, from, targets[i].type, fmt::format("`{}`", targets[i].name));
    as_is = as_is && value == source;
    items += fmt::format("{}{} AS {}", i > 0 ? ", " : "", value, ColumnAlias(i));
  }
  stored.duckdb_sql =
      as_is ? relation.sql : fmt::format("SELECT {} FROM ({}) AS {}", items, relation.sql, alias);
  TRY_VOID(state.budget.CheckTranslation(stored.duckdb_sql));
  stored.schema = targets;
  stored.sources = state.sources;
  return stored;
}

Result<BoundInsert> BindInsert(BindState& state, const Insert& insert) {
  return InsertBinder(state, insert).Run();
}

}  // namespace sluice::sql
