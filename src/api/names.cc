#include "api/names.h"

#include "base/ascii.h"
#include "types/object_name.h"

namespace sluice::api {

Result<std::string> FoldDatabaseName(std::string_view name) {
  TRY_VOID(CheckDatabaseName(name));
  return ToLower(name);
}

Result<std::string> FoldTableName(std::string_view name) {
  TRY_VOID(CheckTableName(name));
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
