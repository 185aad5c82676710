#include "sql/document_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "sql/generate.h"
#include "sql/nested_text.h"

namespace sluice::sql {
namespace {

/// Whether the engine's cast leaves something to do.
bool NeedsFinish(const DataType& type) {
  switch (type.id()) {
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kBinary:
      return true;
    case TypeId::kArray:
      return NeedsFinish(type.element());
    case TypeId::kMap:
      return NeedsFinish(type.value());
    case TypeId::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return NeedsFinish(field.type); });
    default:
      return false;
  }
}

/// `sql` is a name or a part of one: it may be repeated.
std::string Finished(const std::string& sql, const DataType& type) {
  if (!NeedsFinish(type)) return sql;
  switch (type.id()) {
    case TypeId::kTimestamp:
      return fmt::format("spark._in_zone(system.main.make_timestamp({0}.w), {0}.z)", sql);
    case TypeId::kTimestampNtz:
      return fmt::format("system.main.make_timestamp({})", sql);
    case TypeId::kBinary:
      return fmt::format("system.main.unhex({})", sql);
    default:
      return NestedText(sql, type, type,
                        [](const std::string& part, const DataType& of, const DataType&,
                           const std::string&) { return Finished(part, of); });
  }
}

}  // namespace

bool CanBeRead(const DataType& type) {
  switch (type.id()) {
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
    case TypeId::kVoid:
      return false;
    case TypeId::kArray:
      return CanBeRead(type.element());
    case TypeId::kMap:
      return type.key().id() == TypeId::kString && CanBeRead(type.value());
    case TypeId::kStruct:
      return !type.fields().empty() &&
             std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return CanBeRead(field.type); });
    default:
      return true;
  }
}

std::string CarrierType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kTimestamp:
      return "STRUCT(w BIGINT, z VARCHAR)";
    case TypeId::kTimestampNtz:
      return "BIGINT";
    case TypeId::kBinary:
      return "VARCHAR";
    case TypeId::kArray:
      return CarrierType(type.element()) + "[]";
    case TypeId::kMap:
      return fmt::format("MAP(VARCHAR, {})", CarrierType(type.value()));
    case TypeId::kStruct: {
      std::string fields;
      for (const StructField& field : type.fields()) {
        fields += fmt::format("{}{} {}", fields.empty() ? "" : ", ", QuoteName(field.name),
                              CarrierType(field.type));
      }
      return "STRUCT(" + fields + ")";
    }
    default:
      return DuckType(type);
  }
}

std::string FromCarrier(const std::string& sql, const DataType& type) {
  if (!NeedsFinish(type)) return sql;
  return NamedText(sql, "_d0", Finished("_d0", type));
}

std::string WriteOptions(const DocumentOptions& options) {
  std::string out = "{";
  for (const auto& [name, value] : options) {
    if (out.size() > 1) out += ',';
    WriteJsonText(name, &out);
    out += ':';
    WriteJsonText(value, &out);
  }
  return out + "}";
}

DocumentOptions ReadOptions(std::string_view text) {
  DocumentOptions options;
  JsonDocument document;
  if (ReadJson(text, {}, &document) != JsonVerdict::kRead) return options;
  for (std::size_t i = 0; i < document.names.size(); ++i) {
    options.emplace_back(document.names[i], document.items[i].text);
  }
  return options;
}

std::string_view FindOption(const DocumentOptions& options, std::string_view name,
                            std::string_view fallback) {
  for (const auto& [known, value] : options) {
    if (known == name) return value;
  }
  return fallback;
}

JsonReading JsonReadingOf(const DocumentOptions& options) {
  JsonReading reading;
  reading.not_numbers = true;
  const std::pair<std::string_view, bool*> switches[] = {
      {"allowcomments", &reading.comments},
      {"allowunquotedfieldnames", &reading.unquoted_names},
      {"allowsinglequotes", &reading.single_quotes},
      {"allownumericleadingzeros", &reading.leading_zeros},
      {"allownonnumericnumbers", &reading.not_numbers},
      {"allowbackslashescapinganycharacter", &reading.any_escape},
      {"allowunquotedcontrolchars", &reading.control_characters},
  };
  for (const auto& [name, value] : switches) {
    const std::string_view text = FindOption(options, name, *value ? "true" : "false");
    *value = EqualsIgnoreCase(text, "true");
  }
  return reading;
}

}  // namespace sluice::sql
