#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/bind_call.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"
#include "sql/nested_order.h"

namespace sluice::sql {
namespace {

constexpr int kSumDigits = 10;     ///< SUM of a decimal gains so many whole digits
constexpr int kAverageDigits = 4;  ///< AVG gains so many digits on both sides

/// Aggregates that are one engine function over arguments of one type.
struct PlainAggregate {
  std::string_view name;
  std::string_view target;
  TypeId argument;  ///< kVoid: any type, as it is
  TypeId result;    ///< kVoid: the type of the first argument
  std::size_t arguments;
};

constexpr std::array kPlain = {
    PlainAggregate{"min", "min", TypeId::kVoid, TypeId::kVoid, 1},
    PlainAggregate{"max", "max", TypeId::kVoid, TypeId::kVoid, 1},
    PlainAggregate{"stddev", "stddev_samp", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"std", "stddev_samp", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"stddev_samp", "stddev_samp", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"stddev_pop", "stddev_pop", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"variance", "var_samp", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"var_samp", "var_samp", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"var_pop", "var_pop", TypeId::kDouble, TypeId::kDouble, 1},
    PlainAggregate{"corr", "corr", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"covar_pop", "covar_pop", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"covar_samp", "covar_samp", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"regr_count", "regr_count", TypeId::kDouble, TypeId::kBigInt, 2},
    PlainAggregate{"regr_r2", "regr_r2", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"regr_slope", "regr_slope", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"regr_intercept", "regr_intercept", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"regr_sxx", "regr_sxx", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"regr_sxy", "regr_sxy", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"regr_syy", "regr_syy", TypeId::kDouble, TypeId::kDouble, 2},
    PlainAggregate{"mode", "mode", TypeId::kVoid, TypeId::kVoid, 1},
    PlainAggregate{"bool_and", "bool_and", TypeId::kBoolean, TypeId::kBoolean, 1},
    PlainAggregate{"every", "bool_and", TypeId::kBoolean, TypeId::kBoolean, 1},
    PlainAggregate{"bool_or", "bool_or", TypeId::kBoolean, TypeId::kBoolean, 1},
    PlainAggregate{"some", "bool_or", TypeId::kBoolean, TypeId::kBoolean, 1},
    PlainAggregate{"any", "bool_or", TypeId::kBoolean, TypeId::kBoolean, 1},
    PlainAggregate{"bit_and", "bit_and", TypeId::kVoid, TypeId::kVoid, 1},
    PlainAggregate{"bit_or", "bit_or", TypeId::kVoid, TypeId::kVoid, 1},
    PlainAggregate{"bit_xor", "bit_xor", TypeId::kVoid, TypeId::kVoid, 1},
    PlainAggregate{"max_by", "arg_max_null", TypeId::kVoid, TypeId::kVoid, 2},
    PlainAggregate{"min_by", "arg_min_null", TypeId::kVoid, TypeId::kVoid, 2},
};

constexpr std::string_view kOthers[] = {
    "count",
    "count_if",
    "sum",
    "try_sum",
    "avg",
    "mean",
    "try_avg",
    "collect_list",
    "array_agg",
    "collect_set",
    "first",
    "first_value",
    "last",
    "last_value",
    "any_value",
    "regr_avgx",
    "regr_avgy",
    "percentile",
    "median",
    "approx_count_distinct",
    "percentile_approx",
    "approx_percentile",
    "skewness",
    "kurtosis",
};

std::string NamesOf(const std::vector<Typed>& arguments) {
  std::string names;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    names += (i > 0 ? ", " : "") + arguments[i].name;
  }
  return names;
}

const PlainAggregate* FindPlain(std::string_view name) {
  for (const PlainAggregate& plain : kPlain) {
    if (plain.name == name) return &plain;
  }
  return nullptr;
}

}  // namespace

bool CallBinder::IsAggregate() const {
  if (!call_.within_group.empty()) return true;
  return FindPlain(name_) != nullptr ||
         std::find(std::begin(kOthers), std::end(kOthers), name_) != std::end(kOthers);
}

