#include "lake/manifest_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/log.h"
#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/metadata_files.h"
#include "lake/new_snapshot.h"
#include "lake/single_value.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

constexpr const char* kChecked = "sluice-checked";
constexpr const char* kWithoutBloomFilters = "sluice-without-bloom-filters";
/// A table with more manifests is left to the engines' own tools.
constexpr std::size_t kManifestsMax = 100'000;

bool IsNan(std::string_view bytes) {
  if (bytes.size() == sizeof(float)) {
    float number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return std::isnan(number);
  }
  double number = 0;
  if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
  return std::isnan(number);
}

bool IsFloating(std::string_view type) { return type == "float" || type == "double"; }

/// The type by which a bound of these bytes is one: a column may have been widened since.
std::string_view TypeOfBound(std::string_view type, std::string_view bytes) {
  if (bytes.size() == sizeof(std::int32_t) && type == "long") return "int";
  if (bytes.size() == sizeof(float) && type == "double") return "float";
  return type;
}

std::optional<std::string> MendBound(std::string_view type, const std::string& bytes) {
  if (IsDecimal(type)) {
    return SingleValueOf(type, ParquetType::kFixedLenByteArray, bytes);  // in the fewest bytes
  }
  if (!IsSingleValue(TypeOfBound(type, bytes), bytes)) return std::nullopt;
  return bytes;
}

/// Mends one entry; whether it changed.
class EntryMender {
 public:
  EntryMender(const std::map<std::int32_t, const SchemaLeaf*>& leaves, ManifestEntry* entry)
      : leaves_(leaves), entry_(entry), metrics_(entry->file.metrics) {}

  bool Run() {
    MendBounds(&metrics_.lower);
    MendBounds(&metrics_.upper);
    for (const auto& [id, leaf] : leaves_) MendPair(id, *leaf);
    MendCounts();
    return has_changed_;
  }

 private:
  const SchemaLeaf* LeafOf(std::int32_t id) const {
    auto found = leaves_.find(id);
    return found == leaves_.end() ? nullptr : found->second;
  }

  template <class Value>
  void Drop(ByFieldId<Value>* values, std::int32_t id) {
    const auto dropped =
        std::erase_if(*values, [id](const auto& item) { return item.first == id; });
    has_changed_ = has_changed_ || dropped > 0;
  }

  /// Whether the column is told of at all: an id that is known, once, of a column that is no list,
  /// map or part of one.
  template <class Value>
  bool MayTell(const ByFieldId<Value>& values, std::size_t place) const {
    const std::int32_t id = values[place].first;
    const SchemaLeaf* leaf = LeafOf(id);
    const bool is_twice = (place > 0 && values[place - 1].first == id) ||
                          (place + 1 < values.size() && values[place + 1].first == id);
    return leaf != nullptr && !leaf->is_repeated && !is_twice;
  }

  void MendBounds(ByFieldId<std::string>* bounds) {
    ByFieldId<std::string> kept;
    for (std::size_t i = 0; i < bounds->size(); ++i) {
      auto& [id, bytes] = (*bounds)[i];
      std::optional<std::string> mended;
      if (MayTell(*bounds, i)) mended = MendBound(LeafOf(id)->type, bytes);
      has_changed_ = has_changed_ || mended != bytes;
      if (mended) kept.emplace_back(id, *std::move(mended));
    }
    *bounds = std::move(kept);
  }

  void MendPair(std::int32_t id, const SchemaLeaf& leaf) {
    const std::string* lower = FindById(metrics_.lower, id);
    const std::string* upper = FindById(metrics_.upper, id);
    if (lower == nullptr && upper == nullptr) return;
    if (IsFloating(leaf.type)) {
      const std::int64_t* nans = FindById(metrics_.nans, id);
      const bool may_have_nan = nans == nullptr || *nans != 0;
      if (!may_have_nan && !(lower && IsNan(*lower)) && !(upper && IsNan(*upper))) return;
      return DropBounds(id);
    }
    if (lower == nullptr || upper == nullptr) return;
    const bool is_nothing = lower->empty() && upper->empty();  // how some writers say "unknown"
    const bool same_form = lower->size() == upper->size() || leaf.type == "string" ||
                           leaf.type == "binary" || IsDecimal(leaf.type);
    if (is_nothing || !same_form ||
        CompareSingleValues(TypeOfBound(leaf.type, *lower), *lower, *upper) > 0) {
      DropBounds(id);
    }
  }

  void DropBounds(std::int32_t id) {
    Drop(&metrics_.lower, id);
    Drop(&metrics_.upper, id);
  }

