#include "lake/reader_view.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/manifest.h"
#include "lake/manifest_check.h"
#include "lake/metadata_files.h"
#include "lake/new_snapshot.h"
#include "lake/partition_spec.h"
#include "lake/single_value.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

using Kind = Transform::Kind;

bool IsTimestamp(std::string_view type) { return type == "timestamp" || type == "timestamptz"; }

/// Whether the engine may misread constants of the field's column, for some value at least. What it
/// does was measured: docs/design/0009-reading-tables-of-any-writer.md.
bool MayMislead(const PartitionField& field) {
  switch (field.transform.kind) {
    case Kind::kMonth:
    case Kind::kDay:
      return IsTimestamp(field.source_type);
    case Kind::kTruncate:
      return true;
    default:
      return false;
  }
}

/// Whether files of this value may be passed over though they hold rows that are asked for.
bool Misleads(const PartitionField& field, const json::value& value) {
  if (!MayMislead(field)) return false;
  const std::string& type = field.source_type;
  if (field.transform.kind != Kind::kTruncate) return value.is_int64() && value.get_int64() < 0;
  if (type != "int" && type != "long") return true;
  if (!value.is_int64()) return false;
  const std::int64_t width = field.transform.width;
  const std::int64_t most = type == "int" ? INT32_MAX : INT64_MAX;
  const std::int64_t least = type == "int" ? INT32_MIN : INT64_MIN;
  return value.get_int64() > most - width || value.get_int64() < least + width;
}

/// A partition spec of the table and the one beside it, for files it would mislead about.
struct ShownSpec {
  std::vector<PartitionField> fields;
  std::vector<PartitionField> shown_fields;  ///< those that may mislead are void
  json::object shown;                        ///< as the metadata has it
  std::int64_t shown_id = 0;
  bool may_mislead = false;
};

class ViewBuilder {
 public:
  ViewBuilder(FileSystem* files, const std::string& folder, const TableMetadata& metadata)
      : files_(files), folder_(folder), metadata_(metadata) {
    leaves_ = LeavesOf(metadata.CurrentSchema());
    for (const json::value& schema : metadata.document().at("schemas").get_array()) {
      for (SchemaLeaf& leaf : LeavesOf(schema.get_object())) {
        if (FindLeaf(leaves_, leaf.id) == nullptr) leaves_.push_back(std::move(leaf));
      }
    }
  }

  Result<void> ReadSpecs() {
    std::int64_t last_id = 0;
    const json::array& specs = metadata_.document().at("partition-specs").get_array();
    for (const json::value& spec : specs) {
      last_id = std::max(last_id, FindInt(spec.get_object(), "spec-id").value_or(0));
    }
    for (const json::value& item : specs) {
      const json::object& spec = item.get_object();
      ShownSpec& shown = specs_[FindInt(spec, "spec-id").value_or(0)];
      shown.fields = TRY(ReadPartitionSpec(spec, leaves_));
      shown.may_mislead = std::any_of(shown.fields.begin(), shown.fields.end(), MayMislead);
      if (!shown.may_mislead) continue;
      shown.shown_id = ++last_id;
      shown.shown_fields = shown.fields;
      shown.shown = spec;
      shown.shown["spec-id"] = shown.shown_id;
      for (std::size_t i = 0; i < shown.fields.size(); ++i) {
        if (!MayMislead(shown.fields[i])) continue;
        shown.shown_fields[i].transform.kind = Kind::kVoid;
        shown.shown_fields[i].result_type = "int";
        shown.shown.at("fields").get_array().at(i).get_object()["transform"] = "void";
      }
    }
    return {};
  }

  bool may_mislead() const {
    return std::any_of(specs_.begin(), specs_.end(),
                       [](const auto& spec) { return spec.second.may_mislead; });
  }

  /// The list as the engine is to see it.
  Result<std::vector<ListedManifest>> Show(const std::vector<ListedManifest>& list) {
    std::vector<ListedManifest> shown;
    for (const ListedManifest& listed : list) {
      auto spec = specs_.find(listed.spec_id);
      // Deletes by position are found whatever spec they stand in.
      const bool is_plain = spec == specs_.end() || !spec->second.may_mislead ||
                            listed.content != ManifestContent::kData;
      if (is_plain) {
        shown.push_back(listed);
      } else {
        TRY_VOID(Split(listed, spec->second, &shown));
      }
    }
    return shown;
  }

  /// Writes the list and answers the metadata that names it.
  Result<std::string> Finish(const std::vector<ListedManifest>& list,
                             const std::string& current_text) {
    TableMetadata view = TRY(TableMetadata::Parse(current_text));
    for (const auto& [id, spec] : specs_) {
      if (spec.may_mislead) view.Array("partition-specs").push_back(spec.shown);
    }
    json::object& snapshot = view.Array("snapshots").at(0).get_object();
    const std::string path = NewPath("list");
    const ListHead head{FindInt(snapshot, "snapshot-id").value_or(0), std::nullopt,
                        FindInt(snapshot, "sequence-number").value_or(0)};
    TRY_VOID(files_->Write(path, WriteManifestList(head, list), FileSync::kLater));
    snapshot["manifest-list"] = JsonText(FileUri(path));
    return view.Serialize();
  }

  std::vector<std::string> TakeFiles() { return std::move(written_); }

 private:
  std::string NewPath(std::string_view what) {
    written_.push_back(
        fmt::format("{}/view-{}-{}.avro", MetadataFolder(folder_), MakeUuidV4(), what));
    return written_.back();
  }