std::string CallBinder::AggregateText(std::string_view function, const std::string& arguments,
                                      std::string_view order) const {
  const char* distinct = call_.quantifier == SetQuantifier::kDistinct ? "DISTINCT " : "";
  std::string text = fmt::format("system.main.{}({}{}{})", function, distinct, arguments, order);
  if (!filter_sql_.empty()) text += fmt::format(" FILTER (WHERE {})", filter_sql_);
  return text + over_sql_;
}

std::string CallBinder::AggregateName(const std::string& call) const {
  std::string name = call;
  if (!filter_name_.empty()) name += fmt::format(" FILTER (WHERE {})", filter_name_);
  return name + over_name_;
}

Typed CallBinder::AggregateResult(std::string sql, DataType type, const std::string& name,
                                  const std::vector<Typed>& arguments) const {
  Typed result;
  result.sql = std::move(sql);
  result.type = std::move(type);
  result.name = AggregateName(name);
  if (call_.over != nullptr) {
    for (const Typed& argument : arguments) Inherit(argument, &result);
    for (const Typed& part : window_parts_) Inherit(part, &result);
    result.has_window = true;
  } else {
    result.has_aggregate = true;
  }
  return result;
}

Result<void> CallBinder::BindFilterAndWindow() {
  if (call_.filter != nullptr) {
    if (call_.over != nullptr) return FailUnsupported("FILTER of a window function");
    ++binder_.aggregate_depth_;
    Result<Typed> filter = binder_.Bind(*call_.filter);
    --binder_.aggregate_depth_;
    if (!filter) return Fail(std::move(filter.error()));
    filter_sql_ = filter->sql;
    filter_name_ = filter->name;
  }
  const std::string& rows = binder_.context_.aggregate_filter;
  if (!rows.empty() && call_.over == nullptr) {
    filter_sql_ = filter_sql_.empty() ? rows : fmt::format("({}) AND ({})", filter_sql_, rows);
  }
  if (call_.over == nullptr) return {};
  if (call_.quantifier == SetQuantifier::kDistinct) {
    return FailAnalysis(expr_.span, "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
                        "Distinct window functions are not supported: \"{}\".", shown_);
  }
  return BindWindow();
}

Result<std::vector<Typed>> CallBinder::AggregateArguments() {
  const bool windowed = call_.over != nullptr;
  const bool item = std::exchange(binder_.context_.counts_rows, false);
  Result<std::vector<Typed>> arguments = AggregateArguments(windowed);
  binder_.context_.counts_rows = item;
  return arguments;
}

Result<std::vector<Typed>> CallBinder::AggregateArguments(bool windowed) {
  std::vector<Typed> arguments;
  for (const Argument& argument : call_.arguments) {
    if (const auto* star = std::get_if<Star>(&argument.value->node)) {
      const bool rows = name_ == "count" && call_.arguments.size() == 1 &&
                        call_.quantifier != SetQuantifier::kDistinct;
      if (!rows) {
        for (Typed& column : TRY(binder_.StarColumns(*star, *argument.value))) {
          if (!windowed) column.loose.reset();
          arguments.push_back(std::move(column));
        }
        continue;
      }
      if (!star->qualifier.parts.empty()) {
        const std::string text = star->qualifier.parts.back().text;
        return Fail(Error{ErrorCode::kAnalysis,
                          fmt::format("count({0}.*) is not allowed. Please use count(*) or expand "
                                      "the columns manually, e.g. count(col1, col2).{1}",
                                      text, AtSpan(expr_.span)),
                          {}});
      }
      Typed one;
      one.sql = "*";
      one.name = "1";
      arguments.push_back(std::move(one));
      continue;
    }
    if (!windowed) ++binder_.aggregate_depth_;
    Result<Typed> bound = binder_.Bind(*argument.value);
    if (!windowed) --binder_.aggregate_depth_;
    arguments.push_back(TRY(std::move(bound)));
    if (!windowed && arguments.back().has_aggregate) {
      return FailAnalysis(argument.value->span, "NESTED_AGGREGATE_FUNCTION",
                          "It is not allowed to use an aggregate function in the argument of "
                          "another aggregate function. Please use the inner aggregate function in "
                          "a sub-query.");
    }
  }
  return arguments;
}

