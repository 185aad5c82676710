#include "engine/duckdb/result_writer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "result/result_set.h"

namespace sluice {

namespace {

constexpr const char* kStreamFunction = "sluice_result_stream";

/// The callbacks of the engine get their pointer through its interface, which is itself loaded at
/// run time: this leads them to it. Set once, before any statement; a worker has one database.
const DuckDbApi* g_stream_table_api = nullptr;

std::string Quote(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (char c : text) {
    quoted.push_back(c);
    if (c == quote) quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}

Result<std::int64_t> WriteLines(const std::vector<std::string>& lines,
                                const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  std::int64_t bytes = 0;
  for (const std::string& line : lines) {
    out << line << '\n';
    bytes += static_cast<std::int64_t>(line.size()) + 1;
  }
  out.close();
  if (out) return bytes;
  return FailWithDetail(ErrorCode::kUnavailable, file.string() + ": " + std::strerror(errno),
                        "[STORAGE_ERROR] The result could not be written");
}

/// Columns of the file: Spark's names where they are unique (Parquet knows no two of one name), and
/// intervals as text, because Parquet's own type has no microseconds.
std::string SelectList(const Schema& schema) {
  std::string list;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    std::string name = schema[i].name.empty() ? fmt::format("_c{}", i) : schema[i].name;
    while (!seen.insert(ToLower(name)).second) name += fmt::format("_{}", i);
    TypeId id = schema[i].type.id();
    bool is_interval = id >= TypeId::kYearMonthInterval && id <= TypeId::kCalendarInterval;
    list += fmt::format(fmt::runtime(is_interval ? "{}CAST(c{} AS VARCHAR) AS {}" : "{}c{} AS {}"),
                        list.empty() ? "" : ", ", i, QuoteName(name));
  }
  return list;
}

}  // namespace

std::string QuoteLiteral(std::string_view text) { return Quote(text, '\''); }
std::string QuoteName(std::string_view name) { return Quote(name, '"'); }

Result<std::unique_ptr<ResultStream>> ResultStream::Create(const DuckDbApi& api,
                                                           duckdb_result result,
                                                           const Schema& schema,
                                                           const ZoneShift* zone_shift) {
  std::unique_ptr<ResultStream> stream(new ResultStream(api, result));
  if (api.column_count(&stream->result_) != schema.size()) {
    return FailWithDetail(
        ErrorCode::kInternal,
        fmt::format("{} columns, {} bound", api.column_count(&stream->result_), schema.size()),
        "[INTERNAL_ERROR] The engine's result has other columns than the statement");
  }
  for (std::size_t i = 0; i < schema.size(); ++i) {
    Owned<duckdb_logical_type> type(api.column_logical_type(&stream->result_, i),
                                    api.destroy_logical_type);
    auto encoder = ValueEncoder::Create(api, type.get(), schema[i].type, zone_shift);
    stream->encoders_.push_back(TRY(std::move(encoder).WithContext("column {}", i)));
  }
  return stream;
}

ResultStream::~ResultStream() { api_.destroy_result(&result_); }

void ResultStream::Preview(duckdb_data_chunk chunk, idx_t row_count) {
  std::vector<duckdb_vector> vectors(encoders_.size());
  for (std::size_t i = 0; i < vectors.size(); ++i)
    vectors[i] = api_.data_chunk_get_vector(chunk, i);
  for (idx_t row = 0; row < row_count; ++row) {
    bool is_full = preview_only_ || preview_bytes_ > kInlineResultBytesMax;
    if (is_full && preview_rows_.size() >= kPreviewRowsMax) return;
    std::string line = "[";
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (i > 0) line.push_back(',');
      encoders_[i]->AppendJson(vectors[i], row, &line);
    }
    line.push_back(']');
    preview_bytes_ += line.size() + 1;
    preview_rows_.push_back(std::move(line));
  }
}

std::optional<ResultStream::Chunk> ResultStream::Fetch() {
  if (failure_) return std::nullopt;
  Chunk chunk(api_.fetch_chunk(result_), api_.destroy_data_chunk);
  if (chunk.get() == nullptr) {
    const char* text = api_.result_error(&result_);
    if (text != nullptr) failure_ = StreamFailure{api_.result_error_type(&result_), text};
    return std::nullopt;
  }
  idx_t row_count = api_.data_chunk_get_size(chunk.get());
  row_count_ += static_cast<std::int64_t>(row_count);
  Preview(chunk.get(), row_count);
  return chunk;
}

void ResultStream::KeepPreviewOnly() {
  preview_only_ = true;
  if (preview_rows_.size() > kPreviewRowsMax) preview_rows_.resize(kPreviewRowsMax);
}

