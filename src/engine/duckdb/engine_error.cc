#include "engine/duckdb/engine_error.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"

namespace sluice {

namespace {

constexpr std::uint64_t kBytesPerMb = 1024 * 1024;
constexpr std::size_t kQuotedValueBytesMax = 200;

/// The text without the engine's "Conversion Error: " prefix and its drawing of the SQL.
std::string_view FirstSentence(std::string_view text) {
  constexpr std::string_view kPrefixEnd = " Error: ";
  std::size_t prefix = text.find(kPrefixEnd);
  if (prefix != std::string_view::npos && prefix < 40)
    text.remove_prefix(prefix + kPrefixEnd.size());
  return Trim(text.substr(0, text.find("\n\nLINE ")));
}

/// Whether the text begins with a Spark error class: our own functions raise errors that way.
bool HasErrorClass(std::string_view text) {
  if (!text.starts_with('[')) return false;
  std::size_t end = text.find(']');
  if (end == std::string_view::npos || end < 2) return false;
  for (char c : text.substr(1, end - 1)) {
    if (c != '_' && c != '.' && !IsDigit(c) && !(c >= 'A' && c <= 'Z')) return false;
  }
  return true;
}

std::string_view SparkTypeName(std::string_view engine_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kNames = {{
      {"INT8", "TINYINT"},
      {"INT16", "SMALLINT"},
      {"INT32", "INT"},
      {"INT64", "BIGINT"},
      {"TINYINT", "TINYINT"},
      {"SMALLINT", "SMALLINT"},
      {"INTEGER", "INT"},
      {"BIGINT", "BIGINT"},
      {"FLOAT", "FLOAT"},
      {"DOUBLE", "DOUBLE"},
      {"BOOL", "BOOLEAN"},
      {"BOOLEAN", "BOOLEAN"},
      {"DATE", "DATE"},
      {"TIMESTAMP", "TIMESTAMP"},
      {"BLOB", "BINARY"},
      {"INTERVAL", "INTERVAL"},
  }};
  for (const auto& [engine, spark] : kNames) {
    if (engine == engine_name) return spark;
  }
  return {};
}

/// Spark's words for a text that is no number, when the engine says which text and which type.
std::optional<std::string> MalformedText(std::string_view sentence) {
  constexpr std::string_view kBegin = "Could not convert string '";
  constexpr std::string_view kMiddle = "' to ";
  std::size_t begin = sentence.find(kBegin);
  std::size_t middle = sentence.rfind(kMiddle);
  if (begin == std::string_view::npos || middle == std::string_view::npos) return std::nullopt;
  begin += kBegin.size();
  if (middle < begin || middle - begin > kQuotedValueBytesMax) return std::nullopt;
  std::string_view value = sentence.substr(begin, middle - begin);
  std::string_view rest = sentence.substr(middle + kMiddle.size());
  std::string_view type = SparkTypeName(rest.substr(0, rest.find_first_of(" .,(")));
  if (type.empty()) return std::nullopt;
  return fmt::format(
      "[CAST_INVALID_INPUT] The value '{}' of the type \"STRING\" cannot be cast to \"{}\" because "
      "it is malformed",
      value, type);
}

Error ConversionError(std::string_view sentence) {
  std::optional<std::string> malformed = MalformedText(sentence);
  return {
      ErrorCode::kConversion,
      malformed.value_or("[CAST_INVALID_INPUT] A value cannot be cast to the type it must have"),
      {}};
}

Error MemoryError(std::string_view text, const WorkerLimits& limits) {
  if (text.find("max_temp_directory_size") != std::string_view::npos) {
    return {ErrorCode::kLimitExceeded,
            fmt::format("The statement exceeded its limit for temporary files of {} MB",
                        limits.temp_quota_bytes / kBytesPerMb),
            {}};
  }
  return {ErrorCode::kLimitExceeded,
          fmt::format("The statement exceeded its memory limit of {} MB",
                      limits.memory_bytes / kBytesPerMb),
          {}};
}

Error RunTimeError(std::string_view sentence) {
  if (sentence.find("More than one row returned by a subquery") != std::string_view::npos) {
    return {ErrorCode::kExecution,
            "[SCALAR_SUBQUERY_TOO_MANY_ROWS] More than one row returned by a subquery used as an "
            "expression",
            {}};
  }
  return {ErrorCode::kExecution, "[EXECUTION_ERROR] The statement failed while it ran", {}};
}

Error ErrorOf(duckdb_error_type type, std::string_view text, const WorkerLimits& limits) {
  std::string_view sentence = FirstSentence(text);
  if (HasErrorClass(sentence)) {
    ErrorCode code = ErrorCode::kExecution;
    if (sentence.starts_with("[CAST_")) code = ErrorCode::kConversion;
    if (sentence.starts_with("[LIMIT_EXCEEDED.")) code = ErrorCode::kLimitExceeded;
    if (sentence.starts_with("[UNSUPPORTED_FEATURE.")) code = ErrorCode::kUnsupported;
    return {code, std::string(sentence), {}};
  }
  switch (type) {
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_DECIMAL:
    case DUCKDB_ERROR_MISMATCH_TYPE:
      return ConversionError(sentence);
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return MemoryError(text, limits);
    case DUCKDB_ERROR_OUT_OF_RANGE:
      return {
          ErrorCode::kExecution, "[ARITHMETIC_OVERFLOW] A value is out of its type's range", {}};
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
      return {ErrorCode::kExecution, "[DIVIDE_BY_ZERO] Division by zero", {}};
    case DUCKDB_ERROR_CONSTRAINT:
      return {ErrorCode::kExecution,
              "[NOT_NULL_ASSERT_VIOLATION] NULL value appeared in a "
              "non-nullable column",
              {}};
    case DUCKDB_ERROR_OBJECT_SIZE:
      return {ErrorCode::kLimitExceeded, "A value is larger than the engine can hold", {}};
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_HTTP:
    case DUCKDB_ERROR_NETWORK:
    case DUCKDB_ERROR_CONNECTION:
      return {ErrorCode::kUnavailable, "[STORAGE_ERROR] Data could not be read or written", {}};
    case DUCKDB_ERROR_PERMISSION:
      return {ErrorCode::kUnsupported,
              "[UNSUPPORTED_FEATURE] The statement reaches outside its data",
              {}};
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_PLANNER:
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
      if (sentence.starts_with("Max expression depth limit") ||
          sentence.starts_with("Maximum tree depth")) {
        return {ErrorCode::kLimitExceeded,
                "[LIMIT_EXCEEDED.PLAN_DEPTH] The statement is nested too deep when all that it "
                "names and calls is put in. Nest it less deep, or write it in several statements.",
                {}};
      }
      return {ErrorCode::kInternal, "[INTERNAL_ERROR] The statement could not be planned", {}};
    default:
      return RunTimeError(sentence);
  }
}

}  // namespace

EngineFailure ClassifyEngineError(duckdb_error_type type, std::string_view engine_text,
                                  const WorkerLimits& limits) {
  EngineFailure failure;
  if (type == DUCKDB_ERROR_FATAL || type == DUCKDB_ERROR_INTERNAL) {
    failure.verdict = EngineVerdict::kWorker;
    failure.error = {ErrorCode::kInternal, "The engine failed", {}};
  } else {
    failure.error = ErrorOf(type, engine_text, limits);
  }
  failure.error.detail = fmt::format("engine error {}: {}", static_cast<int>(type), engine_text);
  return failure;
}

}  // namespace sluice
