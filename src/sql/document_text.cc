#include "sql/document_text.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "sql/bind_typed.h"
#include "sql/generate.h"
#include "sql/nested_text.h"

namespace sluice::sql {
namespace {

/// How values become texts.
struct Writing {
  std::string time_zone;
  std::string date_format;  ///< empty: as CAST writes it
  std::string timestamp_format;
  std::string timestamp_ntz_format;
  bool ignores_nulls = true;
};

Writing WritingOf(const DocumentOptions& options, const std::string& time_zone) {
  Writing writing;
  writing.time_zone = time_zone;
  writing.date_format = FindOption(options, "dateformat", "");
  writing.timestamp_format = FindOption(options, "timestampformat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
  writing.timestamp_ntz_format =
      FindOption(options, "timestampntzformat", "yyyy-MM-dd'T'HH:mm:ss.SSS");
  writing.ignores_nulls =
      !EqualsIgnoreCase(FindOption(options, "ignorenullfields", "true"), "false");
  return writing;
}

std::string Quoted(const std::string& text) {
  return fmt::format("CAST(system.main.to_json({}) AS VARCHAR)", text);
}

/// A date or time by its format, NULL for NULL.
std::string TimeText(const std::string& sql, const DataType& type, const Writing& writing) {
  if (type.id() == TypeId::kTimestamp) {
    return fmt::format("spark._formatted_zoned({}, {}, {})", sql,
                       QuoteText(writing.timestamp_format), QuoteText(writing.time_zone));
  }
  if (type.id() == TypeId::kTimestampNtz) {
    return fmt::format("spark._formatted({}, {})", sql, QuoteText(writing.timestamp_ntz_format));
  }
  if (writing.date_format.empty()) return CastText(sql, type, TypeId::kString);
  return fmt::format("spark._formatted(CAST({} AS TIMESTAMP), {})", sql,
                     QuoteText(writing.date_format));
}

/// A map's key is written as Spark holds it inside: a date is its number of days.
Result<std::string> KeyText(const std::string& sql, const DataType& type) {
  switch (type.id()) {
    case TypeId::kDate:
      return fmt::format("CAST(CAST({} - DATE '1970-01-01' AS INTEGER) AS VARCHAR)", sql);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return fmt::format("CAST(system.main.epoch_us({}) AS VARCHAR)", sql);
    case TypeId::kVoid:
      return std::string("''");
    default:
      if (type.IsNested() || type.id() == TypeId::kBinary ||
          type.id() >= TypeId::kYearMonthInterval) {
        return FailUnsupported(fmt::format("to_json of a map with keys of {}", type.SqlName()));
      }
      return CastText(sql, type, TypeId::kString);
  }
}

/// NULL for NULL. `sql` is a name or a part of one: it may be repeated.
Result<std::string> JsonText(const std::string& sql, const DataType& type, const Writing& writing,
                             int depth) {
  const std::string item = fmt::format("_j{}", depth);
  switch (type.id()) {
    case TypeId::kVoid:
      return std::string("CAST(NULL AS VARCHAR)");
    case TypeId::kString:
      return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", sql, Quoted(sql));
    case TypeId::kBoolean:
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kDecimal:
      return CastText(sql, type, TypeId::kString);
    case TypeId::kFloat:
    case TypeId::kDouble:
      return fmt::format(
          "CASE WHEN system.main.isfinite({0}) THEN spark._float_text({0}) ELSE '\"' || "
          "spark._float_text({0}) || '\"' END",
          sql);
    case TypeId::kBinary:
      return fmt::format("'\"' || system.main.base64({}) || '\"'", sql);
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", sql,
                         Quoted(TimeText(sql, type, writing)));
    case TypeId::kArray:
      return fmt::format(
          "'[' || system.main.array_to_string(system.main.list_transform({}, lambda {}: "
          "coalesce({}, 'null')), ',') || ']'",
          sql, item, TRY(JsonText(item, type.element(), writing, depth + 1)));
    case TypeId::kMap:
      return fmt::format(
          "'{{' || system.main.array_to_string(system.main.list_transform("
          "system.main.map_entries({}), lambda {}: {} || ':' || coalesce({}, 'null')), ',') || "
          "'}}'",
          sql, item, Quoted(TRY(KeyText(item + ".key", type.key()))),
          TRY(JsonText(item + ".value", type.value(), writing, depth + 1)));
    case TypeId::kStruct: {
      std::string fields;
      for (const StructField& field : type.fields()) {
        const std::string part = fmt::format("struct_extract({}, {})", sql, QuoteText(field.name));
        std::string value = TRY(JsonText(part, field.type, writing, depth + 1));
        if (!writing.ignores_nulls) value = fmt::format("coalesce({}, 'null')", value);
        fields += fmt::format(", {} || ':' || ({})", Quoted(QuoteText(field.name)), value);
      }
      return fmt::format(
          "CASE WHEN {} IS NOT NULL THEN '{{' || system.main.concat_ws(','{}) || '}}' END", sql,
          fields);
    }
    default:
      return FailUnsupported(fmt::format("to_json of {}", type.SqlName()));
  }
}

}  // namespace

Result<std::string> JsonTextOf(const std::string& sql, const DataType& type,
                               const DocumentOptions& options, const std::string& time_zone) {
  return NamedText(sql, "_j0", TRY(JsonText("_j0", type, WritingOf(options, time_zone), 1)));
}

}  // namespace sluice::sql
