#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "types/data_type.h"

namespace sluice {

/// The columns of a managed table as they were declared, with what Iceberg cannot carry: SMALLINT,
/// TINYINT, CHAR(n), VARCHAR(n). The store keeps it as TableRecord::declared_schema.
struct DeclaredTable {
  Schema columns;
  std::vector<std::string> partition_columns;  ///< identity partitions, in order
};

/// JSON text: {"columns":[{"name","type","nullable","comment"}],"partition":["p"]}. A nested type
/// is
/// {"array":T}, {"map":[K,V]} or {"struct":[columns]}, so names inside may hold anything.
std::string EncodeDeclaredTable(const DeclaredTable& table);
/// kInternal for text that EncodeDeclaredTable did not write.
Result<DeclaredTable> DecodeDeclaredTable(std::string_view text);

/// What an Iceberg table of another client declares: its current schema and identity partitions.
Result<DeclaredTable> DeclareFromIceberg(const json::object& schema, const json::object& spec);

/// As DeclareFromIceberg after a change of schema or partitions. A column that kept its field id
/// and its Iceberg type keeps its declared type, under its new name.
Result<DeclaredTable> EvolveDeclared(const DeclaredTable& before, const json::object& old_schema,
                                     const json::object& new_schema, const json::object& new_spec);

}  // namespace sluice
