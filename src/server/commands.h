#pragma once

namespace sluice::server {

/// Runs the program: `sluice serve | users | check-config | version | worker | sql | jobs |
/// queues`. Returns the exit status: 0 fine, 1 the work failed or its output could not be written,
/// 2 wrong use or a server that cannot start.
int RunProgram(int argc, char** argv);

}  // namespace sluice::server
