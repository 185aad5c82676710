#include "types/data_type.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"
#include "base/json.h"

namespace sluice {
namespace {

constexpr int kDecimalPrecisionMax = 38;

/// Names of the types without parameters: in SQL, and in Spark's schema JSON.
struct PlainName {
  TypeId id;
  std::string_view sql;
  std::string_view json;
};

constexpr std::array kPlainNames = {
    PlainName{TypeId::kVoid, "void", "void"},
    PlainName{TypeId::kBoolean, "boolean", "boolean"},
    PlainName{TypeId::kTinyInt, "tinyint", "byte"},
    PlainName{TypeId::kSmallInt, "smallint", "short"},
    PlainName{TypeId::kInt, "int", "integer"},
    PlainName{TypeId::kBigInt, "bigint", "long"},
    PlainName{TypeId::kFloat, "float", "float"},
    PlainName{TypeId::kDouble, "double", "double"},
    PlainName{TypeId::kString, "string", "string"},
    PlainName{TypeId::kBinary, "binary", "binary"},
    PlainName{TypeId::kDate, "date", "date"},
    PlainName{TypeId::kTimestamp, "timestamp", "timestamp"},
    PlainName{TypeId::kTimestampNtz, "timestamp_ntz", "timestamp_ntz"},
    PlainName{TypeId::kCalendarInterval, "interval", "interval"},
};

constexpr std::array<std::string_view, 2> kYearMonthUnits = {"year", "month"};
constexpr std::array<std::string_view, 4> kDayTimeUnits = {"day", "hour", "minute", "second"};

const PlainName* FindPlain(TypeId id) {
  for (const PlainName& name : kPlainNames) {
    if (name.id == id) return &name;
  }
  return nullptr;
}

template <std::size_t kCount>
std::string IntervalName(const std::array<std::string_view, kCount>& units, int first, int last) {
  const std::string_view from = units.at(static_cast<std::size_t>(first));
  if (first == last) return fmt::format("interval {}", from);
  return fmt::format("interval {} to {}", from, units.at(static_cast<std::size_t>(last)));
}

/// Whether a field's name reads back as an identifier without quotes.
bool IsPlainIdentifier(std::string_view name) {
  if (name.empty()) return false;
  bool only_digits = true;
  for (char c : name) {
    if (!IsAlnum(c) && c != '_') return false;
    only_digits = only_digits && IsDigit(c);
  }
  return !only_digits;
}

std::string QuotedIfNeeded(std::string_view name) {
  if (IsPlainIdentifier(name)) return std::string(name);
  std::string quoted = "`";
  for (char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + "`";
}

std::string JsonText(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

}  // namespace

DataType DataType::Decimal(int precision, int scale) {
  CHECK(precision >= 1 && precision <= kDecimalPrecisionMax);
  CHECK(scale >= 0 && scale <= precision);
  DataType type(TypeId::kDecimal);
  type.first_ = precision;
  type.second_ = scale;
  return type;
}

DataType DataType::Char(int length) {
  DataType type(TypeId::kChar);
  type.first_ = length;
  return type;
}

DataType DataType::Varchar(int length) {
  DataType type(TypeId::kVarchar);
  type.first_ = length;
  return type;
}

DataType DataType::Array(DataType element) {
  DataType type(TypeId::kArray);
  std::vector<StructField> children;
  children.push_back({"element", std::move(element), true, {}});
  type.children_ = std::make_shared<const std::vector<StructField>>(std::move(children));
  return type;
}

DataType DataType::Map(DataType key, DataType value) {
  DataType type(TypeId::kMap);
  std::vector<StructField> children;
  children.push_back({"key", std::move(key), false, {}});
  children.push_back({"value", std::move(value), true, {}});
  type.children_ = std::make_shared<const std::vector<StructField>>(std::move(children));
  return type;
}

DataType DataType::Struct(std::vector<StructField> fields) {
  DataType type(TypeId::kStruct);
  type.children_ = std::make_shared<const std::vector<StructField>>(std::move(fields));
  return type;
}

DataType DataType::YearMonthInterval(int first, int last) {
  CHECK(0 <= first && first <= last && last < std::ssize(kYearMonthUnits));
  DataType type(TypeId::kYearMonthInterval);
  type.first_ = first;
  type.second_ = last;
  return type;
}

DataType DataType::DayTimeInterval(int first, int last) {
  CHECK(0 <= first && first <= last && last < std::ssize(kDayTimeUnits));
  DataType type(TypeId::kDayTimeInterval);
  type.first_ = first;
  type.second_ = last;
  return type;
}

const DataType& DataType::element() const {
  CHECK(id_ == TypeId::kArray);
  return (*children_)[0].type;
}

const DataType& DataType::key() const {
  CHECK(id_ == TypeId::kMap);
  return (*children_)[0].type;
}

const DataType& DataType::value() const {
  CHECK(id_ == TypeId::kMap);
  return (*children_)[1].type;
}

const std::vector<StructField>& DataType::fields() const {
  CHECK(id_ == TypeId::kStruct);
  return *children_;
}

int DataType::Depth() const {
  if (!IsNested()) return 0;
  int deepest = 0;
  for (const StructField& child : *children_) deepest = std::max(deepest, child.type.Depth());
  return 1 + deepest;
}

std::string DataType::SqlName() const {
  switch (id_) {
    case TypeId::kDecimal:
      return fmt::format("decimal({},{})", first_, second_);
    case TypeId::kChar:
      return fmt::format("char({})", first_);
    case TypeId::kVarchar:
      return fmt::format("varchar({})", first_);
    case TypeId::kYearMonthInterval:
      return IntervalName(kYearMonthUnits, first_, second_);
    case TypeId::kDayTimeInterval:
      return IntervalName(kDayTimeUnits, first_, second_);
    case TypeId::kArray:
      return "array<" + element().SqlName() + ">";
    case TypeId::kMap:
      return "map<" + key().SqlName() + "," + value().SqlName() + ">";
    case TypeId::kStruct: {
      std::string name = "struct<";
      for (const StructField& field : fields()) {
        if (name.back() != '<') name += ',';
        name += field.name + ":" + field.type.SqlName();
      }
      return name + ">";
    }
    default:
      return std::string(FindPlain(id_)->sql);
  }
}

std::string DataType::UpperName() const {
  switch (id_) {
    case TypeId::kArray:
      return "ARRAY<" + element().UpperName() + ">";
    case TypeId::kMap:
      return "MAP<" + key().UpperName() + ", " + value().UpperName() + ">";
    case TypeId::kStruct: {
      std::string name = "STRUCT<";
      for (const StructField& field : fields()) {
        if (name.back() != '<') name += ", ";
        name += QuotedIfNeeded(field.name) + ": " + field.type.UpperName();
        if (!field.nullable) name += " NOT NULL";
      }
      return name + ">";
    }
    default:
      return ToUpper(SqlName());
  }
}

std::string DataType::SchemaJson() const {
  switch (id_) {
    case TypeId::kArray:
      return fmt::format(R"({{"type":"array","elementType":{},"containsNull":true}})",
                         element().SchemaJson());
    case TypeId::kMap:
      return fmt::format(R"({{"type":"map","keyType":{},"valueType":{},"valueContainsNull":true}})",
                         key().SchemaJson(), value().SchemaJson());
    case TypeId::kStruct:
      return ::sluice::SchemaJson(fields());
    default: {
      const PlainName* plain = FindPlain(id_);
      return JsonText(plain != nullptr ? std::string(plain->json) : SqlName());
    }
  }
}

bool operator==(const DataType& a, const DataType& b) {
  if (a.id_ != b.id_ || a.first_ != b.first_ || a.second_ != b.second_) return false;
  if (a.children_ == b.children_) return true;
  return a.children_ != nullptr && b.children_ != nullptr && *a.children_ == *b.children_;
}

std::string SchemaJson(const Schema& schema) {
  std::string out = R"({"type":"struct","fields":[)";
  bool first = true;
  for (const StructField& field : schema) {
    if (!first) out += ',';
    first = false;
    out += fmt::format(R"({{"name":{},"type":{},"nullable":true,"metadata":{{}}}})",
                       JsonText(field.name), field.type.SchemaJson());
  }
  return out + "]}";
}

}  // namespace sluice
