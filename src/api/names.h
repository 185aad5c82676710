#pragma once

#include <string>
#include <string_view>

#include "api/api.h"
#include "base/result.h"

namespace sluice::api {

/// The name in lower case; kInvalidArgument when it breaks the rule of its kind. The message does
/// not repeat a bad name: it may be anything.
Result<std::string> FoldDatabaseName(std::string_view name);
Result<std::string> FoldTableName(std::string_view name);

/// kNotFound when the project has no such database.
Result<void> RequireDatabase(const ApiServices& services, const ProjectId& project,
                             const std::string& name);

/// `name` as an identifier of SQL, in backticks.
std::string QuoteName(std::string_view name);
/// 'text' as a string literal of Spark SQL.
std::string QuoteText(std::string_view text);

}  // namespace sluice::api
