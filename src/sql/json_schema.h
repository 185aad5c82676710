#pragma once

#include <optional>
#include <string>

#include "sql/document_types.h"
#include "sql/json_document.h"
#include "types/data_type.h"

namespace sluice::sql {

/// What schema_of_json says of a document: numbers are BIGINT, DOUBLE or DECIMAL, members are
/// sorted by name, elements meet in one type. A struct may have no fields.
DataType SchemaOfJson(const JsonDocument& document, const DocumentOptions& options);

}  // namespace sluice::sql
