#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/allocation_limit.h"
#include "base/check.h"
#include "sql/plan_budget.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kPlanningBytes = std::size_t{64} << 20;

StructField Field(std::string name, DataType type) {
  return {std::move(name), std::move(type), true, {}};
}

/// One table `t` with columns of many types.
class SmallCatalog : public CatalogView {
 public:
  Result<bool> HasDatabase(std::string_view) const override { return true; }
  Result<std::optional<TableView>> FindTable(std::string_view database,
                                             std::string_view table) const override {
    if (table != "t") return std::optional<TableView>();
    const DataType pair = DataType::Struct({Field("x", TypeId::kInt), Field("y", TypeId::kString)});
    TableView view{std::string(database), "t", {}, {}};
    view.columns = {Field("a", TypeId::kInt),
                    Field("b", TypeId::kString),
                    Field("c", TypeId::kDouble),
                    Field("d", DataType::Decimal(38, 10)),
                    Field("e", TypeId::kTimestamp),
                    Field("f", DataType::Array(TypeId::kInt)),
                    Field("m", DataType::Map(TypeId::kString, TypeId::kInt)),
                    Field("s", pair),
                    Field("n", DataType::Char(3))};
    return std::optional(std::move(view));
  }
};

void Plan(std::string_view text) {
  const auto parsed = Parse(text);
  if (!parsed) return;
  const SmallCatalog catalog;
  PlanBudget budget;
  const auto bound = Bind(*parsed, catalog, SessionContext(), budget);
  CHECK(bound || !bound.error().message.empty());
}

}  // namespace
}  // namespace sluice::sql

/// Any bytes: planning answers with a plan or a reason, within its memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const sluice::AllocationLimit limit(sluice::sql::kPlanningBytes);
    sluice::sql::Plan({reinterpret_cast<const char*>(data), size});
  } catch (const sluice::AllocationRefused&) {
    return 0;
  }
  return 0;
}
