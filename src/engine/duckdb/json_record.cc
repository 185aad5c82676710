#include "engine/duckdb/json_record.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "sql/spark_names.h"

namespace sluice {

namespace {

using Kind = sql::JsonDocument::Kind;

/// A whole number's text within the bounds; -0 is 0.
std::optional<std::int64_t> WholeNumber(const std::string& text, std::int64_t min,
                                        std::int64_t max) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || value < min || value > max) return std::nullopt;
  return value;
}

template <class Integer>
std::optional<std::int64_t> WholeNumberOf(const std::string& text) {
  return WholeNumber(text, std::numeric_limits<Integer>::min(),
                     std::numeric_limits<Integer>::max());
}

std::optional<std::int64_t> WholeNumberOfType(const std::string& text, TypeId type) {
  switch (type) {
    case TypeId::kTinyInt: {
      // Jackson takes unsigned bytes too.
      const auto value = WholeNumber(text, std::numeric_limits<std::int8_t>::min(),
                                     std::numeric_limits<std::uint8_t>::max());
      return value ? std::optional<std::int64_t>(static_cast<std::int8_t>(*value)) : value;
    }
    case TypeId::kSmallInt:
      return WholeNumberOf<std::int16_t>(text);
    case TypeId::kInt:
      return WholeNumberOf<std::int32_t>(text);
    default:
      return WholeNumberOf<std::int64_t>(text);
  }
}

}  // namespace

Result<JsonRecords> JsonRecords::Make(std::string_view schema, std::string_view options_text) {
  const sql::DocumentOptions options = sql::ReadOptions(options_text);
  JsonRecords records(TRY(DocumentValues::Make(options)));
  records.schema_ = TRY(ParseDataType(schema));
  records.reading_ = sql::JsonReadingOf(options);
  records.corrupt_name_ =
      std::string(sql::FindOption(options, "columnnameofcorruptrecord", "_corrupt_record"));
  records.fails_fast_ =
      EqualsIgnoreCase(sql::FindOption(options, "mode", "PERMISSIVE"), "FAILFAST");
  return records;
}

bool JsonRecords::Read(std::string_view text, std::string* out) {
  record_ = text;
  record_is_corrupt_ = false;
  Document document;
  const sql::JsonVerdict verdict = sql::ReadJson(text, reading_, &document);
  if (verdict == sql::JsonVerdict::kEmpty) return false;
  std::string value;
  Fit fit = Fit::kNone;
  // A null at the root is no record.
  if (verdict == sql::JsonVerdict::kRead && document.kind != Kind::kNull) {
    fit = Root(document, &value);
  }
  if (fit == Fit::kWhole) {
    *out += value;
    return true;
  }
  if (fails_fast_) {
    error_ = fmt::format(
        "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are detected in record "
        "parsing: {}.\nParse Mode: FAILFAST. To process malformed records as null result, try "
        "setting the option 'mode' as 'PERMISSIVE'.",
        text);
    return false;
  }
  record_is_corrupt_ = true;
  if (fit == Fit::kPartial) {
    // Once more, now that the field for corrupt records is to be filled.
    value.clear();
    Root(document, &value);
    *out += value;
    return true;
  }
  if (schema_.id() != TypeId::kStruct) return false;
  WriteStruct(schema_, std::vector<std::string>(schema_.fields().size(), "null"), out);
  return true;
}

JsonRecords::Fit JsonRecords::Root(const Document& value, std::string* out) {
  if (schema_.id() == TypeId::kArray && value.kind == Kind::kObject &&
      schema_.element().id() == TypeId::kStruct) {
    *out += '[';
    const Fit fit = Struct(value, schema_.element(), out);
    *out += ']';
    return fit;
  }
  return Value(value, schema_, out);
}

JsonRecords::Fit JsonRecords::Value(const Document& value, const DataType& type, std::string* out) {
  if (value.kind == Kind::kNull) {
    *out += "null";
    return Fit::kWhole;
  }
  switch (type.id()) {
    case TypeId::kStruct:
      return value.kind == Kind::kObject ? Struct(value, type, out) : Fit::kNone;
    case TypeId::kArray:
      return value.kind == Kind::kArray ? Array(value, type, out) : Fit::kNone;
    case TypeId::kMap:
      return value.kind == Kind::kObject ? Map(value, type, out) : Fit::kNone;
    default:
      return Scalar(value, type, out);
  }
}

JsonRecords::Fit JsonRecords::Scalar(const Document& value, const DataType& type,
                                     std::string* out) {
  const bool text = value.kind == Kind::kText;
  const auto fit = [](bool fits) { return fits ? Fit::kWhole : Fit::kNone; };
  switch (type.id()) {
    case TypeId::kBoolean:
      if (value.kind != Kind::kTrue && value.kind != Kind::kFalse) return Fit::kNone;
      *out += value.kind == Kind::kTrue ? "true" : "false";
      return Fit::kWhole;
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt: {
      if (value.kind != Kind::kInteger) return Fit::kNone;
      const auto number = WholeNumberOfType(value.text, type.id());
      if (number) *out += std::to_string(*number);
      return fit(number.has_value());
    }
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Fraction(value, type, out);
    case TypeId::kDecimal: {
      if (value.kind == Kind::kInteger || value.kind == Kind::kFraction) {
        return fit(DocumentValues::Decimal(value.text, type, out));
      }
      std::string digits = value.text;
      std::erase(digits, ',');
      return fit(text && DocumentValues::Decimal(digits, type, out));
    }
    case TypeId::kString: {
      std::string copied;
      if (!text) sql::WriteJson(value, &copied);
      sql::WriteJsonText(text ? value.text : copied, out);
      return Fit::kWhole;
    }
    case TypeId::kBinary:
      return fit(text && DocumentValues::Binary(value.text, out));
    default:
      return Time(value, type, out);
  }
}

