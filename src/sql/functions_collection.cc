#include <fmt/format.h>

#include <array>
#include <utility>

#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

Result<Typed> ArrayArgument(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  if (value.type.id() == TypeId::kArray) return value;
  if (value.type.id() == TypeId::kVoid) return Coerced(value, DataType::Array(TypeId::kVoid));
  return FailArgumentType(input.span, input.Name(), index + 1, "\"ARRAY\"", value);
}

Result<Typed> MapArgument(const SpecialInput& input, std::size_t index) {
  const Typed& value = input.arguments[index];
  if (value.type.id() == TypeId::kMap) return value;
  return FailArgumentType(input.span, input.Name(), index + 1, "\"MAP\"", value);
}

std::string Exact(const std::string& sql, const DataType& type) {
  return fmt::format("CAST({} AS {})", sql, DuckType(type));
}

Result<Typed> MakeArray(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  const DataType element = TRY(Unify(&input.arguments, input.span, result.name));
  for (const Typed& value : input.arguments) {
    result.sql += (result.sql.empty() ? "" : ", ") + value.sql;
  }
  result.type = DataType::Array(element);
  result.sql = Exact("[" + result.sql + "]", result.type);
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> MakeMap(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  if (input.arguments.size() % 2 != 0) {
    return FailArgumentCount(input.span, "map", "2n (n > 0)", input.arguments.size());
  }
  std::vector<Typed> keys;
  std::vector<Typed> values;
  for (std::size_t i = 0; i < input.arguments.size(); i += 2) {
    keys.push_back(input.arguments[i]);
    values.push_back(input.arguments[i + 1]);
  }
  const DataType key = TRY(Unify(&keys, input.span, result.name));
  const DataType value = TRY(Unify(&values, input.span, result.name));
  std::string key_list;
  std::string value_list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    key_list += (i > 0 ? ", " : "") + keys[i].sql;
    value_list += (i > 0 ? ", " : "") + values[i].sql;
  }
  result.type = DataType::Map(key, value);
  result.sql = Exact(fmt::format("system.main.map([{}], [{}])", key_list, value_list), result.type);
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> NamedStruct(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  if (input.arguments.size() % 2 != 0) {
    return FailArgumentCount(input.span, "named_struct", "2n (n > 0)", input.arguments.size());
  }
  std::vector<StructField> fields;
  for (std::size_t i = 0; i < input.arguments.size(); i += 2) {
    const Typed& name = input.arguments[i];
    if (name.literal == nullptr || !name.IsText()) {
      return FailAnalysis(input.span,
                          "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                          "Cannot resolve \"{}\" due to data type mismatch: Only foldable `STRING` "
                          "expressions are allowed to appear at odd position.",
                          result.name);
    }
    const Typed& value = input.arguments[i + 1];
    fields.push_back({name.literal->text, value.type, true, {}});
    result.sql +=
        fmt::format("{}{}: {}", i > 0 ? ", " : "", QuoteText(name.literal->text), ExactText(value));
  }
  result.sql = "{" + result.sql + "}";
  result.type = DataType::Struct(std::move(fields));
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> MakeStruct(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  std::vector<StructField> fields;
  for (std::size_t i = 0; i < input.arguments.size(); ++i) {
    const Typed& value = input.arguments[i];
    const bool column = value.loose && value.loose->name == value.name;
    const std::string field = column ? value.name : fmt::format("col{}", i + 1);
    fields.push_back({field, value.type, true, {}});
    result.sql += fmt::format("{}{}: {}", i > 0 ? ", " : "", QuoteText(field), ExactText(value));
  }
  result.sql = "{" + result.sql + "}";
  result.type = DataType::Struct(std::move(fields));
  result.physical = Physical::kExact;
  return result;
}

/// SIZE of NULL is -1.
Result<Typed> Size(SpecialInput& input) {
  const Typed& value = input.arguments[0];
  const bool zero_based_null = input.name != "array_size";
  if (value.type.id() == TypeId::kVoid) {
    return ResultOf(input, zero_based_null ? "CAST(-1 AS INTEGER)" : "CAST(NULL AS INTEGER)",
                    TypeId::kInt);
  }
  if (value.type.id() != TypeId::kArray && value.type.id() != TypeId::kMap) {
    return FailArgumentType(input.span, input.Name(), 1, "(\"ARRAY\" or \"MAP\")", value);
  }
  const char* count = value.type.id() == TypeId::kMap ? "cardinality" : "len";
  std::string sql = fmt::format("CAST(system.main.{}({}) AS INTEGER)", count, value.sql);
  if (zero_based_null) {
    sql = fmt::format("(CASE WHEN {} IS NULL THEN -1 ELSE {} END)", value.sql, sql);
  }
  return ResultOf(input, sql, TypeId::kInt);
}

Result<Typed> ElementAt(SpecialInput& input) {
  const Typed& base = input.arguments[0];
  if (base.type.id() == TypeId::kMap) {
    const Typed key = Coerced(input.arguments[1], base.type.key());
    return ResultOf(input, fmt::format("{}[{}]", base.sql, key.sql), base.type.value());
  }
  const Typed array = TRY(ArrayArgument(input, 0));
  const Typed& index = input.arguments[1];
  if (!index.type.IsIntegral()) {
    return FailArgumentType(input.span, input.Name(), 2, "\"INT\"", index);
  }
  const std::string place = Coerced(index, TypeId::kInt).sql;
  return ResultOf(input, fmt::format("{}[{}]", array.sql, place), array.type.element());
}

Result<Typed> Get(SpecialInput& input) {
  const std::string name = input.Name();
  Typed array = TRY(ArrayArgument(input, 0));
  Typed result = TRY(ElementOf(std::move(array), input.arguments[1], input.span));
  result.name = name;
  return result;
}

/// A macro over an array and one value of its element's type.
Result<Typed> ArrayAndValue(SpecialInput& input) {
  Typed array = TRY(ArrayArgument(input, 0));
  Typed value = input.arguments[1];
  const bool searches = input.name == "array_contains" || input.name == "array_position";
  if (searches && value.type.id() == TypeId::kVoid) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.NULL_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: Null typed values cannot "
                        "be used as arguments of `{}`.",
                        input.Name(), input.name);
  }
  const std::optional<DataType> common =
      WiderType(array.type.element(), value.type, StringPromotion::kNo);
  if (!common) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: Input to `{}` should "
                        "have been \"ARRAY\" followed by a value with same element type, but it's "
                        "[\"{}\", \"{}\"].",
                        input.Name(), input.name, array.type.UpperName(), value.type.UpperName());
  }
  array = Coerced(std::move(array), DataType::Array(*common));
  value = Coerced(std::move(value), *common);
  DataType type = array.type;
  if (input.name == "array_contains") type = TypeId::kBoolean;
  if (input.name == "array_position") type = TypeId::kBigInt;
  return ResultOf(input, fmt::format("spark.{}({}, {})", input.name, array.sql, value.sql), type);
}

