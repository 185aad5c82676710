#include <fmt/format.h>

#include <array>
#include <utility>

#include "sql/functions.h"
#include "sql/functions_special.h"
#include "sql/generate.h"

namespace sluice::sql {
namespace {

Typed Unrepeatable(const SpecialInput& input, std::string sql, DataType type) {
  Typed result = ResultOf(input, std::move(sql), std::move(type));
  result.foldable = false;
  result.has_random = true;
  return result;
}

/// The seed as BIGINT: NULL is 0.
Result<std::string> SeedText(const SpecialInput& input) {
  const Typed& seed = input.arguments[0];
  const TypeId id = seed.type.id();
  if (id != TypeId::kInt && id != TypeId::kBigInt && id != TypeId::kVoid) {
    return FailArgumentType(input.span, input.Name(), 1, "(\"INT\" or \"BIGINT\")", seed);
  }
  if (!seed.foldable) {
    return FailAnalysis(input.span, "SEED_EXPRESSION_IS_UNFOLDABLE",
                        "The seed expression \"{}\" of the expression \"{}\" must be foldable.",
                        seed.name, input.Name());
  }
  return fmt::format("CAST(coalesce({}, 0) AS BIGINT)", seed.sql);
}

/// Spark's numbers are those of its own generator, one a partition: of the row they stand in.
Result<Typed> Random(SpecialInput& input) {
  const bool normal = input.name == "randn";
  input.shown = normal ? "randn" : "rand";
  if (!input.arguments.empty()) {
    const std::string seed = TRY(SeedText(input));
    return Unrepeatable(
        input, fmt::format("system.main.sluice_{}({}, {})", input.shown, seed, kRowFromZero),
        TypeId::kDouble);
  }
  return Unrepeatable(input,
                      normal ? "(system.main.sqrt(-2 * system.main.ln(1 - system.main.random())) * "
                               "system.main.cos(2 * system.main.pi() * system.main.random()))"
                             : "system.main.random()",
                      TypeId::kDouble);
}

Result<Typed> IncreasingId(SpecialInput& input) {
  return Unrepeatable(input, std::string(kRowFromZero), TypeId::kBigInt);
}

constexpr std::array kRandom = {
    SpecialFunction{"rand", 0, 1, &Random},
    SpecialFunction{"random", 0, 1, &Random},
    SpecialFunction{"randn", 0, 1, &Random},
    SpecialFunction{"monotonically_increasing_id", 0, 0, &IncreasingId},
};

}  // namespace

std::span<const SpecialFunction> RandomFunctions() { return kRandom; }

bool CountsRows(std::string_view name, std::size_t arguments) {
  if (name == "monotonically_increasing_id") return true;
  return arguments > 0 && (name == "rand" || name == "random" || name == "randn");
}

}  // namespace sluice::sql
