#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_call.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kValueWanted =
    "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")";

/// What a percentage is made of, as far as it is written down.
struct Percentages {
  std::vector<double> numbers;
  bool has_null = false;
};

void Collect(const Expr& expr, double sign, Percentages* out) {
  if (const auto* literal = std::get_if<Literal>(&expr.node)) {
    if (literal->kind == LiteralKind::kNull) {
      out->has_null = true;
    } else {
      out->numbers.push_back(sign * std::strtod(literal->text.c_str(), nullptr));
    }
  } else if (const auto* unary = std::get_if<Unary>(&expr.node)) {
    if (unary->op == UnaryOperator::kMinus) Collect(*unary->operand, -sign, out);
  } else if (const auto* call = std::get_if<FunctionCall>(&expr.node)) {
    if (!EqualsIgnoreCase(call->name.parts.back().text, "array")) return;
    for (const Argument& argument : call->arguments) Collect(*argument.value, sign, out);
  }
}

bool IsSeveral(const Typed& percentage) { return percentage.type.id() == TypeId::kArray; }

DataType ForEach(const Typed& percentage, const DataType& type) {
  return IsSeveral(percentage) ? DataType::Array(type) : type;
}

/// `form` over a percentile, or over each of several; {0} is the one.
std::string OverEach(const Typed& percentage, const std::string& sql, std::string_view form) {
  if (!IsSeveral(percentage)) return fmt::format(fmt::runtime(form), sql);
  return fmt::format("system.main.list_transform({}, lambda _p: {})", sql,
                     fmt::format(fmt::runtime(form), "_p"));
}

Result<void> CheckPercentage(const Expr& expr, const Typed& percentage, const std::string& call,
                             const Span& span) {
  if (percentage.type.id() == TypeId::kVoid) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                        "Cannot resolve \"{}\" due to data type mismatch: The percentage must not "
                        "be null.",
                        call);
  }
  if (!percentage.foldable) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                        "Cannot resolve \"{}\" due to data type mismatch: the input percentage "
                        "should be a foldable \"DOUBLE\" expression; however, got \"{}\".",
                        call, percentage.name);
  }
  const DataType& one = IsSeveral(percentage) ? percentage.type.element() : percentage.type;
  if (!one.IsNumeric() && !one.IsText()) return FailUnsupported(call + " with this percentage");
  Percentages written;
  Collect(expr, 1, &written);
  if (written.has_null) return FailArgumentType(span, call, 2, "\"ARRAY<DOUBLE>\"", percentage);
  for (const double number : written.numbers) {
    if (number >= 0 && number <= 1) continue;
    return FailAnalysis(span, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                        "Cannot resolve \"{}\" due to data type mismatch: The percentage must be "
                        "between [0.0, 1.0] (current value = {}D).",
                        call, number);
  }
  return {};
}

std::string FractionText(const Typed& percentage) {
  return fmt::format("CAST({} AS DOUBLE{})", percentage.sql, IsSeveral(percentage) ? "[]" : "");
}

}  // namespace

Result<Typed> CallBinder::ExactPercentile(std::string_view function, const Typed& value,
                                          const Typed& percentage, SortDirection direction,
                                          const std::string& name) {
  // Intervals are counted in their unit, as Spark does.
  std::string number;
  std::string back;
  DataType type = TypeId::kDouble;
  if (IsAnsiInterval(value.type)) {
    type = WidestInterval(value.type);
    number = fmt::format("CAST({} AS DOUBLE)", IntervalCount(value.sql, value.type));
    back = IntervalOfCount("CAST(system.main.trunc({}) AS BIGINT)", type);
  } else if (value.type.IsNumeric() || value.IsText() || value.type.id() == TypeId::kVoid) {
    number = Coerced(value, TypeId::kDouble).sql;
  } else {
    return FailArgumentType(expr_.span, name, 1, kValueWanted, value);
  }
  const bool down = direction == SortDirection::kDescending;
  if (down) number = fmt::format("(-{})", number);
  std::string sql =
      AggregateText(function, fmt::format("{}, {}", number, FractionText(percentage)));
  if (down) sql = OverEach(percentage, sql, "(-{})");
  if (!back.empty()) sql = OverEach(percentage, sql, back);
  return AggregateResult(std::move(sql), ForEach(percentage, type), name, {value, percentage});
}

