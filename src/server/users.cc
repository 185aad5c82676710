#include "server/users.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "api/bootstrap.h"
#include "cli/output.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice::server {

namespace {

/// The store of a folder that may be a running server's: each sees what the other has committed.
Result<std::unique_ptr<SqliteStore>> OpenStoreOf(const Config& config, const Clock& clock) {
  SqliteStore::Options options;
  options.file = config.data / "store.db";
  options.clock = &clock;
  std::error_code error;
  if (!std::filesystem::exists(options.file, error)) {
    return Fail(ErrorCode::kNotFound, "there is no job store in {}; start the server once",
                config.data.string());
  }
  // A newer program must not migrate the store under the server that runs on it: only a start does.
  options.mode = StoreMode::kReadOnly;
  TRY(SqliteStore::Open(options));
  options.mode = StoreMode::kReadWrite;
  return SqliteStore::Open(options);
}

}  // namespace

Result<void> AddUser(const Config& config, const std::string& name, const std::string& password) {
  SystemClock clock;
  std::unique_ptr<SqliteStore> store = TRY(OpenStoreOf(config, clock));
  AccessKeyRecord key = TRY(api::AddUser(&store->identity(), clock, name, password));
  Result<void> shown = cli::WriteOutput(fmt::format("user       {}\naccess_key {}\nsecret_key {}\n",
                                                    name, key.access_key, key.secret_key));
  if (shown) return {};
  return Fail(ErrorCode::kExecution,
              "The user {} was added, but the key could not be shown: {}; `sluice users passwd` "
              "gives them a password",
              name, shown.error().message);
}

Result<void> SetPassword(const Config& config, const std::string& name,
                         const std::string& password) {
  SystemClock clock;
  std::unique_ptr<SqliteStore> store = TRY(OpenStoreOf(config, clock));
  return api::SetPassword(&store->identity(), name, password);
}

}  // namespace sluice::server
