#include "lake/metadata_update.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "lake/iceberg_types.h"
#include "lake/json_access.h"
#include "lake/metadata_files.h"
#include "lake/schema_change.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

constexpr std::int64_t kLastAdded = -1;
/// The end of the year 9999: engines cannot show later times.
constexpr std::int64_t kTimeMaxMs = 253'402'300'799'999;
/// How far a snapshot may be ahead of the table's last one. The numbers must not run out.
constexpr std::int64_t kSequenceStepMax = 1'000'000;
constexpr std::int64_t kPartitionFieldIdMax = std::numeric_limits<std::int32_t>::max();

tl::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, "The update is malformed: {}", what);
}

/// Largest `key` of the objects in the array, or `none`.
std::int64_t MaxOf(const json::array& items, std::string_view key, std::int64_t none) {
  std::int64_t max = none;
  for (const json::value& item : items) {
    if (const json::object* object = item.if_object()) {
      max = std::max(max, FindInt(*object, key).value_or(none));
    }
  }
  return max;
}

bool HasId(const json::array& items, std::string_view key, std::int64_t id) {
  return std::any_of(items.begin(), items.end(), [&](const json::value& item) {
    return item.is_object() && FindInt(item.get_object(), key) == id;
  });
}

/// Resolves -1 and makes sure the id is there.
Result<std::int64_t> ResolveId(const json::object& update, std::string_view member,
                               std::optional<std::int64_t> last_added, const json::array& items,
                               std::string_view key) {
  std::optional<std::int64_t> id = FindInt(update, member);
  if (id == kLastAdded) id = last_added;
  if (!id || !HasId(items, key, *id)) return Malformed(member);
  return *id;
}

/// The partition field with its id: of an equal field of an older spec, or the next free one.
json::object WithPartitionFieldId(const json::object& field, TableMetadata* metadata) {
  json::object out = field;
  if (!FindInt(field, "field-id")) {
    std::int64_t id = 0;
    for (const json::value& spec : metadata->Array("partition-specs")) {
      for (const json::value& old : spec.at("fields").get_array()) {
        const json::object& candidate = old.get_object();
        if (FindInt(candidate, "source-id") == FindInt(field, "source-id") &&
            FindText(candidate, "transform") == FindText(field, "transform")) {
          id = FindInt(candidate, "field-id").value_or(0);
        }
      }
    }
    out["field-id"] = id != 0 ? id : metadata->Number("last-partition-id") + 1;
  }
  std::int64_t given = FindInt(out, "field-id").value_or(0);
  metadata->document()["last-partition-id"] =
      std::max(metadata->Number("last-partition-id"), given);
  return out;
}

/// "bucket[16]" and "truncate[16]", or a name without a number.
bool IsTransform(std::string_view text) {
  constexpr std::array<std::string_view, 6> kPlain = {"identity", "void", "year",
                                                      "month",    "day",  "hour"};
  if (std::find(kPlain.begin(), kPlain.end(), text) != kPlain.end()) return true;
  for (std::string_view head : {"bucket[", "truncate["}) {
    if (!text.starts_with(head) || !text.ends_with("]")) continue;
    const std::string_view digits = text.substr(head.size(), text.size() - head.size() - 1);
    std::int32_t width = 0;
    auto end = std::from_chars(digits.data(), digits.data() + digits.size(), width);
    return end.ec == std::errc() && end.ptr == digits.data() + digits.size() && width > 0;
  }
  return false;
}

/// A file of the table's own folder, by its URI.
bool IsBelow(const TableMetadata& metadata, const std::string& uri) {
  return uri.starts_with("file:/") && PathBelow(uri, PathOfUri(metadata.location())).has_value();
}

/// A parent that is not there yet may come later as a child: readers would walk in a circle.
bool HasParent(const TableMetadata& metadata, const json::object& snapshot) {
  const json::value* parent = FindMember(snapshot, "parent-snapshot-id");
  if (parent == nullptr || parent->is_null()) return true;
  return parent->is_int64() && metadata.FindSnapshot(parent->get_int64()) != nullptr;
}

