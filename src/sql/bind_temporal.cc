#include <fmt/format.h>

#include <utility>

#include "sql/bind_operator.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"
#include "sql/spark_names.h"

namespace sluice::sql {
namespace {

bool IsTime(const DataType& type) {
  return type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampNtz;
}

/// date ± days, time ± interval, differences of times, arithmetic of intervals.
class TemporalBinder {
 public:
  TemporalBinder(BinaryOperator op, const Typed& left, const Typed& right, const Span& span)
      : op_(op), left_(left), right_(right), span_(span) {}

  /// Empty when no temporal type takes part.
  std::optional<Result<Typed>> Run() {
    if (IsAnsiInterval(left_.type) || IsAnsiInterval(right_.type)) return WithInterval();
    const bool left_date = left_.type.id() == TypeId::kDate;
    const bool right_date = right_.type.id() == TypeId::kDate;
    if (!left_date && !right_date && !IsTime(left_.type) && !IsTime(right_.type)) {
      return std::nullopt;
    }
    if (op_ == BinaryOperator::kSubtract && left_date && right_date) {
      return Finish(
          fmt::format("system.main.to_days(CAST({} - {} AS INTEGER))", left_.sql, right_.sql),
          DataType::DayTimeInterval(0, 0), Name());
    }
    if (op_ == BinaryOperator::kSubtract && (IsTime(left_.type) || IsTime(right_.type))) {
      return Difference();
    }
    if (left_date && CountsDays(right_)) return DatePlusDays(left_, right_);
    if (right_date && CountsDays(left_) && op_ == BinaryOperator::kAdd) {
      return DatePlusDays(right_, left_);
    }
    return FailOperands(op_, left_, right_, span_);
  }

 private:
  std::string Name() const { return BinaryName(op_, left_, right_); }
  bool IsSum() const { return op_ == BinaryOperator::kAdd || op_ == BinaryOperator::kSubtract; }
  static bool CountsDays(const Typed& value) {
    return value.type.id() == TypeId::kInt || value.type.id() == TypeId::kSmallInt ||
           value.type.id() == TypeId::kTinyInt;
  }

  Result<Typed> Finish(std::string sql, DataType type, std::string name) {
    return Joined(left_, right_, std::move(sql), std::move(type), std::move(name));
  }

