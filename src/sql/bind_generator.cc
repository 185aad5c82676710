#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "sql/bind_expression.h"
#include "sql/bind_from.h"
#include "sql/coerce.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

/// Rows that stack() may make; each is text of the generated statement.
constexpr int kStackRowsMax = 100'000;

constexpr std::string_view kGenerators[] = {
    "explode",      "explode_outer", "posexplode",  "posexplode_outer", "inline",
    "inline_outer", "stack",         "trans_array", "json_tuple"};

Result<BoundRelation> Explode(const Typed& value, bool with_position, const Span& span,
                              std::string_view name) {
  BoundRelation relation;
  std::vector<std::string> items;
  if (with_position) {
    const char* count = value.type.id() == TypeId::kMap ? "cardinality" : "len";
    items.push_back(fmt::format(
        "CAST(unnest(system.main.range(CAST(system.main.{}({}) AS BIGINT))) AS INTEGER)", count,
        value.sql));
    relation.columns.push_back({"pos", TypeId::kInt, 0});
  }
  if (value.type.id() == TypeId::kArray) {
    items.push_back(fmt::format("unnest({})", ExactText(value)));
    relation.columns.push_back({"col", value.type.element()});
  } else if (value.type.id() == TypeId::kMap) {
    const std::string map = ExactText(value);
    items.push_back(fmt::format("unnest(system.main.map_keys({}))", map));
    items.push_back(fmt::format("unnest(system.main.map_values({}))", map));
    relation.columns.push_back({"key", value.type.key()});
    relation.columns.push_back({"value", value.type.value()});
  } else {
    return FailArgumentType(span, fmt::format("{}({})", name, value.name), 1,
                            "(\"ARRAY\" or \"MAP\")", value);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    relation.sql += fmt::format("{}{} AS {}", i > 0 ? ", " : "SELECT ", items[i], ColumnAlias(i));
  }
  return relation;
}

Result<BoundRelation> Inline(const Typed& value, const Span& span) {
  const bool fits =
      value.type.id() == TypeId::kArray && value.type.element().id() == TypeId::kStruct;
  if (!fits) {
    return FailArgumentType(span, fmt::format("inline({})", value.name), 1, "\"ARRAY<STRUCT>\"",
                            value);
  }
  BoundRelation relation;
  for (const StructField& field : value.type.element().fields()) {
    relation.sql +=
        fmt::format("{}struct_extract(_u.s, {}) AS {}", relation.columns.empty() ? "SELECT " : ", ",
                    QuoteText(field.name), ColumnAlias(relation.columns.size()));
    relation.columns.push_back({field.name, field.type});
  }
  relation.sql += fmt::format(" FROM (SELECT unnest({}) AS s) AS _u", ExactText(value));
  return relation;
}

/// All values of a column have one type, or none.
Result<void> CheckStackColumn(const std::vector<Typed>& column, std::size_t index,
                              std::size_t width, const std::string& call, const Span& span) {
  const Typed* first = nullptr;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (column[row].type.id() == TypeId::kVoid) continue;
    if (first == nullptr) first = &column[row];
    if (first->type == column[row].type) continue;
    const auto place = static_cast<std::size_t>(first - column.data());
    return FailAnalysis(span, "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: The data type of the "
                        "column ({}) do not have the same type: \"{}\" ({}) <> \"{}\" ({}).",
                        call, index, first->type.UpperName(), place * width + index + 1,
                        column[row].type.UpperName(), row * width + index + 1);
  }
  return {};
}

