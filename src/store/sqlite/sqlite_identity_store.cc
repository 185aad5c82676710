#include "store/sqlite/sqlite_identity_store.h"

#include "store/sqlite/catalog_changes.h"

namespace sluice {

namespace {

constexpr std::string_view kDefaultDatabase = "default";

Result<std::optional<UserRecord>> StepToUser(Query& row) {
  if (!TRY(row.Step())) return std::optional<UserRecord>();
  UserRecord user;
  user.id = row.String(0);
  user.name = row.String(1);
  user.password_hash = row.String(2);
  user.is_admin = row.Int(3) != 0;
  user.created_ms = row.Int(4);
  return std::optional<UserRecord>(std::move(user));
}

/// Turns the UNIQUE rule's kAlreadyExists into words about the thing.
Result<void> NameTaken(Result<void> inserted, std::string_view what, std::string_view name) {
  if (inserted || inserted.error().code != ErrorCode::kAlreadyExists) return inserted;
  return Fail(ErrorCode::kAlreadyExists, "The {} exists: {}", what, name);
}

}  // namespace

Result<std::vector<ProjectRecord>> SqliteIdentityStore::ListProjects() const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query rows = TRY(connection->Prepare(
      "SELECT project_id, name, domain_id, domain_name FROM projects ORDER BY name"));
  std::vector<ProjectRecord> projects;
  while (TRY(rows.Step())) {
    projects.push_back({ProjectId(rows.String(0)), rows.String(1), rows.String(2), rows.String(3)});
  }
  return projects;
}

Result<void> SqliteIdentityStore::AddProject(const ProjectRecord& project) {
  const std::int64_t served_ms = session_.served->NowMs();
  const std::int64_t now_ms = session_.clock->WallMs();
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    TRY_VOID(NameTaken(
        connection.Run("INSERT INTO projects (project_id, name, domain_id, domain_name)"
                       " VALUES (?, ?, ?, ?)",
                       project.id.value(), project.name, project.domain_id, project.domain_name),
        "project", project.name));
    CreateDatabaseChange change;
    change.database.project = project.id;
    change.database.name = kDefaultDatabase;
    change.database.owner = project.domain_name;
    change.database.created_ms = now_ms;
    return ApplyCatalogChange(connection, change, served_ms);
  };
  return session_.Write(std::move(task));
}

Result<void> SqliteIdentityStore::AddUser(const UserRecord& user) {
  WriteTask task;
  task.apply = [&](Connection& connection) {
    return NameTaken(
        connection.Run("INSERT INTO users (user_id, name, password_hash, is_admin, created_ms)"
                       " VALUES (?, ?, ?, ?, ?)",
                       user.id, user.name, user.password_hash, std::int64_t{user.is_admin},
                       user.created_ms),
        "user", user.name);
  };
  return session_.Write(std::move(task));
}

Result<std::optional<UserRecord>> SqliteIdentityStore::FindUserByName(std::string_view name) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(
      "SELECT user_id, name, password_hash, is_admin, created_ms FROM users WHERE name = ?", name));
  return StepToUser(row);
}

Result<std::optional<UserRecord>> SqliteIdentityStore::FindUserById(std::string_view id) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(
      "SELECT user_id, name, password_hash, is_admin, created_ms FROM users WHERE user_id = ?",
      id));
  return StepToUser(row);
}

Result<void> SqliteIdentityStore::SetPasswordHash(std::string_view user_name,
                                                  std::string_view hash) {
  WriteTask task;
  task.apply = [&](Connection& connection) -> Result<void> {
    TRY_VOID(connection.Run("UPDATE users SET password_hash = ? WHERE name = ?", hash, user_name));
    if (connection.changes() > 0) return {};
    return Fail(ErrorCode::kNotFound, "There is no user named {}", user_name);
  };
  return session_.Write(std::move(task));
}

Result<void> SqliteIdentityStore::AddAccessKey(const AccessKeyRecord& key) {
  WriteTask task;
  task.apply = [&](Connection& connection) {
    return NameTaken(
        connection.Run("INSERT INTO access_keys (access_key, secret_key, user_id) VALUES (?, ?, ?)",
                       key.access_key, key.secret_key, key.user_id),
        "access key", key.access_key);
  };
  return session_.Write(std::move(task));
}

Result<std::optional<AccessKeyRecord>> SqliteIdentityStore::FindAccessKey(
    std::string_view access_key) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare(
      "SELECT access_key, secret_key, user_id FROM access_keys WHERE access_key = ?", access_key));
  if (!TRY(row.Step())) return std::optional<AccessKeyRecord>();
  return std::optional<AccessKeyRecord>(
      AccessKeyRecord{row.String(0), row.String(1), row.String(2)});
}

Result<std::optional<std::string>> SqliteIdentityStore::GetSetting(std::string_view name) const {
  ReaderPool::Lease connection = TRY(session_.readers->Borrow());
  Query row = TRY(connection->Prepare("SELECT value FROM settings WHERE name = ?", name));
  if (!TRY(row.Step())) return std::optional<std::string>();
  return std::optional<std::string>(row.String(0));
}

Result<void> SqliteIdentityStore::SetSetting(std::string_view name, std::string_view value) {
  WriteTask task;
  task.apply = [&](Connection& connection) {
    return connection.Run(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name, value);
  };
  return session_.Write(std::move(task));
}

}  // namespace sluice
