#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/metrics_modes.h"
#include "lake/partition_spec.h"
#include "lake/schema_leaves.h"

namespace sluice {

/// How an attempt writes new files of a table: what the table said when it began. JSON texts, as
/// they travel to a worker.
struct TableWrite {
  std::string folder;           ///< of this attempt alone, absolute; the writer makes it
  std::string schema_json;      ///< the table's current schema
  std::string spec_json;        ///< its default partition spec
  std::string properties_json;  ///< its properties, an object of texts
};

/// A TableWrite that was read.
struct WritePlan {
  json::object schema;
  std::vector<SchemaLeaf> leaves;
  std::vector<MetricsMode> modes;  ///< one for each leaf
  std::vector<PartitionField> partition;
  std::int64_t target_file_bytes = 0;
  std::int64_t row_group_rows = 0;
  std::string codec;  ///< of pages, as Parquet's writers know it: "zstd", "uncompressed", …
};

/// Reads a TableWrite. Of the table's properties it honours write.metadata.metrics.*,
/// write.target-file-size-bytes, write.parquet.row-group-size-bytes (met by the width the columns
/// have by their types) and write.parquet.compression-codec; a value that makes no sense is the
/// default. kUnsupported for a partition transform that is not known. Pure.
Result<WritePlan> ReadTableWrite(const TableWrite& write);

}  // namespace sluice
