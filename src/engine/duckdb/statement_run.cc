#include "engine/duckdb/statement_run.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "engine/duckdb/table_write_sql.h"
#include "lake/table_write.h"

namespace sluice {

namespace {

/// Files told in one frame, which stays well below what a frame may be.
constexpr std::size_t kWrittenFrameBytes = std::size_t{256} << 10;

StatementRun::Failure OwnFailure(Error error) {
  return {EngineVerdict::kStatement, std::move(error)};
}

StatementRun::Failure NotAllowed() {
  return OwnFailure({ErrorCode::kUnsupported,
                     "[UNSUPPORTED_FEATURE] The statement cannot run in a worker",
                     "neither one SELECT nor one COPY"});
}

Result<Schema> DecodeSchema(const frames::Attempt& attempt) {
  Schema schema;
  for (const frames::Column& column : attempt.columns()) {
    StructField field;
    field.name = column.name();
    field.type = TRY(ParseDataType(column.type()));
    schema.push_back(std::move(field));
  }
  return schema;
}

/// Asks the engine's own time zone data where the session's clock stands at an instant. Only rows
/// that are shown need it, so a small query for each new quarter of an hour is cheap enough.
class EngineZone {
 public:
  EngineZone(const DuckDbApi& api, duckdb_connection connection, std::string zone)
      : api_(api), connection_(connection), zone_(std::move(zone)) {}

  std::int64_t Shift(std::int64_t instant) {
    constexpr std::int64_t kQuarterHourMicros = 900'000'000;
    // Zones of today change on quarters of an hour; before 1970 some changed at odd seconds.
    std::int64_t key = instant >= 0 ? instant - instant % kQuarterHourMicros : instant;
    auto [entry, is_new] = offsets_.try_emplace(key, 0);
    if (is_new) entry->second = Offset(key);
    return instant + entry->second;
  }

 private:
  std::int64_t Offset(std::int64_t instant) const {
    std::string sql =
        fmt::format("SELECT epoch_us(timezone({}, make_timestamptz({}::BIGINT))) - {}",
                    QuoteLiteral(zone_), instant, instant);
    Owned<duckdb_result> result(api_.destroy_result);
    if (api_.query(connection_, sql.c_str(), result.out()) != DuckDBSuccess) return 0;
    Owned<duckdb_data_chunk> chunk(api_.fetch_chunk(result.get()), api_.destroy_data_chunk);
    if (chunk.get() == nullptr) return 0;
    duckdb_vector vector = api_.data_chunk_get_vector(chunk.get(), 0);
    return *static_cast<const std::int64_t*>(api_.vector_get_data(vector));
  }

