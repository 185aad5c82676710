#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "job/job.h"

namespace sluice {

struct ProjectRecord {
  ProjectId id;
  std::string name;  ///< the region name clients look it up by
  std::string domain_id;
  std::string domain_name;
};

struct UserRecord {
  std::string id;
  std::string name;
  std::string password_hash;  ///< libsodium's Argon2id text, empty when no password was given
  bool is_admin = false;
  std::int64_t created_ms = 0;
};

struct AccessKeyRecord {
  std::string access_key;
  std::string secret_key;
  std::string user_id;
};

/// Projects, users and keys. Thread-safe; reads see what other processes committed (`sluice users
/// add` beside a running server). Success of a write is fsynced.
class IdentityStore {
 public:
  virtual ~IdentityStore() = default;

  virtual Result<std::vector<ProjectRecord>> ListProjects() const = 0;
  virtual Result<void> AddProject(const ProjectRecord& project) = 0;
  /// kAlreadyExists when the name is taken.
  virtual Result<void> AddUser(const UserRecord& user) = 0;
  virtual Result<std::optional<UserRecord>> FindUserByName(std::string_view name) const = 0;
  virtual Result<std::optional<UserRecord>> FindUserById(std::string_view id) const = 0;
  /// kNotFound when there is no user of that name.
  virtual Result<void> SetPasswordHash(std::string_view user_name, std::string_view hash) = 0;
  virtual Result<void> AddAccessKey(const AccessKeyRecord& key) = 0;
  virtual Result<std::optional<AccessKeyRecord>> FindAccessKey(
      std::string_view access_key) const = 0;
  /// A small named value of the server: token key, data folder, instance id. Empty when unset.
  virtual Result<std::optional<std::string>> GetSetting(std::string_view name) const = 0;
  virtual Result<void> SetSetting(std::string_view name, std::string_view value) = 0;
};

}  // namespace sluice
