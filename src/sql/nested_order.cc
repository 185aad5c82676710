#include "sql/nested_order.h"

#include <fmt/format.h>

#include "sql/generate.h"

namespace sluice::sql {
namespace {

/// `depth` keeps the parameters of lambdas within lambdas apart.
std::string KeyAt(const std::string& value, const DataType& type, int depth);

std::string PartKey(const std::string& part, const DataType& type, int depth) {
  return fmt::format("{{'there': {} IS NOT NULL, 'is': {}}}", part, KeyAt(part, type, depth));
}

std::string KeyAt(const std::string& value, const DataType& type, int depth) {
  if (type.id() == TypeId::kArray) {
    const std::string item = fmt::format("_o{}", depth);
    return fmt::format("system.main.list_transform({}, lambda {}: {})", value, item,
                       PartKey(item, type.element(), depth + 1));
  }
  if (type.id() != TypeId::kStruct || type.fields().empty()) return value;
  std::string parts;
  for (std::size_t i = 0; i < type.fields().size(); ++i) {
    const StructField& field = type.fields()[i];
    const std::string part = fmt::format("struct_extract({}, {})", value, QuoteText(field.name));
    parts += fmt::format("{}'p{}': {}", i > 0 ? ", " : "", i, PartKey(part, field.type, depth));
  }
  return fmt::format("(CASE WHEN {} IS NOT NULL THEN {{{}}} END)", value, parts);
}

}  // namespace

std::string OrderKey(const std::string& value, const DataType& type) {
  return type.IsNested() ? KeyAt(value, type, 0) : value;
}

bool HoldsMap(const DataType& type) {
  switch (type.id()) {
    case TypeId::kMap:
      return true;
    case TypeId::kArray:
      return HoldsMap(type.element());
    case TypeId::kStruct:
      for (const StructField& field : type.fields()) {
        if (HoldsMap(field.type)) return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace sluice::sql
