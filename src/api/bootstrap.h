#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/identity_store.h"

namespace sluice::api {

/// What the first start is told (SLUICE_PROJECT_ID, _REGION, _DOMAIN, _USER, _PASSWORD, _AK, _SK).
/// Empty: a default or a random value.
struct FirstStart {
  std::string project_id = {};
  std::string region = {};
  std::string domain = {};
  std::string user = {};
  std::string password = {};  ///< empty: the user has none and gets no token
  std::string access_key = {};
  std::string secret_key = {};
};

/// What a store's identities are after Bootstrap.
struct Bootstrapped {
  bool is_first_start = false;
  ProjectRecord project;
  /// Of a first start: the admin's key, to be printed once.
  AccessKeyRecord key;
  std::string user_name;        ///< the admin of the first start, who owns what is preset
  std::int64_t created_ms = 0;  ///< wall clock of the first start
  /// Of a later start: names of values that differ from what the store has and do not count.
  std::vector<std::string> ignored;
};

/// Gives an empty store its project, admin user and access key; a store that has a project stays as
/// it is. Repeating it after a crash completes it; it is a first start until ConfirmFirstStart.
/// kInvalidArgument names a value that breaks its rule.
Result<Bootstrapped> Bootstrap(IdentityStore* store, const Clock& clock, const FirstStart& values);

/// The first key was shown and is on disk for its owner: later starts are no first start. Until
/// then every Bootstrap answers the key again, so that a crash cannot lose it.
Result<void> ConfirmFirstStart(IdentityStore* store);

/// Adds a user of the project, and a key for them. An empty password gives none. kAlreadyExists
/// when the name is taken.
Result<AccessKeyRecord> AddUser(IdentityStore* store, const Clock& clock, const std::string& name,
                                const std::string& password);

/// Gives a user another password. kNotFound when there is no such user, kInvalidArgument for a
/// password that breaks its rule.
Result<void> SetPassword(IdentityStore* store, const std::string& name,
                         const std::string& password);

}  // namespace sluice::api
