#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "lake/table_metadata.h"
#include "store/catalog_store.h"

namespace sluice {

/// The files in a table's folder that nothing of its history names: neither the metadata, nor any
/// kept snapshot's list, manifests and live files. `listed` are the paths below
/// the folder, read before `metadata` was. A running attempt's files look like orphans too.
///
/// kUnsupported when that cannot be told for certain: a manifest in a form that is not read here, a
/// name outside the folder, a named file that is not among `listed`. Pure but for reading
/// manifests.
Result<std::vector<std::string>> FindOrphans(FileSystem* files, const TableRecord& record,
                                             const TableMetadata& metadata,
                                             const std::vector<std::string>& listed);

}  // namespace sluice
