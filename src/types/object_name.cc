#include "types/object_name.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice {
namespace {

constexpr unsigned char kFirstPrintable = 0x20;
constexpr unsigned char kDelete = 0x7f;

/// `extra` is one more character that is allowed, or '_' for none.
bool IsIdentifier(std::string_view name, char extra) {
  if (name.empty() || name.size() > kObjectNameLengthMax || name.front() == '_') return false;
  bool only_digits = true;
  for (char c : name) {
    if (!IsAlnum(c) && c != '_' && c != extra) return false;
    only_digits = only_digits && IsDigit(c);
  }
  return !only_digits;
}

tl::unexpected<Error> FailObjectName(std::string_view what, std::string_view characters) {
  return Fail(
      ErrorCode::kInvalidArgument,
      "[INVALID_SCHEMA_OR_RELATION_NAME] The {} name breaks the naming rule: 1 to {} of the "
      "characters {}, not only digits, no _ in front",
      what, kObjectNameLengthMax, characters);
}

Result<void> CheckFieldNames(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return CheckFieldNames(type.element());
    case TypeId::kMap:
      TRY_VOID(CheckFieldNames(type.key()));
      return CheckFieldNames(type.value());
    case TypeId::kStruct:
      for (const StructField& field : type.fields()) {
        TRY_VOID(CheckColumnName(field.name));
        TRY_VOID(CheckFieldNames(field.type));
      }
      return {};
    default:
      return {};
  }
}

}  // namespace

Result<void> CheckDatabaseName(std::string_view name) {
  if (IsIdentifier(name, '_')) return {};
  return FailObjectName("database", "A-Z, a-z, 0-9, _");
}

Result<void> CheckTableName(std::string_view name) {
  if (IsIdentifier(name, '$')) return {};
  return FailObjectName("table", "A-Z, a-z, 0-9, _, $");
}

Result<void> CheckColumnName(std::string_view name) {
  const bool printable = std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < kFirstPrintable ||
           static_cast<unsigned char>(c) == kDelete;
  });
  const bool fits = !name.empty() && name.size() <= kColumnNameBytesMax;
  if (fits && printable && IsValidUtf8(name)) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "[INVALID_COLUMN_NAME] A column name must have 1 to {} bytes and no control "
              "characters; give the column an alias",
              kColumnNameBytesMax);
}

Result<void> CheckColumnNames(const Schema& columns) {
  if (columns.size() > kTableColumnsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "[LIMIT_EXCEEDED.TABLE_COLUMNS] A table may have {} columns, not {}",
                kTableColumnsMax, columns.size());
  }
  for (const StructField& column : columns) {
    TRY_VOID(CheckColumnName(column.name));
    TRY_VOID(CheckFieldNames(column.type));
  }
  return {};
}

}  // namespace sluice