  const DuckDbApi& api_;
  duckdb_connection connection_;
  std::string zone_;
  std::map<std::int64_t, std::int64_t> offsets_;
};

bool IsUtc(std::string_view zone) { return zone.empty() || zone == "UTC" || zone == "Etc/UTC"; }

}  // namespace

StatementRun::Failure StatementRun::Classify(duckdb_error_type type, const char* text) const {
  EngineFailure failure = ClassifyEngineError(type, text == nullptr ? "" : text, limits_);
  return {failure.verdict, std::move(failure.error)};
}

StatementRun::Failure StatementRun::FailureOf(duckdb_result* result) const {
  return Classify(api_.result_error_type(result), api_.result_error(result));
}

tl::expected<WrittenResult, StatementRun::Failure> StatementRun::Run(
    const std::function<void(frames::ToServer)>& tell) {
  return attempt_.kind() == frames::Attempt::INSERT ? RunWrite(tell) : RunQuery();
}

// The front end generates one SELECT, and a write puts one COPY round it; whatever slipped through
// it ends in the next two, before the engine does anything.
tl::expected<Owned<duckdb_extracted_statements>, StatementRun::Failure> StatementRun::ExtractOne(
    const std::string& sql) {
  Owned<duckdb_extracted_statements> statements(api_.destroy_extracted);
  idx_t count = api_.extract_statements(connections_.statement, sql.c_str(), statements.out());
  if (count == 0) {
    const char* text = api_.extract_statements_error(statements.get());
    return tl::unexpected(Classify(DUCKDB_ERROR_PARSER, text));
  }
  if (count != 1) return tl::unexpected(NotAllowed());
  return statements;
}

tl::expected<StatementRun::Prepared, StatementRun::Failure> StatementRun::PrepareSelect(
    const std::string& sql) {
  tl::expected<Owned<duckdb_extracted_statements>, Failure> one = ExtractOne(sql);
  if (!one) return tl::unexpected(std::move(one.error()));
  Prepared prepared(api_.destroy_prepare);
  if (api_.prepare_extracted_statement(connections_.statement, one->get(), 0, prepared.out()) !=
      DuckDBSuccess) {
    return tl::unexpected(Classify(DUCKDB_ERROR_BINDER, api_.prepare_error(prepared.get())));
  }
  if (api_.prepared_statement_type(prepared.get()) != DUCKDB_STATEMENT_TYPE_SELECT) {
    return tl::unexpected(NotAllowed());
  }
  return prepared;
}

tl::expected<duckdb_result, StatementRun::Failure> StatementRun::ExecuteStreaming(
    duckdb_prepared_statement prepared) {
  Owned<duckdb_pending_result> pending(api_.destroy_pending);
  if (api_.pending_prepared_streaming(prepared, pending.out()) != DuckDBSuccess) {
    return tl::unexpected(Classify(DUCKDB_ERROR_INVALID_INPUT, api_.pending_error(pending.get())));
  }
  duckdb_result result = {};
  if (api_.execute_pending(pending.get(), &result) != DuckDBSuccess) {
    Failure failure = FailureOf(&result);
    api_.destroy_result(&result);
    return tl::unexpected(std::move(failure));
  }
  return result;
}

tl::expected<WrittenResult, StatementRun::Failure> StatementRun::RunQuery() {
  Result<Schema> schema = DecodeSchema(attempt_);
  if (!schema) return tl::unexpected(OwnFailure(std::move(schema.error())));
  tl::expected<Prepared, Failure> prepared = PrepareSelect(attempt_.sql());
  if (!prepared) return tl::unexpected(std::move(prepared.error()));
  tl::expected<duckdb_result, Failure> result = ExecuteStreaming(prepared->get());
  if (!result) return tl::unexpected(std::move(result.error()));

  EngineZone zone(api_, connections_.files, attempt_.time_zone());
  ZoneShift shift = [&zone](std::int64_t instant) { return zone.Shift(instant); };
  auto stream =
      ResultStream::Create(api_, *result, *schema, IsUtc(attempt_.time_zone()) ? nullptr : &shift);
  if (!stream) return tl::unexpected(OwnFailure(std::move(stream.error())));
  ResultWriter writer(api_, connections_.files, stream_table_);
  Result<WrittenResult> written = writer.Write(stream->get(), *schema, attempt_.result_folder());
  if (written) return std::move(*written);
  if (const auto& failure = (*stream)->failure()) {
    return tl::unexpected(Classify(failure->type, failure->text.c_str()));
  }
  if (const auto& failure = writer.failure()) {
    return tl::unexpected(Classify(failure->type, failure->text.c_str()));
  }
  return tl::unexpected(OwnFailure(std::move(written.error())));
}

StatementRun::Failure StatementRun::FailureOf(TableWriter& writer, Error error) const {
  if (const auto& failure = writer.failure()) return Classify(failure->type, failure->text.c_str());
  return OwnFailure(std::move(error));
}

tl::expected<WrittenResult, StatementRun::Failure> StatementRun::RunWrite(
    const std::function<void(frames::ToServer)>& tell) {
  const frames::TableWrite& order = attempt_.write();
  Result<WritePlan> plan =
      ReadTableWrite({order.folder(), order.schema(), order.spec(), order.properties()});
  if (!plan) return tl::unexpected(OwnFailure(std::move(plan.error())));
  Result<std::string> copy = CopySql(*plan, order.folder(), attempt_.sql());
  if (!copy) return tl::unexpected(OwnFailure(std::move(copy.error())));
  tl::expected<Owned<duckdb_extracted_statements>, Failure> one = ExtractOne(*copy);
  if (!one) return tl::unexpected(std::move(one.error()));
  // Not prepared: the engine would plan it for that and once more to run it. What begins with COPY
  // and is one statement is one COPY.
  Owned<duckdb_result> result(api_.destroy_result);
  if (api_.query(connections_.statement, copy->c_str(), result.out()) != DuckDBSuccess) {
    return tl::unexpected(FailureOf(result.out()));
  }
  frames::ToServer message;
  message.mutable_written()->set_serial(attempt_.serial());
  std::size_t bytes = 0;
  auto flush = [&] {
    if (bytes == 0) return;
    tell(message);
    message.mutable_written()->clear_files();
    bytes = 0;
  };
  TableWriter writer(api_, connections_.files, *plan);
  Result<std::int64_t> rows = writer.Describe(result.get(), [&](frames::DataFile file) {
    const std::size_t size = file.ByteSizeLong();
    if (bytes + size > kWrittenFrameBytes) flush();
    *message.mutable_written()->add_files() = std::move(file);
    bytes += size;
  });
  if (!rows) return tl::unexpected(FailureOf(writer, std::move(rows.error())));
  flush();
  WrittenResult written;
  written.row_count = *rows;
  return written;
}

}  // namespace sluice
