#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lake/table_write.h"
#include "store/catalog_store.h"

namespace sluice {

enum class WriteMode { kAppend, kOverwrite, kCreate };

/// A table that exists for one attempt only, until its commit registers it.
struct StagedTable {
  TableRecord record;         ///< as it will be registered; metadata_location empty
  std::string metadata_json;  ///< Iceberg table metadata without a snapshot
};

/// An attempt's right to write one table: from LakeCatalog::BeginWrite to EndWrite. A value.
struct OpenWrite {
  AttemptFence attempt;
  WriteMode mode = WriteMode::kAppend;
  TableRecord record;                 ///< the table when it began
  std::optional<StagedTable> staged;  ///< of kCreate
  TableWrite write;                   ///< what the worker is told
};

}  // namespace sluice
