#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// The name as the engine's SQL quotes it.
std::string QuoteIdentifier(std::string_view name);

/// Every row of a table of the attempt's catalog.
std::string SelectAllSql(std::string_view database, std::string_view table);

}  // namespace sluice
