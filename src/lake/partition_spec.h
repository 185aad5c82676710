#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/data_file.h"
#include "lake/manifest.h"
#include "lake/schema_leaves.h"

namespace sluice {

/// What a partition field makes of its column (table specification, "Partition Transforms").
struct Transform {
  enum class Kind { kIdentity, kBucket, kTruncate, kYear, kMonth, kDay, kHour, kVoid };
  Kind kind = Kind::kIdentity;
  std::int64_t width = 0;  ///< of bucket and truncate
};

struct PartitionField {
  std::int64_t field_id = 0;
  std::int32_t source_id = 0;
  std::string name;
  Transform transform;
  std::vector<std::string> source_path;  ///< the column's name, or a struct's and its field's
  std::string source_type;               ///< as in the schema
  std::string result_type;               ///< of the transform
};

/// The fields of a spec over these columns. kUnsupported for a transform that is not known, or of a
/// column that is not there any more.
Result<std::vector<PartitionField>> ReadPartitionSpec(const json::object& spec,
                                                      const std::vector<SchemaLeaf>& leaves);

/// A partition value from the text by which a writer names it: a whole number (dates, times and
/// decimals by their unscaled counts), "true", a floating point number, or hexadecimal digits of a
/// text or binary value. The result is as DataFile has it. kInvalidArgument for another text.
Result<json::value> DecodePartitionText(const PartitionField& field, std::string_view text);

/// The Avro schema of the record that holds a file's partition.
json::value PartitionAvroSchema(const std::vector<PartitionField>& fields);

/// What the list says of the files' partitions.
std::vector<PartitionSummary> SummarizePartitions(const std::vector<PartitionField>& fields,
                                                  const std::vector<ManifestEntry>& entries);

}  // namespace sluice
