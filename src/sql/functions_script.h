#pragma once

#include <string_view>

namespace sluice::sql {

/// CREATE MACRO statements of Spark's and DLI's functions (src/sql/functions/*.sql), in the
/// schema `spark`. The generated SQL calls them by name.
std::string_view SparkFunctionsScript();

}  // namespace sluice::sql
