#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_call.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_order.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kRowsToCurrent = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
constexpr std::string_view kRangeToCurrent = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
constexpr std::string_view kWholePartition =
    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";

struct WindowFunction {
  std::string_view name;
  std::string_view shown;
  TypeId result;  ///< kVoid: of the first argument
  std::size_t arguments_min;
  std::size_t arguments_max;
  std::string_view frame;  ///< the frame Spark shows for it
};

constexpr std::array kWindowFunctions = {
    WindowFunction{"row_number", "row_number", TypeId::kInt, 0, 0, kRowsToCurrent},
    WindowFunction{"rank", "RANK", TypeId::kInt, 0, 0, kRowsToCurrent},
    WindowFunction{"dense_rank", "DENSE_RANK", TypeId::kInt, 0, 0, kRowsToCurrent},
    WindowFunction{"percent_rank", "PERCENT_RANK", TypeId::kDouble, 0, 0, kRowsToCurrent},
    WindowFunction{"cume_dist", "cume_dist", TypeId::kDouble, 0, 0, kRangeToCurrent},
    WindowFunction{"ntile", "ntile", TypeId::kInt, 0, 1, kRowsToCurrent},
    WindowFunction{"lag", "lag", TypeId::kVoid, 1, 3, {}},
    WindowFunction{"lead", "lead", TypeId::kVoid, 1, 3, {}},
    WindowFunction{"nth_value", "nth_value", TypeId::kVoid, 2, 3, {}},
};

const WindowFunction* Find(std::string_view name) {
  for (const WindowFunction& function : kWindowFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

std::string_view SortWords(const SortItem& item) {
  const bool ascending = item.direction == SortDirection::kAscending;
  bool first = ascending;
  if (item.nulls != NullOrder::kDefault) first = item.nulls == NullOrder::kFirst;
  if (ascending) return first ? "ASC NULLS FIRST" : "ASC NULLS LAST";
  return first ? "DESC NULLS FIRST" : "DESC NULLS LAST";
}

}  // namespace

bool CallBinder::IsWindowFunction() const { return Find(name_) != nullptr; }

Result<const WindowSpec*> CallBinder::FindNamedWindow(const Identifier& name) const {
  if (binder_.context_.windows != nullptr) {
    for (const NamedWindow& window : *binder_.context_.windows) {
      if (EqualsIgnoreCase(window.name.text, name.text)) return &window.spec;
    }
  }
  return FailAnalysis(expr_.span, "MISSING_WINDOW_SPECIFICATION",
                      "Window specification is not defined in the WINDOW clause for `{}`.",
                      name.text);
}

Result<const WindowSpec*> CallBinder::FindWindow() const {
  const WindowSpec* spec = call_.over.get();
  if (spec->reference) spec = TRY(FindNamedWindow(*spec->reference));
  // WINDOW a AS (…), b AS (a): one step, as Spark takes it.
  if (spec->reference) spec = TRY(FindNamedWindow(*spec->reference));
  if (spec->reference) return FailUnsupported("reference to a reference of a window");
  return spec;
}

Result<std::string> CallBinder::BindBound(const FrameBound& bound, const std::vector<Typed>& order,
                                          FrameUnit unit, std::string* shown) {
  // Spark casts an offset to the type it is added to, and then shows what it adds.
  const auto show_cast = [&](const Typed& offset) {
    *shown = bound.kind == FrameBoundKind::kPreceding ? fmt::format("(- {}) FOLLOWING", offset.name)
                                                      : fmt::format("{} FOLLOWING", offset.name);
  };
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding:
      *shown = "UNBOUNDED PRECEDING";
      return *shown;
    case FrameBoundKind::kUnboundedFollowing:
      *shown = "UNBOUNDED FOLLOWING";
      return *shown;
    case FrameBoundKind::kCurrentRow:
      *shown = "CURRENT ROW";
      return *shown;
    default:
      break;
  }
  Typed offset = TRY(binder_.Bind(*bound.offset));
  if (!offset.foldable) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE",
                        "Cannot resolve \"{}\" due to data type mismatch: Window frame bound "
                        "\"{}\" is not foldable.",
                        offset.name, offset.name);
  }
  const char* word = bound.kind == FrameBoundKind::kPreceding ? "PRECEDING" : "FOLLOWING";
  *shown = fmt::format("{} {}", offset.name, word);
  if (unit == FrameUnit::kRows) {
    if (!offset.type.IsIntegral()) return FailUnsupported("window frame bound of this type");
    return fmt::format("{} {}", offset.sql, word);
  }
  if (order.size() != 1) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
                        "Cannot resolve a range window frame: it cannot be used in a window "
                        "specification with multiple order by expressions.");
  }
  const bool interval = offset.type.id() == TypeId::kDayTimeInterval ||
                        offset.type.id() == TypeId::kYearMonthInterval;
  const bool by_date = order[0].type.id() == TypeId::kDate;
  if (by_date && offset.type.id() == TypeId::kDayTimeInterval) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
                        "Cannot resolve a range window frame: the data type \"{}\" used in the "
                        "order specification does not match the data type \"{}\" which is used in "
                        "the range frame.",
                        order[0].type.UpperName(), offset.type.UpperName());
  }
  if (by_date && offset.type.IsIntegral()) {
    return fmt::format("system.main.to_days(CAST({} AS INTEGER)) {}", offset.sql, word);
  }
  if (!interval && order[0].type.IsNumeric()) {
    if (offset.type != order[0].type) show_cast(offset);
    offset = Coerced(offset, order[0].type);
  }
  if (!interval && !order[0].type.IsNumeric()) return FailUnsupported("RANGE over this type");
  return fmt::format("{} {}", offset.sql, word);
}

