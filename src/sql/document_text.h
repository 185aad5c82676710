#pragma once

#include <string>

#include "base/result.h"
#include "sql/document_types.h"
#include "types/data_type.h"

namespace sluice::sql {

/// SQL of the JSON text of a value as to_json writes it. `sql` is DuckDB text of exactly
/// DuckType(type). kUnsupported for types and options that are not offered.
Result<std::string> JsonTextOf(const std::string& sql, const DataType& type,
                               const DocumentOptions& options, const std::string& time_zone);

}  // namespace sluice::sql
