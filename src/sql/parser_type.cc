#include <charconv>

#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

constexpr int kDecimalPrecisionMax = 38;
constexpr int kDecimalPrecisionDefault = 10;

struct NamedType {
  std::string_view name;
  TypeId id;
};

constexpr NamedType kPlainTypes[] = {
    {"BOOLEAN", TypeId::kBoolean},
    {"TINYINT", TypeId::kTinyInt},
    {"BYTE", TypeId::kTinyInt},
    {"SMALLINT", TypeId::kSmallInt},
    {"SHORT", TypeId::kSmallInt},
    {"INT", TypeId::kInt},
    {"INTEGER", TypeId::kInt},
    {"BIGINT", TypeId::kBigInt},
    {"LONG", TypeId::kBigInt},
    {"FLOAT", TypeId::kFloat},
    {"REAL", TypeId::kFloat},
    {"DOUBLE", TypeId::kDouble},
    {"DATE", TypeId::kDate},
    {"TIMESTAMP", TypeId::kTimestamp},
    {"TIMESTAMP_LTZ", TypeId::kTimestamp},
    {"TIMESTAMP_NTZ", TypeId::kTimestampNtz},
    {"STRING", TypeId::kString},
    {"BINARY", TypeId::kBinary},
    {"VOID", TypeId::kVoid},
    {"INTERVAL", TypeId::kCalendarInterval},
};

int NumberOf(std::string_view digits) {
  int value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() ? value : -1;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += ",";
    joined += part;
  }
  return joined;
}

}  // namespace

Parsed<TypeSpec> Parser::ParseType() {
  const Index first = index_;
  TypeSpec spec;
  spec.type = PARSED(ParseTypeBody());
  spec.span = SpanFrom(first);
  return spec;
}

Parsed<DataType> Parser::ParseTypeBody() {
  const Nested nested(*this);
  REQUIRE(nested);
  if (At(T::kArray, T::kLess)) return ParseArrayType();
  if (At(T::kMap, T::kLess)) return ParseMapType();
  if (At(T::kStruct) && (Peek(1).kind == T::kLess || Peek(1).kind == T::kNotEqual)) {
    return ParseStructType();
  }
  if (At(T::kInterval)) return ParseIntervalType();
  return ParsePlainType();
}

Parsed<DataType> Parser::ParseArrayType() {
  REQUIRE(AcceptAll(T::kArray, T::kLess));
  DataType element = PARSED(ParseTypeBody());
  REQUIRE(Accept(T::kGreater));
  return DataType::Array(std::move(element));
}

Parsed<DataType> Parser::ParseMapType() {
  REQUIRE(AcceptAll(T::kMap, T::kLess));
  DataType key = PARSED(ParseTypeBody());
  REQUIRE(Accept(T::kComma));
  DataType value = PARSED(ParseTypeBody());
  REQUIRE(Accept(T::kGreater));
  return DataType::Map(std::move(key), std::move(value));
}

Parsed<DataType> Parser::ParseStructType() {
  REQUIRE(Accept(T::kStruct));
  std::vector<StructField> fields;
  if (Accept(T::kNotEqual)) return DataType::Struct(std::move(fields));
  REQUIRE(Accept(T::kLess));
  if (Accept(T::kGreater)) return DataType::Struct(std::move(fields));
  REQUIRE(ParseCommaList([&]() -> bool {
    fields.push_back(PARSED(ParseStructField()));
    return true;
  }));
  REQUIRE(Accept(T::kGreater));
  return DataType::Struct(std::move(fields));
}

Parsed<StructField> Parser::ParseStructField() {
  StructField field;
  const Identifier name = PARSED(ParseIdentifier());
  field.name = name.text;
  Accept(T::kColon);
  field.type = PARSED(ParseTypeBody());
  if (AcceptPair(T::kNot, T::kNull)) field.nullable = false;
  if (Accept(T::kComment)) field.comment = PARSED(ParseString());
  return field;
}

