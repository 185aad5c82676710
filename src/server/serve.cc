#include "server/serve.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "api/api.h"
#include "api/bootstrap.h"
#include "api/error_response.h"
#include "api/iceberg/iceberg.h"
#include "base/crash_point.h"
#include "base/thread_pool.h"
#include "engine/duckdb/duckdb_engine.h"
#include "http/server.h"
#include "scheduler/compactor.h"
#include "scheduler/janitor.h"
#include "scheduler/scheduler.h"
#include "server/data_folder.h"
#include "server/health.h"
#include "server/signals.h"
#include "sql/functions_script.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice::server {

namespace {

constexpr int kInternalIoThreads = 1;
constexpr int kInternalPoolThreads = 8;
constexpr int kBlockingThreads = 8;
constexpr int kSchedulerThreads = 16;
constexpr int kStopGraceMs = 2'000;
constexpr rlim_t kOpenFilesWanted = 65'536;
constexpr int kMappedBlockBytesMin = 512 * 1024;
constexpr std::size_t kBlockingQueueMax = 4'096;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

api::FirstStart FirstStartFromEnvironment() {
  return api::FirstStart{Environment("SLUICE_PROJECT_ID"), Environment("SLUICE_REGION"),
                         Environment("SLUICE_DOMAIN"),     Environment("SLUICE_USER"),
                         Environment("SLUICE_PASSWORD"),   Environment("SLUICE_AK"),
                         Environment("SLUICE_SK")};
}

/// The composition root: owns every part, in the order they need each other.
class Serving {
 public:
  explicit Serving(const Config& config) : config_(config) {}

  Result<void> Start();
  void Stop(const std::stop_token& hurry);

 private:
  Result<void> OpenStore();
  Result<void> StartEngine();
  Result<void> StartInternalListener();
  Result<void> StartScheduler();
  void MakeCompactor();
  Result<void> StartPublicListener();
  Result<void> Introduce(const api::Bootstrapped& who);
  Result<void> ShowCredentials(const api::Bootstrapped& who, const std::string& endpoint);

  std::string scheme() const { return config_.tls_certificate.empty() ? "http" : "https"; }

  const Config& config_;
  SystemClock clock_;
  LocalFileSystem files_;
  MetricRegistry metrics_;
  std::optional<DataFolder> folder_;
  std::unique_ptr<SqliteStore> store_;
  bool read_only_ = false;
  std::optional<api::Bootstrapped> identity_;
  AttemptGrants grants_;
  TableWriterLeases leases_;
  std::unique_ptr<LakeCatalog> catalog_;
  std::unique_ptr<ResultStore> results_;
  std::unique_ptr<DuckDbEngine> engine_;
  std::unique_ptr<ThreadPool> blocking_;
  std::unique_ptr<api::Authenticator> authenticator_;
  std::unique_ptr<http::Server> internal_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Janitor> janitor_;
  std::unique_ptr<Compactor> compactor_;  ///< null when it is switched off
  std::unique_ptr<http::Server> public_;
};

/// Once the server runs: a start that is refused says its one line and nothing else.
void LogSandbox(const SandboxLevel& level) {
  bool is_whole = level.files && level.network && level.system_calls;
  Log(is_whole ? LogLevel::kInfo : LogLevel::kWarning, "sandbox of workers",
      {{"landlock_abi", level.landlock_abi},
       {"files", level.files ? "yes" : "no"},
       {"network", level.network ? "yes" : "no"},
       {"system_calls", level.system_calls ? "yes" : "no"}});
}

Result<void> Serving::Start() {
  TRY(ParseHostPort(config_.listen));
  folder_ = TRY(DataFolder::Open(config_.data, &files_));
  TRY_VOID(OpenStore());
  TRY_VOID(folder_->CheckNotMoved(&store_->identity()));
  identity_ = TRY(api::Bootstrap(&store_->identity(), clock_, FirstStartFromEnvironment()));
  CrashPoint("bootstrapped");
  catalog_ = TRY(LakeCatalog::Create(
      LakeCatalog::Options{&files_, &store_->catalog(), &clock_, &grants_, folder_->warehouse()}));
  results_ = std::make_unique<ResultStore>(&files_, folder_->results());
  authenticator_ = TRY(api::Authenticator::Create({&store_->identity(), &clock_}));
  TRY_VOID(StartEngine());
  TRY_VOID(StartInternalListener());
  TRY_VOID(StartScheduler());
  MakeCompactor();
  TRY_VOID(StartPublicListener());
  // Nothing runs before the address is ours: a start that fails leaves the jobs as they were.
  scheduler_->Start();
  if (!read_only_) janitor_->Start();
  if (!read_only_ && compactor_ != nullptr) compactor_->Start();
  LogSandbox(engine_->sandbox_level());
  return Introduce(*identity_);
}

Result<void> Serving::OpenStore() {
  SqliteStore::Options options;
  options.file = folder_->store_file();
  // The credentials are written after the store was: a folder with them had one, and making an
  // empty one in its place would hide the loss of every job and table.
  if (std::filesystem::exists(folder_->credentials_file()) &&
      !std::filesystem::exists(options.file)) {
    return Fail(ErrorCode::kFailedPrecondition,
                "The job store {} is missing from a folder that was in use", options.file.string());
  }
  options.clock = &clock_;
  auto opened = SqliteStore::Open(options);
  if (!opened && opened.error().code == ErrorCode::kUnavailable) {
    LogError(LogLevel::kError, "the job store cannot be written; serving reads", opened.error());
    options.mode = StoreMode::kReadOnly;
    read_only_ = true;
    opened = SqliteStore::Open(options);
  }
  if (!opened) return Fail(std::move(opened.error()));
  store_ = std::move(*opened);
  return {};
}

// Each connection is a descriptor; the usual soft limit of 1024 is far below the connection limit.
void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, kOpenFilesWanted);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    Log(LogLevel::kWarning, "the limit of open files stays as it is");
  }
}

