#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "job/queue.h"
#include "scheduler/admission.h"
#include "scheduler/janitor.h"
#include "scheduler/planner.h"

namespace sluice::server {

/// The preset queue, as it is when the file says nothing.
Queue MakeDefaultQueue();

/// Everything a server can be told (docs/reference/configuration.md). Defaults suit a laptop.
struct Config {
  // Command line.
  std::filesystem::path data;
  std::string listen = "127.0.0.1:8080";

  // [server]
  int io_threads = 2;
  int pool_threads = 16;
  std::string tls_certificate;
  std::string tls_key;
  std::string public_endpoint;  ///< where clients call; empty: made of --listen
  std::string log_level = "info";
  std::int64_t shutdown_grace_ms = 10'000;

  // [jobs]
  AdmissionRules rules;
  std::string time_zone = "UTC";
  std::int64_t cancel_deadline_ms = 5'000;

  // [queue]: the `default` queue
  Queue default_queue = MakeDefaultQueue();

  // [worker]
  std::int64_t worker_memory_mb = 2'048;
  int worker_threads = 2;
  std::int64_t worker_temp_quota_mb = 10'240;
  int attempts_per_worker = 200;
  int warm_workers = 1;
  std::string sandbox = "required";  ///< required, best-effort or off
  std::string duckdb_folder;  ///< include/, lib/, ext/ of the pinned set; empty: beside the binary

  // [maintenance]
  bool compaction = true;
  std::int64_t compaction_quiet_ms = 5'000;

  // [retention]
  Retention retention;
};

/// Reads a TOML file into the configuration. An unknown key, a value of another type or out of its
/// range is kInvalidArgument, one line naming file and key.
Result<void> LoadConfigFile(const std::filesystem::path& file, Config* config);

/// Everything that is wrong with the files that the configuration names: missing, unreadable, of
/// another kind, not belonging together.
std::vector<Error> FindFileFaults(const Config& config);

/// Splits host:port ("127.0.0.1:8080", "[::1]:0"); the host loses its brackets. kInvalidArgument
/// otherwise.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> ParseHostPort(const std::string& text);

/// An address that a client on this machine can call, of a server that listens on `host`: the
/// loopback instead of "every address" (0.0.0.0, [::]), which is none to call.
std::string CallableEndpoint(const Config& config, const std::string& host, std::uint16_t port);
/// host:port, an IPv6 address in brackets.
std::string JoinHostPort(const std::string& host, std::uint16_t port);

}  // namespace sluice::server
