#pragma once

#include "base/result.h"

namespace sluice {

/// Whether this build knows the processor's system call numbers.
bool HasSystemCallFilter();

/// From now on the calling thread and those it starts cannot: run programs, fork, trace or inspect
/// other processes, mount, load kernel code, use keys, open sockets
/// of any kind. Refused calls answer EPERM; a call of another architecture ends the process.
Result<void> FilterSystemCalls();

}  // namespace sluice
