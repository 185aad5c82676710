#include "server/serve.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "api/api.h"
#include "api/bootstrap.h"
#include "api/error_response.h"
#include "api/iceberg/iceberg.h"
#include "api/iceberg/oauth.h"
#include "base/crash_point.h"
#include "base/thread_pool.h"
#include "cli/credentials.h"
#include "cli/output.h"
#include "engine/duckdb/duckdb_engine.h"
#include "http/server.h"
#include "scheduler/compactor.h"
#include "scheduler/janitor.h"
#include "scheduler/scheduler.h"
#include "server/data_folder.h"
#include "server/descriptors.h"
#include "server/health.h"
#include "server/private_folder.h"
#include "server/signals.h"
#include "sql/functions_script.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice::server {

namespace {

constexpr int kBlockingThreads = 8;
constexpr int kSchedulerThreads = 16;
constexpr int kStopGraceMs = 2'000;
constexpr int kMappedBlockBytesMin = 512 * 1024;
constexpr std::size_t kBlockingQueueMax = 4'096;
constexpr std::size_t kCredentialsBytesMax = 1 << 20;
/// Of all long answers that wait on disk for their clients.
constexpr std::uint64_t kSpooledBytesMax = std::uint64_t{2} << 30;

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
  Result<void> StartScheduler();
  void MakeCompactor();
  Result<void> StartPublicListener();
  Result<void> Introduce(const api::Bootstrapped& who);
  Result<void> ShowCredentials(const api::Bootstrapped& who, const std::string& endpoint);
  Result<void> UpdateCredentials(const std::string& endpoint);

  int workers_max() const {
    return config_.default_queue.concurrency + (config_.compaction ? 1 : 0);
  }
  std::string scheme() const { return config_.tls_certificate.empty() ? "http" : "https"; }

  const Config& config_;
  SystemClock clock_;
  LocalFileSystem files_;
  MetricRegistry metrics_;
  DescriptorShares descriptors_;
  std::optional<DataFolder> folder_;
  std::unique_ptr<SqliteStore> store_;
  bool read_only_ = false;
  std::optional<api::Bootstrapped> identity_;
  TableWriterLeases leases_;
  std::unique_ptr<LakeCatalog> catalog_;
  std::unique_ptr<ResultStore> results_;
  std::shared_ptr<Spool> spool_;                  ///< in scratch, which each start empties
  std::optional<PrivateFolder> private_scratch_;  ///< of a server that only reads
  std::unique_ptr<DuckDbEngine> engine_;
  std::unique_ptr<ThreadPool> blocking_;
  std::unique_ptr<api::Authenticator> authenticator_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Janitor> janitor_;
  std::unique_ptr<Compactor> compactor_;  ///< null when it is switched off
  std::unique_ptr<http::Server> public_;
};

/// To whoever started the server, who may have gone or have no room: no reason not to serve. What
/// matters is in the credentials, too.
void Say(const std::string& text) {
  Result<void> written = cli::WriteOutput(text);
  if (!written) {
    LogError(LogLevel::kWarning, "standard output cannot be written", written.error());
  }
}

/// Once the server runs: a start that is refused says its one line and nothing else.
void LogSandbox(const SandboxLevel& level) {
  bool is_whole = level.files && level.network && level.system_calls;
  Log(is_whole ? LogLevel::kInfo : LogLevel::kWarning, "sandbox of workers",
      {{"landlock_abi", level.landlock_abi},
       {"files", level.files ? "yes" : "no"},
       {"network", level.network ? "yes" : "no"},
       {"system_calls", level.system_calls ? "yes" : "no"}});
}

void LogDescriptors(const DescriptorShares& shares) {
  bool is_tight =
      shares.work + shares.connections + shares.answers + shares.answers_waiting > shares.limit;
  Log(is_tight ? LogLevel::kWarning : LogLevel::kInfo, "open files are shared out",
      {{"limit", std::uint64_t{shares.limit}},
       {"reserved_for_jobs", std::uint64_t{shares.work}},
       {"connections", std::uint64_t{shares.connections}},
       {"answers", std::uint64_t{shares.answers}}});
}

Result<void> Serving::Start() {
  TRY(ParseHostPort(config_.listen));
  for (Error& fault : FindFileFaults(config_)) return Fail(std::move(fault));
  descriptors_ = ShareDescriptors(RaiseDescriptorLimit(), static_cast<std::size_t>(workers_max()));
  folder_ = TRY(DataFolder::Open(config_.data, &files_));
  TRY_VOID(OpenStore());
  TRY_VOID(folder_->CheckNotMoved(&store_->identity()));
  identity_ = TRY(api::Bootstrap(&store_->identity(), clock_, FirstStartFromEnvironment()));
  CrashPoint("bootstrapped");
  catalog_ = TRY(LakeCatalog::Create(LakeCatalog::Options{
      &files_, &store_->catalog(), &clock_, folder_->warehouse(), folder_->writes()}));
  results_ = std::make_unique<ResultStore>(&files_, folder_->results());
  spool_ = std::make_shared<Spool>(
      read_only_ ? std::filesystem::temp_directory_path() : folder_->scratch(), kSpooledBytesMax);
  authenticator_ =
      TRY(api::Authenticator::Create({&store_->identity(), &clock_, &store_->served()}));
  TRY_VOID(StartEngine());
  TRY_VOID(StartScheduler());
  MakeCompactor();
  TRY_VOID(StartPublicListener());
  // Nothing runs before the address is ours: a start that fails leaves the jobs as they were.
  scheduler_->Start();
  if (!read_only_) janitor_->Start();
  if (!read_only_ && compactor_ != nullptr) compactor_->Start();
  LogSandbox(engine_->sandbox_level());
  LogDescriptors(descriptors_);
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
    private_scratch_.emplace(TRY(PrivateFolder::Make()));
    options.scratch_root = private_scratch_->path();
    options.spare_workers = 0;
  }
  options.workers_max = workers_max();
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

