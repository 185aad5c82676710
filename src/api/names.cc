#include "api/names.h"

#include "base/ascii.h"
#include "job/job.h"

namespace sluice::api {

Result<std::string> FoldDatabaseName(std::string_view name) {
  if (!IsValidName(name)) {
    return Fail(ErrorCode::kInvalidArgument, "The database name breaks the naming rule");
  }
  return ToLower(name);
}

Result<std::string> FoldTableName(std::string_view name) {
  if (!IsValidTableName(name)) {
    return Fail(ErrorCode::kInvalidArgument, "The table name breaks the naming rule");
  }
  return ToLower(name);
}

Result<void> RequireDatabase(const ApiServices& services, const ProjectId& project,
                             const std::string& name) {
  if (TRY(services.catalog->HasDatabase(project, name))) return {};
  return Fail(ErrorCode::kNotFound, "There is no database named {}", name);
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "`";
  for (char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace sluice::api
