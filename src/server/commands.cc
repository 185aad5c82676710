#include "server/commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "engine/duckdb/worker_main.h"
#include "server/config.h"
#include "server/new_password.h"
#include "server/serve.h"
#include "server/users.h"

#ifndef SLUICE_VERSION
#error "the build names the version"
#endif

namespace sluice::server {

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitRefused = 2;

int Report(const Result<void>& result) {
  if (result) return 0;
  std::string line = result.error().message;
  if (!result.error().detail.empty()) line += " (" + result.error().detail + ")";
  std::replace(line.begin(), line.end(), '\n', ' ');  // libraries give details of several
  std::cerr << "sluice: " << line << "\n";
  return result.error().code == ErrorCode::kExecution ? kExitFailed : kExitRefused;
}

LogLevel LevelOf(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  return name == "error" ? LogLevel::kError : LogLevel::kInfo;
}

int RunServe(Config config, const std::string& file) {
  if (!file.empty()) {
    Result<void> loaded = LoadConfigFile(file, &config);
    if (!loaded) return Report(loaded);
  }
  SetLogLevel(LevelOf(config.log_level));
  return Report(Serve(config));
}

std::string ReadEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Says everything that is wrong, not only the first.
int RunCheckConfig(Config config, const std::string& file) {
  Result<void> loaded = LoadConfigFile(file, &config);
  if (!loaded) return Report(loaded);
  int status = 0;
  for (Error& fault : FindFileFaults(config)) {
    fault.message = file + ": " + fault.message;
    status = Report(Fail(std::move(fault)));
  }
  return status != 0 ? status : Report(cli::WriteOutput(file + " is fine\n"));
}

/// What `sluice users` is told.
struct UsersOptions {
  Config config;
  std::string name;
  bool from_stdin = false;
};

int RunAddUser(const UsersOptions& options) {
  std::string password = ReadEnvironment("SLUICE_PASSWORD");
  if (options.from_stdin) {
    Result<std::string> line = ReadPasswordLine();
    if (!line) return Report(Fail(std::move(line.error())));
    password = *std::move(line);
  }
  return Report(AddUser(options.config, options.name, password));
}

int RunSetPassword(const UsersOptions& options) {
  Result<std::string> password =
      options.from_stdin ? ReadPasswordLine() : AskForPassword(options.name);
  if (!password) return Report(Fail(std::move(password.error())));
  Result<void> changed = SetPassword(options.config, options.name, *password);
  if (changed) std::cerr << "The password is changed: " << options.name << "\n";
  return Report(changed);
}

void AddServeCommand(CLI::App* app, Config* config, std::string* file, int* status) {
  CLI::App* serve = app->add_subcommand("serve", "Run the server on a data folder");
  serve->add_option("--data", config->data, "Data folder; made when it is missing")->required();
  serve->add_option("--listen", config->listen, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str();
  serve->add_option("--config", *file, "Configuration file (TOML)");
  serve->callback([=] { *status = RunServe(*config, *file); });

  CLI::App* check = app->add_subcommand("check-config", "Check a configuration file");
  check->add_option("file", *file, "Configuration file (TOML)")->required();
  check->callback([=] { *status = RunCheckConfig(*config, *file); });
}

void AddUsersCommand(CLI::App* app, UsersOptions* options, int* status) {
  CLI::App* users = app->add_subcommand("users", "Manage users; also beside a running server");
  users->require_subcommand(1);
  CLI::App* add = users->add_subcommand("add", "Add a user and print their access key");
  CLI::App* passwd = users->add_subcommand(
      "passwd",
      "Set the password of a user, with which they get tokens; asks for it on a terminal");
  for (CLI::App* command : {add, passwd}) {
    command->add_option("name", options->name, "User name")->required();
    command->add_option("--data", options->config.data, "Data folder")->required();
    command->add_flag("--password-stdin", options->from_stdin,
                      "Read the password from standard input (else SLUICE_PASSWORD)");
  }
  add->callback([=] { *status = RunAddUser(*options); });
  passwd->callback([=] { *status = RunSetPassword(*options); });
}

/// Help, a version, or what is wrong with the command line.
int Leave(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  int code = app.exit(error, out, std::cerr);
  if (code != 0) std::cerr << out.str();
  return code != 0 ? kExitRefused : Report(cli::WriteOutput(out.str()));
}

}  // namespace

int RunProgram(int argc, char** argv) {
  cli::HoldStandardDescriptors();
  if (argc > 1 && std::string(argv[1]) == "worker") return WorkerMain(argc, argv);
  CLI::App app("Sluice: a self-hosted SQL job service over a data lake");
  app.require_subcommand(1);
  Config config;
  std::string file;
  UsersOptions users;
  int status = 0;
  AddServeCommand(&app, &config, &file, &status);
  AddUsersCommand(&app, &users, &status);
  const std::string version = std::string("sluice ") + SLUICE_VERSION;
  app.set_version_flag("--version", version, "Print the version");
  app.add_subcommand("version", "Print the version")->callback([&] {
    status = Report(cli::WriteOutput(version + "\n"));
  });
  cli::AddClientCommands(&app, &status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Leave(app, error);
  }
  return status;
}

}  // namespace sluice::server
