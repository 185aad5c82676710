#include "server/commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/log.h"
#include "cli/cli.h"
#include "engine/duckdb/worker_main.h"
#include "server/config.h"
#include "server/serve.h"

#ifndef SLUICE_VERSION
#error "the build names the version"
#endif

namespace sluice::server {

namespace {

constexpr int kExitRefused = 2;

int Report(const Result<void>& result) {
  if (result) return 0;
  std::string line = result.error().message;
  if (!result.error().detail.empty()) line += " (" + result.error().detail + ")";
  std::replace(line.begin(), line.end(), '\n', ' ');  // libraries give details of several
  std::cerr << "sluice: " << line << "\n";
  return kExitRefused;
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

// The password comes from standard input or SLUICE_PASSWORD, never from the command line, which
// everybody on the machine can read.
std::string ReadPassword(bool from_stdin) {
  if (from_stdin) {
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  const char* value = std::getenv("SLUICE_PASSWORD");
  return value == nullptr ? std::string() : std::string(value);
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
  check->callback([=] {
    *status = Report(LoadConfigFile(*file, config));
    if (*status == 0) std::cout << *file << " is fine\n";
  });
}

void AddUsersCommand(CLI::App* app, Config* config, std::string* name, bool* from_stdin,
                     int* status) {
  CLI::App* users = app->add_subcommand("users", "Manage users");
  users->require_subcommand(1);
  CLI::App* add = users->add_subcommand("add", "Add a user and print their access key");
  add->add_option("name", *name, "User name")->required();
  add->add_option("--data", config->data, "Data folder")->required();
  add->add_flag("--password-stdin", *from_stdin,
                "Read the password from standard input (else SLUICE_PASSWORD)");
  add->callback([=] { *status = Report(AddUser(*config, *name, ReadPassword(*from_stdin))); });
}

}  // namespace

int RunProgram(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "worker") return WorkerMain(argc, argv);
  CLI::App app("Sluice: a self-hosted SQL job service over a data lake");
  app.require_subcommand(1);
  Config config;
  std::string file;
  std::string name;
  bool from_stdin = false;
  int status = 0;
  AddServeCommand(&app, &config, &file, &status);
  AddUsersCommand(&app, &config, &name, &from_stdin, &status);
  app.add_subcommand("version", "Print the version")->callback([] {
    std::cout << "sluice " << SLUICE_VERSION << "\n";
  });
  cli::AddClientCommands(&app, &status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? 0 : kExitRefused;
  }
  return status;
}

}  // namespace sluice::server
