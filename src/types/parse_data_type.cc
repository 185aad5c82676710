#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "types/data_type.h"

namespace sluice {
namespace {

constexpr int kTypeNestingMax = 100;
constexpr int kDecimalPrecisionMax = 38;
constexpr int kDecimalPrecisionDefault = 10;

struct Synonym {
  std::string_view word;
  TypeId id;
};

/// Every word that is a type by itself. Decimal, char, varchar, interval and nested types are
/// apart.
constexpr Synonym kSynonyms[] = {
    {"void", TypeId::kVoid},
    {"boolean", TypeId::kBoolean},
    {"tinyint", TypeId::kTinyInt},
    {"byte", TypeId::kTinyInt},
    {"smallint", TypeId::kSmallInt},
    {"short", TypeId::kSmallInt},
    {"int", TypeId::kInt},
    {"integer", TypeId::kInt},
    {"bigint", TypeId::kBigInt},
    {"long", TypeId::kBigInt},
    {"float", TypeId::kFloat},
    {"real", TypeId::kFloat},
    {"double", TypeId::kDouble},
    {"string", TypeId::kString},
    {"binary", TypeId::kBinary},
    {"date", TypeId::kDate},
    {"timestamp", TypeId::kTimestamp},
    {"timestamp_ltz", TypeId::kTimestamp},
    {"timestamp_ntz", TypeId::kTimestampNtz},
};

/// Recursive descent over the text of one type. Returns nothing where the text is no type.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_(text) {}

  std::optional<DataType> ReadAll() {
    std::optional<DataType> type = Read(0);
    SkipBlanks();
    if (at_ != text_.size()) return std::nullopt;
    return type;
  }

 private:
  std::optional<DataType> Read(int depth) {
    if (depth > kTypeNestingMax) return std::nullopt;
    const std::string word = ToLower(ReadWord());
    for (const Synonym& synonym : kSynonyms) {
      if (word == synonym.word) return DataType(synonym.id);
    }
    if (word == "decimal" || word == "dec" || word == "numeric") return ReadDecimal();
    if (word == "char" || word == "character") return ReadText(TypeId::kChar);
    if (word == "varchar") return ReadText(TypeId::kVarchar);
    if (word == "interval") return ReadInterval();
    if (word == "array") return ReadArray(depth);
    if (word == "map") return ReadMap(depth);
    if (word == "struct") return ReadStruct(depth);
    return std::nullopt;
  }

  std::optional<DataType> ReadDecimal() {
    int precision = kDecimalPrecisionDefault;
    int scale = 0;
    if (Take('(')) {
      std::optional<int> number = ReadNumber();
      if (!number) return std::nullopt;
      precision = *number;
      if (Take(',')) {
        number = ReadNumber();
        if (!number) return std::nullopt;
        scale = *number;
      }
      if (!Take(')')) return std::nullopt;
    }
    if (precision < 1 || precision > kDecimalPrecisionMax || scale > precision) return std::nullopt;
    return DataType::Decimal(precision, scale);
  }

  std::optional<DataType> ReadText(TypeId id) {
    if (!Take('(')) return std::nullopt;
    const std::optional<int> length = ReadNumber();
    if (!length || *length < 1 || !Take(')')) return std::nullopt;
    return id == TypeId::kChar ? DataType::Char(*length) : DataType::Varchar(*length);
  }

  std::optional<DataType> ReadInterval() {
    SkipBlanks();
    const std::size_t start = at_;
    const int first = UnitOf(ToLower(ReadWord()));
    if (first < 0) {
      at_ = start;
      return DataType(TypeId::kCalendarInterval);
    }
    int last = first;
    SkipBlanks();
    const std::size_t before_to = at_;
    if (ToLower(ReadWord()) == "to") {
      last = UnitOf(ToLower(ReadWord()));
    } else {
      at_ = before_to;
    }
    constexpr int kFirstDayTimeUnit = 2;
    if (last < first || (first < kFirstDayTimeUnit && last >= kFirstDayTimeUnit))
      return std::nullopt;
    if (first < kFirstDayTimeUnit) return DataType::YearMonthInterval(first, last);
    return DataType::DayTimeInterval(first - kFirstDayTimeUnit, last - kFirstDayTimeUnit);
  }

  static int UnitOf(std::string_view word) {
    constexpr std::string_view kUnits[] = {"year", "month", "day", "hour", "minute", "second"};
    int position = 0;
    for (std::string_view unit : kUnits) {
      if (word == unit) return position;
      ++position;
    }
    return -1;
  }

  std::optional<DataType> ReadArray(int depth) {
    if (!Take('<')) return std::nullopt;
    std::optional<DataType> element = Read(depth + 1);
    if (!element || !Take('>')) return std::nullopt;
    return DataType::Array(*std::move(element));
  }

  std::optional<DataType> ReadMap(int depth) {
    if (!Take('<')) return std::nullopt;
    std::optional<DataType> key = Read(depth + 1);
    if (!key || !Take(',')) return std::nullopt;
    std::optional<DataType> value = Read(depth + 1);
    if (!value || !Take('>')) return std::nullopt;
    return DataType::Map(*std::move(key), *std::move(value));
  }

  std::optional<DataType> ReadStruct(int depth) {
    if (!Take('<')) return std::nullopt;
    std::vector<StructField> fields;
    if (Take('>')) return DataType::Struct(std::move(fields));
    do {
      std::optional<StructField> field = ReadField(depth);
      if (!field) return std::nullopt;
      fields.push_back(*std::move(field));
    } while (Take(','));
    if (!Take('>')) return std::nullopt;
    return DataType::Struct(std::move(fields));
  }

  std::optional<StructField> ReadField(int depth) {
    StructField field;
    SkipBlanks();
    field.name = Peek() == '`' ? ReadQuoted() : std::string(ReadWord());
    if (field.name.empty()) return std::nullopt;
    Take(':');
    std::optional<DataType> type = Read(depth + 1);
    if (!type) return std::nullopt;
    field.type = *std::move(type);
    SkipBlanks();
    const std::size_t before = at_;
    if (ToLower(ReadWord()) == "not" && ToLower(ReadWord()) == "null") {
      field.nullable = false;
    } else {
      at_ = before;
    }
    return field;
  }

  std::string_view ReadWord() {
    SkipBlanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && (IsAlnum(text_[at_]) || text_[at_] == '_')) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::string ReadQuoted() {
    std::string name;
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '`') {
        if (Peek() != '`') return name;
        ++at_;
      }
      name += c;
    }
    return {};
  }

  std::optional<int> ReadNumber() {
    SkipBlanks();
    int number = 0;
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    if (begin == end || !IsDigit(*begin)) return std::nullopt;
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (error != std::errc()) return std::nullopt;
    at_ += static_cast<std::size_t>(stop - begin);
    return number;
  }

  bool Take(char wanted) {
    SkipBlanks();
    if (Peek() != wanted) return false;
    ++at_;
    return true;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipBlanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<DataType> ParseDataType(std::string_view text) {
  std::optional<DataType> type = TypeReader(text).ReadAll();
  if (!type) return Fail(ErrorCode::kInvalidArgument, "The data type is not known: {}", text);
  return *std::move(type);
}

}  // namespace sluice