Result<BoundRelation> Stack(std::vector<Typed> arguments, const Span& span) {
  if (arguments.size() < 2) return FailArgumentCount(span, "stack", "> 1", arguments.size());
  const Typed& count_of_rows = arguments[0];
  const std::string call = CallName("stack", arguments);
  if (!count_of_rows.type.IsIntegral() || count_of_rows.type.id() == TypeId::kBigInt) {
    return FailArgumentType(span, call, 1, "\"INT\"", count_of_rows);
  }
  if (!count_of_rows.foldable) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                        "Cannot resolve \"{}\" due to data type mismatch: the input n should be a "
                        "foldable \"INT\" expression; however, got \"{}\".",
                        call, count_of_rows.name);
  }
  if (count_of_rows.literal == nullptr) {
    return FailUnsupported("stack with a row count that is made by a function");
  }
  const int rows = std::atoi(count_of_rows.literal->text.c_str());
  if (rows < 1) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                        "Cannot resolve \"{}\" due to data type mismatch: The `n` must be between "
                        "(0, 2147483647] (current value = {}).",
                        call, rows);
  }
  if (rows > kStackRowsMax) {
    return Fail(ErrorCode::kLimitExceeded, "stack has more than {} rows", kStackRowsMax);
  }
  arguments.erase(arguments.begin());
  const auto count = static_cast<std::size_t>(rows);
  const std::size_t width = (arguments.size() + count - 1) / count;
  BoundRelation relation;
  std::vector<std::vector<Typed>> columns(width);
  for (std::size_t i = 0; i < width * count; ++i) {
    Typed value;
    value.sql = "NULL";
    value.name = "NULL";
    columns[i % width].push_back(i < arguments.size() ? arguments[i] : value);
  }
  std::string names;
  for (std::size_t i = 0; i < width; ++i) {
    TRY_VOID(CheckStackColumn(columns[i], i, width, call, span));
    relation.columns.push_back({fmt::format("col{}", i), TRY(Unify(&columns[i], span, "stack"))});
    names += (i > 0 ? ", " : "") + ColumnAlias(i);
  }
  std::string values;
  for (std::size_t row = 0; row < count; ++row) {
    values += row > 0 ? ", (" : "(";
    for (std::size_t i = 0; i < width; ++i) {
      values += (i > 0 ? ", " : "") + ExactText(columns[i][row]);
    }
    values += ")";
  }
  relation.sql = fmt::format("SELECT {0} FROM (VALUES {1}) AS _u({0})", names, values);
  return relation;
}

/// How many arguments of trans_array are keys; the others are texts to be split.
Result<std::size_t> KeysOfTransArray(const std::vector<Typed>& arguments, const Span& span) {
  const Typed& keys = arguments[0];
  const Typed& separator = arguments[1];
  if (keys.literal == nullptr || !keys.type.IsIntegral() || separator.literal == nullptr ||
      !separator.IsText()) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                        "Cannot resolve \"{}\" due to data type mismatch: the number of keys and "
                        "the separator should be constants.",
                        CallName("trans_array", arguments));
  }
  const long count = std::strtol(keys.literal->text.c_str(), nullptr, 10);
  const auto columns = static_cast<long>(arguments.size()) - 2;
  if (count < 0 || count > columns || separator.literal->text.empty()) {
    return FailAnalysis(span, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                        "Cannot resolve \"{}\" due to data type mismatch: The number of keys must "
                        "be between [0, {}] and the separator must not be empty.",
                        CallName("trans_array", arguments), columns);
  }
  return static_cast<std::size_t>(count);
}

/// trans_array(keys, separator, key, …, text, …): a row for each part of the texts. DuckDB fills up
/// the shorter of several lists with NULL; a NULL text is a list of one.
Result<BoundRelation> TransArray(const std::vector<Typed>& arguments, const Span& span) {
  if (arguments.size() < 3) return FailArgumentCount(span, "trans_array", "> 2", arguments.size());
  const std::size_t keys = TRY(KeysOfTransArray(arguments, span));
  BoundRelation relation;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const std::size_t column = i - 2;
    const bool is_key = column < keys;
    if (!is_key && arguments[i].type.IsNested()) {
      return FailArgumentType(span, CallName("trans_array", arguments), i + 1, "\"STRING\"",
                              arguments[i]);
    }
    const std::string value =
        is_key ? ExactText(arguments[i])
               : fmt::format("unnest(coalesce(system.main.string_split({}, {}), [NULL]))",
                             ExactText(Coerced(arguments[i], TypeId::kString)),
                             QuoteText(arguments[1].literal->text));
    relation.sql +=
        fmt::format("{}{} AS {}", column > 0 ? ", " : "SELECT ", value, ColumnAlias(column));
    relation.columns.push_back(
        {fmt::format("col{}", column), is_key ? arguments[i].type : DataType(TypeId::kString)});
  }
  return relation;
}

