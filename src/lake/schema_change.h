#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace sluice {

/// Whether rows written under `before` can be read under `after` (Iceberg spec, "Schema
/// Evolution"): a field of the same id keeps its type or has a wider one (int to long, float to
/// double, a decimal of more digits before the point), and no field becomes required that rows may
/// lack. kInvalidArgument names the field. Both must have passed FromIcebergSchema. Pure.
Result<void> CheckSchemaChange(const json::object& before, const json::object& after);

/// Whether a schema gives columns values of their own (`initial-default`), which format version 2
/// does not have: no engine here fills them in, or looks at what they are. Pure.
bool HasDefaultValues(const json::value& schema);

/// Whether a text is a name mapping (Iceberg spec, "Column Projection"): a list of objects with
/// `names` each. Pure.
bool IsNameMapping(std::string_view text);

inline constexpr const char* kNameMappingProperty = "schema.name-mapping.default";

}  // namespace sluice