  Result<void> Split(const ListedManifest& listed, const ShownSpec& spec,
                     std::vector<ListedManifest>* shown) {
    const std::string path = TRY(PathBelow(listed.uri, folder_));
    const std::string read = TRY(files_->Read(path, kManifestBytesMax));
    Manifest manifest = TRY(ReadManifest(read));
    Manifest plain{manifest.shape, {}};
    Manifest hidden{manifest.shape, {}};
    hidden.shape.spec_id = spec.shown_id;
    hidden.shape.spec_json = json::serialize(spec.shown.at("fields"));
    hidden.shape.partition = PartitionAvroSchema(spec.shown_fields);
    for (ManifestEntry& entry : manifest.entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      Number(listed, &entry);
      (Hide(spec, &entry.file) ? hidden : plain).entries.push_back(std::move(entry));
    }
    if (hidden.entries.empty()) {
      shown->push_back(listed);
      return {};
    }
    if (!plain.entries.empty()) shown->push_back(TRY(Write(plain, listed, spec.fields)));
    shown->push_back(TRY(Write(hidden, listed, spec.shown_fields)));
    return {};
  }

  /// Takes the values of misleading fields away, if one of them misleads.
  static bool Hide(const ShownSpec& spec, DataFile* file) {
    bool misleads = false;
    for (std::size_t i = 0; i < spec.fields.size() && i < file->partition.size(); ++i) {
      misleads = misleads || Misleads(spec.fields[i], file->partition[i]);
    }
    for (std::size_t i = 0; misleads && i < file->partition.size(); ++i) {
      if (MayMislead(spec.fields[i])) file->partition[i] = nullptr;
    }
    return misleads;
  }

  /// The numbers it took from its list; in another manifest they must be said.
  static void Number(const ListedManifest& listed, ManifestEntry* entry) {
    if (!entry->snapshot_id) entry->snapshot_id = listed.added_snapshot_id;
    if (!entry->sequence_number) entry->sequence_number = listed.sequence_number;
    if (!entry->file_sequence_number) entry->file_sequence_number = listed.sequence_number;
  }

  Result<ListedManifest> Write(const Manifest& manifest, const ListedManifest& like,
                               const std::vector<PartitionField>& fields) {
    ListedManifest listed = like;
    CountEntries(manifest.entries, &listed);
    const std::string bytes = TRY(WriteManifest(manifest));
    const std::string path = NewPath("m");
    TRY_VOID(files_->Write(path, bytes, FileSync::kLater));
    listed.uri = FileUri(path);
    listed.bytes = static_cast<std::int64_t>(bytes.size());
    listed.spec_id = manifest.shape.spec_id;
    listed.partitions = SummarizePartitions(fields, manifest.entries);
    return listed;
  }

  FileSystem* files_;
  const std::string& folder_;
  const TableMetadata& metadata_;
  std::vector<SchemaLeaf> leaves_;
  std::map<std::int64_t, ShownSpec> specs_;
  std::vector<std::string> written_;
};

bool IsUnknown(const ListedManifest&) { return false; }

/// Whether a partition field's transform is one of those that may mislead, on some column type.
bool NamesMisleading(const json::value& field) {
  const json::object* object = field.if_object();
  const std::string transform = object == nullptr ? std::string() : FindText(*object, "transform");
  return transform == "day" || transform == "month" || transform.starts_with("truncate");
}

}  // namespace

bool ReaderView::MayBeNeeded(const TableMetadata& metadata) {
  const std::optional<std::int64_t> current = metadata.current_snapshot_id();
  if (!current) return false;
  if (!IsChecked(metadata, *current)) return true;
  const json::array* specs = FindArray(metadata.document(), "partition-specs");
  return specs != nullptr && std::any_of(specs->begin(), specs->end(), [](const json::value& spec) {
           const json::array* fields = FindArray(spec.get_object(), "fields");
           return fields != nullptr && std::any_of(fields->begin(), fields->end(), NamesMisleading);
         });
}

Result<std::shared_ptr<const ReaderView>> ReaderView::Make(FileSystem* files,
                                                           const std::string& table_folder,
                                                           const TableMetadata& metadata,
                                                           const std::string& current_text) {
  const std::shared_ptr<const ReaderView> none;
  const std::optional<std::int64_t> current = metadata.current_snapshot_id();
  if (!current) return none;
  const bool is_checked = IsChecked(metadata, *current);
  ViewBuilder builder(files, table_folder, metadata);
  TRY_VOID(builder.ReadSpecs());
  if (is_checked && !builder.may_mislead()) return none;
  std::shared_ptr<ReaderView> view(new ReaderView(files));
  std::vector<ListedManifest> list = TRY(ReadCurrentList(files, metadata, table_folder));
  ManifestCheck check(files, table_folder, metadata);
  auto checked = is_checked ? Result<std::vector<ListedManifest>>(list) : check.Run(list, IsUnknown);
  view->own_files_ = check.written();  // unlinked with the view, if something fails from here on
  if (checked && !check.has_changed() && !builder.may_mislead()) return none;
  auto shown = checked ? builder.Show(*checked) : std::move(checked);
  Result<std::string> text = std::string();
  if (shown) text = builder.Finish(*shown, current_text);
  for (std::string& path : builder.TakeFiles()) view->own_files_.push_back(std::move(path));
  if (!shown) return Fail(std::move(shown.error()));
  view->metadata_json_ = TRY(std::move(text));
  return std::shared_ptr<const ReaderView>(std::move(view));
}

ReaderView::~ReaderView() {
  for (const std::string& path : own_files_) (void)files_->RemoveAll(path);
}

}  // namespace sluice
