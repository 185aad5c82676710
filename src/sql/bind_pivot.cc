#include "sql/bind_pivot.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

constexpr double kPercentMax = 100;

/// Whether a text that we generated reads the column: its own text, not a longer name's beginning.
bool Reads(const std::string& text, const std::string& column) {
  for (std::size_t at = text.find(column); at != std::string::npos;
       at = text.find(column, at + 1)) {
    const std::size_t end = at + column.size();
    if (end == text.size() || (!IsAlnum(text[end]) && text[end] != '"' && text[end] != '_')) {
      return true;
    }
  }
  return false;
}

Result<Typed> BindColumn(BindState& state, const Scope& scope, const Identifier& name) {
  Expr expr;
  expr.node = ColumnRef{QualifiedName{{name}, name.span}};
  expr.span = name.span;
  return ExpressionBinder(state, scope, {}).Bind(expr);
}

/// The columns of a new relation `alias`, as its neighbours see them.
class Columns {
 public:
  explicit Columns(std::string alias) : alias_(std::move(alias)) {}

  void Add(std::string name, DataType type, const std::string& sql,
           std::vector<std::string> qualifier = {}) {
    items_ += fmt::format("{}{} AS {}", items_.empty() ? "" : ", ", sql, ColumnAlias(count_));
    ScopeColumn column;
    column.name = std::move(name);
    column.type = std::move(type);
    column.sql = fmt::format("{}.{}", alias_, ColumnAlias(count_++));
    column.qualifier = std::move(qualifier);
    columns_.push_back(std::move(column));
  }

  /// "SELECT …" as a FROM of its own.
  BoundFrom Over(const std::string& rest, const Scope* outer) {
    BoundFrom from{fmt::format("(SELECT {} FROM {}) AS {}", items_, rest, alias_), Scope(outer)};
    for (ScopeColumn& column : columns_) from.scope.Add(std::move(column));
    return from;
  }

 private:
  std::string alias_;
  std::string items_;
  std::size_t count_ = 0;
  std::vector<ScopeColumn> columns_;
};

class PivotBinder {
 public:
  PivotBinder(BindState& state, const BoundFrom& from, const Pivot& pivot)
      : state_(state), from_(from), pivot_(pivot), columns_(state.NewAlias()) {}

  Result<BoundFrom> Run() {
    for (const Identifier& name : pivot_.columns) {
      keys_.push_back(TRY(BindColumn(state_, from_.scope, name)));
    }
    TRY_VOID(FindGroups());
    for (const NamedExpr& value : pivot_.values) TRY_VOID(AddValue(value));
    std::string rest = from_.sql;
    if (!groups_.empty()) rest += " GROUP BY " + groups_;
    return columns_.Over(rest, from_.scope.outer());
  }

 private:
  Result<Typed> BindAggregate(const NamedExpr& named, const std::string& filter) {
    ExpressionContext context;
    context.aggregate_filter = filter;
    ExpressionBinder binder(state_, from_.scope, context);
    Typed value = TRY(binder.Bind(*named.expr));
    if (!value.has_aggregate) {
      return FailAnalysis(named.expr->span, "_LEGACY_ERROR_TEMP_1006",
                          "Aggregate expression required for pivot, but '{}' did not appear in any "
                          "aggregate function.",
                          value.name);
    }
    if (value.loose) return FailUnsupported("PIVOT of an aggregate beside a column");
    return value;
  }

  /// Columns that neither the aggregates nor FOR read are what the rows are grouped by.
  Result<void> FindGroups() {
    std::string read;
    for (const Typed& key : keys_) read += key.sql + " ";
    for (const NamedExpr& named : pivot_.aggregates) {
      const Typed value = TRY(BindAggregate(named, {}));
      read += value.sql + " ";
      // A number is NULL where no row has the value, a count too; Spark counts differently else.
      by_number_ = by_number_ && (value.type.IsNumeric() || value.type.id() == TypeId::kBoolean);
    }
    TRY_VOID(state_.budget.AddColumns(from_.scope.columns().size()));
    TRY_VOID(state_.budget.AddText(read.size(), from_.scope.columns().size()));
    for (const ScopeColumn* column : from_.scope.Star({})) {
      if (Reads(read, column->sql)) continue;
      columns_.Add(column->name, column->type, column->sql, column->qualifier);
      groups_ += (groups_.empty() ? "" : ", ") + column->sql;
    }
    return {};
  }

