#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"
#include "spark/calendar.h"
#include "spark/number_text.h"
#include "spark/time_text.h"
#include "spark/time_zone.h"

namespace sluice {

namespace {

using spark::kMicrosPerSecond;

/// A cast from STRING: `read` answers a value or nothing, which is NULL.
template <class Value, class Read>
void ReadRows(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output, Read read) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  call.EachRow(1, [&](idx_t row) { call.SetOrNull<Value>(row, read(BytesOf(texts[row]))); });
}

/// The same with a text as its value.
template <class Read>
void ReadTexts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output,
               Read read) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  call.EachRow(1, [&](idx_t row) { call.SetTextOrNull(row, read(BytesOf(texts[row]))); });
}

template <class Value, std::optional<Value> (*kRead)(std::string_view)>
void Read(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadRows<Value>(info, input, output, kRead);
}

/// A whole number of a narrower type; past its range is NULL.
template <class Value>
std::optional<Value> ReadWhole(std::string_view text) {
  const std::optional<std::int64_t> value = spark::ReadInteger(text);
  if (!value || *value < std::numeric_limits<Value>::min() ||
      *value > std::numeric_limits<Value>::max()) {
    return std::nullopt;
  }
  return static_cast<Value>(*value);
}

void ReadDecimalDigits(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadTexts(info, input, output, spark::DecimalDigits);
}

/// The text unless it has a point: the whole numbers of TRY_CAST have no fraction.
void ReadWholeText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadTexts(info, input, output, [](std::string_view text) {
    const bool is_whole = text.find('.') == std::string_view::npos;
    return is_whole ? std::optional(text) : std::nullopt;
  });
}

/// A wall clock that the engine can hold: the last of each side are its infinities.
std::optional<std::int64_t> Kept(std::int64_t micros) {
  // 290309-12-22 (BC) 00:00:00
  constexpr std::int64_t kMicrosMin = -9'223'372'022'400'000'000;
  constexpr std::int64_t kMicrosMax = 9'223'372'036'854'775'806;
  if (micros < kMicrosMin || micros > kMicrosMax) return std::nullopt;
  return micros;
}

/// Where the wall clock of a zone with an offset stands in UTC; of other zones it is left alone.
std::optional<std::int64_t> AtOffset(std::int64_t wall_micros, std::string_view zone) {
  const std::optional<std::int32_t> offset = spark::OffsetSeconds(zone);
  std::int64_t micros = 0;
  if (__builtin_sub_overflow(wall_micros, offset.value_or(0) * kMicrosPerSecond, &micros)) {
    return std::nullopt;
  }
  return Kept(micros);
}

/// What the engine calls the zone that AtOffset leaves a wall clock in; nothing for none.
std::optional<std::string_view> EngineZone(std::string_view zone) {
  if (zone.empty()) return "";
  if (spark::OffsetSeconds(zone)) return "UTC";
  if (spark::IsRegion(zone)) return zone;
  return std::nullopt;
}

void ReadTimestampNtz(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadRows<std::int64_t>(info, input, output,
                         [](std::string_view text) -> std::optional<std::int64_t> {
                           const auto time = spark::ReadTimeText(text);
                           if (!time || !EngineZone(time->zone)) return std::nullopt;
                           return Kept(time->wall_micros);
                         });
}

/// With ReadTextZone: the wall clock in the zone that it names.
void ReadTextTime(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadRows<std::int64_t>(info, input, output,
                         [](std::string_view text) -> std::optional<std::int64_t> {
                           const auto time = spark::ReadTimeText(text);
                           if (!time) return std::nullopt;
                           return AtOffset(time->wall_micros, time->zone);
                         });
}

void ReadTextZone(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadTexts(info, input, output, [](std::string_view text) {
    const auto time = spark::ReadTimeText(text);
    return time ? EngineZone(time->zone) : std::nullopt;
  });
}

/// (text, today): a time without a date is one of today.
void PutDate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* texts = call.Argument<duckdb_string_t>(0);
  const auto* days = call.Argument<duckdb_string_t>(1);
  call.EachRow(2, [&](idx_t row) {
    std::string_view text = BytesOf(texts[row]);
    if (!spark::ReadClockText(text)) return call.SetText(row, text);
    text = spark::TrimAll(text);
    if (text.starts_with('T')) text.remove_prefix(1);
    call.SetText(row, std::string(BytesOf(days[row])).append(" ").append(text));
  });
}

/// (wall clock, zone)
void ShiftByZone(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* times = call.Argument<std::int64_t>(0);
  const auto* zones = call.Argument<duckdb_string_t>(1);
  call.EachRow(2, [&](idx_t row) {
    call.SetOrNull<std::int64_t>(row, AtOffset(times[row], BytesOf(zones[row])));
  });
}

