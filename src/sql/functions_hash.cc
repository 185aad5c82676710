#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_expression.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

constexpr int kLongDigits = 18;  ///< decimals of more are hashed as bytes

/// A value as one of the native hash functions takes it, and which one that is.
struct Hashable {
  std::string_view kind;
  std::string sql;
};

Result<Hashable> HashableOf(const SpecialInput& input, const Typed& value) {
  switch (value.type.id()) {
    case TypeId::kVoid:
    case TypeId::kBoolean:
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInt:
      return Hashable{"int", fmt::format("CAST({} AS INTEGER)", value.sql)};
    case TypeId::kBigInt:
      return Hashable{"long", fmt::format("CAST({} AS BIGINT)", value.sql)};
    case TypeId::kFloat:
      return Hashable{"float", fmt::format("CAST({} AS FLOAT)", value.sql)};
    case TypeId::kDouble:
      return Hashable{"double", fmt::format("CAST({} AS DOUBLE)", value.sql)};
    case TypeId::kDate:
      return Hashable{"int", fmt::format("spark.unix_date({})", value.sql)};
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Hashable{"long", fmt::format("system.main.epoch_us({})", value.sql)};
    case TypeId::kString:
      return Hashable{"bytes", fmt::format("system.main.encode({})", value.sql)};
    case TypeId::kBinary:
      return Hashable{"bytes", value.sql};
    case TypeId::kDecimal: {
      const std::string unscaled = UnscaledText(ExactText(value), value.type);
      if (value.type.precision() > kLongDigits) return Hashable{"huge", unscaled};
      return Hashable{"long", fmt::format("CAST({} AS BIGINT)", unscaled)};
    }
    default:
      return FailUnsupported(fmt::format("{} of {}", input.name, value.type.SqlName()));
  }
}

/// hash() and xxhash64(): the hash of each value is the seed of the next.
Result<Typed> Hash(SpecialInput& input) {
  const bool wide = input.name == "xxhash64";
  const DataType type = wide ? TypeId::kBigInt : TypeId::kInt;
  std::string sql = fmt::format("CAST(42 AS {})", DuckType(type));
  for (const Typed& value : input.arguments) {
    const Hashable hashable = TRY(HashableOf(input, value));
    sql = fmt::format("system.main.sluice_{}_{}({}, {})", input.name, hashable.kind, hashable.sql,
                      sql);
  }
  Typed result = ResultOf(input, std::move(sql), type);
  result.physical = Physical::kExact;
  return result;
}

Result<Typed> TypeOf(SpecialInput& input) {
  return ResultOf(input, QuoteText(input.arguments[0].type.SqlName()), TypeId::kString);
}

constexpr std::array kHash = {
    SpecialFunction{"hash", 1, kAnyNumber, &Hash},
    SpecialFunction{"xxhash64", 1, kAnyNumber, &Hash},
    SpecialFunction{"typeof", 1, 1, &TypeOf},
};

}  // namespace

std::span<const SpecialFunction> HashFunctions() { return kHash; }

}  // namespace sluice::sql