Result<Typed> CallBinder::BindAggregate() {
  std::vector<Typed> arguments = TRY(AggregateArguments());
  TRY_VOID(BindFilterAndWindow());
  if (name_ == "count") return Count(std::move(arguments));
  const auto want = [&](std::size_t low, std::size_t high) -> Result<void> {
    return CheckArgumentCount(expr_.span, name_, arguments.size(), low, high);
  };
  if (name_ == "sum" || name_ == "avg" || name_ == "mean" || name_ == "try_sum" ||
      name_ == "try_avg") {
    TRY_VOID(want(1, 1));
    return SumOrAverage(std::move(arguments[0]));
  }
  if (name_ == "regr_avgx" || name_ == "regr_avgy") {
    TRY_VOID(want(2, 2));
    // The average over the rows that have both.
    const std::size_t averaged = name_ == "regr_avgx" ? 1 : 0;
    Typed value = arguments[averaged];
    value.sql =
        fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", arguments[1 - averaged].sql, value.sql);
    value.narrow.clear();
    value.name = NamesOf(arguments);
    Inherit(arguments[1 - averaged], &value);
    return SumOrAverage(std::move(value));
  }
  if (name_ == "first" || name_ == "first_value" || name_ == "last" || name_ == "last_value" ||
      name_ == "any_value") {
    TRY_VOID(want(1, 2));
    return FirstOrLast(std::move(arguments));
  }
  if (name_ == "percentile" || name_ == "percentile_approx" || name_ == "approx_percentile") {
    TRY_VOID(want(2, 3));
    return name_ == "percentile" ? Percentile(std::move(arguments))
                                 : ApproximatePercentile(std::move(arguments));
  }
  if (name_ == "median") {
    TRY_VOID(want(1, 1));
    return Median(std::move(arguments[0]));
  }
  if (!call_.within_group.empty()) {
    TRY_VOID(want(1, 1));
    return PercentileWithinGroup(std::move(arguments[0]));
  }
  if (name_ == "skewness" || name_ == "kurtosis") {
    TRY_VOID(want(1, 1));
    return Moment(arguments[0]);
  }
  const PlainAggregate* plain = FindPlain(name_);
  const std::size_t count = plain != nullptr ? plain->arguments : 1;
  TRY_VOID(want(count, name_ == "approx_count_distinct" ? 2 : count));
  return SimpleAggregate(std::move(arguments));
}

Result<Typed> CallBinder::Count(std::vector<Typed> arguments) {
  if (arguments.empty()) {
    return FailArgumentCount(expr_.span, "count", "> 0", 0);
  }
  const std::string names = NamesOf(arguments);
  const bool distinct = call_.quantifier == SetQuantifier::kDistinct;
  const std::string name = fmt::format("count({}{})", distinct ? "DISTINCT " : "", names);
  std::string sql;
  if (arguments.size() == 1) {
    sql = AggregateText("count", arguments[0].sql);
  } else {
    // COUNT of several skips every row in which one of them is NULL.
    std::string row;
    std::string complete;
    for (const Typed& argument : arguments) {
      row += (row.empty() ? "" : ", ") + argument.sql;
      complete += (complete.empty() ? "" : " AND ") + fmt::format("{} IS NOT NULL", argument.sql);
    }
    sql = AggregateText("count", fmt::format("CASE WHEN {} THEN row({}) END", complete, row));
  }
  return AggregateResult(std::move(sql), TypeId::kBigInt, name, arguments);
}

