#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"
#include "sql/nested_order.h"
#include "sql/nested_text.h"

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

/// A map and a key of its keys' type, or Spark's refusal.
Result<std::pair<Typed, Typed>> MapAndKey(const SpecialInput& input) {
  Typed map = input.arguments[0];
  Typed key = input.arguments[1];
  if (key.type.id() == TypeId::kVoid) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.NULL_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: Null typed values cannot "
                        "be used as arguments of `{}`.",
                        input.Name(), input.name);
  }
  std::optional<DataType> common;
  if (map.type.id() == TypeId::kMap) {
    common = input.name == "map_contains_key"
                 ? WiderType(map.type.key(), key.type, StringPromotion::kNo)
                 : TightestCommonType(map.type.key(), key.type);
  }
  if (!common) {
    return FailAnalysis(
        input.span, "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES",
        "Cannot resolve \"{}\" due to data type mismatch: Input to `{}` should have "
        "been \"MAP\" followed by a value with same key type, but it's [\"{}\", "
        "\"{}\"].",
        input.Name(), input.name, map.type.UpperName(), key.type.UpperName());
  }
  const DataType type = DataType::Map(*common, map.type.value());
  return std::pair(Coerced(std::move(map), type), Coerced(std::move(key), *common));
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
  if (HoldsMap(key)) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: The key of map cannot "
                        "be/contain \"{}\".",
                        result.name, key.UpperName());
  }
  const DataType value = TRY(Unify(&values, input.span, result.name));
  std::string key_list;
  std::string value_list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    key_list += (i > 0 ? ", " : "") + keys[i].sql;
    value_list += (i > 0 ? ", " : "") + values[i].sql;
  }
  result.type = DataType::Map(key, value);
  result.sql =
      Exact(fmt::format("system.main.map(spark._map_keys([{}]), [{}])", key_list, value_list),
            result.type);
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> NamedStruct(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  if (input.arguments.size() % 2 != 0) {
    return FailArgumentCount(input.span, "named_struct", "2n (n > 0)", input.arguments.size());
  }
  std::vector<StructField> fields;
  std::set<std::string> names;
  for (std::size_t i = 0; i < input.arguments.size(); i += 2) {
    const Typed& name = input.arguments[i];
    if (name.foldable && name.literal == nullptr && name.IsText()) {
      return FailUnsupported("a struct's field named by a function");
    }
    if (name.literal == nullptr || !name.IsText()) {
      return FailAnalysis(input.span,
                          "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                          "Cannot resolve \"{}\" due to data type mismatch: Only foldable `STRING` "
                          "expressions are allowed to appear at odd position.",
                          result.name);
    }
    const Typed& value = input.arguments[i + 1];
    if (!names.insert(ToLower(name.literal->text)).second) {
      return FailUnsupported("a struct with two fields of one name");
    }
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
    const bool parameter = value.name == kLambdaVariableName && !value.alias_hint.empty();
    const std::string field = column      ? value.name
                              : parameter ? value.alias_hint
                                          : fmt::format("col{}", i + 1);
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
  if (!zero_based_null && value.type.id() != TypeId::kArray) {
    return FailArgumentType(input.span, input.Name(), 1, "\"ARRAY\"", value);
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
    const auto [map, key] = TRY(MapAndKey(input));
    return ResultOf(input, fmt::format("{}[{}]", map.sql, key.sql), base.type.value());
  }
  const Typed array = TRY(ArrayArgument(input, 0));
  const Typed& index = input.arguments[1];
  if (!index.type.IsIntegral()) {
    return FailArgumentType(input.span, input.Name(), 2, "\"INT\"", index);
  }
  const std::string place = Coerced(index, TypeId::kInt).sql;
  return ResultOf(input, fmt::format("spark._element({}, {})", array.sql, place),
                  array.type.element());
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
  const bool contains = input.name == "array_contains";
  if (!contains && input.arguments[0].type.id() != TypeId::kArray &&
      input.arguments[0].type.id() != TypeId::kVoid) {
    return FailElementType(input, input.arguments[1]);
  }
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
      contains ? WiderType(array.type.element(), value.type, StringPromotion::kNo)
               : TightestCommonType(array.type.element(), value.type);
  if (!common) return FailElementType(input, input.arguments[1]);
  array = Coerced(std::move(array), DataType::Array(*common));
  value = Coerced(std::move(value), *common);
  DataType type = array.type;
  if (input.name == "array_contains") type = TypeId::kBoolean;
  if (input.name == "array_position") type = TypeId::kBigInt;
  return ResultOf(input, fmt::format("spark.{}({}, {})", input.name, array.sql, value.sql), type);
}

/// A macro over two arrays that first meet in one type.
Result<Typed> TwoArrays(SpecialInput& input) {
  std::vector<Typed> arrays = input.arguments;
  for (Typed& array : arrays) {
    if (array.type.id() == TypeId::kVoid) array = Coerced(array, DataType::Array(TypeId::kVoid));
  }
  const bool are_arrays =
      arrays[0].type.id() == TypeId::kArray && arrays[1].type.id() == TypeId::kArray;
  const std::optional<DataType> common =
      are_arrays ? TightestCommonType(arrays[0].type.element(), arrays[1].type.element())
                 : std::nullopt;
  if (!common) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: Input to function `{}` "
                        "should have been two \"ARRAY\" with same element type, but it's [\"{}\", "
                        "\"{}\"].",
                        input.Name(), input.name, arrays[0].type.UpperName(),
                        arrays[1].type.UpperName());
  }
  const DataType type = DataType::Array(*common);
  for (Typed& array : arrays) array = Coerced(std::move(array), type);
  const bool test = input.name == "arrays_overlap";
  return ResultOf(input, fmt::format("spark.{}({}, {})", input.name, arrays[0].sql, arrays[1].sql),
                  test ? DataType(TypeId::kBoolean) : type);
}

