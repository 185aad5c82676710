#include <fmt/format.h>

#include <array>
#include <utility>

#include "sql/bind_expression.h"
#include "sql/coerce.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

std::string Listed(const std::vector<Typed>& values) {
  std::string list;
  for (const Typed& value : values) list += (list.empty() ? "" : ", ") + value.sql;
  return list;
}

Result<Typed> Coalesce(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  result.type = TRY(Unify(&input.arguments, input.span, result.name));
  result.sql = fmt::format("coalesce({})", Listed(input.arguments));
  return result;
}

Result<Typed> Nvl2(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  std::vector<Typed> values(input.arguments.begin() + 1, input.arguments.end());
  result.type = TRY(Unify(&values, input.span, result.name));
  result.sql = fmt::format("(CASE WHEN {} IS NOT NULL THEN {} ELSE {} END)", input.arguments[0].sql,
                           values[0].sql, values[1].sql);
  return result;
}

Result<Typed> NullIf(SpecialInput& input) {
  const Typed value = input.arguments[0];
  Typed result = ResultOf(input, {}, value.type);
  const Typed equal =
      TRY(Compare(BinaryOperator::kEqual, input.arguments[0], input.arguments[1], input.span));
  result.sql = fmt::format("(CASE WHEN {} THEN NULL ELSE {} END)", equal.sql, value.sql);
  return result;
}

/// Spark 3.5 fails with the bare text; the class is the one it has from 4 on.
std::string RaiseText(const std::string& message) {
  return fmt::format(
      "CAST(system.main.error('[USER_RAISED_EXCEPTION] ' || coalesce({}, 'null')) AS INTEGER)",
      message);
}

Result<Typed> RaiseError(SpecialInput& input) {
  const Typed message = Coerced(input.arguments[0], TypeId::kString);
  Typed result = ResultOf(input, RaiseText(message.sql), TypeId::kVoid);
  result.foldable = false;
  return result;
}

Result<Typed> AssertTrue(SpecialInput& input) {
  if (input.arguments.size() == 1) {
    const Typed& condition = input.arguments[0];
    Typed message;
    message.name = fmt::format("'{}' is not true!",
                               condition.type.id() == TypeId::kVoid ? "null" : condition.name);
    message.sql = QuoteText(message.name);
    message.type = TypeId::kString;
    input.arguments.push_back(std::move(message));
  }
  Typed condition = input.arguments[0];
  const Typed message = Coerced(input.arguments[1], TypeId::kString);
  if (condition.type.id() == TypeId::kVoid) condition = Coerced(condition, TypeId::kBoolean);
  if (condition.type.id() != TypeId::kBoolean) {
    return FailArgumentType(
        input.span,
        fmt::format("(IF({}, NULL, raise_error({})))", condition.name, input.arguments[1].name), 1,
        "\"BOOLEAN\"", condition);
  }
  Typed result = ResultOf(input,
                          fmt::format("(CASE WHEN {} THEN CAST(NULL AS INTEGER) ELSE {} END)",
                                      condition.sql, RaiseText(message.sql)),
                          TypeId::kVoid);
  result.foldable = false;
  return result;
}

Result<Typed> If(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  result.name = fmt::format("(IF({}, {}, {}))", input.arguments[0].name, input.arguments[1].name,
                            input.arguments[2].name);
  Typed condition = input.arguments[0];
  if (condition.type.id() == TypeId::kVoid) condition = Coerced(condition, TypeId::kBoolean);
  if (condition.type.id() != TypeId::kBoolean) {
    return FailArgumentType(input.span, result.name, 1, "\"BOOLEAN\"", condition);
  }
  std::vector<Typed> values(input.arguments.begin() + 1, input.arguments.end());
  result.type = TRY(Unify(&values, input.span, result.name));
  result.sql = fmt::format("(CASE WHEN {} THEN {} ELSE {} END)", condition.sql, values[0].sql,
                           values[1].sql);
  return result;
}

Result<Typed> NullTest(SpecialInput& input) {
  const char* word = input.name == "isnull" ? "IS NULL" : "IS NOT NULL";
  Typed result =
      ResultOf(input, fmt::format("({} {})", input.arguments[0].sql, word), TypeId::kBoolean);
  result.name = fmt::format("({} {})", input.arguments[0].name, word);
  return result;
}

Result<Typed> EqualNull(SpecialInput& input) {
  const std::string name = input.Name();
  Typed result = TRY(Compare(BinaryOperator::kNullSafeEqual, std::move(input.arguments[0]),
                             std::move(input.arguments[1]), input.span));
  result.name = name;
  return result;
}

/// GREATEST and LEAST skip NULLs in both dialects.
Result<Typed> Extreme(SpecialInput& input) {
  std::vector<DataType> types;
  types.reserve(input.arguments.size());
  for (const Typed& value : input.arguments) types.push_back(value.type);
  const std::optional<DataType> common = WiderType(types, StringPromotion::kNo);
  Typed result = ResultOf(input, {}, {});
  if (!common) {
    std::string list;
    for (const DataType& type : types) {
      list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", type.UpperName());
    }
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                        "Cannot resolve \"{}\" due to data type mismatch: Input to `{}` should all "
                        "be the same type, but it's [{}].",
                        result.name, input.name, list);
  }
  for (Typed& value : input.arguments) value = Coerced(std::move(value), *common);
  result.type = *common;
  result.sql = fmt::format("system.main.{}({})", input.name, Listed(input.arguments));
  return result;
}