/// The engine's sum fails past 128 bits. Where rows of so many digits could get there it is made of
/// two, and NULL past 38 digits, as Spark's. Of the rows of `condition` where there is one.
std::string CallBinder::WideSumText(const Typed& argument, std::string_view condition) const {
  const auto chosen = [&](const std::string& sql) {
    return condition.empty() ? sql : fmt::format("CASE WHEN {} THEN {} END", condition, sql);
  };
  if (argument.type.precision() <= kDecimalPrecisionMax - kSumDigits) {
    return AggregateText("sum", chosen(argument.sql));
  }
  const DataType type = DataType::Decimal(kDecimalPrecisionMax, argument.type.scale());
  if (call_.quantifier == SetQuantifier::kDistinct) {
    const std::string sum = UnscaledText(AggregateText("sum", argument.sql), type);
    return ScaledText(
        fmt::format("system.main.sluice_decimal_round({}, 0, 0, {})", sum, kDecimalPrecisionMax),
        type);
  }
  const std::string unscaled = UnscaledText(argument.sql, argument.type);
  const auto half = [&](std::string_view which) {
    return AggregateText("sum",
                         chosen(fmt::format("system.main.sluice_{}_half({})", which, unscaled)));
  };
  return ScaledText(
      fmt::format("system.main.sluice_of_halves({}, {})", half("upper"), half("lower")), type);
}

// Sums of 64-bit products cost a third of those of 128-bit ones. So values that fit are summed in
// 64 bits and only the others, mostly none, in 128.
std::string CallBinder::DecimalSumText(const Typed& argument) const {
  if (argument.narrow.empty() || call_.quantifier == SetQuantifier::kDistinct) {
    return WideSumText(argument, {});
  }
  const std::string narrow = AggregateText("sum", argument.narrow);
  const std::string wide = WideSumText(argument, fmt::format("{} IS NULL", argument.narrow));
  return fmt::format("spark._add_sums({}, {})", narrow, wide);
}

Result<Typed> CallBinder::SumOrAverage(Typed argument) {
  const bool average = name_ != "sum" && name_ != "try_sum";
  const bool distinct = call_.quantifier == SetQuantifier::kDistinct;
  const std::string name =
      fmt::format("{}({}{})", shown_, distinct ? "DISTINCT " : "", argument.name);
  const std::vector<Typed> parts = {argument};
  if (argument.IsText() || argument.type.id() == TypeId::kVoid) {
    argument = Coerced(std::move(argument), TypeId::kDouble);
  }
  if (!argument.type.IsNumeric()) {
    if (IsAnsiInterval(argument.type)) {
      return average ? IntervalAverage(argument, name) : IntervalSum(argument, name);
    }
    return FailArgumentType(expr_.span, name, 1, "\"NUMERIC\" or \"ANSI INTERVAL\"", argument);
  }
  if (argument.type.id() == TypeId::kDecimal) {
    const DataType& type = argument.type;
    const DataType sum_type = BoundedDecimal({type.precision() + kSumDigits, type.scale()});
    Typed sum;
    sum.type = sum_type;
    sum.sql = DecimalSumText(argument);
    if (!average) {
      // Past its digits Spark's sum is NULL.
      Typed result = AggregateResult(fmt::format("TRY_CAST({} AS {})", sum.sql, DuckType(sum_type)),
                                     sum_type, name, parts);
      result.physical = Physical::kExact;
      return result;
    }
    const DataType average_type =
        BoundedDecimal({type.precision() + kAverageDigits, type.scale() + kAverageDigits});
    Typed count;
    count.type = TypeId::kBigInt;
    count.sql = fmt::format("NULLIF({}, 0)", AggregateText("count", argument.sql));
    return AggregateResult(DecimalQuotient(sum, count, average_type), average_type, name, parts);
  }
  if (average) {
    return AggregateResult(AggregateText("avg", Coerced(argument, TypeId::kDouble).sql),
                           TypeId::kDouble, name, parts);
  }
  if (argument.type.IsIntegral()) {
    // The engine's sum is a HUGEINT: Spark's is its low half.
    const std::string sum = AggregateText("sum", argument.sql);
    Typed result =
        AggregateResult(name_ == "try_sum" ? fmt::format("system.main.sluice_fit64({})", sum)
                                           : fmt::format("system.main.sluice_low64({})", sum),
                        TypeId::kBigInt, name, parts);
    result.physical = Physical::kExact;
    return result;
  }
  return AggregateResult(AggregateText("sum", Coerced(argument, TypeId::kDouble).sql),
                         TypeId::kDouble, name, parts);
}