JsonRecords::Fit JsonRecords::Fraction(const Document& value, const DataType& type,
                                       std::string* out) const {
  std::string number = value.text;
  if (value.kind == Kind::kText) {
    const bool known = number == "NaN" || number == "+INF" || number == "+Infinity" ||
                       number == "Infinity" || number == "-INF" || number == "-Infinity";
    if (!known || !reading_.not_numbers) return Fit::kNone;
    if (number.ends_with("inity")) number.resize(number.size() - 5);
    if (number != "NaN") number = number[0] == '-' ? "-INF" : "INF";
  } else if (value.kind != Kind::kInteger && value.kind != Kind::kFraction) {
    return Fit::kNone;
  }
  const double wide = sql::DoubleOfNumber(number);
  if (type.id() == TypeId::kDouble) {
    *out += '"' + sql::JavaDoubleText(wide) + '"';
    return Fit::kWhole;
  }
  const bool digits = IsDigit(number.back());
  const float narrow = digits ? std::strtof(number.c_str(), nullptr) : static_cast<float>(wide);
  *out += '"' + sql::JavaFloatText(narrow) + '"';
  return Fit::kWhole;
}

JsonRecords::Fit JsonRecords::Time(const Document& value, const DataType& type, std::string* out) {
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  if (value.kind == Kind::kInteger && type.id() == TypeId::kTimestamp) {
    const auto seconds = WholeNumberOf<std::int64_t>(value.text);
    std::int64_t micros = 0;
    if (!seconds || __builtin_mul_overflow(*seconds, kMicrosPerSecond, &micros)) return Fit::kNone;
    WriteCarrierTime(micros, "UTC", out);
    return Fit::kWhole;
  }
  if (value.kind != Kind::kText || value.text.empty()) return Fit::kNone;
  const std::string& text = value.text;
  const bool read = type.id() == TypeId::kDate        ? values_.Date(text, out)
                    : type.id() == TypeId::kTimestamp ? values_.Timestamp(text, out)
                                                      : values_.TimestampNtz(text, out);
  return read ? Fit::kWhole : Fit::kNone;
}

JsonRecords::Fit JsonRecords::Struct(const Document& value, const DataType& type,
                                     std::string* out) {
  const std::vector<StructField>& schema = type.fields();
  std::vector<std::string> fields(schema.size(), "null");
  Fit whole = Fit::kWhole;
  const bool root = &type == &schema_;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    for (std::size_t at = 0; at < schema.size(); ++at) {
      if (schema[at].name != value.names[i]) continue;
      if (root && schema[at].name == corrupt_name_) break;
      std::string text;
      const Fit fit = Value(value.items[i], schema[at].type, &text);
      if (fit != Fit::kWhole) whole = Fit::kPartial;
      if (fit != Fit::kNone) fields[at] = std::move(text);
      break;
    }
  }
  WriteStruct(type, fields, out);
  return whole;
}

void JsonRecords::WriteStruct(const DataType& type, const std::vector<std::string>& fields,
                              std::string* out) {
  *out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) *out += ',';
    sql::WriteJsonText(type.fields()[i].name, out);
    *out += ':';
    const bool corrupt = &type == &schema_ && type.fields()[i].name == corrupt_name_;
    if (corrupt && record_is_corrupt_) {
      sql::WriteJsonText(record_, out);
    } else {
      *out += fields[i];
    }
  }
  *out += '}';
}

JsonRecords::Fit JsonRecords::Array(const Document& value, const DataType& type, std::string* out) {
  Fit whole = Fit::kWhole;
  *out += '[';
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) *out += ',';
    const Fit fit = Value(value.items[i], type.element(), out);
    if (fit == Fit::kNone) return Fit::kNone;
    if (fit == Fit::kPartial) whole = fit;
  }
  *out += ']';
  return whole;
}

JsonRecords::Fit JsonRecords::Map(const Document& value, const DataType& type, std::string* out) {
  // The engine's maps have no key twice: the last value is the one a client sees in Spark's.
  std::vector<std::pair<std::string_view, std::string>> entries;
  std::map<std::string_view, std::size_t> places;
  Fit whole = Fit::kWhole;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    std::string text;
    const Fit fit = Value(value.items[i], type.value(), &text);
    if (fit == Fit::kNone) return Fit::kNone;
    if (fit == Fit::kPartial) whole = fit;
    const auto [place, added] = places.emplace(value.names[i], entries.size());
    if (added) {
      entries.emplace_back(value.names[i], std::move(text));
    } else {
      entries[place->second].second = std::move(text);
    }
  }
  *out += '{';
  bool first = true;
  for (const auto& [name, text] : entries) {
    if (!first) *out += ',';
    first = false;
    sql::WriteJsonText(name, out);
    *out += ':' + text;
  }
  *out += '}';
  return whole;
}

}  // namespace sluice
