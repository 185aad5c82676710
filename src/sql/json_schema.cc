#include "sql/json_schema.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "sql/coerce.h"

namespace sluice::sql {
namespace {

using Kind = JsonDocument::Kind;

struct Inference {
  bool primitives_as_text = false;
  bool prefers_decimal = false;
  bool drops_nulls = false;
};

/// The decimal that holds a number as BigDecimal has it, if there is one.
std::optional<DataType> DecimalOf(const std::string& text) {
  int digits = 0;
  int scale = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') point = true;
    if (!IsDigit(text[at])) continue;
    if (point) ++scale;
    if (digits > 0 || text[at] != '0') ++digits;
  }
  if (at < text.size()) return std::nullopt;
  const int precision = std::max(std::max(digits, 1), scale);
  if (precision > kDecimalPrecisionMax) return std::nullopt;
  return DataType::Decimal(precision, scale);
}

bool FitsBigInt(const std::string& text) {
  constexpr std::string_view kMax = "9223372036854775807";
  constexpr std::string_view kMin = "9223372036854775808";
  const bool negative = text.starts_with('-');
  const std::string_view digits = std::string_view(text).substr(negative ? 1 : 0);
  if (digits.size() != kMax.size()) return digits.size() < kMax.size();
  return digits <= (negative ? kMin : kMax);
}

std::vector<StructField> MergedFields(const std::vector<StructField>& a,
                                      const std::vector<StructField>& b);

/// Where two values of one place meet: strings when nowhere else.
DataType Meeting(const DataType& a, const DataType& b) {
  if (a.id() == TypeId::kVoid) return b;
  if (b.id() == TypeId::kVoid) return a;
  if (a.id() == TypeId::kStruct && b.id() == TypeId::kStruct) {
    return DataType::Struct(MergedFields(a.fields(), b.fields()));
  }
  if (a.id() == TypeId::kArray && b.id() == TypeId::kArray) {
    return DataType::Array(Meeting(a.element(), b.element()));
  }
  if (a.IsNumeric() && b.IsNumeric()) {
    if (a.id() == TypeId::kDouble || b.id() == TypeId::kDouble) return TypeId::kDouble;
    if (a == b) return a;
    const DecimalShape left = ShapeOf(a);
    const DecimalShape right = ShapeOf(b);
    const int scale = std::max(left.scale, right.scale);
    const int whole = std::max(left.precision - left.scale, right.precision - right.scale);
    if (whole + scale > kDecimalPrecisionMax) return TypeId::kDouble;
    return DataType::Decimal(whole + scale, scale);
  }
  return a == b ? a : DataType(TypeId::kString);
}

std::vector<StructField> MergedFields(const std::vector<StructField>& a,
                                      const std::vector<StructField>& b) {
  std::vector<StructField> merged;
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    if (right == b.end() || (left != a.end() && left->name < right->name)) {
      merged.push_back(*left++);
    } else if (left == a.end() || right->name < left->name) {
      merged.push_back(*right++);
    } else {
      merged.push_back({left->name, Meeting(left->type, right->type), true, {}});
      ++left;
      ++right;
    }
  }
  return merged;
}

DataType Inferred(const JsonDocument& value, const Inference& rules) {
  switch (value.kind) {
    case Kind::kNull:
      return TypeId::kVoid;
    case Kind::kText:
      if (value.text.empty()) return TypeId::kVoid;
      if (rules.prefers_decimal && !value.text.empty() && IsDigit(value.text.front())) {
        return DecimalOf(value.text).value_or(DataType(TypeId::kString));
      }
      return TypeId::kString;
    case Kind::kTrue:
    case Kind::kFalse:
      return rules.primitives_as_text ? TypeId::kString : TypeId::kBoolean;
    case Kind::kInteger:
      if (rules.primitives_as_text) return TypeId::kString;
      if (FitsBigInt(value.text)) return TypeId::kBigInt;
      return DecimalOf(value.text).value_or(DataType(TypeId::kDouble));
    case Kind::kFraction:
      if (rules.primitives_as_text) return TypeId::kString;
      if (rules.prefers_decimal) return DecimalOf(value.text).value_or(DataType(TypeId::kDouble));
      return TypeId::kDouble;
    case Kind::kArray: {
      DataType element = TypeId::kVoid;
      for (const JsonDocument& item : value.items)
        element = Meeting(element, Inferred(item, rules));
      return DataType::Array(element);
    }
    case Kind::kObject: {
      std::vector<StructField> fields;
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        fields.push_back({value.names[i], Inferred(value.items[i], rules), true, {}});
      }
      std::stable_sort(fields.begin(), fields.end(),
                       [](const auto& a, const auto& b) { return a.name < b.name; });
      return DataType::Struct(std::move(fields));
    }
  }
  return TypeId::kVoid;
}

/// Nulls become strings; structs without fields go, and what holds nothing else.
std::optional<DataType> Canonical(const DataType& type, const Inference& rules) {
  if (type.id() == TypeId::kVoid) {
    if (rules.drops_nulls) return std::nullopt;
    return TypeId::kString;
  }
  if (type.id() == TypeId::kArray) {
    const std::optional<DataType> element = Canonical(type.element(), rules);
    if (!element) return std::nullopt;
    return DataType::Array(*element);
  }
  if (type.id() != TypeId::kStruct) return type;
  std::vector<StructField> fields;
  for (const StructField& field : type.fields()) {
    const std::optional<DataType> kept = Canonical(field.type, rules);
    if (kept && !field.name.empty()) fields.push_back({field.name, *kept, true, {}});
  }
  if (fields.empty()) return std::nullopt;
  return DataType::Struct(std::move(fields));
}

}  // namespace

DataType SchemaOfJson(const JsonDocument& document, const DocumentOptions& options) {
  const auto is_on = [&](std::string_view name) {
    return EqualsIgnoreCase(FindOption(options, name, "false"), "true");
  };
  const Inference rules = {is_on("primitivesasstring"), is_on("prefersdecimal"),
                           is_on("dropfieldifallnull")};
  const DataType type = Inferred(document, rules);
  if (const std::optional<DataType> canonical = Canonical(type, rules)) return *canonical;
  if (type.id() == TypeId::kStruct) return DataType::Struct({});
  const bool structs = type.id() == TypeId::kArray && type.element().id() == TypeId::kStruct;
  return structs ? DataType::Array(DataType::Struct({})) : DataType(TypeId::kString);
}

}  // namespace sluice::sql