Result<void> Serving::StartScheduler() {
  Scheduler::Options options;
  options.parts.clock = &clock_;
  options.parts.jobs = &store_->jobs();
  options.parts.catalog = catalog_.get();
  options.parts.leases = &leases_;
  options.parts.engine = engine_.get();
  options.parts.results = results_.get();
  options.parts.metrics = &metrics_;
  options.parts.time_zone = config_.time_zone;
  options.queues = {{config_.default_queue.name, config_.default_queue}};
  options.rules = config_.rules;
  options.limits.cancel_deadline_ms = config_.cancel_deadline_ms;
  options.pool_threads = kSchedulerThreads;
  if (!read_only_) options.planning_marks_file = folder_->planning_marks_file();
  scheduler_ = std::make_unique<Scheduler>(std::move(options));
  TRY_VOID(scheduler_->Load());
  janitor_ = std::make_unique<Janitor>(
      Janitor::Parts{&clock_, &store_->served(), &store_->jobs(), catalog_.get(), results_.get()},
      config_.retention);
  return {};
}

void Serving::MakeCompactor() {
  if (!config_.compaction) return;
  Compactor::Parts parts;
  parts.clock = &clock_;
  parts.tables = &catalog_->maintenance();
  parts.engine = engine_.get();
  parts.metrics = &metrics_;
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
  services.spool = spool_;
  auto router = std::make_shared<http::Router>();
  api::RegisterApi(router.get(), services);
  api::RegisterIceberg(router.get(), catalog_.get(), authenticator_.get());
  api::RegisterOAuth(router.get(), authenticator_.get(), &clock_);
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
  options.spool = spool_;
  options.limits.connections = descriptors_.connections;
  options.limits.answers_bytes = descriptors_.answers * http::kSourcePieceBytes;
  options.limits.answers_waiting = descriptors_.answers_waiting;
  public_ = TRY(http::Server::Start(std::move(options)));
  return {};
}

Result<void> Serving::Introduce(const api::Bootstrapped& who) {
  for (const std::string& name : who.ignored) {
    Log(LogLevel::kWarning, "a first-start value differs from the store and does not count",
        {{"name", name}});
  }
  std::string host = TRY(ParseHostPort(config_.listen)).host;
  std::string endpoint = CallableEndpoint(config_, host, public_->port());
  if (who.is_first_start && !read_only_) {
    TRY_VOID(ShowCredentials(who, endpoint));
  } else if (!read_only_) {
    Result<void> updated = UpdateCredentials(endpoint);
    if (!updated) {
      LogError(LogLevel::kWarning, "the address in the credentials stays as it was",
               updated.error());
    }
  }
  // Scripts wait for this line: the server takes requests from here on.
  Say(fmt::format("listening on {}://{}\n", scheme(), JoinHostPort(host, public_->port())));
  return {};
}

Result<void> Serving::ShowCredentials(const api::Bootstrapped& who, const std::string& endpoint) {
  TRY_VOID(files_.WriteDurably(folder_->credentials_file(),
                               cli::RenderCredentials({endpoint, who.project.id.value(),
                                                       who.key.access_key, who.key.secret_key})));
  std::string text = fmt::format("project_id {}\nuser       {}\naccess_key {}\n",
                                 who.project.id.value(), who.user_name, who.key.access_key);
  // Whoever gave the key knows it.
  if (Environment("SLUICE_SK").empty()) {
    text += fmt::format("secret_key {}\nThe secret key is not shown again\n", who.key.secret_key);
  }
  text += fmt::format("The key pair is in {}\n", folder_->credentials_file().string());
  if (Environment("SLUICE_PASSWORD").empty()) {
    text += fmt::format("{0} has no password: `sluice users passwd {0}` sets one\n", who.user_name);
  }
  Say(text);
  return api::ConfirmFirstStart(&store_->identity());
}

/// A later start may listen elsewhere. Only the address is ours to change; a file that the operator
/// took away stays away.
Result<void> Serving::UpdateCredentials(const std::string& endpoint) {
  const std::filesystem::path file = folder_->credentials_file();
  Result<std::string> text = files_.Read(file, kCredentialsBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) return {};
  if (!text) return Fail(std::move(text.error()));
  std::string changed = cli::WithEndpoint(*text, endpoint);
  if (changed == *text) return {};
  return files_.WriteDurably(file, changed);
}

void Serving::Stop(const std::stop_token& hurry) {
  // The listener refuses new work at once; requests under way go on beside the running jobs. The
  // scheduler's stop answers those that wait for a job; the rest get a moment more.
  public_->StopAccepting();
  compactor_.reset();  // a rewrite under way is given up
  scheduler_->Stop(config_.shutdown_grace_ms, hurry);
  public_->Stop(kStopGraceMs, hurry);
}

}  // namespace

Result<void> Serve(const Config& config) {
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

}  // namespace sluice::server