  void MendCounts() {
    ByFieldId<std::int64_t> values;
    ByFieldId<std::int64_t> nulls;
    for (std::size_t i = 0; i < metrics_.values.size(); ++i) {
      const auto& [id, count] = metrics_.values[i];
      if (MayTell(metrics_.values, i) && count == entry_->file.rows) values.push_back({id, count});
    }
    for (std::size_t i = 0; i < metrics_.nulls.size(); ++i) {
      const auto& [id, count] = metrics_.nulls[i];
      const bool has_bounds = FindById(metrics_.lower, id) || FindById(metrics_.upper, id);
      // All of them NULL, and bounds of some that are not: one of the two is wrong.
      const bool contradicts = count == entry_->file.rows && has_bounds;
      if (MayTell(metrics_.nulls, i) && count >= 0 && count <= entry_->file.rows && !contradicts) {
        nulls.push_back({id, count});
      }
    }
    has_changed_ = has_changed_ || values != metrics_.values || nulls != metrics_.nulls;
    metrics_.values = std::move(values);
    metrics_.nulls = std::move(nulls);
  }

  const std::map<std::int32_t, const SchemaLeaf*>& leaves_;
  ManifestEntry* entry_;
  ColumnMetrics& metrics_;
  bool has_changed_ = false;
};

/// "int", "string", … of a field that may be null.
std::string PlainAvroType(const json::value& type) {
  if (const json::array* branches = type.if_array()) {
    for (const json::value& branch : *branches) {
      std::string name = PlainAvroType(branch);
      if (name != "null") return name;
    }
    return "null";
  }
  if (const json::string* name = type.if_string()) return std::string(name->data(), name->size());
  const json::object* object = type.if_object();
  if (object == nullptr) return {};
  const std::string name = FindText(*object, "type");
  const std::int64_t size = FindInt(*object, "size").value_or(0);
  return name == "fixed" ? fmt::format("fixed {}", size) : name;
}

tl::unexpected<Error> Refused(const ListedManifest& listed, std::string_view what) {
  return FailWithDetail(ErrorCode::kUnsupported, listed.uri, "The table's manifests: {}", what);
}

bool HasEqualityDeletes(const Manifest& manifest) {
  return std::any_of(manifest.entries.begin(), manifest.entries.end(),
                     [](const ManifestEntry& entry) {
                       return entry.status != EntryStatus::kDeleted &&
                              entry.file.content == FileContent::kEqualityDeletes;
                     });
}

/// Whether an entry's partition values can be those of its rows, as far as its numbers tell: NULL
/// comes of NULL alone.
bool HasItsPartition(const ManifestEntry& entry, const std::vector<PartitionField>& fields) {
  if (entry.file.content != FileContent::kData) return true;
  for (std::size_t i = 0; i < fields.size() && i < entry.file.partition.size(); ++i) {
    const bool is_void = fields[i].transform.kind == Transform::Kind::kVoid;
    if (is_void || !entry.file.partition[i].is_null()) continue;
    const std::int64_t* nulls = FindById(entry.file.metrics.nulls, fields[i].source_id);
    const bool has_values = FindById(entry.file.metrics.lower, fields[i].source_id) != nullptr ||
                            FindById(entry.file.metrics.upper, fields[i].source_id) != nullptr;
    if (has_values || (nulls != nullptr && *nulls != entry.file.rows)) return false;
  }
  return true;
}

bool SaysTheSame(const ListedManifest& a, const ListedManifest& b) {
  return a.added_files == b.added_files && a.existing_files == b.existing_files &&
         a.deleted_files == b.deleted_files && a.added_rows == b.added_rows &&
         a.existing_rows == b.existing_rows && a.deleted_rows == b.deleted_rows &&
         a.partitions == b.partitions;
}

}  // namespace

bool MendEntries(const std::vector<SchemaLeaf>& leaves, std::vector<ManifestEntry>* entries) {
  std::map<std::int32_t, const SchemaLeaf*> by_id;
  for (const SchemaLeaf& leaf : leaves) by_id.emplace(leaf.id, &leaf);
  bool has_changed = false;
  for (ManifestEntry& entry : *entries) {
    // Bounds of delete files are of their own columns, and nobody prunes by them.
    if (entry.file.content != FileContent::kData) continue;
    has_changed = EntryMender(by_id, &entry).Run() || has_changed;
  }
  return has_changed;
}

bool IsPartitionOf(const json::value& avro_schema, const std::vector<PartitionField>& fields) {
  const json::object* record = avro_schema.if_object();
  const json::array* members = record == nullptr ? nullptr : FindArray(*record, "fields");
  if (members == nullptr || members->size() != fields.size()) return false;
  const json::value expected = PartitionAvroSchema(fields);
  const json::array& wanted = expected.at("fields").get_array();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const json::object* member = members->at(i).if_object();
    const json::value* type = member == nullptr ? nullptr : FindMember(*member, "type");
    if (type == nullptr) return false;
    if (fields[i].transform.kind == Transform::Kind::kVoid) continue;
    // The bytes of a wider decimal hold the same number.
    const std::string given = PlainAvroType(*type);
    const std::string plain = PlainAvroType(wanted[i].at("type"));
    if (given != plain && !(given.starts_with("fixed") && plain.starts_with("fixed"))) return false;
  }
  return true;
}