bool IsParent(const TableMetadata& metadata, std::int64_t id) {
  const json::array* snapshots = FindArray(metadata.document(), "snapshots");
  return snapshots != nullptr && HasId(*snapshots, "parent-snapshot-id", id);
}

bool HasFieldId(const json::object& schema, std::int64_t id) {
  const json::array* fields = FindArray(schema, "fields");
  return fields != nullptr && HasId(*fields, "id", id);
}

}  // namespace

Result<void> CheckTableProperty(std::string_view key, std::string_view value) {
  constexpr std::array<std::string_view, 5> kRefused = {
      "write.data.path", "write.metadata.path", "write.object-storage.path",
      "write.folder-storage.path", "write.location-provider.impl"};
  bool refused = std::find(kRefused.begin(), kRefused.end(), key) != kRefused.end() ||
                 (key == "format-version" && value != "2") ||
                 (key == "write.format.default" && !EqualsIgnoreCase(value, "parquet")) ||
                 (key == "write.object-storage.enabled" && value != "false");
  if (refused) return Fail(ErrorCode::kUnsupported, "The table property is not supported: {}", key);
  if (key == kNameMappingProperty && !IsNameMapping(value)) {
    return Fail(ErrorCode::kInvalidArgument, "The table property is no name mapping: {}", key);
  }
  return {};
}

MetadataUpdater::Action MetadataUpdater::FindAction(std::string_view name) {
  using Self = MetadataUpdater;
  static constexpr std::array<std::pair<std::string_view, Action>, 21> kActions = {{
      {"assign-uuid", &Self::AssignUuid},
      {"upgrade-format-version", &Self::UpgradeFormatVersion},
      {"add-schema", &Self::AddSchema},
      {"set-current-schema", &Self::SetCurrentSchema},
      {"remove-schemas", &Self::RemoveSchemas},
      {"add-spec", &Self::AddSpec},
      {"set-default-spec", &Self::SetDefaultSpec},
      {"remove-partition-specs", &Self::RemoveSpecs},
      {"add-sort-order", &Self::AddSortOrder},
      {"set-default-sort-order", &Self::SetDefaultSortOrder},
      {"add-snapshot", &Self::AddSnapshot},
      {"set-snapshot-ref", &Self::SetSnapshotRef},
      {"remove-snapshots", &Self::RemoveSnapshots},
      {"remove-snapshot-ref", &Self::RemoveSnapshotRef},
      {"set-location", &Self::SetLocation},
      {"set-properties", &Self::SetProperties},
      {"remove-properties", &Self::RemoveProperties},
      {"set-statistics", &Self::SetStatistics},
      {"remove-statistics", &Self::RemoveStatistics},
      {"set-partition-statistics", &Self::SetPartitionStatistics},
      {"remove-partition-statistics", &Self::RemovePartitionStatistics},
  }};
  for (const auto& [action, method] : kActions) {
    if (action == name) return method;
  }
  return nullptr;
}

Result<void> MetadataUpdater::Apply(const json::object& update) {
  const std::string name = FindText(update, "action");
  Action action = FindAction(name);
  if (action == nullptr) {
    return Fail(ErrorCode::kUnsupported, "The update is not supported: {}", name);
  }
  return (this->*action)(update);
}

const json::object* MetadataUpdater::added_snapshot() const {
  return last_snapshot_ ? metadata_->FindSnapshot(*last_snapshot_) : nullptr;
}

Result<void> MetadataUpdater::AssignUuid(const json::object& update) {
  const std::string uuid = FindText(update, "uuid");
  if (uuid.empty()) return Malformed("uuid");
  const std::string old = metadata_->uuid();
  if (!old.empty() && old != uuid) {
    return Fail(ErrorCode::kInvalidArgument, "A table's uuid cannot be changed");
  }
  metadata_->document()["table-uuid"] = JsonText(uuid);
  return {};
}

Result<void> MetadataUpdater::UpgradeFormatVersion(const json::object& update) {
  std::optional<std::int64_t> version = FindInt(update, "format-version");
  if (!version) return Malformed("format-version");
  if (*version != 2) {
    return Fail(ErrorCode::kUnsupported, "The format version is not supported: {}", *version);
  }
  return {};
}

