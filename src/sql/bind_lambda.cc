#include <fmt/format.h>

#include <utility>

#include "sql/bind_call.h"
#include "sql/coerce.h"
#include "sql/generate.h"
#include "sql/nested_text.h"

namespace sluice::sql {
namespace {

struct HigherOrder {
  std::string_view name;
  std::size_t arguments_min;
  std::size_t arguments_max;
};
constexpr HigherOrder kHigherOrder[] = {
    {"transform", 2, 2},  {"filter", 2, 2},         {"exists", 2, 2},
    {"forall", 2, 2},     {"aggregate", 3, 4},      {"reduce", 3, 4},
    {"zip_with", 3, 3},   {"transform_keys", 2, 2}, {"transform_values", 2, 2},
    {"map_filter", 2, 2}, {"array_sort", 1, 2},     {"map_zip_with", 3, 3},
};

const HigherOrder* FindHigherOrder(std::string_view name) {
  for (const HigherOrder& function : kHigherOrder) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

}  // namespace

bool CallBinder::IsHigherOrder() const { return FindHigherOrder(name_) != nullptr; }

void CallBinder::AddParameter(const Identifier& name, std::string sql, const DataType& type) {
  Typed value;
  value.sql = std::move(sql);
  value.type = type;
  value.name = kLambdaVariableName;
  value.alias_hint = name.text;
  binder_.lambda_parameters_.push_back({name.text, std::move(value)});
}

/// An expression where a lambda belongs stands for one that does not look at its parameters.
Result<CallBinder::BoundLambda> CallBinder::BindConstantLambda(const Expr& expr,
                                                               const std::vector<DataType>& types) {
  BoundLambda bound;
  bound.body = TRY(binder_.Bind(expr));
  std::string names;
  for (std::size_t i = 0; i < types.size(); ++i) {
    bound.parameters.push_back(fmt::format("_l{}", ++binder_.last_lambda_));
    names += fmt::format(", {}", kLambdaVariableName);
  }
  bound.name = fmt::format("lambdafunction({}{})", bound.body.name, names);
  return bound;
}

tl::unexpected<Error> CallBinder::FailLambdaCount(const Span& span, std::size_t written,
                                                  std::size_t wanted) {
  return FailAnalysis(span, "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                      "Invalid lambda function call. A higher order function expects {} "
                      "arguments, but got {}.",
                      written, wanted);
}

Result<CallBinder::BoundLambda> CallBinder::BindLambda(const Expr& expr,
                                                       const std::vector<DataType>& types) {
  const auto* lambda = std::get_if<Lambda>(&expr.node);
  if (lambda == nullptr) return BindConstantLambda(expr, types);
  const bool may_take_index = name_ == "transform" || name_ == "filter";
  const std::size_t count = lambda->parameters.size();
  if (count > types.size() || (count < types.size() && !may_take_index)) {
    return FailLambdaCount(expr.span, count, may_take_index ? 1 : types.size());
  }
  BoundLambda bound;
  std::string names;
  for (std::size_t i = 0; i < lambda->parameters.size(); ++i) {
    const std::string sql = fmt::format("_l{}", ++binder_.last_lambda_);
    bound.parameters.push_back(sql);
    AddParameter(lambda->parameters[i], sql, types[i]);
    names += fmt::format(", {}", kLambdaVariableName);
  }
  if (name_ == "transform" || name_ == "filter") {
    // The engine counts list places from 1, Spark from 0.
    if (bound.parameters.size() == 2) {
      binder_.lambda_parameters_.back().value.sql =
          fmt::format("CAST({} - 1 AS INTEGER)", bound.parameters[1]);
    }
  }
  Result<Typed> body = binder_.Bind(*lambda->body);
  binder_.lambda_parameters_.resize(binder_.lambda_parameters_.size() - lambda->parameters.size());
  bound.body = TRY(std::move(body));
  bound.name = fmt::format("lambdafunction({}{})", bound.body.name, names);
  return bound;
}

Result<Typed> CallBinder::BindHigherOrder() {
  const HigherOrder& function = *FindHigherOrder(name_);
  TRY_VOID(CheckArgumentCount(expr_.span, name_, call_.arguments.size(), function.arguments_min,
                              function.arguments_max));
  const Typed first = TRY(binder_.Bind(*call_.arguments[0].value));
  if (name_ == "array_sort" && call_.arguments.size() == 1) {
    if (first.type.id() != TypeId::kArray) {
      return FailArgumentType(expr_.span, "array_sort", 1, "\"ARRAY\"", first);
    }
    Typed result = first;
    result.physical = Physical::kClose;
    result.sql = fmt::format("spark.array_sort({})", first.sql);
    // Spark shows the comparator that it puts in.
    result.name = fmt::format(
        "array_sort({}, lambdafunction((IF(((namedlambdavariable() IS NULL) AND "
        "(namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, "
        "(IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < "
        "namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, "
        "0)))))))))), namedlambdavariable(), namedlambdavariable()))",
        first.name);
    return result;
  }
  if (name_ == "array_sort") return FailUnsupported(name_ + " with a lambda");
  if (name_ == "map_zip_with") return ZipMaps(first);
  const bool wants_map =
      name_ == "transform_keys" || name_ == "transform_values" || name_ == "map_filter";
  if (wants_map) {
    if (first.type.id() != TypeId::kMap) {
      return FailArgumentType(expr_.span, name_, 1, "\"MAP\"", first);
    }
    return OverMap(first);
  }
  if (first.type.id() != TypeId::kArray) {
    return FailArgumentType(expr_.span, name_, 1, "\"ARRAY\"", first);
  }
  if (name_ == "aggregate" || name_ == "reduce") return Fold(first);
  if (name_ == "zip_with") return ZipWith(first);
  return OverArray({first});
}

/// Of an element, and of its place where the lambda asks for it.
std::vector<DataType> CallBinder::ArrayLambdaTypes(const DataType& array) const {
  const auto* lambda = std::get_if<Lambda>(&call_.arguments[1].value->node);
  const bool indexed = (name_ == "transform" || name_ == "filter") && lambda != nullptr &&
                       lambda->parameters.size() > 1;
  if (indexed) return {array.element(), TypeId::kInt};
  return {array.element()};
}

Result<Typed> CallBinder::OverArray(const std::vector<Typed>& fixed) {
  const Typed& array = fixed[0];
  const BoundLambda lambda =
      TRY(BindLambda(*call_.arguments[1].value, ArrayLambdaTypes(array.type)));
  std::string parameters = lambda.parameters[0];
  if (lambda.parameters.size() > 1) parameters += ", " + lambda.parameters[1];
  Typed result;
  result.name = fmt::format("{}({}, {})", shown_, array.name, lambda.name);
  Inherit(array, &result);
  Inherit(lambda.body, &result);
  if (name_ == "transform") {
    result.type = DataType::Array(lambda.body.type);
    result.sql = fmt::format("system.main.list_transform({}, lambda {}: {})", array.sql, parameters,
                             ExactText(lambda.body));
    return result;
  }
  if (lambda.body.type.id() != TypeId::kBoolean && lambda.body.type.id() != TypeId::kVoid) {
    return FailArgumentType(expr_.span, result.name, 2, "\"BOOLEAN\"", lambda.body);
  }
  const std::string condition = Coerced(lambda.body, TypeId::kBoolean).sql;
  if (name_ == "filter") {
    result.type = array.type;
    result.sql =
        fmt::format("system.main.list_filter({}, lambda {}: {})", array.sql, parameters, condition);
    return result;
  }
  result.type = TypeId::kBoolean;
  result.sql =
      fmt::format("spark.{}(system.main.list_transform({}, lambda {}: {}))",
                  name_ == "exists" ? "_any_true" : "_all_true", array.sql, parameters, condition);
  return result;
}

Result<Typed> CallBinder::OverMap(const Typed& map) {
  // One lambda over the entries; key and value are its parameter's fields.
  const auto* lambda = std::get_if<Lambda>(&call_.arguments[1].value->node);
  if (lambda == nullptr) return FailUnsupported(name_ + " without a lambda");
  if (lambda->parameters.size() != 2) {
    return FailLambdaCount(call_.arguments[1].value->span, lambda->parameters.size(), 2);
  }
  const std::string entry = fmt::format("_l{}", ++binder_.last_lambda_);
  const DataType key = map.type.key();
  const DataType value = map.type.value();
  AddParameter(lambda->parameters[0], fmt::format("struct_extract({}, 'key')", entry), key);
  AddParameter(lambda->parameters[1], fmt::format("struct_extract({}, 'value')", entry), value);
  Result<Typed> bound = binder_.Bind(*lambda->body);
  binder_.lambda_parameters_.resize(binder_.lambda_parameters_.size() - 2);
  const Typed body = TRY(std::move(bound));
  Typed result;
  result.name =
      fmt::format("{}({}, lambdafunction({}, namedlambdavariable(), namedlambdavariable()))",
                  shown_, map.name, body.name);
  Inherit(map, &result);
  Inherit(body, &result);
  const std::string entries = fmt::format("system.main.map_entries({})", map.sql);
  if (name_ == "map_filter") {
    result.type = map.type;
    result.sql =
        fmt::format("system.main.map_from_entries(system.main.list_filter({}, lambda {}: {}))",
                    entries, entry, body.sql);
    return result;
  }
  const bool keys = name_ == "transform_keys";
  result.type = keys ? DataType::Map(body.type, value) : DataType::Map(key, body.type);
  const std::string made =
      fmt::format("system.main.list_transform({}, lambda {}: {})", entries, entry, ExactText(body));
  result.sql = keys
                   ? fmt::format("system.main.map(spark._map_keys({}), system.main.map_values({}))",
                                 made, map.sql)
                   : fmt::format("system.main.map(system.main.map_keys({}), {})", map.sql, made);
  return result;
}

/// The lambda of a fold. Where accumulator and elements differ in type, its parameters are structs
/// with the one in `a` and the other in `x`.
Result<CallBinder::BoundLambda> CallBinder::BindMerge(const Typed& array, const Typed& zero) {
  const Expr& expr = *call_.arguments[2].value;
  const std::vector<DataType> types = {zero.type, array.type.element()};
  const auto* lambda = std::get_if<Lambda>(&expr.node);
  if (lambda == nullptr || types[0] == types[1]) return BindLambda(expr, types);
  if (lambda->parameters.size() != 2)
    return FailLambdaCount(expr.span, lambda->parameters.size(), 2);
  BoundLambda bound;
  for (std::size_t i = 0; i < 2; ++i) {
    bound.parameters.push_back(fmt::format("_l{}", ++binder_.last_lambda_));
    AddParameter(lambda->parameters[i],
                 fmt::format("struct_extract({}, '{}')", bound.parameters[i], i == 0 ? 'a' : 'x'),
                 types[i]);
  }
  Result<Typed> body = binder_.Bind(*lambda->body);
  binder_.lambda_parameters_.resize(binder_.lambda_parameters_.size() - 2);
  bound.body = TRY(std::move(body));
  bound.name = fmt::format("lambdafunction({0}, {1}, {1})", bound.body.name, kLambdaVariableName);
  return bound;
}

/// The fold's SQL; an accumulator of another type than the elements travels beside them, because
/// the engine wants one type.
std::string CallBinder::FoldText(const Typed& array, const Typed& zero, const BoundLambda& merge) {
  const std::string& sum = merge.parameters[0];
  const std::string& item = merge.parameters[1];
  if (array.type.element() == zero.type) {
    return fmt::format("system.main.list_reduce({}, lambda {}, {}: {}, {})", ExactText(array), sum,
                       item, ExactText(merge.body), ExactText(zero));
  }
  const std::string no_item = fmt::format("CAST(NULL AS {})", DuckType(array.type.element()));
  return fmt::format(
      "struct_extract(system.main.list_reduce(system.main.list_transform({0}, lambda _i: {{'a': "
      "CAST(NULL AS {1}), 'x': _i}}), lambda {2}, {3}: {{'a': {4}, 'x': {5}}}, {{'a': {6}, 'x': "
      "{5}}}), 'a')",
      ExactText(array), DuckType(zero.type), sum, item, ExactText(merge.body), no_item,
      ExactText(zero));
}

Result<Typed> CallBinder::Fold(const Typed& array) {
  const Typed zero = TRY(binder_.Bind(*call_.arguments[1].value));
  const BoundLambda merge = TRY(BindMerge(array, zero));
  if (merge.body.type != zero.type) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: Parameter 3 requires the "
                        "\"{}\" type, however \"{}\" has the type \"{}\".",
                        name_, zero.type.UpperName(), merge.name, merge.body.type.UpperName());
  }
  Typed result;
  result.type = zero.type;
  result.sql = FoldText(array, zero, merge);
  Inherit(array, &result);
  Inherit(zero, &result);
  Inherit(merge.body, &result);
  std::string finish_name = "lambdafunction(namedlambdavariable(), namedlambdavariable())";
  if (call_.arguments.size() == 4) {
    const std::string folded = result.sql;
    const BoundLambda finish = TRY(BindLambda(*call_.arguments[3].value, {zero.type}));
    result.sql = NamedText(folded, finish.parameters[0], ExactText(finish.body));
    result.type = finish.body.type;
    finish_name = finish.name;
  }
  result.name =
      fmt::format("{}({}, {}, {}, {})", shown_, array.name, zero.name, merge.name, finish_name);
  return result;
}

