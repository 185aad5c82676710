#include <fmt/format.h>

#include <optional>
#include <string>

#include "engine/duckdb/document_values.h"
#include "engine/duckdb/java_time_pattern.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"
#include "spark/calendar.h"

namespace sluice {

namespace {

/// The pattern of the row before, which is nearly always that of the next one.
class LastPattern {
 public:
  explicit LastPattern(TimePatternUse use) : use_(use) {}

  /// Null when the pattern is refused; `error` is then what the statement fails with.
  const TimePattern* Get(std::string_view text, std::string* error) {
    if (read_ && text == text_) return &*read_;
    Result<TimePattern> read = ReadTimePattern(text, use_);
    if (!read) {
      *error = TimePatternError(read.error());
      return nullptr;
    }
    text_ = std::string(text);
    read_ = std::move(*read);
    return &*read_;
  }

 private:
  TimePatternUse use_;
  std::string text_;
  std::optional<TimePattern> read_;
};

/// (wall clock, its offset in microseconds, name of the zone, pattern)
void Format(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* times = call.Argument<std::int64_t>(0);
  const auto* offsets = call.Argument<std::int64_t>(1);
  const auto* zones = call.Argument<duckdb_string_t>(2);
  const auto* patterns = call.Argument<duckdb_string_t>(3);
  call.PassNulls(4);
  LastPattern last(TimePatternUse::kFormat);
  std::string error;
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const TimePattern* pattern = last.Get(BytesOf(patterns[row]), &error);
    if (pattern == nullptr) return call.Fail(error);
    const Result<std::string> text =
        FormatTime(*pattern, {times[row], offsets[row], BytesOf(zones[row])});
    if (!text) {
      return call.Fail(
          fmt::format("[UNSUPPORTED_FEATURE.DATETIME_PATTERN] {} is not supported in a pattern",
                      text.error().message));
    }
    call.SetText(row, *text);
  }
}

/// (text, pattern); `keep(row, parsed)` takes each time that was read.
template <class Keep>
void ParseRows(NativeCall* call, Keep keep) {
  const auto* texts = call->Argument<duckdb_string_t>(0);
  const auto* patterns = call->Argument<duckdb_string_t>(1);
  call->PassNulls(2);
  LastPattern last(TimePatternUse::kParse);
  std::string error;
  for (idx_t row = 0; row < call->rows(); ++row) {
    if (call->IsNull(row)) continue;
    const std::string_view text = BytesOf(texts[row]);
    const TimePattern* pattern = last.Get(BytesOf(patterns[row]), &error);
    if (pattern == nullptr) return call->Fail(error);
    const std::optional<ParsedTime> parsed = ParseTime(*pattern, text);
    if (parsed) {
      keep(row, *parsed);
    } else if (LegacyParses(BytesOf(patterns[row]), text)) {
      return call->Fail(LegacyTimeError(text));
    } else {
      call->SetNull(row);
    }
  }
}

void Parse(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  auto* results = call.Results<std::int64_t>();
  ParseRows(&call, [&](idx_t row, const ParsedTime& time) { results[row] = time.micros; });
}

/// The zone that the text names, "" for none.
void ParseZone(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  ParseRows(&call, [&](idx_t row, const ParsedTime& time) { call.SetText(row, time.zone); });
}

/// (later, earlier, rounded)
void MonthsBetween(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* later = call.Argument<std::int64_t>(0);
  const auto* earlier = call.Argument<std::int64_t>(1);
  const auto* rounded = call.Argument<bool>(2);
  auto* results = call.Results<double>();
  call.EachRow(3, [&](idx_t row) {
    results[row] = spark::MonthsBetween(later[row], earlier[row], rounded[row]);
  });
}

void WholeMonths(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* from = call.Argument<std::int64_t>(0);
  const auto* to = call.Argument<std::int64_t>(1);
  auto* results = call.Results<std::int64_t>();
  call.EachRow(2, [&](idx_t row) { results[row] = spark::WholeMonths(from[row], to[row]); });
}

/// (day, name): a day that depends on a name; NULL for a name that is none.
template <std::optional<std::int64_t> (*kFind)(std::int64_t, std::string_view)>
void NamedDay(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* days = call.Argument<std::int32_t>(0);
  const auto* names = call.Argument<duckdb_string_t>(1);
  call.EachRow(2, [&](idx_t row) {
    call.SetOrNull<std::int32_t>(row, kFind(days[row], BytesOf(names[row])));
  });
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kDate = DUCKDB_TYPE_DATE;
constexpr duckdb_type kTime = DUCKDB_TYPE_TIMESTAMP;

constexpr NativeFunction kTimeFunctions[] = {
    {"sluice_format_time", {kTime, DUCKDB_TYPE_BIGINT, kText, kText}, kText, &Format},
    {"sluice_parse_time", {kText, kText}, kTime, &Parse},
    {"sluice_parse_zone", {kText, kText}, kText, &ParseZone},
    {"sluice_months_between",
     {kTime, kTime, DUCKDB_TYPE_BOOLEAN},
     DUCKDB_TYPE_DOUBLE,
     &MonthsBetween},
    {"sluice_whole_months", {kTime, kTime}, DUCKDB_TYPE_BIGINT, &WholeMonths},
    {"sluice_trunc_date", {kDate, kText}, kDate, &NamedDay<spark::TruncateDay>},
    {"sluice_next_day", {kDate, kText}, kDate, &NamedDay<spark::NextDay>},
};

}  // namespace

std::span<const NativeFunction> NativeTimeFunctions() { return kTimeFunctions; }

}  // namespace sluice