/// A macro over two arrays that first meet in one type.
Result<Typed> TwoArrays(SpecialInput& input) {
  std::vector<Typed> arrays;
  for (std::size_t i = 0; i < 2; ++i) arrays.push_back(TRY(ArrayArgument(input, i)));
  const DataType type = TRY(Unify(&arrays, input.span, input.Name()));
  const bool test = input.name == "arrays_overlap";
  return ResultOf(input, fmt::format("spark.{}({}, {})", input.name, arrays[0].sql, arrays[1].sql),
                  test ? DataType(TypeId::kBoolean) : type);
}

Result<Typed> OneArray(SpecialInput& input) {
  const Typed array = TRY(ArrayArgument(input, 0));
  DataType type = array.type;
  if (input.name == "array_max" || input.name == "array_min") type = array.type.element();
  return ResultOf(input, fmt::format("spark.{}({})", input.name, array.sql), type);
}

Result<Typed> SortArray(SpecialInput& input) {
  const Typed array = TRY(ArrayArgument(input, 0));
  std::string ascending = "true";
  if (input.arguments.size() == 2) {
    ascending = input.arguments[1].sql;
  } else {
    Typed value;
    value.name = "true";
    value.foldable = true;
    input.arguments.push_back(std::move(value));
  }
  return ResultOf(input, fmt::format("spark.sort_array({}, {})", array.sql, ascending), array.type);
}

Result<Typed> ArrayJoin(SpecialInput& input) {
  const Typed array = Coerced(TRY(ArrayArgument(input, 0)), DataType::Array(TypeId::kString));
  std::string rest = Coerced(input.arguments[1], TypeId::kString).sql;
  if (input.arguments.size() == 3) {
    rest += ", " + Coerced(input.arguments[2], TypeId::kString).sql;
  }
  return ResultOf(input, fmt::format("spark.array_join({}, {})", array.sql, rest), TypeId::kString);
}

