#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace sluice::cli {

/// The bytes of a file that a user named: a regular one, a pipe, whatever can be read to an end.
/// kInvalidArgument, with the reason and the name, when it cannot, or has more than `bytes_max`.
Result<std::string> ReadNamedFile(const std::filesystem::path& file, std::size_t bytes_max);

/// As ReadNamedFile, of standard input.
Result<std::string> ReadStandardInput(std::size_t bytes_max);

}  // namespace sluice::cli