Result<std::string> CallBinder::BindFrame(const WindowSpec& spec, const std::vector<Typed>& order) {
  const WindowFrame& frame = *spec.frame;
  if (frame.start.offset != nullptr && frame.end.offset != nullptr) {
    const DataType lower = TRY(binder_.Bind(*frame.start.offset)).type;
    const DataType upper = TRY(binder_.Bind(*frame.end.offset)).type;
    if (lower != upper && frame.unit == FrameUnit::kRange && !lower.IsNumeric()) {
      return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES",
                          "Cannot resolve a window frame due to data type mismatch: Window frame "
                          "bounds \"{}\" and \"{}\" do not have the same type: \"{}\" <> \"{}\".",
                          "lower", "upper", lower.UpperName(), upper.UpperName());
    }
  }
  const char* unit = frame.unit == FrameUnit::kRows ? "ROWS" : "RANGE";
  std::string shown_start;
  std::string shown_end;
  const std::string start = TRY(BindBound(frame.start, order, frame.unit, &shown_start));
  const std::string end = TRY(BindBound(frame.end, order, frame.unit, &shown_end));
  frame_name_ = fmt::format("{} BETWEEN {} AND {}", unit, shown_start, shown_end);
  // A frame that ends before it starts is empty for Spark; the engine's parser refuses the words.
  const bool ends_before = frame.end.kind == FrameBoundKind::kPreceding;
  const bool starts_after = frame.start.kind == FrameBoundKind::kFollowing;
  if ((frame.start.kind == FrameBoundKind::kCurrentRow && ends_before) ||
      (starts_after && (ends_before || frame.end.kind == FrameBoundKind::kCurrentRow))) {
    return std::string("ROWS BETWEEN 1 FOLLOWING AND 0 FOLLOWING");
  }
  return fmt::format("{} BETWEEN {} AND {}", unit, start, end);
}

Result<void> CallBinder::BindWindow() {
  const WindowSpec& spec = *TRY(FindWindow());
  std::string sql;
  std::string name;
  for (const ExprPtr& expr : spec.partition_by) {
    Typed part = TRY(binder_.Bind(*expr));
    sql += (sql.empty() ? "PARTITION BY " : ", ") + part.sql;
    name += (name.empty() ? "PARTITION BY " : ", ") + part.name;
    window_parts_.push_back(std::move(part));
  }
  std::vector<Typed> order;
  for (const SortItem& item : spec.order_by) {
    order.push_back(TRY(binder_.Bind(*item.expr)));
    const char* separator = order.size() > 1 ? ", " : (sql.empty() ? "ORDER BY " : " ORDER BY ");
    sql +=
        separator + ExpressionBinder::SortText(OrderKey(order.back().sql, order.back().type), item);
    name += separator + fmt::format("{} {}", order.back().name, SortWords(item));
    window_parts_.push_back(order.back());
  }
  window_is_ordered_ = !order.empty();
  frame_said_ = spec.frame.has_value();
  frame_name_ = order.empty() ? kWholePartition : kRangeToCurrent;
  if (spec.frame) sql += (sql.empty() ? "" : " ") + TRY(BindFrame(spec, order));
  over_sql_ = fmt::format(" OVER ({})", sql);
  over_name_ = fmt::format(" OVER ({}{}{})", name, name.empty() ? "" : " ", frame_name_);
  return {};
}