Result<Typed> OneArray(SpecialInput& input) {
  const Typed array = TRY(ArrayArgument(input, 0));
  DataType type = array.type;
  const bool orders = input.name == "array_max" || input.name == "array_min";
  if (orders && HoldsMap(type.element())) {
    return FailAnalysis(
        input.span, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        "Cannot resolve \"{}\" due to data type mismatch: The `{}` does not support "
        "ordering on type \"{}\".",
        input.Name(), input.name, type.UpperName());
  }
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
  const Typed& times = input.arguments[1];
  if (times.type.id() != TypeId::kInt && times.type.id() != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), 2, "\"INT\"", times);
  }
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
  const auto [map, key] = TRY(MapAndKey(input));
  return ResultOf(input, fmt::format("spark.map_contains_key({}, {})", map.sql, key.sql),
                  TypeId::kBoolean);
}

Result<Typed> MapConcat(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  if (input.arguments.empty()) {
    result.type = DataType::Map(TypeId::kString, TypeId::kString);
    result.sql = Exact("system.main.map([], [])", result.type);
    return result;
  }
  std::vector<DataType> types;
  for (const Typed& map : input.arguments) types.push_back(map.type);
  const std::optional<DataType> common = WiderType(types, StringPromotion::kNo);
  if (!common || common->id() != TypeId::kMap) {
    std::string list;
    for (const DataType& type : types) {
      list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", type.UpperName());
    }
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: The `map_concat` should "
                        "all be of type map, but it's [{}].",
                        result.name, list);
  }
  result.type = *common;
  std::string nulls;
  std::string keys;
  std::string values;
  for (Typed& map : input.arguments) {
    map = Coerced(std::move(map), *common);
    nulls += (nulls.empty() ? "" : " OR ") + fmt::format("{} IS NULL", map.sql);
    keys += fmt::format("{}system.main.map_keys({})", keys.empty() ? "" : ", ", map.sql);
    values += fmt::format("{}system.main.map_values({})", values.empty() ? "" : ", ", map.sql);
  }
  result.sql = fmt::format(
      "(CASE WHEN {} THEN NULL ELSE system.main.map(spark._map_keys(system.main.flatten([{}])), "
      "system.main.flatten([{}])) END)",
      nulls, keys, values);
  return result;
}

Result<Typed> MapFromArrays(SpecialInput& input) {
  const Typed keys = TRY(ArrayArgument(input, 0));
  const Typed values = TRY(ArrayArgument(input, 1));
  return ResultOf(input,
                  fmt::format("system.main.map(spark._map_keys({}), {})", keys.sql, values.sql),
                  DataType::Map(keys.type.element(), values.type.element()));
}

/// NULL where an entry is.
Result<Typed> MapFromEntries(SpecialInput& input) {
  const Typed entries = TRY(ArrayArgument(input, 0));
  const DataType& entry = entries.type.element();
  if (entry.id() != TypeId::kStruct || entry.fields().size() != 2) {
    return FailArgumentType(input.span, input.Name(), 1, "\"ARRAY\" of pair \"STRUCT\"", entries);
  }
  const auto part = [&](std::size_t index) {
    return fmt::format("system.main.list_transform(_m, lambda _e: struct_extract(_e, {}))",
                       QuoteText(entry.fields()[index].name));
  };
  const std::string map = fmt::format(
      "CASE WHEN system.main.list_count(_m) = system.main.len(_m) THEN "
      "system.main.map(spark._map_keys({}), {}) END",
      part(0), part(1));
  return ResultOf(input, NamedText(ExactText(entries), "_m", map),
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
    SpecialFunction{"map_keys", 1, 1, &MapPart},
    SpecialFunction{"map_values", 1, 1, &MapPart},
    SpecialFunction{"map_entries", 1, 1, &MapPart},
    SpecialFunction{"map_contains_key", 2, 2, &MapContainsKey},
    SpecialFunction{"map_concat", 0, kAnyNumber, &MapConcat},
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
