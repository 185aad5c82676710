#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>

#include "base/json.h"

namespace sluice {

namespace {

std::atomic<LogLevel> lowest_level = LogLevel::kInfo;

constexpr std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string Timestamp() {
  auto now = std::chrono::system_clock::now();
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::time_t seconds = ms / 1000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, ms % 1000);
}

void WriteField(const LogField& field, JsonWriter* json) {
  json->Key(field.name);
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    json->String(*text);
  } else {
    json->Int(std::get<std::int64_t>(field.value));
  }
}

void WriteLine(LogLevel level, std::string_view event, const Error* error,
               std::initializer_list<LogField> fields) {
  if (level < lowest_level.load(std::memory_order_relaxed)) return;
  std::string line;
  JsonWriter json(&line);
  json.BeginObject().Key("time").String(Timestamp()).Key("level").String(LevelName(level));
  json.Key("event").String(event);
  for (const LogField& field : fields) WriteField(field, &json);
  if (error != nullptr) {
    json.Key("error").String(ErrorCodeName(error->code)).Key("message").String(error->message);
    if (!error->detail.empty()) json.Key("detail").String(error->detail);
  }
  json.EndObject();
  line.push_back('\n');
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  WriteLine(level, event, nullptr, fields);
}

void LogError(LogLevel level, std::string_view event, const Error& error,
              std::initializer_list<LogField> fields) {
  WriteLine(level, event, &error, fields);
}

void SetLogLevel(LogLevel level) { lowest_level = level; }

}  // namespace sluice