// By default glibc raises this threshold to the largest block that was ever freed, so that a few
// large request bodies stay in its heaps for good.
void KeepLargeBlocksOutOfTheHeap() {
  if (::mallopt(M_MMAP_THRESHOLD, kMappedBlockBytesMin) == 0) {
    Log(LogLevel::kWarning, "the allocator's threshold for large blocks stays as it is");
  }
}

SandboxMode SandboxModeOf(const std::string& name) {
  if (name == "off") return SandboxMode::kOff;
  return name == "best-effort" ? SandboxMode::kBestEffort : SandboxMode::kRequired;
}

// The pinned set: as configured, else in the build tree's or the installation's place beside the
// binary.
std::filesystem::path FindDuckDb(const std::string& configured) {
  if (!configured.empty()) return configured;
  std::error_code error;
  std::filesystem::path folder =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {"../deps/duckdb", "../lib/sluice/duckdb"}) {
    if (std::filesystem::exists(folder / place / "lib/libduckdb.so", error)) return folder / place;
  }
  return folder / "../lib/sluice/duckdb";
}

Result<void> Serving::StartEngine() {
  constexpr std::uint64_t kMebibyte = 1 << 20;
  std::filesystem::path duckdb = FindDuckDb(config_.duckdb_folder);
  DuckDbEngine::Options options;
  options.worker_executable = std::filesystem::read_symlink("/proc/self/exe");
  options.library = duckdb / "lib/libduckdb.so";
  options.extension_folder = duckdb / "ext";
  options.scratch_root = folder_->scratch();
  options.warehouse_root = folder_->warehouse();
  options.functions_script = std::string(sql::SparkFunctionsScript());
  options.functions_database = folder_->root() / "functions.db";
  options.sandbox = SandboxModeOf(config_.sandbox);
  options.memory_limit_bytes = static_cast<std::uint64_t>(config_.worker_memory_mb) * kMebibyte;
  options.temp_quota_bytes = static_cast<std::uint64_t>(config_.worker_temp_quota_mb) * kMebibyte;
  options.threads = config_.worker_threads;
  options.attempts_per_worker = config_.attempts_per_worker;
  options.spare_workers = config_.warm_workers;
  if (read_only_) {
    // No job runs on a folder that cannot be written; the engine still wants its place.
    options.scratch_root =
        std::filesystem::temp_directory_path() / fmt::format("sluice-{}", ::getpid());
    options.spare_workers = 0;
  }
  options.workers_max = config_.default_queue.concurrency + (config_.compaction ? 1 : 0);
  options.clock = &clock_;
  options.metrics = &metrics_;
  engine_ = TRY(DuckDbEngine::Create(std::move(options)));
  return {};
}

