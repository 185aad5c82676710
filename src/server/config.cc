#include "server/config.h"

#include <arpa/inet.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "cli/input.h"
#include "http/client.h"
#include "http/stream.h"
#include "spark/time_zone.h"

namespace sluice::server {

namespace {

constexpr std::size_t kConfigBytesMax = 1 << 20;
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

Reader Endpoint(std::string* target) {
  return [target](const toml::node& node) -> Result<void> {
    std::string text;
    TRY_VOID(Text(&text)(node));
    if (!http::Client::Create(text)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "must be http:// or https:// with a host and perhaps a port");
    }
    *target = std::move(text);
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
    TRY(spark::ResolveTimeZone(*zone));
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
      {"server.public_endpoint", Endpoint(&config->public_endpoint)},
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
  // The library takes what it cannot read, as a folder, for an empty file.
  std::string text = TRY(cli::ReadNamedFile(file, kConfigBytesMax));
  toml::table table;
  try {
    table = toml::parse(text, file.string());
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

std::vector<Error> FindFileFaults(const Config& config) {
  std::vector<Error> faults;
  if (!config.tls_certificate.empty()) {
    faults = http::TlsContext::FindFileFaults(config.tls_certificate, config.tls_key);
  }
  if (!config.duckdb_folder.empty()) {
    std::filesystem::path library =
        std::filesystem::path(config.duckdb_folder) / "lib/libduckdb.so";
    if (::access(library.c_str(), R_OK) != 0) {
      faults.push_back({ErrorCode::kInvalidArgument,
                        fmt::format("worker.duckdb_folder has no library that can be read: {}: {}",
                                    library.string(), std::strerror(errno)),
                        {}});
    }
  }
  return faults;
}

namespace {

/// A host as it is written before a port: an IPv6 address, and nothing else, in brackets.
std::optional<std::string> ParseHost(std::string_view text) {
  bool has_brackets = text.starts_with('[') && text.ends_with(']');
  if (has_brackets) text = text.substr(1, text.size() - 2);
  bool is_ipv6 = text.find(':') != std::string_view::npos;
  bool is_clean = text.find_first_of("[]/@ ") == std::string_view::npos;
  if (text.empty() || !is_clean || is_ipv6 != has_brackets) return std::nullopt;
  return std::string(text);
}

}  // namespace

Result<HostPort> ParseHostPort(const std::string& text) {
  std::size_t colon = text.rfind(':');
  HostPort parsed;
  if (colon != std::string::npos) {
    const char* begin = text.data() + colon + 1;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(begin, end, parsed.port);
    std::optional<std::string> host = ParseHost(std::string_view(text).substr(0, colon));
    if (host && error == std::errc() && stop == end && begin != end) {
      parsed.host = *std::move(host);
      return parsed;
    }
  }
  return Fail(ErrorCode::kInvalidArgument,
              "--listen must be HOST:PORT, an IPv6 address in brackets, not {}", text);
}

std::string JoinHostPort(const std::string& host, std::uint16_t port) {
  bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string CallableEndpoint(const Config& config, const std::string& host, std::uint16_t port) {
  if (!config.public_endpoint.empty()) return config.public_endpoint;
  in_addr v4{};
  in6_addr v6{};
  std::string callable = host;
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1 && v4.s_addr == INADDR_ANY) {
    callable = "127.0.0.1";
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&v6)) {
    callable = "::1";
  }
  return (config.tls_certificate.empty() ? "http://" : "https://") + JoinHostPort(callable, port);
}

}  // namespace sluice::server
