#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/identity_store.h"

namespace sluice::api {

/// Identities in memory; counts reads, and fails every call while it is told to. Not thread-safe.
class FakeIdentityStore final : public IdentityStore {
 public:
  std::optional<Error> failure;
  mutable int reads = 0;

  Result<std::vector<ProjectRecord>> ListProjects() const override {
    TRY_VOID(Read());
    return projects_;
  }
  Result<void> AddProject(const ProjectRecord& project) override {
    if (failure) return Fail(*failure);
    projects_.push_back(project);
    return {};
  }
  Result<void> AddUser(const UserRecord& user) override {
    if (failure) return Fail(*failure);
    if (!users_.emplace(user.name, user).second) {
      return Fail(ErrorCode::kAlreadyExists, "There is a user named {}", user.name);
    }
    return {};
  }
  Result<std::optional<UserRecord>> FindUserByName(std::string_view name) const override {
    TRY_VOID(Read());
    auto found = users_.find(name);
    if (found == users_.end()) return std::nullopt;
    return found->second;
  }
  Result<std::optional<UserRecord>> FindUserById(std::string_view id) const override {
    TRY_VOID(Read());
    for (const auto& [name, user] : users_) {
      if (user.id == id) return user;
    }
    return std::nullopt;
  }
  Result<void> SetPasswordHash(std::string_view user_name, std::string_view hash) override {
    if (failure) return Fail(*failure);
    auto found = users_.find(user_name);
    if (found == users_.end()) {
      return Fail(ErrorCode::kNotFound, "There is no user named {}", user_name);
    }
    found->second.password_hash = hash;
    return {};
  }
  Result<void> AddAccessKey(const AccessKeyRecord& key) override {
    if (failure) return Fail(*failure);
    keys_[key.access_key] = key;
    return {};
  }
  Result<std::optional<AccessKeyRecord>> FindAccessKey(std::string_view access_key) const override {
    TRY_VOID(Read());
    auto found = keys_.find(access_key);
    if (found == keys_.end()) return std::nullopt;
    return found->second;
  }
  Result<std::optional<std::string>> GetSetting(std::string_view name) const override {
    TRY_VOID(Read());
    auto found = settings_.find(name);
    if (found == settings_.end()) return std::nullopt;
    return found->second;
  }
  Result<void> SetSetting(std::string_view name, std::string_view value) override {
    if (failure) return Fail(*failure);
    settings_.insert_or_assign(std::string(name), std::string(value));
    return {};
  }

 private:
  Result<void> Read() const {
    ++reads;
    if (failure) return Fail(*failure);
    return {};
  }

  std::vector<ProjectRecord> projects_;
  std::map<std::string, UserRecord, std::less<>> users_;
  std::map<std::string, AccessKeyRecord, std::less<>> keys_;
  std::map<std::string, std::string, std::less<>> settings_;
};

}  // namespace sluice::api