Result<void> CallBinder::CheckWindowCall(const std::vector<Typed>& arguments,
                                         std::size_t arguments_min, std::size_t arguments_max,
                                         std::string_view frame) {
  if (call_.over == nullptr) {
    return FailAnalysis(expr_.span, "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
                        "Window function \"{}\" requires an OVER clause.",
                        CallName(shown_, arguments));
  }
  if (arguments.size() < arguments_min || arguments.size() > arguments_max) {
    return FailArgumentCount(
        expr_.span, name_, fmt::format("[{}, {}]", arguments_min, arguments_max), arguments.size());
  }
  TRY_VOID(BindWindow());
  if (!window_is_ordered_ && name_ != "nth_value") {
    return FailAnalysis(expr_.span, "_LEGACY_ERROR_TEMP_1037",
                        "Window function {} requires window to be ordered, please add ORDER BY "
                        "clause. For example SELECT {}(value_expr) OVER (PARTITION BY "
                        "window_partition ORDER BY window_ordering) from table.",
                        CallName(name_, arguments), CallName(name_, arguments));
  }
  if (frame_said_ && !frame.empty() && frame_name_ != frame) {
    return FailAnalysis(expr_.span, "_LEGACY_ERROR_TEMP_1036",
                        "Window Frame specifiedwindowframe must match the required frame.");
  }
  return {};
}

Result<Typed> CallBinder::BindWindowFunction() {
  const WindowFunction& function = *Find(name_);
  std::vector<Typed> arguments;
  for (const Argument& argument : call_.arguments) {
    arguments.push_back(TRY(binder_.Bind(*argument.value)));
  }
  TRY_VOID(
      CheckWindowCall(arguments, function.arguments_min, function.arguments_max, function.frame));
  bool ignore_nulls = call_.nulls == NullTreatment::kIgnore;
  std::string shown_frame(function.frame);
  std::vector<Typed> shown = arguments;
  std::string list;
  if (name_ == "lag" || name_ == "lead") {
    std::string offset = "1";
    if (arguments.size() > 1) {
      if (arguments[1].literal == nullptr) return FailUnsupported(name_ + " by a variable offset");
      offset = arguments[1].literal->text;
    } else {
      shown.push_back(Typed{});
      shown.back().name = "1";
    }
    list = fmt::format("{}, {}", arguments[0].sql, offset);
    if (arguments.size() == 3) {
      list += ", " + Coerced(arguments[2], arguments[0].type).sql;
    } else {
      shown.push_back(Typed{});
      shown.back().name = "NULL";
    }
    const int rows = std::atoi(offset.c_str()) * (name_ == "lag" ? -1 : 1);
    shown_frame = fmt::format("ROWS BETWEEN {0} FOLLOWING AND {0} FOLLOWING", rows);
  } else {
    for (std::size_t i = 0; i < arguments.size() && i < 2; ++i) {
      list += (i > 0 ? ", " : "") + arguments[i].sql;
    }
    if (name_ == "nth_value") {
      ignore_nulls = ignore_nulls || (arguments.size() == 3 && arguments[2].sql == "true");
      shown.resize(2);
    }
    if (shown_frame.empty()) shown_frame = frame_name_;
    if (name_ == "ntile" && list.empty()) list = "1";
  }
  std::string sql =
      fmt::format("{}({}{}){}", name_, list, ignore_nulls ? " IGNORE NULLS" : "", over_sql_);
  const DataType type =
      function.result == TypeId::kVoid ? arguments[0].type : DataType(function.result);
  if (type.id() == TypeId::kInt) sql = fmt::format("CAST({} AS INTEGER)", sql);
  std::string over = over_name_;
  const std::size_t place = over.rfind(frame_name_);
  if (place != std::string::npos) over.replace(place, frame_name_.size(), shown_frame);
  Typed result;
  result.sql = std::move(sql);
  result.type = type;
  // Spark says so for NTH_VALUE alone.
  const bool says_nulls = name_ == "nth_value" && ignore_nulls;
  result.name = CallName(function.shown, shown) + (says_nulls ? " ignore nulls" : "") + over;
  result.has_window = true;
  for (const Typed& argument : arguments) Inherit(argument, &result);
  for (const Typed& part : window_parts_) Inherit(part, &result);
  return result;
}

}  // namespace sluice::sql