Result<void> MetadataUpdater::AddSchema(const json::object& update) {
  const json::object* given = FindObject(update, "schema");
  if (given == nullptr) return Malformed("schema");
  TRY_VOID(FromIcebergSchema(*given).map([](const Schema&) {}));
  if (HasDefaultValues(*given)) {
    return Fail(ErrorCode::kUnsupported, "Default values of columns are not supported");
  }
  json::array& schemas = metadata_->Array("schemas");
  json::object schema = *given;
  for (const json::value& known : schemas) {
    schema["schema-id"] = known.at("schema-id");
    if (schema == known.get_object()) {
      last_schema_ = FindInt(schema, "schema-id");
      return {};
    }
  }
  const std::int64_t last_column = FindInt(update, "last-column-id").value_or(0);
  if (last_column > kFieldIdMax) return Malformed("last-column-id");
  last_schema_ = MaxOf(schemas, "schema-id", -1) + 1;
  schema["schema-id"] = *last_schema_;
  metadata_->document()["last-column-id"] =
      std::max({metadata_->Number("last-column-id"), MaxFieldId(schema), last_column});
  schemas.push_back(std::move(schema));
  return {};
}

Result<void> MetadataUpdater::SetCurrentSchema(const json::object& update) {
  metadata_->document()["current-schema-id"] =
      TRY(ResolveId(update, "schema-id", last_schema_, metadata_->Array("schemas"), "schema-id"));
  return {};
}

Result<void> MetadataUpdater::RemoveSchemas(const json::object& update) {
  return RemoveById(update, "schema-ids", "schemas", "schema-id",
                    metadata_->Number("current-schema-id"));
}

Result<void> MetadataUpdater::AddSpec(const json::object& update) {
  const json::object* given = FindObject(update, "spec");
  const json::array* fields = given == nullptr ? nullptr : FindArray(*given, "fields");
  if (fields == nullptr) return Malformed("spec");
  const json::object schema = metadata_->CurrentSchema();
  json::array with_ids;
  std::set<std::int64_t> ids;
  for (const json::value& item : *fields) {
    const json::object* field = item.if_object();
    if (field == nullptr || FindText(*field, "name").empty() ||
        !IsTransform(FindText(*field, "transform")) ||
        !HasFieldId(schema, FindInt(*field, "source-id").value_or(0))) {
      return Malformed("partition field");
    }
    json::object with_id = WithPartitionFieldId(*field, metadata_);
    const std::int64_t id = FindInt(with_id, "field-id").value_or(0);
    if (id <= 0 || id > kPartitionFieldIdMax || !ids.insert(id).second) {
      return Malformed("partition field");
    }
    with_ids.push_back(std::move(with_id));
  }
  json::array& specs = metadata_->Array("partition-specs");
  for (const json::value& known : specs) {
    if (known.at("fields").get_array() == with_ids) {
      last_spec_ = FindInt(known.get_object(), "spec-id");
      return {};
    }
  }
  last_spec_ = MaxOf(specs, "spec-id", -1) + 1;
  specs.push_back(json::object{{"spec-id", *last_spec_}, {"fields", std::move(with_ids)}});
  return {};
}

Result<void> MetadataUpdater::SetDefaultSpec(const json::object& update) {
  metadata_->document()["default-spec-id"] =
      TRY(ResolveId(update, "spec-id", last_spec_, metadata_->Array("partition-specs"), "spec-id"));
  return {};
}

Result<void> MetadataUpdater::RemoveSpecs(const json::object& update) {
  return RemoveById(update, "spec-ids", "partition-specs", "spec-id",
                    metadata_->Number("default-spec-id"));
}

Result<void> MetadataUpdater::AddSortOrder(const json::object& update) {
  const json::object* order = FindObject(update, "sort-order");
  const json::array* fields = order == nullptr ? nullptr : FindArray(*order, "fields");
  if (fields == nullptr) return Malformed("sort-order");
  // DuckDB does not insert into sorted tables, so none may become one.
  if (!fields->empty()) return Fail(ErrorCode::kUnsupported, "Sort orders are not supported");
  json::array& orders = metadata_->Array("sort-orders");
  if (orders.empty()) orders.push_back(json::object{{"order-id", 0}, {"fields", json::array()}});
  last_sort_order_ = 0;
  return {};
}

