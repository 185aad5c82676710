#pragma once

#include <string>

#include "base/result.h"

namespace sluice::server {

// A password never comes from the command line, which everybody on the machine can read.

/// The first line of standard input. kInvalidArgument when it is empty.
Result<std::string> ReadPasswordLine();

/// SLUICE_PASSWORD; else, on a terminal, what is typed twice without being shown; else the first
/// line of standard input. kInvalidArgument when there is none, or two that differ.
Result<std::string> AskForPassword(const std::string& user_name);

}  // namespace sluice::server