Result<Typed> CallBinder::FirstOrLast(std::vector<Typed> arguments) {
  bool ignore_nulls = call_.nulls == NullTreatment::kIgnore;
  if (arguments.size() == 2) {
    if (arguments[1].literal == nullptr || arguments[1].type.id() != TypeId::kBoolean) {
      return FailAnalysis(expr_.span, "SECOND_FUNCTION_ARGUMENT_NOT_INTEGER",
                          "The second argument of `{}` function needs to be a boolean literal.",
                          name_);
    }
    ignore_nulls = ignore_nulls || arguments[1].literal->text == "true";
    arguments.pop_back();
  }
  // Written as IGNORE NULLS, first_value shows as first.
  std::string shown = shown_;
  if (call_.nulls == NullTreatment::kIgnore && shown.ends_with("_value") && shown != "any_value") {
    shown.resize(shown.size() - std::string_view("_value").size());
  }
  const std::string name = fmt::format("{}({})", shown, arguments[0].name);
  const bool last = name_ == "last" || name_ == "last_value";
  const std::string& value = arguments[0].sql;
  std::string sql;
  if (call_.over != nullptr) {
    sql = fmt::format("{}({}{}){}", last ? "last_value" : "first_value", value,
                      ignore_nulls ? " IGNORE NULLS" : "", over_sql_);
  } else {
    if (ignore_nulls) {
      const std::string present = fmt::format("{} IS NOT NULL", value);
      filter_sql_ = filter_sql_.empty() ? present : fmt::format("{} AND {}", filter_sql_, present);
    }
    sql = AggregateText(last ? "last" : "first", value);
  }
  return AggregateResult(std::move(sql), arguments[0].type, name, arguments);
}

/// The third and fourth moments of a population, NULL where all values are one.
Result<Typed> CallBinder::Moment(const Typed& argument) {
  const bool distinct = call_.quantifier == SetQuantifier::kDistinct;
  const std::string name =
      fmt::format("{}({}{})", shown_, distinct ? "DISTINCT " : "", argument.name);
  if (!CanCast(argument.type, TypeId::kDouble)) {
    return FailArgumentType(expr_.span, name, 1, "\"DOUBLE\"", argument);
  }
  const std::string value = Coerced(argument, TypeId::kDouble).sql;
  const std::string spread = AggregateText("var_pop", value);
  std::string moment = AggregateText("kurtosis_pop", value);
  if (name_ == "skewness") {
    // The engine's is that of a sample; two values lie evenly.
    const std::string count = AggregateText("count", value);
    moment = fmt::format(
        "CASE WHEN {0} = 2 THEN CAST(0 AS DOUBLE) ELSE {1} * ({0} - 2) / "
        "system.main.sqrt(CAST({0} AS DOUBLE) * ({0} - 1)) END",
        count, AggregateText("skewness", value));
  }
  return AggregateResult(fmt::format("(CASE WHEN {} > 0 THEN {} END)", spread, moment),
                         TypeId::kDouble, name, {argument});
}

