#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"
#include "sql/generate_interval.h"
#include "sql/nested_text.h"

namespace sluice::sql {
namespace {

tl::unexpected<Error> FailSequence(const SpecialInput& input) {
  return FailAnalysis(
      input.span, "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
      "Cannot resolve \"{}\" due to data type mismatch: `sequence` uses the wrong parameter type. "
      "The parameter type must conform to: 1. The start and stop expressions must resolve to the "
      "same type. 2. If start and stop expressions resolve to the (\"TIMESTAMP\" or "
      "\"TIMESTAMP_NTZ\" or \"DATE\") type, then the step expression must resolve to the "
      "(\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\") type. 3. "
      "Otherwise, if start and stop expressions resolve to the \"INTEGRAL\" type, then the step "
      "expression must resolve to the same type.",
      input.Name());
}

bool IsWhole(const DataType& type) { return type.IsIntegral() || type.id() == TypeId::kVoid; }
bool IsTime(const DataType& type) {
  return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp;
}

Typed ListOf(const SpecialInput& input, const std::string& sql, const DataType& element) {
  const DataType type = DataType::Array(element);
  Typed result = ResultOf(input, fmt::format("CAST({} AS {})", sql, DuckType(type)), type);
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> WholeSequence(SpecialInput& input) {
  std::vector<Typed> parts = input.arguments;
  const std::optional<DataType> type = TightestCommonType(parts[0].type, parts[1].type);
  std::vector<std::string> texts;
  for (const Typed& part : parts) texts.push_back(Coerced(part, TypeId::kBigInt).sql);
  if (texts.size() == 2) {
    texts.push_back(fmt::format("(CASE WHEN {} <= {} THEN 1 ELSE -1 END)", texts[0], texts[1]));
  }
  return ListOf(input, fmt::format("spark._sequence({}, {}, {})", texts[0], texts[1], texts[2]),
                *type);
}

Result<Typed> TimeSequence(SpecialInput& input) {
  const bool dates = input.arguments[0].type.id() == TypeId::kDate &&
                     input.arguments[1].type.id() == TypeId::kDate;
  const DataType type = dates ? TypeId::kDate : TypeId::kTimestamp;
  const std::string start = ExactText(Coerced(input.arguments[0], type));
  const std::string stop = ExactText(Coerced(input.arguments[1], type));
  std::string step = fmt::format(
      "(CASE WHEN {} <= {} THEN 1 ELSE -1 END * CAST(86400000000 AS BIGINT))", start, stop);
  bool months = false;
  if (input.arguments.size() == 3) {
    const Typed& given = input.arguments[2];
    months = given.type.id() == TypeId::kYearMonthInterval;
    if (!months && given.type.id() != TypeId::kDayTimeInterval) return FailSequence(input);
    step = fmt::format("CAST({} AS BIGINT)", IntervalCount(given.sql, given.type));
  }
  const char* macro = months ? "_month_sequence" : dates ? "_date_sequence" : "_time_sequence";
  return ListOf(input, fmt::format("spark.{}({}, {}, {})", macro, start, stop, step), type);
}

Result<Typed> Sequence(SpecialInput& input) {
  const DataType& start = input.arguments[0].type;
  const DataType& stop = input.arguments[1].type;
  const bool whole_step = input.arguments.size() < 3 || IsWhole(input.arguments[2].type);
  if (IsWhole(start) && IsWhole(stop) && whole_step &&
      (start.id() != TypeId::kVoid || stop.id() != TypeId::kVoid)) {
    return WholeSequence(input);
  }
  if (IsTime(start) && IsTime(stop)) {
    if (input.arguments.size() == 3 && input.arguments[2].type.id() == TypeId::kCalendarInterval) {
      return FailUnsupported("sequence with a step of mixed units");
    }
    return TimeSequence(input);
  }
  const bool texts = start.IsText() != stop.IsText() && (IsTime(start) || IsTime(stop));
  const bool wall = start.id() == TypeId::kTimestampNtz || stop.id() == TypeId::kTimestampNtz;
  if (texts || wall || start.id() == TypeId::kVoid || stop.id() == TypeId::kVoid) {
    return FailUnsupported(fmt::format("sequence of {} and {}", start.SqlName(), stop.SqlName()));
  }
  return FailSequence(input);
}

/// The name that Spark gives the field of an argument: a column's, or its place.
std::string FieldNameOf(const Typed& value, std::size_t index) {
  if (value.loose && value.loose->name == value.name) return value.name;
  return value.alias_hint.empty() || value.user_cast ? std::to_string(index) : value.alias_hint;
}

Result<Typed> ArraysZip(SpecialInput& input) {
  if (input.arguments.empty()) return FailUnsupported("arrays_zip of nothing");
  std::vector<StructField> fields;
  std::string parts;
  std::string nulls;
  std::string longest;
  std::string items;
  for (std::size_t i = 0; i < input.arguments.size(); ++i) {
    const Typed& array = input.arguments[i];
    if (array.type.id() != TypeId::kArray) {
      return FailArgumentType(input.span, input.Name(), i + 1, "\"ARRAY\"", array);
    }
    const std::string name = FieldNameOf(array, i);
    for (const StructField& field : fields) {
      if (EqualsIgnoreCase(field.name, name)) {
        return FailUnsupported("a struct with two fields of one name");
      }
    }
    const char* comma = i > 0 ? ", " : "";
    fields.push_back({name, array.type.element(), true, {}});
    parts += fmt::format("{}p{}: {}", comma, i, ExactText(array));
    nulls += fmt::format("{}_z.p{} IS NULL", i > 0 ? " OR " : "", i);
    longest += fmt::format("{}system.main.len(_z.p{})", comma, i);
    items += fmt::format("{}{}: _z.p{}[_i]", comma, QuoteText(name), i);
  }
  const std::string zipped = fmt::format(
      "CASE WHEN {} THEN NULL ELSE system.main.list_transform(system.main.range(1, "
      "system.main.greatest({}) + 1), lambda _i: {{{}}}) END",
      nulls, longest, items);
  return ListOf(input, NamedText("{" + parts + "}", "_z", zipped),
                DataType::Struct(std::move(fields)));
}

Result<Typed> ArrayInsert(SpecialInput& input) {
  Typed array = input.arguments[0];
  Typed item = input.arguments[2];
  const bool is_array = array.type.id() == TypeId::kArray;
  const std::optional<DataType> common =
      is_array ? TightestCommonType(array.type.element(), item.type) : std::nullopt;
  if (!common) return FailElementType(input, item);
  const Typed& place = input.arguments[1];
  if (!IsWhole(place.type) || place.type.id() == TypeId::kBigInt) {
    return FailArgumentType(input.span, input.Name(), 2, "\"INT\"", place);
  }
  const DataType type = DataType::Array(*common);
  return ResultOf(
      input,
      fmt::format("spark.array_insert({}, {}, {})", ExactText(Coerced(std::move(array), type)),
                  Coerced(place, TypeId::kInt).sql, ExactText(Coerced(std::move(item), *common))),
      type);
}

constexpr std::array kArray = {
    SpecialFunction{"sequence", 2, 3, &Sequence},
    SpecialFunction{"arrays_zip", 0, kAnyNumber, &ArraysZip},
    SpecialFunction{"array_insert", 3, 3, &ArrayInsert},
};

}  // namespace

std::span<const SpecialFunction> ArrayFunctions() { return kArray; }

}  // namespace sluice::sql