Result<Typed> CallBinder::Percentile(std::vector<Typed> arguments) {
  const std::string frequency = arguments.size() == 3 ? arguments[2].name : "1";
  const std::string of =
      fmt::format("{}, {}, {})", arguments[0].name, arguments[1].name, frequency);
  TRY_VOID(
      CheckPercentage(*call_.arguments[1].value, arguments[1], "percentile(" + of, expr_.span));
  if (arguments.size() == 3) {
    if (!arguments[2].type.IsIntegral()) {
      return FailArgumentType(expr_.span, "percentile(" + of, 3, "\"INTEGRAL\"", arguments[2]);
    }
    return FailUnsupported("percentile with frequencies");
  }
  const bool distinct = call_.quantifier == SetQuantifier::kDistinct;
  return ExactPercentile("quantile_cont", arguments[0], arguments[1], SortDirection::kAscending,
                         fmt::format("percentile({}{}", distinct ? "DISTINCT " : "", of));
}

Result<Typed> CallBinder::PercentileWithinGroup(Typed percentage) {
  if (name_ != "percentile_cont" && name_ != "percentile_disc") {
    return FailUnsupported("WITHIN GROUP of " + name_);
  }
  const SortItem& item = call_.within_group.front();
  const bool grouped = call_.over == nullptr;
  if (grouped) ++binder_.aggregate_depth_;
  Result<Typed> value = binder_.Bind(*item.expr);
  if (grouped) --binder_.aggregate_depth_;
  if (!value) return value;
  const std::string call = fmt::format("{}({}, {})", name_, value->name, percentage.name);
  TRY_VOID(CheckPercentage(*call_.arguments[0].value, percentage, call, expr_.span));
  if (!value->type.IsNumeric() && !value->IsText() && value->type.id() != TypeId::kVoid &&
      !IsAnsiInterval(value->type)) {
    return FailArgumentType(expr_.span, call, 1, kValueWanted, *value);
  }
  if (!grouped && (window_is_ordered_ || frame_said_)) {
    return FailAnalysis(expr_.span, "INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC",
                        "Cannot specify ORDER BY or a window frame for \"{}\".", call);
  }
  const bool down = item.direction == SortDirection::kDescending;
  return ExactPercentile(name_ == "percentile_cont" ? "quantile_cont" : "quantile_disc", *value,
                         percentage, item.direction,
                         fmt::format("{}({}) WITHIN GROUP (ORDER BY {}{})", name_, percentage.name,
                                     value->name, down ? " DESC" : ""));
}

Result<Typed> CallBinder::Median(Typed value) {
  Typed half;
  half.sql = "0.5";
  half.type = TypeId::kDouble;
  const bool distinct = call_.quantifier == SetQuantifier::kDistinct;
  return ExactPercentile("quantile_cont", value, half, SortDirection::kAscending,
                         fmt::format("median({}{})", distinct ? "DISTINCT " : "", value.name));
}

/// The exact percentile is within the error that Spark promises for every accuracy.
Result<Typed> CallBinder::ApproximatePercentile(std::vector<Typed> arguments) {
  const std::string accuracy = arguments.size() == 3 ? arguments[2].name : "10000";
  const std::string name =
      fmt::format("{}({}, {}, {})", shown_, arguments[0].name, arguments[1].name, accuracy);
  TRY_VOID(CheckPercentage(*call_.arguments[1].value, arguments[1], name, expr_.span));
  if (arguments.size() == 3) {
    if (arguments[2].type.id() == TypeId::kVoid) {
      return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                          "Cannot resolve \"{}\" due to data type mismatch: The accuracy must not "
                          "be null.",
                          name);
    }
    if (arguments[2].literal != nullptr && std::atoll(arguments[2].literal->text.c_str()) <= 0) {
      return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                          "Cannot resolve \"{}\" due to data type mismatch: The accuracy must be "
                          "between (0, 2147483647] (current value = {}L).",
                          name, accuracy);
    }
  }
  Typed value = arguments[0];
  if (value.IsText() || value.type.id() == TypeId::kVoid) value = Coerced(value, TypeId::kDouble);
  if (value.type.IsNested() || value.type.id() == TypeId::kBoolean ||
      value.type.id() == TypeId::kBinary) {
    return FailUnsupported(name_ + " of this type");
  }
  return AggregateResult(
      AggregateText("quantile_disc", fmt::format("{}, {}", value.sql, FractionText(arguments[1]))),
      ForEach(arguments[1], value.type), name, arguments);
}

}  // namespace sluice::sql
