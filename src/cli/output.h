#pragma once

#include <string_view>

#include "base/result.h"

namespace sluice::cli {

/// Writes all of it to standard output, past any buffer. kExecution when not all of it got there: a
/// full disk, a pipe whose reader has gone (where SIGPIPE is ignored), no standard output.
Result<void> WriteOutput(std::string_view text);

/// Puts something in the place of standard input, output and error where the program was started
/// without them: a file or socket that is opened later would get their number, and what is printed
/// would go into it. Call it before anything is opened.
void HoldStandardDescriptors();

}  // namespace sluice::cli