std::string DescribeSandbox(const SandboxLevel& level) {
  return fmt::format("landlock abi {}, files {}, network {}, system calls {}", level.landlock_abi,
                     level.files ? "confined" : "open", level.network ? "confined" : "open",
                     level.system_calls ? "filtered" : "open");
}

Result<void> Serving::StartInternalListener() {
  auto router = std::make_shared<http::Router>();
  api::RegisterInternalIceberg(router.get(), catalog_.get(), &grants_);
  http::Server::Options options;
  options.host = "127.0.0.1";
  options.port = 0;
  options.io_threads = kInternalIoThreads;
  options.pool_threads = kInternalPoolThreads;
  options.router = std::move(router);
  options.render_error = api::RenderErrorWithStatus;
  options.metrics = &metrics_;
  options.metric_label = "internal";
  internal_ = TRY(http::Server::Start(std::move(options)));
  return {};
}

Result<void> Serving::StartScheduler() {
  Scheduler::Options options;
  options.parts.clock = &clock_;
  options.parts.jobs = &store_->jobs();
  options.parts.catalog = catalog_.get();
  options.parts.grants = &grants_;
  options.parts.leases = &leases_;
  options.parts.engine = engine_.get();
  options.parts.results = results_.get();
  options.parts.metrics = &metrics_;
  options.parts.catalog_endpoint = fmt::format("http://127.0.0.1:{}", internal_->port());
  options.parts.time_zone = config_.time_zone;
  options.queues = {{config_.default_queue.name, config_.default_queue}};
  options.rules = config_.rules;
  options.limits.cancel_deadline_ms = config_.cancel_deadline_ms;
  options.pool_threads = kSchedulerThreads;
  if (!read_only_) options.planning_marks_file = folder_->planning_marks_file();
  scheduler_ = std::make_unique<Scheduler>(std::move(options));
  TRY_VOID(scheduler_->Load());
  janitor_ = std::make_unique<Janitor>(
      Janitor::Parts{&clock_, &store_->jobs(), catalog_.get(), results_.get()}, config_.retention);
  return {};
}

void Serving::MakeCompactor() {
  if (!config_.compaction) return;
  Compactor::Parts parts;
  parts.clock = &clock_;
  parts.tables = &catalog_->maintenance();
  parts.grants = &grants_;
  parts.leases = &leases_;
  parts.engine = engine_.get();
  parts.metrics = &metrics_;
  parts.catalog_endpoint = fmt::format("http://127.0.0.1:{}", internal_->port());
  parts.queue = config_.default_queue.name;
  compactor_ = std::make_unique<Compactor>(std::move(parts), config_.compaction_quiet_ms);
}

Result<void> Serving::StartPublicListener() {
  HostPort address = TRY(ParseHostPort(config_.listen));
  blocking_ = std::make_unique<ThreadPool>(kBlockingThreads);
  api::ApiServices services;
  services.jobs = scheduler_.get();
  services.catalog = catalog_.get();
  services.identities = &store_->identity();
  services.authenticator = authenticator_.get();
  services.clock = &clock_;
  Queue queue = config_.default_queue;
  queue.owner = identity_->user_name;
  queue.created_ms = identity_->created_ms;
  services.queues = {std::move(queue)};
  services.run_blocking = [pool = blocking_.get()](std::function<void()> task) {
    return pool->TryPost(std::move(task), kBlockingQueueMax);
  };
  services.url_scheme = scheme();
  auto router = std::make_shared<http::Router>();
  api::RegisterApi(router.get(), services);
  api::RegisterPublicIceberg(router.get(), catalog_.get(), authenticator_.get());
  RegisterHealth(router.get(),
                 HealthSources{&store_->jobs(), &metrics_, read_only_, [engine = engine_.get()] {
                                 return DescribeSandbox(engine->sandbox_level());
                               }});
  http::Server::Options options;
  options.host = address.host;
  options.port = address.port;
  options.io_threads = config_.io_threads;
  options.pool_threads = config_.pool_threads;
  options.tls_certificate_file = config_.tls_certificate;
  options.tls_key_file = config_.tls_key;
  options.router = std::move(router);
  options.render_error = api::RenderErrorWithStatus;
  options.metrics = &metrics_;
  public_ = TRY(http::Server::Start(std::move(options)));
  return {};
}