Result<Typed> Slice(SpecialInput& input) {
  const Typed array = TRY(ArrayArgument(input, 0));
  return ResultOf(input,
                  fmt::format("spark.slice({}, {}, {})", array.sql,
                              Coerced(input.arguments[1], TypeId::kInt).sql,
                              Coerced(input.arguments[2], TypeId::kInt).sql),
                  array.type);
}

Result<Typed> ArrayRepeat(SpecialInput& input) {
  const Typed& value = input.arguments[0];
  return ResultOf(input,
                  fmt::format("spark.array_repeat({}, {})", ExactText(value),
                              Coerced(input.arguments[1], TypeId::kInt).sql),
                  DataType::Array(value.type));
}

Result<Typed> Flatten(SpecialInput& input) {
  const Typed array = TRY(ArrayArgument(input, 0));
  if (array.type.element().id() != TypeId::kArray) {
    return FailArgumentType(input.span, input.Name(), 1, "\"ARRAY\" of \"ARRAY\"", array);
  }
  return ResultOf(input, fmt::format("spark.flatten({})", array.sql), array.type.element());
}

Result<Typed> Sequence(SpecialInput& input) {
  const Typed& start = input.arguments[0];
  if (start.type.IsIntegral() && input.arguments[1].type.IsIntegral()) {
    const DataType type = *TightestCommonType(start.type, input.arguments[1].type);
    std::string list;
    for (const Typed& value : input.arguments) {
      list += (list.empty() ? "" : ", ") + Coerced(value, TypeId::kBigInt).sql;
    }
    return ResultOf(input, Exact(fmt::format("spark.sequence({})", list), DataType::Array(type)),
                    DataType::Array(type));
  }
  if (start.type.id() == TypeId::kDate && input.arguments.size() == 3) {
    return ResultOf(input,
                    Exact(fmt::format("system.main.generate_series(CAST({} AS TIMESTAMP), CAST({} "
                                      "AS TIMESTAMP), {})",
                                      start.sql, Coerced(input.arguments[1], TypeId::kDate).sql,
                                      input.arguments[2].sql),
                          DataType::Array(TypeId::kDate)),
                    DataType::Array(TypeId::kDate));
  }
  return FailUnsupported("sequence of these types");
}

Result<Typed> MapPart(SpecialInput& input) {
  const Typed map = TRY(MapArgument(input, 0));
  if (input.name == "map_keys") {
    return ResultOf(input, fmt::format("system.main.map_keys({})", map.sql),
                    DataType::Array(map.type.key()));
  }
  if (input.name == "map_values") {
    return ResultOf(input, fmt::format("system.main.map_values({})", map.sql),
                    DataType::Array(map.type.value()));
  }
  return ResultOf(input, fmt::format("system.main.map_entries({})", map.sql),
                  DataType::Array(DataType::Struct(
                      {{"key", map.type.key(), true, {}}, {"value", map.type.value(), true, {}}})));
}

Result<Typed> MapContainsKey(SpecialInput& input) {
  const Typed map = TRY(MapArgument(input, 0));
  return ResultOf(input,
                  fmt::format("spark.map_contains_key({}, {})", map.sql,
                              Coerced(input.arguments[1], map.type.key()).sql),
                  TypeId::kBoolean);
}

Result<Typed> MapConcat(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  result.type = TRY(Unify(&input.arguments, input.span, result.name));
  if (result.type.id() != TypeId::kMap) {
    return FailArgumentType(input.span, result.name, 1, "\"MAP\"", input.arguments[0]);
  }
  std::string nulls;
  for (const Typed& map : input.arguments) {
    result.sql += (result.sql.empty() ? "" : ", ") + map.sql;
    nulls += (nulls.empty() ? "" : " OR ") + fmt::format("{} IS NULL", map.sql);
  }
  result.sql = fmt::format("(CASE WHEN {} THEN NULL ELSE system.main.map_concat({}) END)", nulls,
                           result.sql);
  return result;
}

Result<Typed> MapFromArrays(SpecialInput& input) {
  const Typed keys = TRY(ArrayArgument(input, 0));
  const Typed values = TRY(ArrayArgument(input, 1));
  return ResultOf(input, fmt::format("system.main.map({}, {})", keys.sql, values.sql),
                  DataType::Map(keys.type.element(), values.type.element()));
}

