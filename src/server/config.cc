#include "server/config.h"

#include <toml++/toml.h>

#include <charconv>
#include <functional>
#include <map>
#include <utility>

#include "job/time_zone.h"

namespace sluice::server {

namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

// One key of the file: reads its node into the configuration; the text says what is wrong.
using Reader = std::function<Result<void>(const toml::node&)>;

template <class Number>
Reader Whole(Number* target, std::int64_t low, std::int64_t high, std::int64_t unit = 1) {
  return [=](const toml::node& node) -> Result<void> {
    auto value = node.value_exact<std::int64_t>();
    if (!value || *value < low || *value > high) {
      return Fail(ErrorCode::kInvalidArgument, "must be a whole number from {} to {}", low, high);
    }
    *target = static_cast<Number>(*value * unit);
    return {};
  };
}

Reader Text(std::string* target, std::vector<std::string> choices = {}) {
  return [target, choices = std::move(choices)](const toml::node& node) -> Result<void> {
    auto value = node.value_exact<std::string>();
    if (!value) return Fail(ErrorCode::kInvalidArgument, "must be a text");
    for (const std::string& choice : choices) {
      if (*value == choice) {
        *target = *value;
        return {};
      }
    }
    if (!choices.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "must be one of {}", fmt::join(choices, ", "));
    }
    *target = *value;
    return {};
  };
}

Reader Flag(bool* target) {
  return [target](const toml::node& node) -> Result<void> {
    auto value = node.value_exact<bool>();
    if (!value) return Fail(ErrorCode::kInvalidArgument, "must be true or false");
    *target = *value;
    return {};
  };
}

Reader TimeoutUnit(std::int64_t* unit_ms) {
  return [unit_ms](const toml::node& node) -> Result<void> {
    std::string unit;
    TRY_VOID(Text(&unit, {"s", "ms"})(node));
    *unit_ms = unit == "s" ? 1'000 : 1;
    return {};
  };
}

Reader TimeZone(std::string* zone) {
  return [zone](const toml::node& node) -> Result<void> {
    TRY_VOID(Text(zone)(node));
    TRY(ResolveTimeZone(*zone));
    return {};
  };
}

std::map<std::string, Reader> KeysOf(Config* config) {
  constexpr std::int64_t kHourMs = 3600LL * 1000;
  return {
      {"server.io_threads", Whole(&config->io_threads, 1, 64)},
      {"server.pool_threads", Whole(&config->pool_threads, 4, 256)},
      {"server.tls_certificate", Text(&config->tls_certificate)},
      {"server.tls_key", Text(&config->tls_key)},
      {"server.log_level", Text(&config->log_level, {"debug", "info", "warning", "error"})},
      {"server.shutdown_grace_ms", Whole(&config->shutdown_grace_ms, 0, kHourMs)},
      {"jobs.ddl_async", Flag(&config->rules.ddl_async_default)},
      {"jobs.timeout_unit", TimeoutUnit(&config->rules.timeout_unit_ms)},
      {"jobs.time_zone", TimeZone(&config->time_zone)},
      {"jobs.cancel_deadline_ms", Whole(&config->cancel_deadline_ms, 100, kHourMs)},
      {"queue.concurrency", Whole(&config->default_queue.concurrency, 2, 64)},
      {"queue.depth", Whole(&config->default_queue.depth_max, 1, 10'000'000)},
      {"queue.job_timeout_s", Whole(&config->default_queue.job_timeout_ms, 1, 30 * 86'400, 1'000)},
      {"queue.cu_count", Whole(&config->default_queue.cu_count, 1, 100'000)},
      {"worker.memory_mb", Whole(&config->worker_memory_mb, 256, 16'777'216)},
      {"worker.threads", Whole(&config->worker_threads, 1, 256)},
      {"worker.temp_quota_mb", Whole(&config->worker_temp_quota_mb, 16, 1'073'741'824)},
      {"worker.attempts", Whole(&config->attempts_per_worker, 1, 1'000'000)},
      {"worker.warm", Whole(&config->warm_workers, 0, 64)},
      {"worker.sandbox", Text(&config->sandbox, {"required", "best-effort", "off"})},
      {"worker.duckdb_folder", Text(&config->duckdb_folder)},
      {"maintenance.compaction", Flag(&config->compaction)},
      {"maintenance.compaction_quiet_ms", Whole(&config->compaction_quiet_ms, 100, kHourMs)},
      {"retention.results_days", Whole(&config->retention.results_ms, 1, 36'500, kDayMs)},
      {"retention.keys_days", Whole(&config->retention.keys_ms, 1, 36'500, kDayMs)},
      {"retention.orphan_files_days", Whole(&config->retention.orphans_ms, 1, 36'500, kDayMs)},
      {"retention.records_days", Whole(&config->retention.records_ms, 1, 36'500, kDayMs)},
  };
}

Result<void> ReadTable(const toml::table& table, const std::string& prefix,
                       const std::map<std::string, Reader>& keys) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      TRY_VOID(ReadTable(*inner, name + ".", keys));
      continue;
    }
    auto reader = keys.find(name);
    if (reader == keys.end()) {
      return Fail(ErrorCode::kInvalidArgument, "unknown key {}", name);
    }
    Result<void> read = reader->second(node);
    if (!read) return Fail(ErrorCode::kInvalidArgument, "{} {}", name, read.error().message);
  }
  return {};
}

}  // namespace

Queue MakeDefaultQueue() {
  Queue queue;
  queue.name = QueueName("default");
  queue.description = "The preset queue";
  queue.concurrency = 4;
  return queue;
}

Result<void> LoadConfigFile(const std::filesystem::path& file, Config* config) {
  toml::table table;
  try {
    table = toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidArgument, "{}: {} (line {})", file.string(), error.description(),
                error.source().begin.line);
  }
  Result<void> read = ReadTable(table, "", KeysOf(config));
  if (!read) {
    return Fail(ErrorCode::kInvalidArgument, "{}: {}", file.string(), read.error().message);
  }
  if (config->tls_certificate.empty() != config->tls_key.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "{}: server.tls_certificate and server.tls_key belong together", file.string());
  }
  return {};
}

Result<HostPort> ParseHostPort(const std::string& text) {
  std::size_t colon = text.rfind(':');
  HostPort parsed;
  if (colon != std::string::npos) {
    const char* begin = text.data() + colon + 1;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(begin, end, parsed.port);
    if (error == std::errc() && stop == end && begin != end) {
      parsed.host = text.substr(0, colon);
      if (parsed.host.size() > 2 && parsed.host.front() == '[') {
        parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
      }
      if (!parsed.host.empty()) return parsed;
    }
  }
  return Fail(ErrorCode::kInvalidArgument, "--listen must be HOST:PORT, not {}", text);
}

}  // namespace sluice::server