Result<void> StreamTable::Register(const DuckDbApi& api, duckdb_connection connection) {
  api_ = &api;
  g_stream_table_api = &api;
  Owned<duckdb_table_function> function(api.create_table_function(), api.destroy_table_function);
  api.table_function_set_name(function.get(), kStreamFunction);
  api.table_function_set_extra_info(function.get(), this, nullptr);
  api.table_function_set_bind(function.get(), &StreamTable::Bind);
  api.table_function_set_init(function.get(), &StreamTable::Init);
  api.table_function_set_function(function.get(), &StreamTable::Next);
  if (api.register_table_function(connection, function.get()) == DuckDBSuccess) return {};
  return Fail(ErrorCode::kUnavailable, "The engine refuses the result function");
}

void StreamTable::Bind(duckdb_bind_info info) {
  // A user's own call of the name finds no stream.
  auto* self = static_cast<StreamTable*>(g_stream_table_api->bind_get_extra_info(info));
  if (self->stream_ == nullptr) {
    self->api_->bind_set_error(info, "There is no result to read");
    return;
  }
  for (idx_t i = 0; i < self->stream_->column_count(); ++i) {
    Owned<duckdb_logical_type> type(self->api_->column_logical_type(self->stream_->result(), i),
                                    self->api_->destroy_logical_type);
    self->api_->bind_add_result_column(info, fmt::format("c{}", i).c_str(), type.get());
  }
}

void StreamTable::Init(duckdb_init_info) {}

void StreamTable::Next(duckdb_function_info info, duckdb_data_chunk output) {
  auto* self = static_cast<StreamTable*>(g_stream_table_api->function_get_extra_info(info));
  const DuckDbApi& api = *self->api_;
  if (!self->held_.empty()) {
    self->current_ = std::move(self->held_.front());
    self->held_.pop_front();
  } else {
    self->current_ = self->stream_->Fetch();
  }
  if (!self->current_) {
    if (self->stream_->failure()) api.function_set_error(info, "The statement failed");
    api.data_chunk_set_size(output, 0);
    return;
  }
  duckdb_data_chunk chunk = self->current_->get();
  for (idx_t i = 0; i < self->stream_->column_count(); ++i) {
    api.vector_reference_vector(api.data_chunk_get_vector(output, i),
                                api.data_chunk_get_vector(chunk, i));
  }
  api.data_chunk_set_size(output, api.data_chunk_get_size(chunk));
}

Result<void> ResultWriter::CopyToParquet(const Schema& schema, const std::filesystem::path& file) {
  std::string sql =
      fmt::format("COPY (SELECT {} FROM {}()) TO {} (FORMAT parquet, COMPRESSION zstd)",
                  SelectList(schema), kStreamFunction, QuoteLiteral(file.string()));
  Owned<duckdb_result> copied(api_.destroy_result);
  if (api_.query(connection_, sql.c_str(), copied.out()) == DuckDBSuccess) return {};
  duckdb_result result = copied.get();
  const char* text = api_.result_error(&result);
  failure_ = StreamFailure{api_.result_error_type(&result), text == nullptr ? "" : text};
  return Fail(ErrorCode::kInternal, "The result could not be written");
}

Result<WrittenResult> ResultWriter::Write(ResultStream* stream, const Schema& schema,
                                          const std::filesystem::path& folder) {
  WrittenResult written;
  table_->held_.clear();
  while (stream->preview_bytes() <= kInlineResultBytesMax) {
    std::optional<ResultStream::Chunk> chunk = stream->Fetch();
    if (!chunk) break;
    table_->held_.push_back(std::move(*chunk));
  }
  if (stream->failure()) return Fail(ErrorCode::kInternal, "The statement failed");
  if (stream->preview_bytes() <= kInlineResultBytesMax) {
    table_->held_.clear();
    written.row_count = stream->row_count();
    written.output_bytes = static_cast<std::int64_t>(stream->preview_bytes());
    written.rows = std::move(stream->preview_rows());
    return written;
  }
  stream->KeepPreviewOnly();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return FailWithDetail(ErrorCode::kUnavailable, folder.string() + ": " + error.message(),
                          "[STORAGE_ERROR] The result could not be written");
  }
  table_->stream_ = stream;
  Result<void> copied = CopyToParquet(schema, folder / "part-0.parquet");
  table_->stream_ = nullptr;
  table_->current_.reset();
  table_->held_.clear();
  TRY_VOID(std::move(copied));
  if (stream->preview_bytes() > kPreviewBytesMax) {
    return Fail(ErrorCode::kLimitExceeded, "The first rows of the result are longer than {} MB",
                kPreviewBytesMax / (1024 * 1024));
  }
  written.in_files = true;
  written.row_count = stream->row_count();
  written.output_bytes = TRY(WriteLines(stream->preview_rows(), folder / "preview.jsonl"));
  written.output_bytes +=
      static_cast<std::int64_t>(std::filesystem::file_size(folder / "part-0.parquet", error));
  return written;
}

}  // namespace sluice