Result<Typed> MapFromEntries(SpecialInput& input) {
  const Typed entries = TRY(ArrayArgument(input, 0));
  const DataType& entry = entries.type.element();
  if (entry.id() != TypeId::kStruct || entry.fields().size() != 2) {
    return FailArgumentType(input.span, input.Name(), 1, "\"ARRAY\" of pair \"STRUCT\"", entries);
  }
  return ResultOf(input, fmt::format("system.main.map_from_entries({})", entries.sql),
                  DataType::Map(entry.fields()[0].type, entry.fields()[1].type));
}

constexpr std::array kCollection = {
    SpecialFunction{"array", 0, kAnyNumber, &MakeArray},
    SpecialFunction{"map", 0, kAnyNumber, &MakeMap},
    SpecialFunction{"named_struct", 0, kAnyNumber, &NamedStruct},
    SpecialFunction{"struct", 0, kAnyNumber, &MakeStruct},
    SpecialFunction{"size", 1, 1, &Size},
    SpecialFunction{"cardinality", 1, 1, &Size},
    SpecialFunction{"array_size", 1, 1, &Size},
    SpecialFunction{"element_at", 2, 2, &ElementAt},
    SpecialFunction{"try_element_at", 2, 2, &ElementAt},
    SpecialFunction{"get", 2, 2, &Get},
    SpecialFunction{"array_contains", 2, 2, &ArrayAndValue},
    SpecialFunction{"array_position", 2, 2, &ArrayAndValue},
    SpecialFunction{"array_remove", 2, 2, &ArrayAndValue},
    SpecialFunction{"array_append", 2, 2, &ArrayAndValue},
    SpecialFunction{"array_prepend", 2, 2, &ArrayAndValue},
    SpecialFunction{"array_union", 2, 2, &TwoArrays},
    SpecialFunction{"array_intersect", 2, 2, &TwoArrays},
    SpecialFunction{"array_except", 2, 2, &TwoArrays},
    SpecialFunction{"arrays_overlap", 2, 2, &TwoArrays},
    SpecialFunction{"array_max", 1, 1, &OneArray},
    SpecialFunction{"array_min", 1, 1, &OneArray},
    SpecialFunction{"array_distinct", 1, 1, &OneArray},
    SpecialFunction{"array_compact", 1, 1, &OneArray},
    SpecialFunction{"sort_array", 1, 2, &SortArray},
    SpecialFunction{"array_join", 2, 3, &ArrayJoin},
    SpecialFunction{"slice", 3, 3, &Slice},
    SpecialFunction{"array_repeat", 2, 2, &ArrayRepeat},
    SpecialFunction{"flatten", 1, 1, &Flatten},
    SpecialFunction{"sequence", 2, 3, &Sequence},
    SpecialFunction{"map_keys", 1, 1, &MapPart},
    SpecialFunction{"map_values", 1, 1, &MapPart},
    SpecialFunction{"map_entries", 1, 1, &MapPart},
    SpecialFunction{"map_contains_key", 2, 2, &MapContainsKey},
    SpecialFunction{"map_concat", 1, kAnyNumber, &MapConcat},
    SpecialFunction{"map_from_arrays", 2, 2, &MapFromArrays},
    SpecialFunction{"map_from_entries", 1, 1, &MapFromEntries},
};

}  // namespace

std::span<const SpecialFunction> CollectionFunctions() { return kCollection; }

Result<Typed> ElementOf(Typed base, Typed index, const Span& span) {
  Typed result;
  result.name = fmt::format("{}[{}]", base.name, index.name);
  Inherit(base, &result);
  Inherit(index, &result);
  if (base.type.id() == TypeId::kMap) {
    const DataType value = base.type.value();
    result.sql = fmt::format("{}[{}]", base.sql, Coerced(std::move(index), base.type.key()).sql);
    result.type = value;
    return result;
  }
  if (base.type.id() != TypeId::kArray) {
    return FailAnalysis(span, "INVALID_EXTRACT_BASE_FIELD_TYPE",
                        "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, "
                        "MAP] but got \"{}\".",
                        base.name, base.type.UpperName());
  }
  if (!index.type.IsIntegral() && index.type.id() != TypeId::kVoid) {
    return FailArgumentType(span, result.name, 2, "\"INTEGRAL\"", index);
  }
  const std::string place = Coerced(std::move(index), TypeId::kInt).sql;
  result.sql =
      fmt::format("(CASE WHEN {1} >= 0 THEN {0}[CAST({1} AS BIGINT) + 1] END)", base.sql, place);
  result.type = base.type.element();
  return result;
}

}  // namespace sluice::sql