Result<void> Serving::Introduce(const api::Bootstrapped& who) {
  for (const std::string& name : who.ignored) {
    Log(LogLevel::kWarning, "a first-start value differs from the store and does not count",
        {{"name", name}});
  }
  std::string host = TRY(ParseHostPort(config_.listen)).host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  std::string endpoint = fmt::format("{}://{}:{}", scheme(), host, public_->port());
  if (who.is_first_start && !read_only_) TRY_VOID(ShowCredentials(who, endpoint));
  // Scripts wait for this line: the server takes requests from here on.
  std::cout << "listening on " << endpoint << std::endl;
  return {};
}

Result<void> Serving::ShowCredentials(const api::Bootstrapped& who, const std::string& endpoint) {
  TRY_VOID(files_.WriteDurably(
      folder_->credentials_file(),
      fmt::format("endpoint = \"{}\"\nproject_id = \"{}\"\naccess_key = \"{}\"\n"
                  "secret_key = \"{}\"\n",
                  endpoint, who.project.id.value(), who.key.access_key, who.key.secret_key)));
  std::cout << "project_id " << who.project.id.value() << "\nuser       " << who.user_name
            << "\naccess_key " << who.key.access_key;
  // Whoever gave the key knows it.
  if (Environment("SLUICE_SK").empty()) {
    std::cout << "\nsecret_key " << who.key.secret_key << "\nThe secret key is not shown again";
  }
  std::cout << "\nThe key pair is in " << folder_->credentials_file().string() << std::endl;
  return api::ConfirmFirstStart(&store_->identity());
}

void Serving::Stop(const std::stop_token& hurry) {
  // The listener refuses new work at once; requests under way go on beside the running jobs. The
  // scheduler's stop answers those that wait for a job; the rest get a moment more.
  public_->StopAccepting();
  compactor_.reset();  // a rewrite under way is given up
  scheduler_->Stop(config_.shutdown_grace_ms, hurry);
  public_->Stop(kStopGraceMs, hurry);
  internal_->Stop(0);
}

}  // namespace

Result<void> Serve(const Config& config) {
  RaiseFileLimit();
  KeepLargeBlocksOutOfTheHeap();
  ArmCrashPoints(Environment("SLUICE_CRASH_POINTS"));
  Signals signals;
  Serving serving(config);
  TRY_VOID(serving.Start());
  signals.WaitForStop();
  Log(LogLevel::kInfo, "stopping");
  serving.Stop(signals.hurry());
  Log(LogLevel::kInfo, "stopped");
  return {};
}

Result<void> AddUser(const Config& config, const std::string& name, const std::string& password) {
  SystemClock clock;
  SqliteStore::Options options;
  options.file = config.data / "store.db";
  options.clock = &clock;
  std::error_code error;
  if (!std::filesystem::exists(options.file, error)) {
    return Fail(ErrorCode::kNotFound, "there is no job store in {}; start the server once",
                config.data.string());
  }
  std::unique_ptr<SqliteStore> store = TRY(SqliteStore::Open(options));
  AccessKeyRecord key = TRY(api::AddUser(&store->identity(), clock, name, password));
  std::cout << "user       " << name << "\naccess_key " << key.access_key << "\nsecret_key "
            << key.secret_key << "\n";
  return {};
}

}  // namespace sluice::server