/// decode(e, k1, v1, …, default): the first key that is the same as e, NULL equal to NULL.
Result<Typed> Decode(SpecialInput& input) {
  Typed result = ResultOf(input, {}, {});
  if (input.arguments.size() == 2) {
    result.type = TypeId::kString;
    result.sql =
        fmt::format("spark.decode({}, {})", Coerced(input.arguments[0], TypeId::kBinary).sql,
                    Coerced(input.arguments[1], TypeId::kString).sql);
    return result;
  }
  std::vector<Typed> values;
  std::vector<Typed> keys;
  for (std::size_t i = 1; i < input.arguments.size(); i += 2) {
    if (i + 1 == input.arguments.size()) {
      values.push_back(input.arguments[i]);
      break;
    }
    keys.push_back(TRY(Compare(BinaryOperator::kNullSafeEqual, input.arguments[0],
                               input.arguments[i], input.span)));
    values.push_back(input.arguments[i + 1]);
  }
  result.type = TRY(Unify(&values, input.span, result.name));
  result.sql = "(CASE";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    result.sql += fmt::format(" WHEN {} THEN {}", keys[i].sql, values[i].sql);
  }
  if (values.size() > keys.size()) result.sql += " ELSE " + values.back().sql;
  result.sql += " END)";
  return result;
}

/// int('5'), date(x), …: a cast written as a call keeps the name of its argument.
Result<Typed> CastCall(SpecialInput& input) {
  const DataType target = TRY(ParseDataType(input.name));
  Typed value = input.arguments[0];
  if (!CanCast(value.type, target)) {
    return FailAnalysis(input.span, "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                        "Cannot resolve \"CAST({} AS {})\" due to data type mismatch: cannot cast "
                        "\"{}\" to \"{}\".",
                        value.name, target.UpperName(), value.type.UpperName(), target.UpperName());
  }
  return Coerced(std::move(value), target);
}

Result<Typed> CurrentDatabase(SpecialInput& input) {
  input.shown = input.name == "current_schema" ? "current_database" : input.shown;
  return ResultOf(input, QuoteText(input.session.current_database), TypeId::kString);
}

Result<Typed> CurrentCatalog(SpecialInput& input) {
  return ResultOf(input, "'spark_catalog'", TypeId::kString);
}

Result<Typed> CurrentUser(SpecialInput& input) {
  input.shown = "current_user";
  return ResultOf(input, QuoteText(input.session.user), TypeId::kString);
}

constexpr std::array kConditional = {
    SpecialFunction{"coalesce", 1, kAnyNumber, &Coalesce},
    SpecialFunction{"nvl", 2, 2, &Coalesce},
    SpecialFunction{"ifnull", 2, 2, &Coalesce},
    SpecialFunction{"nvl2", 3, 3, &Nvl2},
    SpecialFunction{"nullif", 2, 2, &NullIf},
    SpecialFunction{"if", 3, 3, &If},
    SpecialFunction{"iff", 3, 3, &If},
    SpecialFunction{"raise_error", 1, 1, &RaiseError},
    SpecialFunction{"assert_true", 1, 2, &AssertTrue},
    SpecialFunction{"isnull", 1, 1, &NullTest},
    SpecialFunction{"isnotnull", 1, 1, &NullTest},
    SpecialFunction{"equal_null", 2, 2, &EqualNull},
    SpecialFunction{"greatest", 2, kAnyNumber, &Extreme},
    SpecialFunction{"least", 2, kAnyNumber, &Extreme},
    SpecialFunction{"decode", 2, kAnyNumber, &Decode},
    SpecialFunction{"decode1", 3, kAnyNumber, &Decode},  // DLI's name of the same
    SpecialFunction{"boolean", 1, 1, &CastCall},
    SpecialFunction{"tinyint", 1, 1, &CastCall},
    SpecialFunction{"smallint", 1, 1, &CastCall},
    SpecialFunction{"int", 1, 1, &CastCall},
    SpecialFunction{"bigint", 1, 1, &CastCall},
    SpecialFunction{"float", 1, 1, &CastCall},
    SpecialFunction{"double", 1, 1, &CastCall},
    SpecialFunction{"decimal", 1, 1, &CastCall},
    SpecialFunction{"string", 1, 1, &CastCall},
    SpecialFunction{"binary", 1, 1, &CastCall},
    SpecialFunction{"date", 1, 1, &CastCall},
    SpecialFunction{"timestamp", 1, 1, &CastCall},
    SpecialFunction{"current_database", 0, 0, &CurrentDatabase},
    SpecialFunction{"current_schema", 0, 0, &CurrentDatabase},
    SpecialFunction{"current_catalog", 0, 0, &CurrentCatalog},
    SpecialFunction{"current_user", 0, 0, &CurrentUser},
    SpecialFunction{"user", 0, 0, &CurrentUser},
};

}  // namespace

std::span<const SpecialFunction> ConditionalFunctions() { return kConditional; }

}  // namespace sluice::sql
