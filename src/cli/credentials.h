#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::cli {

/// Where the server is and who calls.
struct Access {
  std::string endpoint;
  std::string project_id;
  std::string access_key;
  std::string secret_key;
};

/// Reads a data folder's credentials.toml; what it does not say stays empty. kInvalidArgument when
/// it cannot be read.
Result<Access> ReadCredentials(const std::filesystem::path& file);

/// The text of a credentials.toml.
std::string RenderCredentials(const Access& access);

/// The text of a credentials.toml with another endpoint; all else in it stays as it is.
std::string WithEndpoint(std::string_view text, std::string_view endpoint);

}  // namespace sluice::cli
