#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice {

/// The Error for a SQLite result code: the only such table. `action` completes "The job store
/// cannot …". Full disks, I/O errors, locks and damage are kUnavailable; a broken UNIQUE rule is
/// kAlreadyExists.
Error SqliteError(sqlite3* database, int code, std::string_view action);

/// Whether the error says that the file's bytes are no sound database.
bool IsDamage(const Error& error);

/// Bytes to bind.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement with its parameters bound, on loan from its Connection's cache: it goes
/// back, reset, when this is destroyed. Used by one thread, and within the life of the Connection.
class Query {
 public:
  Query(sqlite3_stmt* statement, std::string_view action)
      : statement_(statement), action_(action) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& Bind(std::int64_t value);
  /// The bytes must live until the next Step.
  Query& Bind(std::string_view text);
  Query& Bind(const std::optional<std::int64_t>& value);
  /// As text, for a column of bytes.
  Query& Bind(Blob blob);

  /// To the next row; false after the last one.
  Result<bool> Step();
  /// To the end, for statements without rows.
  Result<void> Run();

  std::int64_t Int(int column) const;
  std::optional<std::int64_t> MaybeInt(int column) const;
  /// Valid until the next Step.
  std::string_view Text(int column) const;
  std::string_view Bytes(int column) const;
  std::string String(int column) const { return std::string(Text(column)); }

 private:
  sqlite3_stmt* statement_;
  std::string_view action_;
  int bound_ = 0;
  int bind_error_ = 0;
};

enum class LogOnClose { kMoveIntoFile, kKeep };

/// One connection to a SQLite file, with a cache of prepared statements. Used by one thread at a
/// time.
class Connection {
 public:
  enum class Access { kReadWrite, kReadOnly, kImmutable };

  /// Opens an existing file. kUnavailable when that cannot be done.
  static Result<std::unique_ptr<Connection>> Open(const std::filesystem::path& file, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs SQL text of any number of statements; rows are ignored.
  Result<void> Execute(const std::string& sql);

  /// Prepares and binds. `sql` must outlive the connection (a constant), and no other Query of the
  /// same text may be open on this connection.
  template <class... Args>
  Result<Query> Prepare(std::string_view sql, const Args&... args) {
    Query query(TRY(Cached(sql)), action_);
    (query.Bind(args), ...);
    return query;
  }

  /// Prepares, binds and runs a statement without rows.
  template <class... Args>
  Result<void> Run(std::string_view sql, const Args&... args) {
    Query query = TRY(Prepare(sql, args...));
    return query.Run();
  }

  /// The first column of the only row, or nothing when there is no row.
  template <class... Args>
  Result<std::optional<std::int64_t>> FindInt(std::string_view sql, const Args&... args) {
    Query query = TRY(Prepare(sql, args...));
    if (!TRY(query.Step())) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(query.Int(0));
  }

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  std::int64_t changes() const;
  bool in_transaction() const;
  /// Whether the file could only be opened for reading, whatever was asked for.
  bool is_read_only() const;
  /// What becomes of the log beside the file when this is the last connection that closes.
  void SetLogOnClose(LogOnClose what);

  /// Length of the write-ahead log in pages, as of the last commit through this connection; 0 after
  /// a checkpoint.
  int log_pages() const { return log_pages_; }
  /// Moves what it can from the log into the file, without waiting for readers.
  Result<void> Checkpoint();
  /// The same, and gives the log's bytes back when nobody reads from it. Fails when somebody does,
  /// after moving what it can.
  Result<void> CheckpointAndShorten();

 private:
  Connection(sqlite3* database, std::string_view action);
  Result<sqlite3_stmt*> Cached(std::string_view sql);

  sqlite3* const database_;
  const std::string_view action_;  ///< "write" or "read", for messages
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;
  int log_pages_ = 0;
};

}  // namespace sluice