Result<Typed> CallBinder::SimpleAggregate(std::vector<Typed> arguments) {
  const bool distinct = call_.quantifier == SetQuantifier::kDistinct;
  const std::string names = NamesOf(arguments);
  const std::string name = fmt::format("{}({}{})", shown_, distinct ? "DISTINCT " : "", names);
  const std::string& value = arguments[0].sql;
  if (name_ == "count_if") {
    const Typed condition = Coerced(arguments[0], TypeId::kBoolean);
    return AggregateResult(
        AggregateText("count", fmt::format("CASE WHEN {} THEN 1 END", condition.sql)),
        TypeId::kBigInt, name, arguments);
  }
  if (name_ == "approx_count_distinct") {
    // The exact count is within every error bound Spark promises.
    std::string sql = fmt::format("system.main.count(DISTINCT {})", value);
    if (!filter_sql_.empty()) sql += fmt::format(" FILTER (WHERE {})", filter_sql_);
    return AggregateResult(sql + over_sql_, TypeId::kBigInt,
                           fmt::format("{}({})", shown_, arguments[0].name), arguments);
  }
  if (name_ == "collect_list" || name_ == "array_agg" || name_ == "collect_set") {
    const DataType type = DataType::Array(arguments[0].type);
    const bool set = distinct || name_ == "collect_set";
    std::string filter = fmt::format("{} IS NOT NULL", value);
    if (!filter_sql_.empty()) filter = fmt::format("{} AND ({})", filter, filter_sql_);
    const std::string list =
        fmt::format("system.main.list({}{}) FILTER (WHERE {}){}", set ? "DISTINCT " : "",
                    ExactText(arguments[0]), filter, over_sql_);
    const std::string shown = name_ == "array_agg" ? "collect_list" : shown_;
    return AggregateResult(fmt::format("coalesce({}, CAST([] AS {}))", list, DuckType(type)), type,
                           fmt::format("{}({}{})", shown, distinct ? "DISTINCT " : "", names),
                           arguments);
  }
  const PlainAggregate& plain = *FindPlain(name_);
  std::string list;
  for (const Typed& argument : arguments) {
    const bool as_is = plain.argument == TypeId::kVoid;
    if (!as_is && !CanCast(argument.type, plain.argument)) {
      return FailArgumentType(expr_.span, name, 1,
                              fmt::format("\"{}\"", DataType(plain.argument).UpperName()),
                              argument);
    }
    list += (list.empty() ? "" : ", ") + (as_is ? argument : Coerced(argument, plain.argument)).sql;
  }
  if ((name_ == "max" || name_ == "min") && arguments[0].type.IsNested()) {
    if (HoldsMap(arguments[0].type)) {
      return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                          "Cannot resolve \"{}\" due to data type mismatch: The `{}` does not "
                          "support ordering on type \"{}\".",
                          name, name_, arguments[0].type.UpperName());
    }
    const std::string pair = fmt::format("{}, {}", value, OrderKey(value, arguments[0].type));
    return AggregateResult(AggregateText(name_ == "max" ? "arg_max" : "arg_min", pair),
                           arguments[0].type, name, arguments);
  }
  DataType type = plain.result == TypeId::kVoid ? arguments[0].type : DataType(plain.result);
  if (name_.starts_with("bit_") && type.id() == TypeId::kVoid) type = TypeId::kInt;
  std::string sql = AggregateText(plain.target, list);
  // Spark divides by a variance of zero as it divides by any zero.
  const bool divides = name_ == "corr" || name_ == "kurtosis" || name_.starts_with("regr_");
  if (divides && type.id() == TypeId::kDouble) {
    sql = fmt::format("NULLIF({}, CAST('nan' AS DOUBLE))", sql);
  }
  return AggregateResult(std::move(sql), type, name, arguments);
}

Result<Typed> CallBinder::BindGrouping() {
  if (!binder_.context_.has_grouping_sets || binder_.context_.group_keys == nullptr) {
    return FailAnalysis(expr_.span, "UNSUPPORTED_GROUPING_EXPRESSION",
                        "grouping()/grouping_id() can only be used with "
                        "GroupingSets/Cube/Rollup.");
  }
  std::vector<Typed> arguments;
  std::string list;
  ++binder_.aggregate_depth_;
  for (const Argument& argument : call_.arguments) {
    Result<Typed> bound = binder_.Bind(*argument.value);
    if (!bound) {
      --binder_.aggregate_depth_;
      return Fail(std::move(bound.error()));
    }
    list += (list.empty() ? "" : ", ") + bound->sql;
    arguments.push_back(*std::move(bound));
  }
  --binder_.aggregate_depth_;
  if (arguments.empty()) {
    for (const Typed& key : *binder_.context_.group_keys) {
      list += (list.empty() ? "" : ", ") + key.sql;
    }
  }
  const bool single = name_ == "grouping";
  Typed result;
  result.sql = fmt::format("CAST(grouping({}) AS {})", list, single ? "TINYINT" : "BIGINT");
  result.type = single ? TypeId::kTinyInt : TypeId::kBigInt;
  result.name = CallName(name_, arguments);
  result.has_aggregate = true;
  return result;
}

}  // namespace sluice::sql