Result<void> MetadataUpdater::SetDefaultSortOrder(const json::object& update) {
  const char* member = update.contains("sort-order-id") ? "sort-order-id" : "order-id";
  metadata_->document()["default-sort-order-id"] =
      TRY(ResolveId(update, member, last_sort_order_, metadata_->Array("sort-orders"), "order-id"));
  return {};
}

Result<void> MetadataUpdater::AddSnapshot(const json::object& update) {
  const json::object* given = FindObject(update, "snapshot");
  if (given == nullptr) return Malformed("snapshot");
  std::optional<std::int64_t> id = FindInt(*given, "snapshot-id");
  std::optional<std::int64_t> sequence = FindInt(*given, "sequence-number");
  const std::int64_t given_ms = FindInt(*given, "timestamp-ms").value_or(-1);
  if (!id || *id <= 0 || !sequence || given_ms < 0 || given_ms > kTimeMaxMs ||
      FindObject(*given, "summary") == nullptr) {
    return Malformed("snapshot");
  }
  if (!IsBelow(*metadata_, FindText(*given, "manifest-list"))) return Malformed("manifest-list");
  if (metadata_->FindSnapshot(*id) != nullptr || IsParent(*metadata_, *id)) {
    return Malformed("snapshot-id");
  }
  if (!HasParent(*metadata_, *given)) return Malformed("parent-snapshot-id");
  const std::int64_t last_sequence = metadata_->Number("last-sequence-number");
  if (*sequence <= last_sequence) {
    return Fail(ErrorCode::kConflict, "The table has changed since the statement read it");
  }
  if (*sequence > last_sequence + kSequenceStepMax) return Malformed("sequence-number");
  json::object snapshot = *given;
  if (!FindInt(snapshot, "schema-id")) {
    snapshot["schema-id"] = metadata_->Number("current-schema-id");
  }
  // Readers refuse a history that goes back in time, which a stepping clock would write.
  const std::int64_t time = std::max(given_ms, metadata_->Number("last-updated-ms"));
  snapshot["timestamp-ms"] = time;
  metadata_->Touch(time);
  metadata_->document()["last-sequence-number"] = *sequence;
  metadata_->Array("snapshots").push_back(std::move(snapshot));
  last_snapshot_ = id;
  return {};
}

Result<void> MetadataUpdater::SetSnapshotRef(const json::object& update) {
  const std::string name = FindText(update, "ref-name");
  std::optional<std::int64_t> id = FindInt(update, "snapshot-id");
  if (id == kLastAdded) id = last_snapshot_;
  const json::object* snapshot = id ? metadata_->FindSnapshot(*id) : nullptr;
  if (name.empty() || snapshot == nullptr) return Malformed("set-snapshot-ref");
  json::object ref;
  for (const auto& member : update) {
    if (member.key() == "action" || member.key() == "ref-name") continue;
    ref.insert(json::key_value_pair(member.key(), member.value()));
  }
  ref["snapshot-id"] = *id;
  if (FindText(ref, "type").empty()) ref["type"] = "branch";
  SetMember(metadata_->Object("refs"), name, std::move(ref));
  if (name != kMainBranch || metadata_->current_snapshot_id() == id) return {};
  metadata_->document()["current-snapshot-id"] = *id;
  // A rollback points at an old snapshot: the log takes the time of the change.
  std::int64_t time = id == last_snapshot_ ? FindInt(*snapshot, "timestamp-ms").value_or(0)
                                           : metadata_->Number("last-updated-ms");
  metadata_->Array("snapshot-log")
      .push_back(json::object{{"timestamp-ms", time}, {"snapshot-id", *id}});
  return {};
}

Result<void> MetadataUpdater::RemoveSnapshots(const json::object& update) {
  const json::array* given = FindArray(update, "snapshot-ids");
  if (given == nullptr) return Malformed("snapshot-ids");
  std::vector<std::int64_t> ids;
  for (const json::value& id : *given) {
    if (!id.is_int64()) return Malformed("snapshot-ids");
    for (const auto& ref : metadata_->Object("refs")) {
      if (FindInt(ref.value().get_object(), "snapshot-id") == id.get_int64()) {
        return Fail(ErrorCode::kInvalidArgument, "The snapshot is still referenced: {}",
                    id.get_int64());
      }
    }
    ids.push_back(id.get_int64());
  }
  metadata_->RemoveSnapshots(ids);
  return {};
}

