#include "lake/table_write.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "lake/json_access.h"
#include "lake/single_value.h"

namespace sluice {
namespace {

// The defaults are Iceberg's own (table properties of its documentation).
constexpr std::int64_t kTargetFileBytes = std::int64_t{512} << 20;
constexpr std::int64_t kFileBytesMin = std::int64_t{64} << 10;

/// The engine buffers a row group a thread, and reads by vectors of 2 048 rows.
constexpr std::int64_t kRowGroupRows = 122'880;
constexpr std::int64_t kRowGroupRowsMin = 2'048;
constexpr std::int64_t kRowGroupRowsMax = 1'048'576;
constexpr std::int64_t kVectorRows = 2'048;

std::int64_t SizeProperty(const json::object& properties, std::string_view name,
                          std::int64_t otherwise) {
  const std::string text = FindText(properties, name);
  std::int64_t number = 0;
  auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
  return is_number && number >= kFileBytesMin ? number : otherwise;
}

/// Bytes of one value, before compression; of texts, a guess.
std::int64_t WidthOf(const SchemaLeaf& leaf) {
  if (leaf.type == "boolean") return 1;
  if (leaf.type == "int" || leaf.type == "date" || leaf.type == "float") return 4;
  if (leaf.type == "string" || leaf.type == "binary") return 32;
  return IsDecimal(leaf.type) && DecimalPrecision(leaf.type) > 18 ? 16 : 8;
}

std::int64_t RowsOf(const json::object& properties, const std::vector<SchemaLeaf>& leaves) {
  const std::int64_t bytes = SizeProperty(properties, "write.parquet.row-group-size-bytes", 0);
  if (bytes == 0) return kRowGroupRows;
  std::int64_t width = 0;
  for (const SchemaLeaf& leaf : leaves) width += WidthOf(leaf);
  const std::int64_t rows = bytes / std::max<std::int64_t>(width, 1) / kVectorRows * kVectorRows;
  return std::clamp(rows, kRowGroupRowsMin, kRowGroupRowsMax);
}

std::string CodecOf(const json::object& properties) {
  std::string given = ToLower(FindText(properties, "write.parquet.compression-codec"));
  for (const char* known : {"zstd", "snappy", "gzip", "brotli", "uncompressed"}) {
    if (given == known) return given;
  }
  if (given == "lz4" || given == "lz4_raw") return "lz4_raw";
  return "zstd";
}

}  // namespace

Result<WritePlan> ReadTableWrite(const TableWrite& write) {
  const json::value schema = TRY(ParseJson(write.schema_json));
  const json::value spec = TRY(ParseJson(write.spec_json));
  const json::value properties = TRY(ParseJson(write.properties_json));
  if (!schema.is_object() || !spec.is_object() || !properties.is_object()) {
    return Fail(ErrorCode::kInternal, "A table's metadata is damaged");
  }
  WritePlan plan;
  plan.schema = schema.get_object();
  plan.leaves = LeavesOf(plan.schema);
  plan.modes = ModesOf(plan.leaves, properties.get_object());
  plan.partition = TRY(ReadPartitionSpec(spec.get_object(), plan.leaves));
  plan.target_file_bytes =
      SizeProperty(properties.get_object(), "write.target-file-size-bytes", kTargetFileBytes);
  plan.row_group_rows = RowsOf(properties.get_object(), plan.leaves);
  plan.codec = CodecOf(properties.get_object());
  return plan;
}

}  // namespace sluice
