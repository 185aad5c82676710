#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/json.h"
#include "base/result.h"

namespace sluice {

/// The path of a URI, if it stays below the folder; else kInvalidArgument.
Result<std::string> PathBelow(const std::string& uri, const std::string& folder);

/// What a snapshot added to its table, as its manifests tell.
struct AddedFiles {
  std::int64_t bytes = 0;          ///< of the data files
  std::vector<std::string> paths;  ///< data files, manifests and the manifest list
};

/// Reads the manifests that the snapshot itself wrote, all below `table_folder`. DuckDB leaves file
/// sizes out of its summaries, so the catalog has to look. Errors as ReadAvroFile and FileSystem.
Result<AddedFiles> ReadAddedFiles(FileSystem* files, const json::object& snapshot,
                                  const std::string& table_folder);

}  // namespace sluice
