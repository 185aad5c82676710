#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/attempt_control.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/value_encoder.h"
#include "types/data_type.h"

namespace sluice {

/// Where a result's rows went.
struct WrittenResult {
  std::int64_t row_count = 0;
  bool in_files = false;
  std::vector<std::string> rows;  ///< inline
  std::int64_t output_bytes = 0;
};

/// An engine failure in the middle of a result, with its type as the engine typed it.
struct StreamFailure {
  duckdb_error_type type = DUCKDB_ERROR_INVALID;
  std::string text;
};

/// Reads a streaming result chunk by chunk and keeps the rows a preview shows as JSON. As long as
/// the JSON is small the chunks read stay here, so that they can still go to files.
/// Not thread-safe.
class ResultStream {
 public:
  /// Takes the result over. kInternal when its columns are not those of the schema.
  static Result<std::unique_ptr<ResultStream>> Create(const DuckDbApi& api, duckdb_result result,
                                                      const Schema& schema,
                                                      const ZoneShift* zone_shift);
  ~ResultStream();
  ResultStream(const ResultStream&) = delete;
  ResultStream& operator=(const ResultStream&) = delete;

  using Chunk = Owned<duckdb_data_chunk>;
  /// The next chunk, its rows counted and previewed; empty at the end and after a failure.
  std::optional<Chunk> Fetch();
  const std::optional<StreamFailure>& failure() const { return failure_; }

  duckdb_result* result() { return &result_; }
  std::int64_t row_count() const { return row_count_; }
  std::size_t column_count() const { return encoders_.size(); }
  /// Bytes of the JSON rows so far, commas included.
  std::size_t preview_bytes() const { return preview_bytes_; }
  std::vector<std::string>& preview_rows() { return preview_rows_; }
  /// From now on only the first kPreviewRowsMax rows are kept.
  void KeepPreviewOnly();

 private:
  ResultStream(const DuckDbApi& api, duckdb_result result) : api_(api), result_(result) {}
  void Preview(duckdb_data_chunk chunk, idx_t row_count);

  const DuckDbApi& api_;
  duckdb_result result_;
  std::vector<std::unique_ptr<ValueEncoder>> encoders_;
  std::vector<std::string> preview_rows_;
  std::size_t preview_bytes_ = 0;
  std::int64_t row_count_ = 0;
  bool preview_only_ = false;
  std::optional<StreamFailure> failure_;
};

/// The table function that hands a stream's chunks to COPY without copying them. One per database;
/// it yields rows only while Write runs.
class StreamTable {
 public:
  /// Registers the function; `this` must outlive the database.
  Result<void> Register(const DuckDbApi& api, duckdb_connection connection);

 private:
  friend class ResultWriter;
  static void Bind(duckdb_bind_info info);
  static void Init(duckdb_init_info info);
  static void Next(duckdb_function_info info, duckdb_data_chunk output);

  const DuckDbApi* api_ = nullptr;
  ResultStream* stream_ = nullptr;
  std::deque<ResultStream::Chunk> held_;
  std::optional<ResultStream::Chunk> current_;
};

/// Decides between an inline result and files, and writes the files: preview.jsonl and
/// part-0.parquet.
class ResultWriter {
 public:
  /// `connection` is another one than the stream's; it and the table must outlive the writer.
  ResultWriter(const DuckDbApi& api, duckdb_connection connection, StreamTable* table)
      : api_(api), connection_(connection), table_(table) {}

  /// Reads the stream to its end. On failure either the stream's failure() or failure() has the
  /// engine's error, or the error returned is a file's.
  Result<WrittenResult> Write(ResultStream* stream, const Schema& schema,
                              const std::filesystem::path& folder);
  const std::optional<StreamFailure>& failure() const { return failure_; }

 private:
  Result<void> CopyToParquet(const Schema& schema, const std::filesystem::path& file);

  const DuckDbApi& api_;
  duckdb_connection connection_;
  StreamTable* table_;
  std::optional<StreamFailure> failure_;
};

/// Text as an SQL string literal or a quoted identifier.
std::string QuoteLiteral(std::string_view text);
std::string QuoteName(std::string_view name);

}  // namespace sluice
