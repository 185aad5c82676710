#include "scheduler/engine_sql.h"

#include <fmt/format.h>

#include "sql/shown_table.h"

namespace sluice {
namespace {

std::string QualifiedName(std::string_view database, std::string_view table) {
  return fmt::format("dli.{}.{}", QuoteIdentifier(sql::ShownSchema(database)),
                     QuoteIdentifier(table));
}

}  // namespace

std::string QuoteIdentifier(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

std::string SelectAllSql(std::string_view database, std::string_view table) {
  return fmt::format("SELECT * FROM {}()", QualifiedName(database, table));
}

}  // namespace sluice
