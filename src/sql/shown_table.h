#pragma once

#include <string>
#include <string_view>

namespace sluice::sql {

/// The schema in which a worker shows the tables of a database to its statement. The engine has
/// schemas of its own in every catalog, as main and information_schema, and a database may have any
/// name.
inline std::string ShownSchema(std::string_view database) {
  return std::string("of ").append(database);
}

}  // namespace sluice::sql
