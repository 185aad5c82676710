#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace sluice {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// One member of a log line. Never a password, key or token.
struct LogField {
  LogField(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  LogField(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  LogField(std::string_view n, std::int64_t v) : name(n), value(v) {}
  LogField(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  LogField(std::string_view n, std::uint64_t v) : name(n), value(static_cast<std::int64_t>(v)) {}

  std::string_view name;
  std::variant<std::string, std::int64_t> value;
};

/// Writes one JSON line to standard error with one write: time, level, event and the fields.
/// The event is a constant sentence ("job finished"); values go into fields, by these names where
/// they fit: job_id, request_id, attempt, queue, project_id, error, detail. Thread-safe.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

/// As Log, with code, message and detail of an error.
void LogError(LogLevel level, std::string_view event, const Error& error,
              std::initializer_list<LogField> fields = {});

/// Lines below this level are not written. Default kInfo.
void SetLogLevel(LogLevel level);

}  // namespace sluice