Result<void> MetadataUpdater::RemoveSnapshotRef(const json::object& update) {
  const std::string name = FindText(update, "ref-name");
  if (name.empty()) return Malformed("ref-name");
  if (name == kMainBranch) {
    metadata_->ClearMain();
  } else {
    metadata_->Object("refs").erase(json::string_view(name.data(), name.size()));
  }
  return {};
}

Result<void> MetadataUpdater::SetLocation(const json::object& update) {
  const std::string location = FindText(update, "location");
  if (location.empty()) return Malformed("location");
  const std::string old = metadata_->location();
  if (!old.empty() && old != location) {
    return Fail(ErrorCode::kUnsupported, "The location of a managed table cannot be chosen");
  }
  metadata_->document()["location"] = JsonText(location);
  return {};
}

Result<void> MetadataUpdater::SetProperties(const json::object& update) {
  const json::object* given = FindObject(update, "updates");
  if (given == nullptr) return Malformed("updates");
  for (const auto& property : *given) {
    const json::string* value = property.value().if_string();
    if (value == nullptr) return Malformed("updates");
    const std::string_view key(property.key().data(), property.key().size());
    TRY_VOID(CheckTableProperty(key, {value->data(), value->size()}));
    SetMember(metadata_->Object("properties"), key, property.value());
  }
  return {};
}

Result<void> MetadataUpdater::RemoveProperties(const json::object& update) {
  const json::array* given = FindArray(update, "removals");
  if (given == nullptr) return Malformed("removals");
  for (const json::value& key : *given) {
    if (!key.is_string()) return Malformed("removals");
    metadata_->Object("properties").erase(key.get_string());
  }
  return {};
}

Result<void> MetadataUpdater::SetStatistics(const json::object& update) {
  return PutStatistics("statistics", FindObject(update, "statistics"));
}

Result<void> MetadataUpdater::SetPartitionStatistics(const json::object& update) {
  return PutStatistics("partition-statistics", FindObject(update, "partition-statistics"));
}

Result<void> MetadataUpdater::RemoveStatistics(const json::object& update) {
  DropStatistics("statistics", FindInt(update, "snapshot-id").value_or(0));
  return {};
}

Result<void> MetadataUpdater::RemovePartitionStatistics(const json::object& update) {
  DropStatistics("partition-statistics", FindInt(update, "snapshot-id").value_or(0));
  return {};
}

Result<void> MetadataUpdater::PutStatistics(std::string_view list, const json::object* statistics) {
  if (statistics == nullptr || !FindInt(*statistics, "snapshot-id") ||
      !IsBelow(*metadata_, FindText(*statistics, "statistics-path"))) {
    return Malformed(list);
  }
  DropStatistics(list, *FindInt(*statistics, "snapshot-id"));
  metadata_->Array(list).push_back(*statistics);
  return {};
}

void MetadataUpdater::DropStatistics(std::string_view list, std::int64_t snapshot_id) {
  json::array& items = metadata_->Array(list);
  for (auto item = items.begin(); item != items.end();) {
    bool matches = FindInt(item->get_object(), "snapshot-id") == snapshot_id;
    item = matches ? items.erase(item) : item + 1;
  }
}

Result<void> MetadataUpdater::RemoveById(const json::object& update, std::string_view ids,
                                         std::string_view list, std::string_view key,
                                         std::int64_t current) {
  const json::array* given = FindArray(update, ids);
  if (given == nullptr) return Malformed(ids);
  json::array& items = metadata_->Array(list);
  for (const json::value& id : *given) {
    if (!id.is_int64() || id.get_int64() == current) return Malformed(ids);
    for (auto item = items.begin(); item != items.end();) {
      bool matches = FindInt(item->get_object(), key) == id.get_int64();
      item = matches ? items.erase(item) : item + 1;
    }
  }
  return {};
}

}  // namespace sluice
