#include "store/sqlite/sqlite_store.h"

#include "base/check.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_catalog_store.h"
#include "store/sqlite/sqlite_identity_store.h"
#include "store/sqlite/sqlite_job_store.h"
#include "store/sqlite/sqlite_served_clock.h"
#include "store/sqlite/store_file.h"

namespace sluice {

namespace {

/// Files up to this size are read and checked as a whole at start; larger ones as far as they are
/// read.
constexpr std::uintmax_t kFullCheckBytesMax = 32u << 20;

/// Says what is wrong with the file when it is damaged; other errors stay as they are.
Error ExplainDamage(const std::filesystem::path& file, Error error) {
  if (!IsDamage(error)) return error;
  Error explained = UnusableStore(file, "is damaged");
  explained.detail = std::move(error.detail);
  return explained;
}

Result<void> CheckContent(Connection& connection, const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) > kFullCheckBytesMax) return {};
  // A value that breaks a rule is one bad record, for the quarantine; the file is sound all the
  // same.
  TRY_VOID(connection.Execute("PRAGMA ignore_check_constraints = ON"));
  Query row = TRY(connection.Prepare("PRAGMA quick_check(1)"));
  if (TRY(row.Step()) && row.Text(0) == "ok") {
    return connection.Execute("PRAGMA ignore_check_constraints = OFF");
  }
  Error error = UnusableStore(file, "is damaged");
  error.detail = row.String(0);
  return Fail(std::move(error));
}

/// A connection for writing to a file that was examined, migrated.
Result<std::unique_ptr<Connection>> OpenWriter(const std::filesystem::path& file) {
  bool had_log = HasLog(file);
  std::unique_ptr<Connection> connection =
      TRY(Connection::Open(file, Connection::Access::kReadWrite));
  if (connection->is_read_only()) {
    return Fail(ErrorCode::kUnavailable, "The job store {} cannot be written: read-only",
                file.string());
  }
  // Closing after a complaint must not change the file that is complained about.
  if (had_log) connection->SetLogOnClose(LogOnClose::kKeep);
  TRY_VOID(CheckContent(*connection, file));
  Result<void> migrated = Migrate(*connection, EmbeddedMigrations());
  if (!migrated && migrated.error().code == ErrorCode::kFailedPrecondition) {
    return Fail(UnusableStore(file, migrated.error().message));
  }
  if (!migrated) return Fail(std::move(migrated.error()));
  return connection;
}

/// How a file that must not be written can be read. One whose folder refuses the shared memory of
/// the log can be read as it lies, as long as no log is left beside it.
Result<Connection::Access> ChooseReadAccess(const std::filesystem::path& file) {
  std::unique_ptr<Connection> connection =
      TRY(Connection::Open(file, Connection::Access::kReadOnly));
  Result<std::optional<std::int64_t>> version = connection->FindInt("PRAGMA user_version");
  Connection::Access access = Connection::Access::kReadOnly;
  if (!version && !IsDamage(version.error()) && !HasLog(file)) {
    access = Connection::Access::kImmutable;
    connection = TRY(Connection::Open(file, access));
    version = connection->FindInt("PRAGMA user_version");
  }
  std::size_t known = EmbeddedMigrations().size();
  if (TRY(std::move(version)) != static_cast<std::int64_t>(known)) {
    return Fail(UnusableStore(file, "has another schema than this program and cannot be migrated"));
  }
  TRY_VOID(CheckContent(*connection, file));
  return access;
}

class OpenedStore final : public SqliteStore {
 public:
  OpenedStore(const Options& options, Connection::Access read_access)
      : readers_(options.file, read_access),
        session_{options.clock, &served_, &readers_, nullptr, &index_, &search_, &quarantine_},
        served_(session_),
        jobs_(session_),
        catalog_(session_),
        identity_(session_) {}

  /// Reads what the stores keep in memory.
  Result<void> Load() {
    ReaderPool::Lease reader = TRY(readers_.Borrow());
    TRY_VOID(served_.Load(*reader));
    return jobs_.Load(*reader);
  }

  void StartWriter(const std::filesystem::path& file, std::unique_ptr<Connection> connection) {
    writer_ = std::make_unique<WriteQueue>(file, std::move(connection));
    session_.writer = writer_.get();
  }

  JobStore& jobs() override { return jobs_; }
  CatalogStore& catalog() override { return catalog_; }
  IdentityStore& identity() override { return identity_; }
  ServedClock& served() override { return served_; }

 private:
  JobIndex index_;
  StatementSearch search_;
  Quarantine quarantine_;
  /// Goes after the readers: the last connection to close moves the log into the file, and only one
  /// that writes can.
  std::unique_ptr<WriteQueue> writer_;
  ReaderPool readers_;
  SqliteSession session_;
  SqliteServedClock served_;
  SqliteJobStore jobs_;
  SqliteCatalogStore catalog_;
  SqliteIdentityStore identity_;
};

Result<std::unique_ptr<SqliteStore>> OpenExamined(const SqliteStore::Options& options) {
  std::unique_ptr<Connection> writer;
  Connection::Access read_access = Connection::Access::kReadOnly;
  if (options.mode == StoreMode::kReadWrite) {
    writer = TRY(OpenWriter(options.file));
  } else {
    read_access = TRY(ChooseReadAccess(options.file));
  }
  auto store = std::make_unique<OpenedStore>(options, read_access);
  TRY_VOID(store->Load());
  if (writer != nullptr) {
    writer->SetLogOnClose(LogOnClose::kMoveIntoFile);
    store->StartWriter(options.file, std::move(writer));
  }
  return store;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const Options& options) {
  CHECK(options.clock != nullptr);
  if (TRY(ExamineStoreFile(options.file)) == StoreFileState::kAbsent) {
    if (options.mode == StoreMode::kReadOnly) {
      return Fail(UnusableStore(options.file, "does not exist"));
    }
    TRY_VOID(CreateStoreFile(options.file));
  }
  Result<std::unique_ptr<SqliteStore>> opened = OpenExamined(options);
  if (!opened) return Fail(ExplainDamage(options.file, std::move(opened.error())));
  return opened;
}

}  // namespace sluice
