#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/json.h"
#include "base/result.h"
#include "types/data_type.h"

namespace sluice {

// Between Spark's types and Iceberg's. Iceberg lacks some of Spark's: TINYINT and SMALLINT are
// stored as int, CHAR(n) and VARCHAR(n) as string; what was declared is kept beside the table
// (table_schema.h). Pure functions.

/// Columns of a table, nested ones among them.
inline constexpr std::size_t kFieldsMax = 10'000;
/// Iceberg keeps the 200 ids above for columns of its own.
inline constexpr std::int64_t kFieldIdMax = 2'147'483'447;

/// An Iceberg schema object with schema-id 0 and ids from 1, level by level. kUnsupported for types
/// a table cannot hold (VOID, intervals), kInvalidArgument for two columns of one name.
Result<json::object> ToIcebergSchema(const Schema& columns);

/// A type as it stands in an Iceberg schema, with every id 0. Ids play no part in comparisons made
/// of it.
Result<json::value> ToIcebergType(const DataType& type);

/// Columns with Spark's types. kUnsupported for types Spark cannot read (time, timestamp_ns, uuid,
/// …), kInvalidArgument for what is no Iceberg schema, ids given twice, or more than kFieldsMax.
Result<Schema> FromIcebergSchema(const json::object& schema);

/// A schema whose ids were given anew.
struct FreshSchema {
  json::object schema;
  std::int64_t last_column_id = 0;
  std::unordered_map<std::int64_t, std::int64_t> new_ids;  ///< by the id it had before
};

/// Gives ids from 1, a level before its children, as clients send theirs from anywhere. Sets
/// schema-id 0 and carries identifier-field-ids over. The schema must have passed
/// FromIcebergSchema.
Result<FreshSchema> AssignFreshIds(const json::object& schema);

/// The largest id of any field, element, key or value; 0 when there is none. The schema must have
/// passed FromIcebergSchema.
std::int64_t MaxFieldId(const json::object& schema);

}  // namespace sluice
