#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// One file of the pinned DuckDB (tools/duckdb.sha256), which the build embeds.
struct PinnedFile {
  std::string_view path;  ///< below the DuckDB folder: "lib/libduckdb.so"
  std::string_view sha256_hex;
};

std::vector<PinnedFile> PinnedDuckDbFiles();

/// The SHA-256 of a file's bytes, in hex. kUnavailable for an empty file.
Result<std::string> DigestFile(const std::filesystem::path& path);

/// kUnavailable, by name, for a file that has another SHA-256.
Result<void> VerifyFile(const std::filesystem::path& path, std::string_view sha256_hex);

/// Checks that library and extensions are the pinned ones. Workers load extensions without looking
/// at signatures, so this stands for it. kUnavailable names the file. Costs about 0.3 s.
Result<void> VerifyDuckDbFiles(const std::filesystem::path& library,
                               const std::filesystem::path& extension_folder);

}  // namespace sluice