/// INTERVAL, INTERVAL YEAR TO MONTH, INTERVAL DAY TO SECOND and the like.
Parsed<DataType> Parser::ParseIntervalType() {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kInterval));
  const auto year_unit = [&] { return At(T::kYear) ? 0 : At(T::kMonth) ? 1 : -1; };
  const auto day_unit = [&] {
    return At(T::kDay) ? 0 : At(T::kHour) ? 1 : At(T::kMinute) ? 2 : At(T::kSecond) ? 3 : -1;
  };
  const bool years = year_unit() >= 0;
  const int from = years ? year_unit() : day_unit();
  if (from < 0) return DataType(TypeId::kCalendarInterval);
  Advance();
  int to = from;
  if (Accept(T::kTo)) {
    to = years ? (At(T::kMonth) ? 1 : -1) : (At(T::kDay) ? -1 : day_unit());
    if (to < 0) {
      Reject();
      return {};
    }
    Advance();
    if (to <= from) {
      const std::string first(TextOf(tokens_[index_ - 3]));
      const std::string last(TextOf(tokens_[index_ - 1]));
      Complain(
          "",
          fmt::format("Intervals FROM {} TO {} are not supported.", ToLower(first), ToLower(last)),
          span);
      to = from;
    }
  }
  return years ? DataType::YearMonthInterval(from, to) : DataType::DayTimeInterval(from, to);
}

Parsed<DataType> Parser::ParsePlainType() {
  const Index first = index_;
  const Identifier name = PARSED(ParseIdentifier());
  std::vector<std::string> numbers;
  if (Accept(T::kLeftParen)) {
    REQUIRE(ParseCommaList([&]() -> bool {
      REQUIRE(At(T::kIntegerValue) || Reject());
      numbers.emplace_back(TextAt());
      Advance();
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  }
  return PlainType(name, numbers, tokens_[first].span);
}

DataType Parser::PlainType(const Identifier& name, const std::vector<std::string>& numbers,
                           const Span& span) {
  const std::string upper = ToUpper(name.text);
  if (numbers.empty() && !name.quoted) {
    for (const NamedType& type : kPlainTypes) {
      if (type.name == upper) return DataType(type.id);
    }
  }
  const bool character = upper == "CHAR" || upper == "CHARACTER";
  if ((character || upper == "VARCHAR") && !name.quoted) {
    const int length = numbers.size() == 1 ? NumberOf(numbers.front()) : 0;
    if (length > 0) return character ? DataType::Char(length) : DataType::Varchar(length);
    if (numbers.empty()) {
      Complain("DATATYPE_MISSING_SIZE",
               fmt::format("DataType \"{0}\" requires a length parameter, for example \"{0}\"(10). "
                           "Please specify the length.",
                           upper),
               span);
      return DataType(TypeId::kString);
    }
  }
  const bool decimal = upper == "DECIMAL" || upper == "DEC" || upper == "NUMERIC";
  if (decimal && !name.quoted && numbers.size() <= 2) {
    const int precision = numbers.empty() ? kDecimalPrecisionDefault : NumberOf(numbers.front());
    const int scale = numbers.size() < 2 ? 0 : NumberOf(numbers.back());
    if (precision > kDecimalPrecisionMax) {
      Complain("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
               fmt::format("Decimal precision {} exceeds max precision {}.", numbers.front(),
                           kDecimalPrecisionMax),
               span);
    } else if (scale > precision || precision < 1 || scale < 0) {
      Complain("",
               fmt::format("Decimal scale ({}) cannot be greater than precision ({}).", scale,
                           precision),
               span);
    } else {
      return DataType::Decimal(precision, scale);
    }
    return DataType::Decimal(kDecimalPrecisionDefault, 0);
  }
  if (numbers.empty() && !name.quoted &&
      (upper == "ARRAY" || upper == "MAP" || upper == "STRUCT")) {
    Complain(
        "INCOMPLETE_TYPE_DEFINITION." + upper,
        fmt::format("Incomplete complex type: The definition of \"{}\" type is incomplete.", upper),
        span);
    return DataType(TypeId::kString);
  }
  const std::string shown = numbers.empty() ? upper : fmt::format("{}({})", upper, Joined(numbers));
  Complain("UNSUPPORTED_DATATYPE", fmt::format("Unsupported data type \"{}\".", shown), span);
  return DataType(TypeId::kString);
}

Parsed<ColumnDefinition> Parser::ParseColumnType() {
  const Index first = index_;
  ColumnDefinition column;
  column.name.parts.push_back(PARSED(ParseNameChecked()));
  column.name.span = SpanFrom(first);
  column.type = PARSED(ParseType());
  column.not_null = AcceptPair(T::kNot, T::kNull);
  if (Accept(T::kComment)) column.comment = PARSED(ParseString());
  column.span = SpanFrom(first);
  return column;
}

bool Parser::ParseColumnTypes(std::vector<ColumnDefinition>& out) {
  return ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseColumnType()));
    return true;
  });
}

}  // namespace sluice::sql