  /// The text Spark casts a constant to, which names the column.
  static Result<std::string> NameOf(const Expr& expr, const Typed& value) {
    if (const auto* row = std::get_if<Row>(&expr.node)) {
      std::string name;
      for (const ExprPtr& item : row->items) {
        const auto* literal = std::get_if<Literal>(&item->node);
        if (literal == nullptr) return FailUnsupported("PIVOT value that is not a constant");
        name += (name.empty() ? "" : ", ") + literal->text;
      }
      return "{" + name + "}";
    }
    if (value.literal == nullptr) return FailUnsupported("PIVOT value that is not a constant");
    if (value.type.id() == TypeId::kVoid) return std::string("null");
    const bool temporal = value.name.ends_with('\'') && !value.IsText();
    if (!temporal) return value.name;
    const std::size_t quote = value.name.find('\'');
    return value.name.substr(quote + 1, value.name.size() - quote - 2);
  }

  Result<std::string> Match(const NamedExpr& named) {
    ExpressionBinder binder(state_, from_.scope, {});
    std::vector<Typed> values;
    if (const auto* row = std::get_if<Row>(&named.expr->node)) {
      for (const ExprPtr& item : row->items) values.push_back(TRY(binder.Bind(*item)));
    } else {
      values.push_back(TRY(binder.Bind(*named.expr)));
    }
    if (values.size() != keys_.size()) return FailUnsupported("PIVOT value of another width");
    std::string match;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i].foldable) {
        return FailAnalysis(named.expr->span, "NON_LITERAL_PIVOT_VALUES",
                            "Literal expressions required for pivot values, found \"{}\".",
                            values[i].name);
      }
      if (!CanCast(values[i].type, keys_[i].type)) {
        return FailAnalysis(named.expr->span, "PIVOT_VALUE_DATA_TYPE_MISMATCH",
                            "Invalid pivot value '{}': value data type \"{}\" does not match pivot "
                            "column data type \"{}\".",
                            values[i].name, values[i].type.UpperName(), keys_[i].type.UpperName());
      }
      match += fmt::format("{}{} IS NOT DISTINCT FROM {}", i > 0 ? " AND " : "", keys_[i].sql,
                           Coerced(values[i], keys_[i].type).sql);
    }
    return match;
  }

  Result<void> AddValue(const NamedExpr& named) {
    const std::string match = TRY(Match(named));
    std::string value_name;
    if (named.alias) {
      value_name = named.alias->text;
    } else {
      ExpressionBinder binder(state_, from_.scope, {});
      const Typed value = TRY(binder.Bind(*named.expr));
      value_name = TRY(NameOf(*named.expr, value));
    }
    for (const NamedExpr& aggregate : pivot_.aggregates) {
      const Typed value = TRY(BindAggregate(aggregate, match));
      TRY_VOID(state_.budget.AddColumns(1));
      std::string sql = ExactText(value);
      if (by_number_) {
        sql = fmt::format("CASE WHEN system.main.count(*) FILTER (WHERE {}) > 0 THEN {} END", match,
                          sql);
      }
      const std::string& own = aggregate.alias ? aggregate.alias->text : value.name;
      columns_.Add(
          pivot_.aggregates.size() == 1 ? value_name : fmt::format("{}_{}", value_name, own),
          value.type, sql);
    }
    return {};
  }

  BindState& state_;
  const BoundFrom& from_;
  const Pivot& pivot_;
  Columns columns_;
  std::vector<Typed> keys_;
  std::string groups_;
  bool by_number_ = true;
};

}  // namespace

Result<BoundFrom> BindPivot(BindState& state, const BoundFrom& from, const Pivot& pivot) {
  return PivotBinder(state, from, pivot).Run();
}

