#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

enum class TypeId : std::uint8_t {
  kVoid,
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kChar,
  kVarchar,
  kBinary,
  kDate,
  kTimestamp,     ///< An instant, shown in the session's zone.
  kTimestampNtz,  ///< A wall-clock reading without a zone.
  kYearMonthInterval,
  kDayTimeInterval,
  kCalendarInterval,
  kArray,
  kMap,
  kStruct,
};

struct StructField;

/// A Spark SQL data type, as a value. Immutable, cheap to copy, comparable. Thread-safe.
/// The source of every name is Spark 3.5's DataType: sql names ("bigint"), JSON names ("long").
class DataType {
 public:
  /// A type without parameters; void by default.
  DataType() = default;
  DataType(TypeId id) : id_(id) {}  // NOLINT(google-explicit-constructor): reads as a constant

  /// 1 <= precision <= 38, 0 <= scale <= precision.
  static DataType Decimal(int precision, int scale);
  static DataType Char(int length);
  static DataType Varchar(int length);
  static DataType Array(DataType element);
  static DataType Map(DataType key, DataType value);
  static DataType Struct(std::vector<StructField> fields);
  /// Spark's interval qualifiers, 0..1 (year, month) and 0..3 (day, hour, minute, second).
  static DataType YearMonthInterval(int first, int last);
  static DataType DayTimeInterval(int first, int last);

  TypeId id() const { return id_; }
  int precision() const { return first_; }         ///< of a decimal
  int scale() const { return second_; }            ///< of a decimal
  int length() const { return first_; }            ///< of a char or varchar
  int first_unit() const { return first_; }        ///< of an interval
  int last_unit() const { return second_; }        ///< of an interval
  const DataType& element() const;                 ///< of an array
  const DataType& key() const;                     ///< of a map
  const DataType& value() const;                   ///< of a map
  const std::vector<StructField>& fields() const;  ///< of a struct

  bool IsIntegral() const { return id_ >= TypeId::kTinyInt && id_ <= TypeId::kBigInt; }
  bool IsNumeric() const { return id_ >= TypeId::kTinyInt && id_ <= TypeId::kDecimal; }
  bool IsText() const { return id_ >= TypeId::kString && id_ <= TypeId::kVarchar; }
  bool IsNested() const { return id_ >= TypeId::kArray; }
  /// Arrays, maps and structs inside one another; 0 for what is none.
  int Depth() const;

  /// As in `schema` of a preview and in DESCRIBE: "int", "decimal(10,2)", "array<int>".
  std::string SqlName() const;
  /// As in Spark's error texts: "\"INT\"" without the quotes: "INT", "DECIMAL(10,2)", "ARRAY<INT>".
  std::string UpperName() const;
  /// As in `detail`: a JSON string literal or object: "\"integer\"", {"type":"array",…}.
  std::string SchemaJson() const;

  friend bool operator==(const DataType& a, const DataType& b);

 private:
  TypeId id_ = TypeId::kVoid;
  int first_ = 0;
  int second_ = 0;
  std::shared_ptr<const std::vector<StructField>> children_;
};

/// A column or a struct's field.
struct StructField {
  std::string name;
  DataType type;
  bool nullable = true;
  std::string comment;

  friend bool operator==(const StructField&, const StructField&) = default;
};

/// Columns in order.
using Schema = std::vector<StructField>;

/// {"type":"struct","fields":[…]} as in `detail` (contract/decisions.md: nullable true, metadata
/// {}).
std::string SchemaJson(const Schema& schema);

/// Reads a type as SQL writes it, in any case: "INT", "decimal(10,2)", "struct<a:int,b:string>",
/// with Spark's synonyms (LONG, SHORT, BYTE, INTEGER, REAL, DEC, NUMERIC, TIMESTAMP_LTZ …).
/// kInvalidArgument names the text that is no type.
Result<DataType> ParseDataType(std::string_view text);

}  // namespace sluice