  Result<Typed> Difference() {
    const bool ntz =
        left_.type.id() != TypeId::kTimestamp && right_.type.id() != TypeId::kTimestamp;
    const DataType common = ntz ? TypeId::kTimestampNtz : TypeId::kTimestamp;
    for (const Typed* operand : {&left_, &right_}) {
      if (operand->IsText()) {
        return FailArgumentType(span_, Name(), operand == &left_ ? 1 : 2,
                                "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"", *operand);
      }
      if (!CanCast(operand->type, common)) return FailOperands(op_, left_, right_, span_);
    }
    const std::string a = Coerced(left_, common).sql;
    const std::string b = Coerced(right_, common).sql;
    return Finish(
        fmt::format("spark._duration(system.main.epoch_us({}) - system.main.epoch_us({}))", a, b),
        DataType::DayTimeInterval(0, 3), Name());
  }

  Result<Typed> DatePlusDays(const Typed& date, const Typed& days) {
    if (!IsSum()) return FailOperands(op_, left_, right_, span_);
    return Finish(fmt::format("({} {} CAST({} AS INTEGER))", date.sql, OperatorWord(op_), days.sql),
                  TypeId::kDate,
                  fmt::format("{}({}, {})", op_ == BinaryOperator::kAdd ? "date_add" : "date_sub",
                              date.name, days.name));
  }

  Result<Typed> WithInterval() {
    const bool scales = op_ == BinaryOperator::kMultiply || op_ == BinaryOperator::kDivide;
    if (IsAnsiInterval(left_.type) && IsAnsiInterval(right_.type)) {
      return scales ? FailNumber(right_) : IntervalSum();
    }
    const Typed& interval = IsAnsiInterval(left_.type) ? left_ : right_;
    const Typed& other = IsAnsiInterval(left_.type) ? right_ : left_;
    const bool number =
        other.type.IsNumeric() || other.IsText() || other.type.id() == TypeId::kVoid;
    const bool whole = op_ == BinaryOperator::kDivide && !IsAnsiInterval(left_.type);
    if (scales && number && !whole) return Scaled(interval, other);
    if (!IsSum() || (IsAnsiInterval(left_.type) && op_ == BinaryOperator::kSubtract)) {
      return FailOperands(op_, left_, right_, span_);
    }
    if (other.type.id() == TypeId::kDate) return DatePlusInterval(other, interval);
    return TimePlusInterval(other, interval);
  }

  tl::unexpected<Error> FailNumber(const Typed& operand) const {
    return FailArgumentType(span_, Name(), 2, "\"NUMERIC\"", operand);
  }

  Result<Typed> TimePlusInterval(const Typed& other, const Typed& interval) {
    const Typed time = other.IsText() ? Coerced(other, TypeId::kTimestamp) : other;
    const std::string name = fmt::format("{} {} {}", other.name, OperatorWord(op_), interval.name);
    if (!IsTime(time.type)) {
      return FailArgumentType(span_, name, 1, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"",
                              other);
    }
    const Typed sum =
        TRY(Finish(fmt::format("({} {} {})", time.sql, OperatorWord(op_), StepText(interval)),
                   time.type, name));
    // Spark gives a text back where it got one.
    return other.IsText() ? Coerced(sum, TypeId::kString) : sum;
  }

  /// Days of an interval are days of the calendar, 23 or 25 hours where a clock is put.
  static std::string StepText(const Typed& interval) {
    if (interval.type.id() == TypeId::kYearMonthInterval) return interval.sql;
    return fmt::format("spark._by_days({})", interval.sql);
  }

  /// An interval times or by a number.
  Result<Typed> Scaled(const Typed& interval, const Typed& other) {
    const bool divides = op_ == BinaryOperator::kDivide;
    const DataType type = WidestInterval(interval.type);
    const Typed number = other.IsText() || other.type.id() == TypeId::kVoid
                             ? Coerced(other, TypeId::kDouble)
                             : other;
    const std::string count =
        fmt::format("CAST({} AS BIGINT)", IntervalCount(interval.sql, interval.type));
    const char* word = divides ? "divide" : "multiply";
    const bool exact = number.type.IsIntegral() || number.type.id() == TypeId::kDecimal;
    const std::string sql =
        exact ? fmt::format("system.main.sluice_interval_{}({}, {}, {}, {})", word, count,
                            UnscaledText(number.sql, number.type),
                            number.type.IsIntegral() ? 0 : number.type.scale(), IntervalLimit(type))
              : fmt::format("system.main.sluice_interval_{}_double({}, CAST({} AS DOUBLE), {})",
                            word, count, number.sql, IntervalLimit(type));
    return Finish(IntervalOfCount(sql, type), type,
                  fmt::format("({} {} {})", interval.name, OperatorWord(op_), other.name));
  }

  std::string NameWithoutParentheses() const {
    return fmt::format("{} {} {}", left_.name, OperatorWord(op_), right_.name);
  }

  Result<Typed> DatePlusInterval(const Typed& date, const Typed& interval) {
    const DataType& type = interval.type;
    if (type.id() == TypeId::kYearMonthInterval) {
      return Finish(
          fmt::format("CAST({} {} {} AS DATE)", date.sql, OperatorWord(op_), interval.sql),
          TypeId::kDate, NameWithoutParentheses());
    }
    if (type.first_unit() == 0 && type.last_unit() == 0) {
      const std::string days = fmt::format("extractansiintervaldays({})", interval.name);
      const std::string shown = op_ == BinaryOperator::kAdd ? days : fmt::format("(- {})", days);
      return Finish(
          fmt::format("CAST({} {} {} AS DATE)", date.sql, OperatorWord(op_), interval.sql),
          TypeId::kDate, fmt::format("date_add({}, {})", date.name, shown));
    }
    return Finish(fmt::format("({} {} {})", Coerced(date, TypeId::kTimestamp).sql,
                              OperatorWord(op_), StepText(interval)),
                  TypeId::kTimestamp, NameWithoutParentheses());
  }

  Result<Typed> IntervalSum() {
    const std::optional<DataType> common = TightestCommonType(left_.type, right_.type);
    if (!IsSum()) return FailOperands(op_, left_, right_, span_);
    if (!common) {
      return FailArgumentType(span_,
                              fmt::format("{} {} {}", right_.name, OperatorWord(op_), left_.name),
                              1, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"", right_);
    }
    return Finish(fmt::format("({} {} {})", left_.sql, OperatorWord(op_), right_.sql), *common,
                  Name());
  }

  BinaryOperator op_;
  const Typed& left_;
  const Typed& right_;
  const Span& span_;
};

}  // namespace

std::optional<Result<Typed>> TemporalArithmetic(BinaryOperator op, const Typed& left,
                                                const Typed& right, const Span& span) {
  return TemporalBinder(op, left, right, span).Run();
}

}  // namespace sluice::sql
