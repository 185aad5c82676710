#include "lake/reader_view.h"

#include <algorithm>
#include <cstring>
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

/// Whether the engine, or a writer of some age, may be wrong about values of the field, some at
/// least. What they do was measured: docs/design/0009-reading-tables-of-any-writer.md.
bool MayMislead(const PartitionField& field) {
  switch (field.transform.kind) {
    case Kind::kYear:
    case Kind::kMonth:
    case Kind::kDay:
    case Kind::kHour:
    case Kind::kTruncate:
      return true;
    case Kind::kBucket:
      return IsDecimal(field.source_type);
    default:
      return false;
  }
}

/// Whether files of this value may be passed over though they hold rows that are asked for.
bool Misleads(const PartitionField& field, const json::value& value) {
  if (!MayMislead(field)) return false;
  const bool is_sure =
      field.transform.kind == Kind::kTruncate || field.transform.kind == Kind::kBucket;
  // Times before 1970 are rounded towards it, in constants or in the files' own values.
  return is_sure || (value.is_int64() && value.get_int64() <= 0);
}

/// Whether a number of years, months, days or hours, in its single-value form, is above zero.
bool IsAfterEpoch(std::string_view single) {
  std::int32_t number = 0;
  if (single.size() != sizeof number) return false;
  std::memcpy(&number, single.data(), sizeof number);
  return number > 0;
}

/// A partition spec of the table and the one beside it, for files it would mislead about.
struct ShownSpec {
  std::vector<PartitionField> fields;
  std::vector<bool> is_gone;                 ///< the field's column was dropped
  std::vector<PartitionField> shown_fields;  ///< without those; what may mislead is void
  json::object shown;                        ///< as the metadata has it
  std::int64_t shown_id = 0;
  bool may_mislead = false;
};

class ViewBuilder {
 public:
  ViewBuilder(FileSystem* files, const std::string& folder, const TableMetadata& metadata)
      : files_(files), folder_(folder), metadata_(metadata) {
    current_ = LeavesOf(metadata.CurrentSchema());
    leaves_ = LeavesOfEvery(metadata.CurrentSchema(), FindArray(metadata.document(), "schemas"));
  }

  Result<void> ReadSpecs() {
    std::int64_t last_id = 0;
    std::int64_t last_field_id = metadata_.Number("last-partition-id");
    const json::array& specs = metadata_.document().at("partition-specs").get_array();
    for (const json::value& spec : specs) {
      last_id = std::max(last_id, FindInt(spec.get_object(), "spec-id").value_or(0));
    }
    for (const json::value& item : specs) {
      const json::object& spec = item.get_object();
      ShownSpec& shown = specs_[FindInt(spec, "spec-id").value_or(0)];
      shown.fields = TRY(ReadPartitionSpec(spec, leaves_));
      for (const PartitionField& field : shown.fields) {
        shown.is_gone.push_back(FindLeaf(current_, field.source_id) == nullptr);
        shown.may_mislead = shown.may_mislead || shown.is_gone.back() || MayMislead(field);
      }
      if (shown.may_mislead) Conceal(spec, ++last_id, &last_field_id, &shown);
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
                            listed.content != ManifestContent::kData ||
                            IsHarmless(listed, spec->second);
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
  /// Makes the spec beside the table's own.
  static void Conceal(const json::object& spec, std::int64_t id, std::int64_t* last_field_id,
                      ShownSpec* shown) {
    shown->shown_id = id;
    shown->shown = spec;
    shown->shown["spec-id"] = id;
    const json::array given = shown->shown.at("fields").get_array();
    json::array& kept = shown->shown["fields"].emplace_array();
    for (std::size_t i = 0; i < shown->fields.size(); ++i) {
      if (shown->is_gone[i]) continue;
      PartitionField& field = shown->shown_fields.emplace_back(shown->fields[i]);
      json::object& member = kept.emplace_back(given[i]).get_object();
      if (!MayMislead(field)) continue;
      // Of an id of its own: the engine has one type for each.
      field.field_id = ++*last_field_id;
      field.transform.kind = Kind::kVoid;
      field.result_type = "int";
      member["transform"] = "void";
      member["field-id"] = field.field_id;
    }
  }

  std::string NewPath(std::string_view what) {
    written_.push_back(
        fmt::format("{}/view-{}-{}.avro", MetadataFolder(folder_), MakeUuidV4(), what));
    return written_.back();
  }

  /// Whether the list alone says that no file of the manifest is one to be misled about. Its
  /// summaries were checked with the manifest.
  static bool IsHarmless(const ListedManifest& listed, const ShownSpec& spec) {
    if (!listed.partitions || listed.partitions->size() != spec.fields.size()) return false;
    for (std::size_t i = 0; i < spec.fields.size(); ++i) {
      if (spec.is_gone[i]) return false;
      const PartitionField& field = spec.fields[i];
      if (!MayMislead(field)) continue;
      const bool is_sure =
          field.transform.kind == Kind::kTruncate || field.transform.kind == Kind::kBucket;
      const std::optional<std::string>& lower = (*listed.partitions)[i].lower;
      if (is_sure || (lower && !IsAfterEpoch(*lower))) return false;
    }
    return true;
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

  /// Takes the values of misleading fields away, if one of them misleads, and those of columns that
  /// are gone.
  static bool Hide(const ShownSpec& spec, DataFile* file) {
    bool misleads = false;
    for (std::size_t i = 0; i < spec.fields.size() && i < file->partition.size(); ++i) {
      misleads = misleads || spec.is_gone[i] || Misleads(spec.fields[i], file->partition[i]);
    }
    if (!misleads) return false;
    json::array shown;
    for (std::size_t i = 0; i < file->partition.size() && i < spec.fields.size(); ++i) {
      if (spec.is_gone[i]) continue;
      shown.push_back(MayMislead(spec.fields[i]) ? json::value() : file->partition[i]);
    }
    file->partition = std::move(shown);
    return true;
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
  std::vector<SchemaLeaf> current_;  ///< of the current schema
  std::vector<SchemaLeaf> leaves_;   ///< of every schema the table had
  std::map<std::int64_t, ShownSpec> specs_;
  std::vector<std::string> written_;
};

bool IsUnknown(const ListedManifest&) { return false; }

/// Whether a partition field's transform is one of those that may mislead, on some column type, or
/// its column is gone.
bool NamesMisleading(const json::value& field, const std::vector<SchemaLeaf>& leaves) {
  const json::object* object = field.if_object();
  if (object == nullptr) return true;
  if (FindLeaf(leaves, FindInt(*object, "source-id").value_or(-1)) == nullptr) return true;
  const std::string transform = FindText(*object, "transform");
  return transform != "identity" && transform != "void";
}

}  // namespace

bool ReaderView::MayBeNeeded(const TableMetadata& metadata) {
  const std::optional<std::int64_t> current = metadata.current_snapshot_id();
  if (!current) return false;
  if (!IsChecked(metadata, *current)) return true;
  const json::array* specs = FindArray(metadata.document(), "partition-specs");
  if (specs == nullptr) return false;
  const std::vector<SchemaLeaf> leaves = LeavesOf(metadata.CurrentSchema());
  for (const json::value& spec : *specs) {
    const json::array* fields = FindArray(spec.get_object(), "fields");
    if (fields != nullptr &&
        std::any_of(fields->begin(), fields->end(),
                    [&](const json::value& field) { return NamesMisleading(field, leaves); })) {
      return true;
    }
  }
  return false;
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
  auto checked =
      is_checked ? Result<std::vector<ListedManifest>>(list) : check.Run(list, IsUnknown);
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