void NameZone(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadTexts(info, input, output, EngineZone);
}

/// The zone that EngineZone calls what it has to; the statement fails for what is none.
void KnownZone(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* zones = call.Argument<duckdb_string_t>(0);
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const std::string_view zone = BytesOf(zones[row]);
    const std::optional<std::string_view> known = EngineZone(zone);
    if (!known || known->empty()) {
      return call.Fail("[INVALID_TIMEZONE] The time zone is not known: " + std::string(zone));
    }
    call.SetText(row, *known);
  }
}

/// Microseconds that a zone with an offset is east of UTC, 0 for a region.
void ZoneOffset(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  ReadRows<std::int64_t>(info, input, output, [](std::string_view zone) {
    return std::optional(spark::OffsetSeconds(zone).value_or(0) * kMicrosPerSecond);
  });
}

/// A cast to STRING.
template <class Value, void (*kAppend)(Value, std::string*)>
void Write(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<Value>(0);
  std::string text;
  call.EachRow(1, [&](idx_t row) {
    text.clear();
    kAppend(values[row], &text);
    call.SetText(row, text);
  });
}

/// (value, digits)
template <bool kToEven>
void Round(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<double>(0);
  const auto* digits = call.Argument<std::int32_t>(1);
  auto* results = call.Results<double>();
  call.EachRow(
      2, [&](idx_t row) { results[row] = spark::RoundDouble(values[row], digits[row], kToEven); });
}

constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
constexpr duckdb_type kTime = DUCKDB_TYPE_TIMESTAMP;

constexpr NativeFunction kCastFunctions[] = {
    {"sluice_text_tinyint",
     {kText},
     DUCKDB_TYPE_TINYINT,
     &Read<std::int8_t, ReadWhole<std::int8_t>>},
    {"sluice_text_smallint",
     {kText},
     DUCKDB_TYPE_SMALLINT,
     &Read<std::int16_t, ReadWhole<std::int16_t>>},
    {"sluice_text_integer",
     {kText},
     DUCKDB_TYPE_INTEGER,
     &Read<std::int32_t, ReadWhole<std::int32_t>>},
    {"sluice_text_bigint", {kText}, DUCKDB_TYPE_BIGINT, &Read<std::int64_t, spark::ReadInteger>},
    {"sluice_text_whole", {kText}, kText, &ReadWholeText},
    {"sluice_text_double", {kText}, DUCKDB_TYPE_DOUBLE, &Read<double, spark::ReadDouble>},
    {"sluice_text_float", {kText}, DUCKDB_TYPE_FLOAT, &Read<float, spark::ReadFloat>},
    {"sluice_text_decimal", {kText}, kText, &ReadDecimalDigits},
    {"sluice_text_boolean", {kText}, DUCKDB_TYPE_BOOLEAN, &Read<bool, spark::ReadBoolean>},
    {"sluice_text_date", {kText}, DUCKDB_TYPE_DATE, &Read<std::int32_t, spark::ReadDate>},
    {"sluice_text_timestamp_ntz", {kText}, kTime, &ReadTimestampNtz},
    {"sluice_text_time", {kText}, kTime, &ReadTextTime},
    {"sluice_text_zone", {kText}, kText, &ReadTextZone},
    {"sluice_dated_text", {kText, kText}, kText, &PutDate},
    {"sluice_shift_by_zone", {kTime, kText}, kTime, &ShiftByZone},
    {"sluice_zone_name", {kText}, kText, &NameZone},
    {"sluice_known_zone", {kText}, kText, &KnownZone},
    {"sluice_zone_offset", {kText}, DUCKDB_TYPE_BIGINT, &ZoneOffset},
    {"sluice_double_text", {DUCKDB_TYPE_DOUBLE}, kText, &Write<double, AppendFloatText>},
    {"sluice_float_text", {DUCKDB_TYPE_FLOAT}, kText, &Write<float, AppendFloatText>},
    {"sluice_round_double",
     {DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_INTEGER},
     DUCKDB_TYPE_DOUBLE,
     &Round<false>},
    {"sluice_bround_double",
     {DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_INTEGER},
     DUCKDB_TYPE_DOUBLE,
     &Round<true>},
    {"sluice_date_text", {DUCKDB_TYPE_DATE}, kText, &Write<std::int32_t, spark::AppendDate>},
    {"sluice_timestamp_text", {kTime}, kText, &Write<std::int64_t, spark::AppendTimestamp>},
};

}  // namespace

std::span<const NativeFunction> NativeCastFunctions() { return kCastFunctions; }

}  // namespace sluice
