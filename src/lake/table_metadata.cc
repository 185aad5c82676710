#include "lake/table_metadata.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/ascii.h"
#include "lake/iceberg_types.h"
#include "lake/json_access.h"
#include "lake/schema_change.h"

namespace sluice {
namespace {

constexpr std::int64_t kSummaryNumberMax = std::int64_t{1} << 60;
/// The time of everything in a CurrentView.
constexpr std::int64_t kShownTimeMs = 1;

/// The object of an array of objects whose member `key` is `id`.
const json::object* FindById(const json::object& document, std::string_view array,
                             std::string_view key, std::int64_t id) {
  const json::array* items = FindArray(document, array);
  if (items == nullptr) return nullptr;
  for (const json::value& item : *items) {
    const json::object* object = item.if_object();
    if (object != nullptr && FindInt(*object, key) == id) return object;
  }
  return nullptr;
}

/// Identity partitions over columns of the schema.
Result<json::object> MakeSpec(const json::object& schema, const std::vector<std::string>& columns) {
  json::array fields;
  for (const std::string& column : columns) {
    std::optional<json::object> field;
    for (const json::value& item : schema.at("fields").get_array()) {
      const json::object& source = item.get_object();
      if (!EqualsIgnoreCase(FindText(source, "name"), column)) continue;
      field = json::object{
          {"source-id", source.at("id")},
          {"field-id", kPartitionIdBase + 1 + static_cast<std::int64_t>(fields.size())},
          {"name", source.at("name")},
          {"transform", "identity"}};
    }
    if (!field) {
      return Fail(ErrorCode::kInvalidArgument, "There is no such partition column: {}", column);
    }
    fields.push_back(std::move(*field));
  }
  return json::object{{"spec-id", 0}, {"fields", std::move(fields)}};
}

std::optional<std::int64_t> ParseInt(std::string_view text) {
  std::int64_t number = 0;
  auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || end.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsHistory(std::string_view member) {
  return member == "snapshots" || member == "snapshot-log" || member == "metadata-log" ||
         member == "statistics" || member == "partition-statistics";
}

}  // namespace

std::optional<std::int64_t> SummaryNumber(const json::object& snapshot, std::string_view name) {
  const json::object* summary = FindObject(snapshot, "summary");
  if (summary == nullptr) return std::nullopt;
  const json::string* text = FindString(*summary, name);
  if (text == nullptr) return std::nullopt;
  const std::optional<std::int64_t> number = ParseInt({text->data(), text->size()});
  // Whatever a client wrote, sums of a few of them are numbers.
  if (!number || *number < 0 || *number > kSummaryNumberMax) return std::nullopt;
  return number;
}

TableMetadata TableMetadata::Empty(std::int64_t now_ms) {
  return TableMetadata(json::object{{"format-version", 2},
                                    {"last-sequence-number", 0},
                                    {"last-updated-ms", now_ms},
                                    {"last-column-id", 0},
                                    {"schemas", json::array()},
                                    {"partition-specs", json::array()},
                                    {"last-partition-id", kPartitionIdBase},
                                    {"sort-orders", json::array()},
                                    {"properties", json::object()},
                                    {"refs", json::object()},
                                    {"snapshots", json::array()},
                                    {"snapshot-log", json::array()},
                                    {"metadata-log", json::array()}});
}

Result<TableMetadata> TableMetadata::Make(std::string_view uuid, std::string_view location,
                                          const DeclaredTable& table,
                                          const TableProperties& properties, std::int64_t now_ms) {
  json::object schema = TRY(ToIcebergSchema(table.columns));
  json::object spec = TRY(MakeSpec(schema, table.partition_columns));
  TableMetadata metadata = Empty(now_ms);
  json::object& document = metadata.document_;
  document["table-uuid"] = JsonText(uuid);
  document["location"] = JsonText(location);
  document["last-column-id"] = MaxFieldId(schema);
  document["current-schema-id"] = 0;
  document["default-spec-id"] = 0;
  document["default-sort-order-id"] = 0;
  document["last-partition-id"] =
      kPartitionIdBase + static_cast<std::int64_t>(table.partition_columns.size());
  metadata.Array("schemas").push_back(std::move(schema));
  metadata.Array("partition-specs").push_back(std::move(spec));
  metadata.Array("sort-orders").push_back(json::object{{"order-id", 0}, {"fields", json::array()}});
  for (const auto& [key, value] : properties) {
    SetMember(metadata.Object("properties"), key, JsonText(value));
  }
  return metadata;
}

Result<TableMetadata> TableMetadata::Parse(std::string_view text) {
  Result<json::value> document = ParseJson(text);
  const json::object* object = document ? document->if_object() : nullptr;
  if (object == nullptr || FindInt(*object, "format-version") != 2 ||
      FindArray(*object, "schemas") == nullptr ||
      FindArray(*object, "partition-specs") == nullptr || FindText(*object, "table-uuid").empty() ||
      FindText(*object, "location").empty()) {
    return FailWithDetail(ErrorCode::kInternal, "no Iceberg v2 metadata",
                          "A table's metadata is damaged");
  }
  return TableMetadata(std::move(document->get_object()));
}

std::string TableMetadata::uuid() const { return FindText(document_, "table-uuid"); }

std::string TableMetadata::location() const { return FindText(document_, "location"); }

std::int64_t TableMetadata::Number(std::string_view name) const {
  return FindInt(document_, name).value_or(0);
}

std::optional<std::int64_t> TableMetadata::current_snapshot_id() const {
  std::optional<std::int64_t> id = FindInt(document_, "current-snapshot-id");
  return id == -1 ? std::nullopt : id;
}

json::array& TableMetadata::Array(std::string_view name) {
  json::value& value = document_[{name.data(), name.size()}];
  return value.is_array() ? value.get_array() : value.emplace_array();
}

json::object& TableMetadata::Object(std::string_view name) {
  json::value& value = document_[{name.data(), name.size()}];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

const json::object* TableMetadata::FindSnapshot(std::int64_t id) const {
  return FindById(document_, "snapshots", "snapshot-id", id);
}

json::object* TableMetadata::FindSnapshot(std::int64_t id) {
  for (json::value& item : Array("snapshots")) {
    json::object& snapshot = item.get_object();
    if (FindInt(snapshot, "snapshot-id") == id) return &snapshot;
  }
  return nullptr;
}

std::optional<std::int64_t> TableMetadata::FindRef(std::string_view name) const {
  const json::object* refs = FindObject(document_, "refs");
  const json::object* ref = refs == nullptr ? nullptr : FindObject(*refs, name);
  if (ref != nullptr) return FindInt(*ref, "snapshot-id");
  return name == kMainBranch ? current_snapshot_id() : std::nullopt;
}

const json::object* TableMetadata::FindSchema(std::int64_t id) const {
  return FindById(document_, "schemas", "schema-id", id);
}

json::object TableMetadata::CurrentSchema() const {
  const json::object* schema = FindSchema(Number("current-schema-id"));
  return schema == nullptr ? json::object() : *schema;
}

json::object TableMetadata::DefaultSpec() const {
  const json::object* spec =
      FindById(document_, "partition-specs", "spec-id", Number("default-spec-id"));
  return spec == nullptr ? json::object() : *spec;
}

SnapshotTotals TableMetadata::Totals() const {
  SnapshotTotals totals;
  std::optional<std::int64_t> id = current_snapshot_id();
  const json::object* snapshot = id ? FindSnapshot(*id) : nullptr;
  if (snapshot == nullptr) return totals;
  totals.snapshot_id = *id;
  // Position deletes take rows away that total-records still counts.
  totals.rows = SummaryNumber(*snapshot, "total-records").value_or(0) -
                SummaryNumber(*snapshot, "total-position-deletes").value_or(0);
  totals.bytes = SummaryNumber(*snapshot, "total-files-size").value_or(0);
  totals.files = SummaryNumber(*snapshot, "total-data-files").value_or(0);
  return totals;
}

void TableMetadata::ClearMain() {
  Object("refs").erase(json::string_view(kMainBranch.data(), kMainBranch.size()));
  document_.erase("current-snapshot-id");
}

void TableMetadata::ExpireSnapshots() {
  const json::array& snapshots = Array("snapshots");
  if (snapshots.size() <= kSnapshotsMax) return;
  std::set<std::int64_t> referenced;
  for (const auto& ref : Object("refs")) {
    if (const json::object* object = ref.value().if_object()) {
      referenced.insert(FindInt(*object, "snapshot-id").value_or(0));
    }
  }
  std::size_t surplus = snapshots.size() - kSnapshotsMax;
  std::vector<std::int64_t> expired;
  for (const json::value& snapshot : snapshots) {
    if (expired.size() == surplus) break;
    std::int64_t id = FindInt(snapshot.get_object(), "snapshot-id").value_or(0);
    if (!referenced.contains(id)) expired.push_back(id);
  }
  RemoveSnapshots(expired);
}

void TableMetadata::RemoveSnapshots(const std::vector<std::int64_t>& ids) {
  const std::set<std::int64_t> gone(ids.begin(), ids.end());
  auto is_gone = [&gone](const json::value& item) {
    return gone.contains(FindInt(item.get_object(), "snapshot-id").value_or(0));
  };
  auto remove = [&](std::string_view name) {
    json::array& items = Array(name);
    items.erase(std::remove_if(items.begin(), items.end(), is_gone), items.end());
  };
  remove("snapshots");
  for (const char* name : {"statistics", "partition-statistics"}) {
    if (FindArray(document_, name) != nullptr) remove(name);
  }
  // History may not have holes: what lies before a forgotten snapshot goes too.
  json::array& log = Array("snapshot-log");
  auto last_gone = std::find_if(std::make_reverse_iterator(log.end()),
                                std::make_reverse_iterator(log.begin()), is_gone);
  log.erase(log.begin(), last_gone.base());
}

std::vector<std::string> TableMetadata::LogPreviousFile(std::string_view file,
                                                        std::int64_t written_ms) {
  json::array& log = Array("metadata-log");
  log.push_back(json::object{{"timestamp-ms", written_ms}, {"metadata-file", JsonText(file)}});
  std::vector<std::string> dropped;
  while (log.size() > kOldMetadataFilesMax) {
    dropped.push_back(FindText(log.front().get_object(), "metadata-file"));
    log.erase(log.begin());
  }
  return dropped;
}

void TableMetadata::Touch(std::int64_t now_ms) {
  document_["last-updated-ms"] = std::max(Number("last-updated-ms"), now_ms);
}

TableMetadata TableMetadata::CurrentView() const {
  json::object view;
  for (const auto& member : document_) {
    if (!IsHistory({member.key().data(), member.key().size()})) {
      view.insert(json::key_value_pair(member.key(), member.value()));
    }
  }
  // Branches and tags stay out: the engine would take their snapshots for the table's when it has
  // none.
  json::array snapshots;
  json::object refs;
  const std::optional<std::int64_t> current = current_snapshot_id();
  if (const json::object* snapshot = current ? FindSnapshot(*current) : nullptr) {
    snapshots.push_back(*snapshot);
    snapshots.back().as_object()["timestamp-ms"] = kShownTimeMs;
    const json::object* given = FindObject(document_, "refs");
    const json::object* main = given == nullptr ? nullptr : FindObject(*given, kMainBranch);
    if (main != nullptr) refs[json::string_view(kMainBranch.data(), kMainBranch.size())] = *main;
  }
  // The engine reads no table that has a mapping it cannot read.
  if (json::value* properties = view.if_contains("properties"); properties != nullptr) {
    const std::string mapping = FindText(properties->as_object(), kNameMappingProperty);
    if (!IsNameMapping(mapping)) properties->as_object().erase(kNameMappingProperty);
  }
  view["refs"] = std::move(refs);
  view["snapshots"] = std::move(snapshots);
  view["last-updated-ms"] = kShownTimeMs;
  view["snapshot-log"] = json::array();
  view["metadata-log"] = json::array();
  return TableMetadata(std::move(view));
}

}  // namespace sluice
