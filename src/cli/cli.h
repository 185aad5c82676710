#pragma once

namespace CLI {
class App;
}

namespace sluice::cli {

/// Adds `sql`, `jobs` and `queues` to the program. A command writes its exit status to *status,
/// which must outlive the parse: 0 it worked, 1 the job or call failed, 2 wrong use or no server.
void AddClientCommands(CLI::App* app, int* status);

}  // namespace sluice::cli
