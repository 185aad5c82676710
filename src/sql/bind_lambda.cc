#include <fmt/format.h>

#include <utility>

#include "sql/bind_call.h"
#include "sql/coerce.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kHigherOrder[] = {
    "transform", "filter",         "exists",           "forall",     "aggregate",  "reduce",
    "zip_with",  "transform_keys", "transform_values", "map_filter", "array_sort", "map_zip_with",
};

}  // namespace

bool CallBinder::IsHigherOrder() const {
  for (std::string_view name : kHigherOrder) {
    if (name == name_) return true;
  }
  return false;
}

Result<CallBinder::BoundLambda> CallBinder::BindLambda(const Expr& expr,
                                                       const std::vector<DataType>& types) {
  const auto* lambda = std::get_if<Lambda>(&expr.node);
  if (lambda == nullptr) return FailUnsupported(name_ + " without a lambda");
  if (lambda->parameters.size() > types.size()) {
    return FailAnalysis(expr.span, "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                        "Invalid lambda function call. A higher order function expects {} "
                        "arguments, but got {}.",
                        lambda->parameters.size(), types.size());
  }
  BoundLambda bound;
  std::string names;
  for (std::size_t i = 0; i < lambda->parameters.size(); ++i) {
    const std::string sql = fmt::format("_l{}", ++binder_.last_lambda_);
    bound.parameters.push_back(sql);
    Typed value;
    value.sql = sql;
    value.type = types[i];
    value.name = "namedlambdavariable()";
    binder_.lambda_parameters_.push_back({lambda->parameters[i].text, value});
    names += ", namedlambdavariable()";
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
  if (call_.arguments.empty()) return FailArgumentCount(expr_.span, name_, "2", 0);
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
  if (name_ == "array_sort" || name_ == "map_zip_with") {
    return FailUnsupported(name_ + " with a lambda");
  }
  if (call_.arguments.size() < 2) {
    return FailArgumentCount(expr_.span, name_, "2", call_.arguments.size());
  }
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

Result<Typed> CallBinder::OverArray(const std::vector<Typed>& fixed) {
  const Typed& array = fixed[0];
  const BoundLambda lambda =
      TRY(BindLambda(*call_.arguments[1].value, {array.type.element(), TypeId::kInt}));
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
  if (lambda.body.type.id() != TypeId::kBoolean) {
    return FailArgumentType(expr_.span, result.name, 2, "\"BOOLEAN\"", lambda.body);
  }
  if (name_ == "filter") {
    result.type = array.type;
    result.sql = fmt::format("system.main.list_filter({}, lambda {}: {})", array.sql, parameters,
                             lambda.body.sql);
    return result;
  }
  result.type = TypeId::kBoolean;
  result.sql = fmt::format("spark.{}(system.main.list_transform({}, lambda {}: {}))",
                           name_ == "exists" ? "_any_true" : "_all_true", array.sql, parameters,
                           lambda.body.sql);
  return result;
}

Result<Typed> CallBinder::OverMap(const Typed& map) {
  // One lambda over the entries; key and value are its parameter's fields.
  const auto* lambda = std::get_if<Lambda>(&call_.arguments[1].value->node);
  if (lambda == nullptr || lambda->parameters.size() != 2) {
    return FailUnsupported(name_ + " without a lambda of two parameters");
  }
  const std::string entry = fmt::format("_l{}", ++binder_.last_lambda_);
  const DataType key = map.type.key();
  const DataType value = map.type.value();
  const auto add = [&](const Identifier& name, std::string_view field, const DataType& type) {
    Typed parameter;
    parameter.sql = fmt::format("struct_extract({}, '{}')", entry, field);
    parameter.type = type;
    parameter.name = "namedlambdavariable()";
    binder_.lambda_parameters_.push_back({name.text, std::move(parameter)});
  };
  add(lambda->parameters[0], "key", key);
  add(lambda->parameters[1], "value", value);
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
  result.sql = fmt::format(
      "system.main.map_from_entries(system.main.list_transform({}, lambda {}: {{'k': {}, 'v': "
      "{}}}))",
      entries, entry, keys ? ExactText(body) : fmt::format("struct_extract({}, 'key')", entry),
      keys ? fmt::format("struct_extract({}, 'value')", entry) : ExactText(body));
  return result;
}

Result<Typed> CallBinder::Fold(const Typed& array) {
  if (call_.arguments.size() < 3 || call_.arguments.size() > 4) {
    return FailArgumentCount(expr_.span, name_, "[3, 4]", call_.arguments.size());
  }
  const Typed zero = TRY(binder_.Bind(*call_.arguments[1].value));
  const BoundLambda merge =
      TRY(BindLambda(*call_.arguments[2].value, {zero.type, array.type.element()}));
  if (merge.parameters.size() != 2) return FailUnsupported(name_ + " with this lambda");
  if (merge.body.type != zero.type) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: Parameter 3 requires the "
                        "\"{}\" type, however \"{}\" has the type \"{}\".",
                        name_, zero.type.UpperName(), merge.name, merge.body.type.UpperName());
  }
  if (array.type.element() != zero.type) {
    return FailUnsupported(name_ + " whose result is not of the array's element type");
  }
  Typed result;
  result.type = zero.type;
  result.sql =
      fmt::format("system.main.list_reduce({}, lambda {}, {}: {}, {})", array.sql,
                  merge.parameters[0], merge.parameters[1], ExactText(merge.body), ExactText(zero));
  Inherit(array, &result);
  Inherit(zero, &result);
  Inherit(merge.body, &result);
  std::string finish_name = "lambdafunction(namedlambdavariable(), namedlambdavariable())";
  if (call_.arguments.size() == 4) {
    const std::string folded = result.sql;
    const BoundLambda finish = TRY(BindLambda(*call_.arguments[3].value, {zero.type}));
    // The engine has no LET: a list of one carries the folded value into the last lambda.
    result.sql = fmt::format("system.main.list_transform([{}], lambda {}: {})[1]", folded,
                             finish.parameters[0], ExactText(finish.body));
    result.type = finish.body.type;
    finish_name = finish.name;
  }
  result.name =
      fmt::format("{}({}, {}, {}, {})", shown_, array.name, zero.name, merge.name, finish_name);
  return result;
}

Result<Typed> CallBinder::ZipWith(const Typed& array) {
  if (call_.arguments.size() != 3) {
    return FailArgumentCount(expr_.span, name_, "3", call_.arguments.size());
  }
  const Typed other = TRY(binder_.Bind(*call_.arguments[1].value));
  const auto* lambda = std::get_if<Lambda>(&call_.arguments[2].value->node);
  if (other.type.id() != TypeId::kArray || lambda == nullptr || lambda->parameters.size() != 2) {
    return FailUnsupported("zip_with of these arguments");
  }
  const std::string place = fmt::format("_l{}", ++binder_.last_lambda_);
  for (std::size_t i = 0; i < 2; ++i) {
    const Typed& source = i == 0 ? array : other;
    Typed parameter;
    parameter.sql = fmt::format("{}[{}]", source.sql, place);
    parameter.type = source.type.element();
    parameter.name = "namedlambdavariable()";
    binder_.lambda_parameters_.push_back({lambda->parameters[i].text, std::move(parameter)});
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

}  // namespace sluice::sql
