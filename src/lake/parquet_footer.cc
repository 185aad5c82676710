#include "lake/parquet_footer.h"

#include <algorithm>
#include <utility>

#include "lake/thrift_compact.h"

namespace sluice {
namespace {

using Kind = ThriftValue::Kind;

// Field ids of parquet.thrift.
constexpr std::int16_t kFileSchema = 2;
constexpr std::int16_t kFileRows = 3;
constexpr std::int16_t kFileRowGroups = 4;
constexpr std::int16_t kElementType = 1;
constexpr std::int16_t kElementRepetition = 3;
constexpr std::int16_t kElementChildren = 5;
constexpr std::int16_t kElementConvertedType = 6;
constexpr std::int16_t kElementFieldId = 9;
constexpr std::int16_t kElementLogicalType = 10;
constexpr std::int16_t kGroupColumns = 1;
constexpr std::int16_t kChunkMetadata = 3;
constexpr std::int16_t kMetadataValues = 5;
constexpr std::int16_t kMetadataCompressedBytes = 7;
constexpr std::int16_t kMetadataDataPage = 9;
constexpr std::int16_t kMetadataDictionaryPage = 11;
constexpr std::int16_t kMetadataStatistics = 12;
constexpr std::int16_t kStatisticsNulls = 3;
constexpr std::int16_t kStatisticsMax = 5;
constexpr std::int16_t kStatisticsMin = 6;
constexpr std::int16_t kStatisticsMaxIsExact = 7;

constexpr std::int64_t kRepeated = 2;         ///< FieldRepetitionType
constexpr std::int64_t kConvertedInt32 = 17;  ///< ConvertedType INT_32
constexpr std::int64_t kConvertedInt64 = 18;

constexpr int kNestingMax = 32;

tl::unexpected<Error> Broken() {
  return Fail(ErrorCode::kInvalidArgument, "The file's footer is broken");
}

const std::vector<ThriftValue>* ItemsOf(const ThriftValue& value, std::int16_t id) {
  const ThriftValue* list = value.Find(id);
  return list != nullptr && list->kind == Kind::kList ? &list->items : nullptr;
}

/// Walks the schema, a tree in depth-first order, and notes its leaves.
class LeafCollector {
 public:
  LeafCollector(const std::vector<ThriftValue>& elements, std::vector<ParquetLeaf>* leaves)
      : elements_(elements), leaves_(leaves) {}

  Result<void> Collect() {
    if (elements_.empty()) return Broken();
    for (std::int64_t left = elements_[next_++].Number(kElementChildren, 0); left > 0; --left) {
      TRY_VOID(Visit(false, 0));
    }
    if (next_ != elements_.size()) return Broken();
    return {};
  }

 private:
  Result<void> Visit(bool is_repeated, int depth) {
    if (next_ >= elements_.size() || depth > kNestingMax) return Broken();
    const ThriftValue& element = elements_[next_++];
    is_repeated = is_repeated || element.Number(kElementRepetition, 0) == kRepeated;
    const std::int64_t children = element.Number(kElementChildren, 0);
    if (children > 0) {
      for (std::int64_t left = children; left > 0; --left) TRY_VOID(Visit(is_repeated, depth + 1));
      return {};
    }
    const std::int64_t type = element.Number(kElementType, -1);
    if (type < 0 || type > static_cast<std::int64_t>(ParquetType::kFixedLenByteArray)) {
      return Broken();
    }
    ParquetLeaf leaf;
    leaf.field_id = static_cast<std::int32_t>(element.Number(kElementFieldId, -1));
    leaf.type = static_cast<ParquetType>(type);
    leaf.is_repeated = is_repeated;
    leaves_->push_back(std::move(leaf));
    return {};
  }

  const std::vector<ThriftValue>& elements_;
  std::vector<ParquetLeaf>* leaves_;
  std::size_t next_ = 0;
};

std::optional<std::string> BytesOf(const ThriftValue& value, std::int16_t id) {
  const ThriftValue* field = value.Find(id);
  if (field == nullptr || field->kind != Kind::kBinary) return std::nullopt;
  return field->bytes;
}

ParquetChunk ChunkOf(const ThriftValue& metadata) {
  ParquetChunk chunk;
  chunk.bytes = metadata.Number(kMetadataCompressedBytes, 0);
  chunk.values = metadata.Number(kMetadataValues, 0);
  const ThriftValue* statistics = metadata.Find(kMetadataStatistics);
  if (statistics == nullptr) return chunk;
  if (statistics->Find(kStatisticsNulls) != nullptr) {
    chunk.nulls = statistics->Number(kStatisticsNulls, 0);
  }
  chunk.min = BytesOf(*statistics, kStatisticsMin);
  const ThriftValue* exact = statistics->Find(kStatisticsMaxIsExact);
  // What was cut is below the values it stands for.
  if (exact == nullptr || exact->kind != Kind::kFalse)
    chunk.max = BytesOf(*statistics, kStatisticsMax);
  return chunk;
}

Result<void> AddRowGroup(const ThriftValue& group, ParquetFooter* footer) {
  const std::vector<ThriftValue>* columns = ItemsOf(group, kGroupColumns);
  if (columns == nullptr || columns->size() != footer->leaves.size()) return Broken();
  std::optional<std::int64_t> begin;
  for (std::size_t i = 0; i < columns->size(); ++i) {
    const ThriftValue* metadata = (*columns)[i].Find(kChunkMetadata);
    if (metadata == nullptr) return Broken();
    footer->leaves[i].chunks.push_back(ChunkOf(*metadata));
    std::int64_t offset = metadata->Number(kMetadataDataPage, 0);
    const std::int64_t dictionary = metadata->Number(kMetadataDictionaryPage, 0);
    if (dictionary > 0) offset = std::min(offset, dictionary);
    begin = std::min(begin.value_or(offset), offset);
  }
  footer->group_offsets.push_back(begin.value_or(0));
  return {};
}

bool IsAnnotatedInteger(const ThriftValue& element) {
  const std::int64_t converted = element.Number(kElementConvertedType, -1);
  return converted == kConvertedInt32 || converted == kConvertedInt64;
}

}  // namespace

Result<ParquetFooter> ReadParquetFooter(std::string_view bytes) {
  const ThriftValue file = TRY(ReadThriftStruct(bytes));
  ParquetFooter footer;
  footer.rows = file.Number(kFileRows, 0);
  const std::vector<ThriftValue>* elements = ItemsOf(file, kFileSchema);
  const std::vector<ThriftValue>* groups = ItemsOf(file, kFileRowGroups);
  if (elements == nullptr || groups == nullptr) return Broken();
  TRY_VOID(LeafCollector(*elements, &footer.leaves).Collect());
  for (const ThriftValue& group : *groups) TRY_VOID(AddRowGroup(group, &footer));
  return footer;
}

Result<std::string> WithoutIntegerAnnotations(std::string_view bytes) {
  ThriftValue file = TRY(ReadThriftStruct(bytes));
  for (auto& [id, schema] : file.fields) {
    if (id != kFileSchema) continue;
    for (ThriftValue& element : schema.items) {
      if (!IsAnnotatedInteger(element)) continue;
      std::erase_if(element.fields, [](const auto& field) {
        return field.id == kElementConvertedType || field.id == kElementLogicalType;
      });
    }
  }
  return WriteThriftStruct(file);
}

}  // namespace sluice