/// A row of the members' texts, whatever the text is.
Result<BoundRelation> JsonTuple(const std::vector<Typed>& arguments, const Span& span) {
  if (arguments.size() < 2) return FailArgumentCount(span, "json_tuple", "> 1", arguments.size());
  BoundRelation relation;
  std::string names;
  std::string columns;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].IsText()) {
      return FailAnalysis(span, "DATATYPE_MISMATCH.NON_STRING_TYPE",
                          "Cannot resolve \"{}\" due to data type mismatch: all arguments must be "
                          "strings.",
                          CallName("json_tuple", arguments));
    }
    if (i == 0) continue;
    names += (i > 1 ? ", " : "") + ExactText(arguments[i]);
    columns += fmt::format("{}_u.l[{}] AS {}", i > 1 ? ", " : "", i, ColumnAlias(i - 1));
    relation.columns.push_back({fmt::format("c{}", i - 1), TypeId::kString});
  }
  relation.sql = fmt::format(
      "SELECT {} FROM (SELECT system.main.sluice_json_tuple({}, CAST(system.main.to_json([{}]) AS "
      "VARCHAR)) AS l) AS _u",
      columns, ExactText(arguments[0]), names);
  return relation;
}

}  // namespace

bool IsGenerator(std::string_view lower_name) {
  for (std::string_view name : kGenerators) {
    if (name == lower_name) return true;
  }
  return false;
}

Result<BoundRelation> BindGenerator(std::string_view lower_name, std::vector<Typed> arguments,
                                    const Span& span) {
  if (lower_name == "json_tuple") return JsonTuple(arguments, span);
  if (lower_name == "stack") return Stack(std::move(arguments), span);
  if (lower_name == "trans_array") return TransArray(arguments, span);
  const bool explodes = lower_name.starts_with("explode");
  if (arguments.empty() && explodes) {
    return FailAnalysis(span, "REQUIRED_PARAMETER_NOT_FOUND",
                        "Cannot invoke function `{}` because the parameter named `collection` is "
                        "required, but the function call did not supply a value. Please update the "
                        "function call to supply an argument value (either positionally at index 0 "
                        "or by name) and retry the query again.",
                        lower_name);
  }
  if (arguments.size() != 1) return FailArgumentCount(span, lower_name, "1", arguments.size());
  if (lower_name.starts_with("inline")) return Inline(arguments[0], span);
  return Explode(arguments[0], lower_name.starts_with("pos"), span, lower_name);
}

std::string JoinGenerator(BindState& state, const BoundRelation& generator, bool outer_join,
                          std::string* from_sql) {
  std::string alias = state.NewAlias();
  if (from_sql->empty()) {
    if (outer_join) {
      *from_sql = fmt::format("(SELECT 1) AS {} LEFT JOIN LATERAL ({}) AS {} ON (true)",
                              state.NewAlias(), generator.sql, alias);
    } else {
      *from_sql = fmt::format("({}) AS {}", generator.sql, alias);
    }
    return alias;
  }
  *from_sql += fmt::format(" {} LATERAL ({}) AS {}", outer_join ? "LEFT JOIN" : "CROSS JOIN",
                           generator.sql, alias);
  if (outer_join) *from_sql += " ON (true)";
  return alias;
}

}  // namespace sluice::sql