Result<Typed> CallBinder::ZipWith(const Typed& array) {
  const Typed other = TRY(binder_.Bind(*call_.arguments[1].value));
  const auto* lambda = std::get_if<Lambda>(&call_.arguments[2].value->node);
  if (other.type.id() != TypeId::kArray) {
    return FailArgumentType(expr_.span, name_, 2, "\"ARRAY\"", other);
  }
  if (lambda == nullptr) return FailUnsupported(name_ + " without a lambda");
  if (lambda->parameters.size() != 2) {
    return FailLambdaCount(call_.arguments[2].value->span, lambda->parameters.size(), 2);
  }
  const std::string place = fmt::format("_l{}", ++binder_.last_lambda_);
  for (std::size_t i = 0; i < 2; ++i) {
    const Typed& source = i == 0 ? array : other;
    AddParameter(lambda->parameters[i], fmt::format("{}[{}]", source.sql, place),
                 source.type.element());
  }
  Result<Typed> bound = binder_.Bind(*lambda->body);
  binder_.lambda_parameters_.resize(binder_.lambda_parameters_.size() - 2);
  const Typed body = TRY(std::move(bound));
  Typed result;
  result.type = DataType::Array(body.type);
  result.sql = fmt::format(
      "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN "
      "system.main.list_transform(system.main.range(1, greatest(system.main.len({0}), "
      "system.main.len({1})) + 1), lambda {2}: {3}) END)",
      array.sql, other.sql, place, ExactText(body));
  result.name =
      fmt::format("{}({}, {}, lambdafunction({}, namedlambdavariable(), namedlambdavariable()))",
                  shown_, array.name, other.name, body.name);
  for (const Typed* part : {&array, &other, &body}) Inherit(*part, &result);
  return result;
}