namespace {

void Mark(json::object* snapshot, const char* mark) {
  (*snapshot)["summary"].get_object()[mark] = "true";
}

bool HasMark(const TableMetadata& metadata, std::int64_t snapshot_id, const char* mark) {
  const json::object* snapshot = metadata.FindSnapshot(snapshot_id);
  const json::object* summary = snapshot == nullptr ? nullptr : FindObject(*snapshot, "summary");
  return summary != nullptr && FindText(*summary, mark) == "true";
}

}  // namespace

void MarkChecked(json::object* snapshot) { Mark(snapshot, kChecked); }

bool IsChecked(const TableMetadata& metadata, std::int64_t snapshot_id) {
  return HasMark(metadata, snapshot_id, kChecked);
}

void MarkWithoutBloomFilters(json::object* snapshot) { Mark(snapshot, kWithoutBloomFilters); }

void UnmarkWithoutBloomFilters(json::object* snapshot) {
  if (FindObject(*snapshot, "summary") == nullptr) return;
  (*snapshot)["summary"].get_object().erase(kWithoutBloomFilters);
}

bool IsWithoutBloomFilters(const TableMetadata& metadata) {
  const std::optional<std::int64_t> current = metadata.current_snapshot_id();
  return !current || HasMark(metadata, *current, kWithoutBloomFilters);
}

ManifestCheck::ManifestCheck(FileSystem* files, std::string table_folder,
                             const TableMetadata& metadata)
    : files_(files), folder_(std::move(table_folder)), metadata_(metadata) {
  leaves_ = LeavesOfEvery(metadata.CurrentSchema(), FindArray(metadata.document(), "schemas"));
}

Result<std::vector<ListedManifest>> ManifestCheck::Run(
    const std::vector<ListedManifest>& list,
    const std::function<bool(const ListedManifest&)>& is_known) {
  if (list.size() > kManifestsMax) {
    return Fail(ErrorCode::kUnsupported, "The table has more than {} manifests", kManifestsMax);
  }
  std::vector<ListedManifest> checked;
  checked.reserve(list.size());
  for (const ListedManifest& listed : list) {
    checked.push_back(is_known(listed) ? listed : TRY(CheckOne(listed)));
  }
  return checked;
}

Result<std::vector<PartitionField>> ManifestCheck::FieldsOf(std::int64_t spec_id) const {
  const json::array* specs = FindArray(metadata_.document(), "partition-specs");
  const json::array none;
  for (const json::value& item : specs == nullptr ? none : *specs) {
    if (FindInt(item.get_object(), "spec-id") == spec_id) {
      return ReadPartitionSpec(item.get_object(), leaves_);
    }
  }
  return Fail(ErrorCode::kInvalidArgument, "There is no partition spec of id {}", spec_id);
}

Result<ListedManifest> ManifestCheck::CheckOne(const ListedManifest& listed) {
  const std::string path = TRY(PathBelow(listed.uri, folder_));
  const std::string read = TRY(files_->Read(path, kManifestBytesMax));
  Manifest manifest = TRY(ReadManifest(read));
  if (HasEqualityDeletes(manifest)) return Refused(listed, "equality deletes are not supported");
  const std::vector<PartitionField> fields = TRY(FieldsOf(listed.spec_id));
  if (!IsPartitionOf(manifest.shape.partition, fields)) {
    return FailWithDetail(ErrorCode::kInvalidArgument, listed.uri,
                          "A manifest's partitions are not those of its partition spec");
  }
  for (const ManifestEntry& entry : manifest.entries) {
    if (entry.status == EntryStatus::kDeleted) continue;
    TRY_VOID(PathBelow(entry.file.uri, folder_).map([](const std::string&) {}));
    if (HasItsPartition(entry, fields)) continue;
    return FailWithDetail(ErrorCode::kInvalidArgument, entry.file.uri,
                          "A file has no partition value, and rows that have one");
  }
  ListedManifest counted = listed;
  CountEntries(manifest.entries, &counted);
  // Whole manifests are passed over by these; without them none is.
  if (listed.partitions) counted.partitions = SummarizePartitions(fields, manifest.entries);
  const bool is_counted = SaysTheSame(counted, listed);
  const bool is_mended = MendEntries(leaves_, &manifest.entries);
  if (is_counted && !is_mended) return listed;
  has_changed_ = true;
  if (!is_mended) return counted;
  const std::string bytes = TRY(WriteManifest(manifest));
  const std::string mended = fmt::format("{}/{}-m0.avro", MetadataFolder(folder_), MakeUuidV4());
  written_.push_back(mended);
  TRY_VOID(files_->Write(mended, bytes, FileSync::kNow));
  Log(LogLevel::kInfo, "a manifest was mended", {{"detail", path}});
  counted.uri = FileUri(mended);
  counted.bytes = static_cast<std::int64_t>(bytes.size());
  return counted;
}

}  // namespace sluice
