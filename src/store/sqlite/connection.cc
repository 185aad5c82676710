#include "store/sqlite/connection.h"

#include <sqlite3.h>

#include "base/ascii.h"
#include "base/check.h"

namespace sluice {

namespace {

/// How long a statement waits for another process (`sluice users add`) to finish its transaction.
constexpr int kBusyTimeoutMs = 5'000;

constexpr std::string_view kDamaged = "the file is damaged";

struct Cause {
  ErrorCode code;
  std::string_view words;
};

Cause CauseOf(int code) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return {ErrorCode::kAlreadyExists, "the record exists"};
  }
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return {ErrorCode::kUnavailable, "disk full"};
    case SQLITE_IOERR:
      return {ErrorCode::kUnavailable, "input/output error"};
    case SQLITE_READONLY:
      return {ErrorCode::kUnavailable, "read-only"};
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kUnavailable, "permission denied"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorCode::kUnavailable, "locked by another process"};
    case SQLITE_CANTOPEN:
      return {ErrorCode::kUnavailable, "the file cannot be opened"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kUnavailable, kDamaged};
    case SQLITE_NOMEM:
      return {ErrorCode::kUnavailable, "out of memory"};
    case SQLITE_TOOBIG:
      return {ErrorCode::kLimitExceeded, "the record is too large"};
    default:
      return {ErrorCode::kInternal, "internal error"};
  }
}

/// Percent-encodes what a URI file name must not hold raw.
std::string UriPath(const std::filesystem::path& file) {
  std::string uri;
  for (char c : file.string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += '%' + ToUpper(HexEncode(std::string_view(&c, 1)));
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Error SqliteError(sqlite3* database, int code, std::string_view action) {
  Cause cause = CauseOf(code);
  std::string detail = fmt::format(
      "sqlite {}: {}", code, database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database));
  return Error{cause.code, fmt::format("The job store cannot {}: {}", action, cause.words),
               std::move(detail)};
}

bool IsDamage(const Error& error) {
  return error.code == ErrorCode::kUnavailable && error.message.ends_with(kDamaged);
}

Query::Query(Query&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      action_(other.action_),
      bound_(other.bound_),
      bind_error_(other.bind_error_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::Bind(std::int64_t value) {
  int code = sqlite3_bind_int64(statement_, ++bound_, value);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Query& Query::Bind(std::string_view text) {
  // A null pointer would bind NULL; an empty text is no NULL.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  int code =
      sqlite3_bind_text64(statement_, ++bound_, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Query& Query::Bind(const std::optional<std::int64_t>& value) {
  if (value) return Bind(*value);
  ++bound_;  // an unbound parameter is NULL
  return *this;
}

Query& Query::Bind(Blob blob) {
  int code = sqlite3_bind_blob64(statement_, ++bound_, blob.bytes.data(), blob.bytes.size(),
                                 SQLITE_STATIC);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Result<bool> Query::Step() {
  sqlite3* database = sqlite3_db_handle(statement_);
  if (bind_error_ != SQLITE_OK) return Fail(SqliteError(database, bind_error_, action_));
  DCHECK(bound_ == sqlite3_bind_parameter_count(statement_));
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Fail(SqliteError(database, sqlite3_extended_errcode(database), action_));
}

Result<void> Query::Run() {
  while (TRY(Step())) {
  }
  return {};
}

std::int64_t Query::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> Query::MaybeInt(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return Int(column);
}

std::string_view Query::Text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Query::Bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::filesystem::path& file,
                                                     Access access) {
  std::string uri = "file:" + UriPath(std::filesystem::absolute(file));
  if (access == Access::kImmutable) uri += "?immutable=1";
  bool writes = access == Access::kReadWrite;
  int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_URI |
              SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* database = nullptr;
  int code = sqlite3_open_v2(uri.c_str(), &database, flags, nullptr);
  std::string_view action = writes ? "write" : "read";
  if (code != SQLITE_OK) {
    Error error = SqliteError(database, code, action);
    sqlite3_close_v2(database);
    return Fail(std::move(error));
  }
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  return std::unique_ptr<Connection>(new Connection(database, action));
}

Connection::Connection(sqlite3* database, std::string_view action)
    : database_(database), action_(action) {
  // Also turns automatic checkpoints off: the writer chooses the moment.
  sqlite3_wal_hook(
      database_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(database_);
}

Result<void> Connection::Execute(const std::string& sql) {
  int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Fail(SqliteError(database_, code, action_));
  return {};
}

Result<sqlite3_stmt*> Connection::Cached(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found != statements_.end()) {
    CHECK(sqlite3_stmt_busy(found->second) == 0);
    return found->second;
  }
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Fail(SqliteError(database_, code, action_));
  statements_.emplace(sql, statement);
  return statement;
}

std::int64_t Connection::changes() const { return sqlite3_changes64(database_); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

bool Connection::is_read_only() const { return sqlite3_db_readonly(database_, "main") == 1; }

void Connection::SetLogOnClose(LogOnClose what) {
  int keeps = what == LogOnClose::kKeep ? 1 : 0;
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps, nullptr);
}

Result<void> Connection::Checkpoint() {
  int code =
      sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // What a reader holds is tried again after the next commit, not again and again.
  log_pages_ = 0;
  if (code != SQLITE_OK) return Fail(SqliteError(database_, code, action_));
  return {};
}

Result<void> Connection::CheckpointAndShorten() {
  sqlite3_busy_timeout(database_, 0);
  int code =
      sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  log_pages_ = 0;
  if (code != SQLITE_OK) return Fail(SqliteError(database_, code, action_));
  return {};
}

}  // namespace sluice
