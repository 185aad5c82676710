#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "types/data_type.h"

namespace sluice::sql {

/// What the binder may know of a table.
struct TableView {
  std::string database;  ///< folded to lower case
  std::string table;     ///< folded to lower case
  Schema columns;        ///< as declared: Spark's types, in order
  std::vector<std::string> partition_columns;
};

/// The binder's window on the catalog, of one project. Names come folded to lower case.
/// Implementations are thread-safe or used by one thread.
class CatalogView {
 public:
  virtual ~CatalogView() = default;
  virtual Result<bool> HasDatabase(std::string_view database) const = 0;
  /// Whether there is such a table, even if nothing else can be known of it.
  virtual Result<bool> HasTable(std::string_view database, std::string_view table) const {
    return TRY(FindTable(database, table)).has_value();
  }
  /// Empty when database or table is missing.
  virtual Result<std::optional<TableView>> FindTable(std::string_view database,
                                                     std::string_view table) const = 0;
};

}  // namespace sluice::sql