Result<BoundFrom> BindUnpivot(BindState& state, const BoundFrom& from, const Unpivot& unpivot) {
  const std::size_t width = unpivot.value_columns.size();
  std::vector<std::vector<Typed>> values(width);  // by value column, then by source
  std::vector<std::string> names;
  std::string read;
  for (const Unpivot::Source& source : unpivot.sources) {
    std::string name;
    if (source.columns.size() != width) return FailUnsupported("UNPIVOT of sets of other widths");
    for (std::size_t i = 0; i < width; ++i) {
      Expr expr;
      expr.node = ColumnRef{source.columns[i]};
      expr.span = source.columns[i].span;
      values[i].push_back(TRY(ExpressionBinder(state, from.scope, {}).Bind(expr)));
      name += (i > 0 ? "_" : "") + values[i].back().name;
      read += values[i].back().sql + " ";
    }
    names.push_back(source.alias ? source.alias->text : name);
  }
  const std::string place = state.NewAlias() + ".k";
  const auto choose = [&](const std::vector<std::string>& texts) {
    std::string sql = "CASE " + place;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      sql += fmt::format(" WHEN {} THEN {}", i, texts[i]);
    }
    return sql + " END";
  };
  const std::string qualifier = unpivot.alias.name ? unpivot.alias.name->text : "";
  const auto qualified = [&](const std::vector<std::string>& own) {
    return qualifier.empty() ? own : std::vector<std::string>{qualifier};
  };
  Columns columns(state.NewAlias());
  TRY_VOID(state.budget.AddColumns(from.scope.columns().size()));
  TRY_VOID(state.budget.AddText(read.size(), from.scope.columns().size()));
  for (const ScopeColumn* column : from.scope.Star({})) {
    if (Reads(read, column->sql)) continue;
    columns.Add(column->name, column->type, column->sql, qualified(column->qualifier));
  }
  for (std::string& name : names) name = QuoteText(name);
  columns.Add(unpivot.name_column.text, TypeId::kString, choose(names), qualified({}));
  std::string present;
  for (std::size_t i = 0; i < width; ++i) {
    std::vector<DataType> types;
    for (const Typed& value : values[i]) types.push_back(value.type);
    const std::optional<DataType> common = WiderType(types, StringPromotion::kNo);
    if (!common) {
      return FailAnalysis(unpivot.span, "UNPIVOT_VALUE_DATA_TYPE_MISMATCH",
                          "Unpivot value columns must share a least common type, some types do "
                          "not: the columns of `{}`.",
                          unpivot.value_columns[i].text);
    }
    std::vector<std::string> texts;
    for (const Typed& value : values[i]) texts.push_back(ExactText(Coerced(value, *common)));
    const std::string sql = choose(texts);
    present += fmt::format("{}({}) IS NOT NULL", i > 0 ? " OR " : "", sql);
    columns.Add(unpivot.value_columns[i].text, *common, sql, qualified({}));
  }
  std::string rest = fmt::format("{} CROSS JOIN range({}) AS {}(k)", from.sql, names.size(),
                                 place.substr(0, place.find('.')));
  if (!unpivot.include_nulls) rest += " WHERE " + present;
  return columns.Over(rest, from.scope.outer());
}

Result<std::string> BindSample(BindState& state, const TableSample& sample, const std::string& sql,
                               const std::string& alias) {
  std::string clause;
  if (sample.method == SampleMethod::kRows) {
    const Typed rows = TRY(ExpressionBinder(state, Scope{}, {}).Bind(*sample.rows));
    if (!rows.foldable || !rows.type.IsIntegral()) {
      return FailUnsupported("TABLESAMPLE of rows that are no whole constant");
    }
    clause = " LIMIT " + rows.sql;
  } else {
    double percent = std::strtod(sample.amount.c_str(), nullptr);
    if (sample.method == SampleMethod::kBucket) {
      const double buckets = std::strtod(sample.denominator.c_str(), nullptr);
      if (buckets <= 0) return FailUnsupported("TABLESAMPLE of no bucket");
      percent = percent / buckets * kPercentMax;
    }
    if (percent <= 0) {
      clause = " LIMIT 0";
    } else if (percent < kPercentMax && sample.seed) {
      // Spark's sampler takes a row when its generator's next number is below the fraction.
      clause = fmt::format(" QUALIFY system.main.sluice_rand(CAST({} AS BIGINT), {}) < {}",
                           QuoteText(*sample.seed), kRowFromZero, percent / kPercentMax);
    } else if (percent < kPercentMax) {
      clause = fmt::format(" TABLESAMPLE bernoulli({} PERCENT)", percent);
    }
  }
  return fmt::format("(SELECT * FROM {}{}) AS {}", sql, clause, alias);
}

}  // namespace sluice::sql
