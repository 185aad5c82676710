#pragma once

#include <string_view>

namespace sluice {

/// Exit status of a process that an armed crash point ended.
inline constexpr int kCrashPointExit = 85;

/// Arms the crash points named in the text "name", "name:N" (the N-th passage, from 1) or
/// "name:N:stop" (the process is stopped there as by SIGSTOP, until a SIGCONT), several separated
/// by commas. For tests: the server reads it from SLUICE_CRASH_POINTS at start.
void ArmCrashPoints(std::string_view text);

/// Ends the process at once, as kill -9 would, or stops it, if `name` is armed and its turn has
/// come. Names are those of tests/crash: bootstrapped, accepted, claimed, planning, started,
/// reported, synced, manifested, staged, committed, published, finished, left_overs_removed, and
/// rewritten for a compaction.
void CrashPoint(std::string_view name);

}  // namespace sluice