/// The keys of both maps, those of the first map first, each with its values or NULL.
Result<Typed> CallBinder::ZipMaps(const Typed& first) {
  const Typed second = TRY(binder_.Bind(*call_.arguments[1].value));
  for (const Typed* map : {&first, &second}) {
    if (map->type.id() == TypeId::kMap) continue;
    return FailArgumentType(expr_.span, name_, map == &first ? 1 : 2, "\"MAP\"", *map);
  }
  const std::optional<DataType> key =
      WiderType(first.type.key(), second.type.key(), StringPromotion::kYes);
  if (!key) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: Input to the "
                        "`map_zip_with` should have been two \"MAP\"s with compatible key types, "
                        "but it's [\"{}\", \"{}\"].",
                        name_, first.type.key().UpperName(), second.type.key().UpperName());
  }
  const Expr& expr = *call_.arguments[2].value;
  const auto* lambda = std::get_if<Lambda>(&expr.node);
  if (lambda == nullptr) return FailUnsupported(name_ + " without a lambda");
  if (lambda->parameters.size() != 3)
    return FailLambdaCount(expr.span, lambda->parameters.size(), 3);
  const std::string maps = fmt::format("_l{}", ++binder_.last_lambda_);
  const std::string item = fmt::format("_l{}", ++binder_.last_lambda_);
  AddParameter(lambda->parameters[0], item, *key);
  AddParameter(lambda->parameters[1], fmt::format("{}.a[{}]", maps, item), first.type.value());
  AddParameter(lambda->parameters[2], fmt::format("{}.b[{}]", maps, item), second.type.value());
  Result<Typed> bound = binder_.Bind(*lambda->body);
  binder_.lambda_parameters_.resize(binder_.lambda_parameters_.size() - 3);
  const Typed body = TRY(std::move(bound));
  const auto map_text = [&](const Typed& map) {
    return ExactText(Coerced(map, DataType::Map(*key, map.type.value())));
  };
  Typed result;
  result.type = DataType::Map(*key, body.type);
  result.sql = fmt::format(
      "system.main.list_transform([{{a: {0}, b: {1}}}], lambda {2}: CASE WHEN {2}.a IS NOT NULL "
      "AND "
      "{2}.b IS NOT NULL THEN system.main.map_from_entries(system.main.list_transform("
      "spark.array_union(system.main.map_keys({2}.a), system.main.map_keys({2}.b)), lambda {3}: "
      "{{'k': {3}, 'v': {4}}})) END)[1]",
      map_text(first), map_text(second), maps, item, ExactText(body));
  result.name = fmt::format("{0}({1}, {2}, lambdafunction({3}, {4}, {4}, {4}))", shown_, first.name,
                            second.name, body.name, kLambdaVariableName);
  for (const Typed* part : {&first, &second, &body}) Inherit(*part, &result);
  return result;
}

}  // namespace sluice::sql
