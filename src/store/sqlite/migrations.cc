#include "store/sqlite/migrations.h"

#include "store/sqlite/connection.h"

namespace sluice {

namespace {

Result<void> ApplyStep(Connection& connection, const Migration& migration, std::size_t version) {
  return connection
      .Execute(
          fmt::format("BEGIN IMMEDIATE;\n{}\nPRAGMA application_id = {}; PRAGMA user_version = {};"
                      "COMMIT;",
                      migration.sql, kStoreApplicationId, version))
      .WithContext("migration {}", migration.name);
}

}  // namespace

Result<void> Migrate(Connection& connection, const std::vector<Migration>& migrations) {
  auto version =
      static_cast<std::size_t>(TRY(connection.FindInt("PRAGMA user_version")).value_or(0));
  if (version > migrations.size()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "is newer than this program (schema {}, the program knows {})", version,
                migrations.size());
  }
  for (std::size_t next = version; next < migrations.size(); ++next) {
    Result<void> applied = ApplyStep(connection, migrations[next], next + 1);
    if (applied) continue;
    if (connection.in_transaction()) (void)connection.Execute("ROLLBACK");
    return applied;
  }
  return {};
}

}  // namespace sluice
