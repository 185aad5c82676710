#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace sluice {

/// A column of values, at any depth of an Iceberg schema.
struct SchemaLeaf {
  std::int32_t id = 0;
  std::string name;               ///< "st.x", "list.element", "map.value"
  std::vector<std::string> path;  ///< the parts of the name
  std::string type;               ///< as in the schema: "int", "decimal(9, 2)"
  bool is_repeated = false;       ///< below a list or a map
};

/// The leaves in the schema's order; it must have passed FromIcebergSchema. Pure.
std::vector<SchemaLeaf> LeavesOf(const json::object& schema);

/// The leaves of a table's current schema, then those of its `schemas` that it has no more. Pure.
std::vector<SchemaLeaf> LeavesOfEvery(const json::object& current, const json::array* schemas);

/// The leaf of this id; null when there is none.
const SchemaLeaf* FindLeaf(const std::vector<SchemaLeaf>& leaves, std::int64_t id);

}  // namespace sluice
