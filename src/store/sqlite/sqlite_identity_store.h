#pragma once

#include "store/identity_store.h"
#include "store/sqlite/sqlite_job_store.h"

namespace sluice {

/// IdentityStore on SQLite.
class SqliteIdentityStore final : public IdentityStore {
 public:
  /// `session` and what it points to must outlive the store.
  explicit SqliteIdentityStore(const SqliteSession& session) : session_(session) {}

  Result<std::vector<ProjectRecord>> ListProjects() const override;
  Result<void> AddProject(const ProjectRecord& project) override;
  Result<void> AddUser(const UserRecord& user) override;
  Result<std::optional<UserRecord>> FindUserByName(std::string_view name) const override;
  Result<std::optional<UserRecord>> FindUserById(std::string_view id) const override;
  Result<void> SetPasswordHash(std::string_view user_name, std::string_view hash) override;
  Result<void> AddAccessKey(const AccessKeyRecord& key) override;
  Result<std::optional<AccessKeyRecord>> FindAccessKey(std::string_view access_key) const override;
  Result<std::optional<std::string>> GetSetting(std::string_view name) const override;
  Result<void> SetSetting(std::string_view name, std::string_view value) override;

 private:
  const SqliteSession& session_;
};

}  // namespace sluice
