#pragma once

namespace sluice {

/// The descriptor a worker finds its socket at.
inline constexpr int kWorkerSocketFd = 3;

/// `sluice worker`: serves one socket until it closes. Started by the server only; returns the
/// process's exit status. argv is {program, "worker"}.
int WorkerMain(int argc, char** argv);

}  // namespace sluice
