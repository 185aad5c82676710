#include "sql/plan_budget.h"

#include <algorithm>
#include <optional>

namespace sluice::sql {
namespace {

/// Steps between two questions whether to stop: a question takes a lock.
constexpr std::size_t kStepsBetweenStops = 256;
/// A megabyte of text takes about as long as this many expressions.
constexpr std::size_t kTextBytesAStep = 4'096;

std::size_t Product(std::size_t a, std::size_t b, std::size_t max) {
  if (a == 0 || b == 0) return 0;
  return a > max / b ? max + 1 : a * b;
}

/// Types and fields of a type, itself among them; nothing when they are more than `fields_max` or
/// deeper than `depth_max`. Types share their parts, so a small one can be endless to walk: the
/// walk ends with the limit.
std::optional<std::size_t> FieldsOf(const DataType& type, std::size_t fields_max, int depth_max) {
  if (!type.IsNested()) return 1;
  if (depth_max == 0) return std::nullopt;
  std::size_t count = 1;
  const auto add = [&](const DataType& part) {
    const auto inside = count < fields_max ? FieldsOf(part, fields_max - count, depth_max - 1)
                                           : std::optional<std::size_t>();
    if (inside) count += *inside;
    return inside.has_value();
  };
  if (type.id() == TypeId::kArray) return add(type.element()) ? std::optional(count) : std::nullopt;
  if (type.id() == TypeId::kMap) {
    return add(type.key()) && add(type.value()) ? std::optional(count) : std::nullopt;
  }
  for (const StructField& field : type.fields()) {
    if (!add(field.type)) return std::nullopt;
  }
  return count;
}

}  // namespace

Result<void> PlanBudget::Step(std::size_t steps) {
  steps_ += steps;
  if (steps_ < kStepsBetweenStops) return {};
  steps_ = 0;
  return ask_stop_ ? ask_stop_() : Result<void>();
}

Result<void> PlanBudget::AddNodes(std::size_t count) {
  if (count > kPlanNodesMax - nodes_) {
    return Fail(ErrorCode::kLimitExceeded,
                "[LIMIT_EXCEEDED.PLAN_NODES] The statement has more than {} expressions when all "
                "that it names is put in. Write it in several statements.",
                kPlanNodesMax);
  }
  nodes_ += count;
  return Step(count);
}

Result<void> PlanBudget::AddNodes(std::size_t count, std::size_t each) {
  return AddNodes(Product(count, each, kPlanNodesMax));
}

Result<void> PlanBudget::AddColumns(std::size_t count) {
  if (count > kPlanColumnsMax - columns_) {
    return Fail(ErrorCode::kLimitExceeded,
                "[LIMIT_EXCEEDED.PLAN_COLUMNS] The relations of the statement have more than {} "
                "columns together. Select the columns that are needed instead of *.",
                kPlanColumnsMax);
  }
  columns_ += count;
  return Step(count);
}

Result<void> PlanBudget::AddColumns(const Schema& columns) {
  std::size_t count = 0;
  for (const StructField& column : columns) count += TRY(CountFields(column.type));
  return AddColumns(count);
}

Result<void> PlanBudget::AddColumns(const std::vector<OutputColumn>& columns) {
  std::size_t count = 0;
  std::size_t names = 0;
  for (const OutputColumn& column : columns) {
    count += TRY(CountFields(column.type));
    names += column.name.size();
  }
  TRY_VOID(AddText(names));
  return AddColumns(count);
}

Result<void> PlanBudget::AddText(std::size_t bytes) {
  if (bytes > kPlanTextBytesMax - text_bytes_) {
    return Fail(ErrorCode::kLimitExceeded,
                "[LIMIT_EXCEEDED.PLAN_TEXT] The translation of the statement takes more than {} "
                "bytes of text on its way. Nest it less deep, or write it in several statements.",
                kPlanTextBytesMax);
  }
  text_bytes_ += bytes;
  return Step(1 + bytes / kTextBytesAStep);
}

Result<void> PlanBudget::AddText(std::size_t bytes, std::size_t times) {
  return AddText(Product(bytes, times, kPlanTextBytesMax));
}

Result<std::size_t> PlanBudget::CountFields(const DataType& type) {
  const std::optional<std::size_t> fields = FieldsOf(type, kTypeFieldsMax, kTypeDepthMax);
  if (fields) return *fields;
  return Fail(ErrorCode::kLimitExceeded,
              "[LIMIT_EXCEEDED.TYPE_FIELDS] A type has more than {} fields with those inside of "
              "it, or more than {} levels of arrays, maps and structs.",
              kTypeFieldsMax, kTypeDepthMax);
}

Result<void> PlanBudget::Add(const Typed& bound) {
  const std::size_t longest = std::max({bound.sql.size(), bound.name.size(), bound.narrow.size()});
  if (longest > kExpressionTextMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "[LIMIT_EXCEEDED.EXPRESSION_TEXT] An expression is longer than {} bytes after "
                "translation, or its name is. Nest it less deep.",
                kExpressionTextMax);
  }
  TRY_VOID(AddText(bound.sql.size() + bound.name.size() + bound.narrow.size()));
  if (!bound.type.IsNested()) return {};
  return AddNodes(TRY(CountFields(bound.type)));
}

Result<void> PlanBudget::CheckTranslation(std::string_view sql) const {
  if (sql.size() <= kTranslationBytesMax) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "[LIMIT_EXCEEDED.TRANSLATION] The statement has {} bytes after translation, more "
              "than {}. Write it in several statements.",
              sql.size(), kTranslationBytesMax);
}

}  // namespace sluice::sql
