#include "lake/table_rewrite.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/json_access.h"
#include "lake/manifest_check.h"
#include "lake/metadata_files.h"
#include "lake/new_snapshot.h"
#include "lake/snapshot_files.h"

namespace sluice {
namespace {

/// A table with more manifests is left to the engines' own tools.
constexpr std::size_t kManifestsMax = 10'000;
/// What their entries may take in memory: a kilobyte of a compressed manifest can say a megabyte.
constexpr std::size_t kManifestsMemoryMax = std::size_t{128} << 20;

tl::unexpected<Error> Changed() {
  return Fail(ErrorCode::kConflict, "The table has changed since its small files were read");
}

const json::object* CurrentSnapshot(const TableMetadata& metadata) {
  std::optional<std::int64_t> id = metadata.current_snapshot_id();
  return id ? metadata.FindSnapshot(*id) : nullptr;
}

/// The bytes of a file of the table.
Result<std::string> ReadBelow(FileSystem* files, const std::string& uri,
                              const std::string& table_folder) {
  const std::string path = TRY(PathBelow(uri, table_folder));
  return files->Read(path, kManifestBytesMax);
}

std::size_t MemoryOf(const ByFieldId<std::int64_t>& counts) {
  return counts.size() * sizeof counts.front();
}

std::size_t MemoryOf(const ByFieldId<std::string>& bounds) {
  std::size_t bytes = bounds.size() * sizeof bounds.front();
  for (const auto& [id, value] : bounds) bytes += value.capacity();
  return bytes;
}

/// About what the manifest takes in memory.
std::size_t MemoryOf(const Manifest& manifest) {
  std::size_t bytes = manifest.shape.schema_json.size() + manifest.shape.spec_json.size();
  for (const ManifestEntry& entry : manifest.entries) {
    const DataFile& file = entry.file;
    const ColumnMetrics& of = file.metrics;
    bytes += sizeof entry + file.uri.size() + file.partition.size() * sizeof(json::value) +
             file.split_offsets.size() * sizeof(std::int64_t) + MemoryOf(of.sizes) +
             MemoryOf(of.values) + MemoryOf(of.nulls) + MemoryOf(of.nans) + MemoryOf(of.lower) +
             MemoryOf(of.upper);
  }
  return bytes;
}

bool IsPartitioned(const TableMetadata& metadata) {
  const json::object spec = metadata.DefaultSpec();
  const json::array* fields = FindArray(spec, "fields");
  return fields == nullptr || !fields->empty();
}

/// The entry with its numbers said, which until now were its manifest's.
ManifestEntry WithNumbers(ManifestEntry entry, const ListedManifest& listed) {
  const bool inherits = entry.status == EntryStatus::kAdded;
  if (!entry.snapshot_id && inherits) entry.snapshot_id = listed.added_snapshot_id;
  if (!entry.sequence_number && inherits) entry.sequence_number = listed.sequence_number;
  if (!entry.file_sequence_number) {
    entry.file_sequence_number = inherits ? listed.sequence_number : entry.sequence_number;
  }
  return entry;
}

/// What the list says of a manifest with these entries.
ListedManifest Describe(const std::vector<ManifestEntry>& entries, ListedManifest listed) {
  CountEntries(entries, &listed);
  listed.min_sequence_number = listed.sequence_number;
  for (const ManifestEntry& entry : entries) {
    if (entry.sequence_number && entry.status != EntryStatus::kDeleted) {
      listed.min_sequence_number = std::min(listed.min_sequence_number, *entry.sequence_number);
    }
  }
  return listed;
}

/// Entries that can be in one manifest, by what they have in common.
struct Group {
  ManifestShape shape;
  std::vector<ManifestEntry> entries;
};
using Groups = std::map<std::string, Group>;

Group& GroupOf(const ManifestShape& shape, Groups* groups) {
  std::string key = fmt::format("{}\n{}\n{}\n{}", shape.spec_id, shape.schema_json, shape.spec_json,
                                json::serialize(shape.partition));
  Group& group = (*groups)[std::move(key)];
  group.shape = shape;
  return group;
}

/// Writes the entries of each group as a manifest of its own. The summaries of partitions are those
/// of the manifests the entries come from: wider than need be, and right.
class ManifestWriter {
 public:
  ManifestWriter(FileSystem* files, const std::string& table_folder, ListedManifest numbers)
      : files_(files), folder_(MetadataFolder(table_folder)), numbers_(std::move(numbers)) {}

  Result<void> WriteGroups(const Groups& groups) {
    for (const auto& [key, group] : groups) {
      if (group.entries.empty()) continue;
      ListedManifest listed = Describe(group.entries, numbers_);
      const std::string bytes = TRY(WriteManifest({group.shape, group.entries}));
      const std::string path = fmt::format("{}/{}-m{}.avro", folder_, uuid_, written_.size());
      paths_.push_back(path);
      TRY_VOID(files_->Write(path, bytes, FileSync::kNow));
      listed.uri = FileUri(path);
      listed.bytes = static_cast<std::int64_t>(bytes.size());
      written_.push_back(std::move(listed));
    }
    return {};
  }

  const std::vector<ListedManifest>& written() const { return written_; }
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  FileSystem* files_;
  std::string folder_;
  std::string uuid_ = MakeUuidV4();
  ListedManifest numbers_;
  std::vector<ListedManifest> written_;
  std::vector<std::string> paths_;
};

void RemoveAll(FileSystem* files, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) (void)files->RemoveAll(path);
}

/// A data file that may be joined with others, and where it is written of.
struct Candidate {
  const LiveFiles::OneManifest* home = nullptr;
  const ManifestEntry* entry = nullptr;
};

std::vector<Candidate> FindCandidates(const LiveFiles& live, std::int64_t spec_id,
                                      const std::string& table_folder) {
  std::vector<Candidate> candidates;
  std::set<std::string_view> seen;
  for (const LiveFiles::OneManifest& one : live.manifests) {
    if (!one.manifest || one.listed.spec_id != spec_id) continue;
    for (const ManifestEntry& entry : one.manifest->entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      if (!PathBelow(entry.file.uri, table_folder)) continue;
      // A file that was added twice has its rows twice; such a table is left as it is.
      if (!seen.insert(entry.file.uri).second) return {};
      candidates.push_back({&one, &entry});
    }
  }
  return candidates;
}

/// The view of the table whose only snapshot has this list.
Result<std::string> ViewWithList(const std::string& current_view, const std::string& list_uri) {
  TableMetadata view = TRY(TableMetadata::Parse(current_view));
  const std::optional<std::int64_t> current = view.current_snapshot_id();
  json::array only;
  for (json::value& item : view.Array("snapshots")) {
    json::object& snapshot = item.get_object();
    if (FindInt(snapshot, "snapshot-id") != current) continue;
    snapshot["manifest-list"] = JsonText(list_uri);
    only.push_back(snapshot);
  }
  if (only.size() != 1) return Fail(ErrorCode::kInternal, "A table's metadata is damaged");
  view.Array("snapshots") = std::move(only);
  view.Object("refs") =
      json::object{{"main", json::object{{"snapshot-id", *current}, {"type", "branch"}}}};
  return view.Serialize();
}

/// Writes manifests and a list that name the chosen files alone.
Result<void> WriteSource(FileSystem* files, const TableMetadata& metadata,
                         const std::vector<Candidate>& chosen, const std::string& current_view,
                         TableRewrite* rewrite) {
  Groups groups;
  for (const Candidate& one : chosen) {
    ManifestEntry entry = WithNumbers(*one.entry, one.home->listed);
    entry.status = EntryStatus::kExisting;
    rewrite->replaced.emplace(entry.file.uri, entry.file.rows);
    rewrite->rows += entry.file.rows;
    rewrite->bytes += entry.file.bytes;
    GroupOf(one.home->manifest->shape, &groups).entries.push_back(std::move(entry));
  }
  ListedManifest numbers;
  numbers.spec_id = rewrite->spec_id;
  numbers.sequence_number = metadata.Number("last-sequence-number");
  numbers.added_snapshot_id = metadata.current_snapshot_id().value_or(0);
  ManifestWriter writer(files, rewrite->record.location, numbers);
  Result<void> written = writer.WriteGroups(groups);
  rewrite->own_files = writer.paths();
  TRY_VOID(written);
  const std::string list =
      fmt::format("{}/{}-list.avro", MetadataFolder(rewrite->record.location), MakeUuidV4());
  rewrite->own_files.push_back(list);
  const ListHead head{numbers.added_snapshot_id, std::nullopt, numbers.sequence_number};
  TRY_VOID(files->Write(list, WriteManifestList(head, writer.written()), FileSync::kLater));
  rewrite->source_view = TRY(ViewWithList(current_view, FileUri(list)));
  return {};
}

/// Sorts the live manifests into those that stay and, by group, the entries of those that do not.
/// kConflict unless every replaced file is found, once.
Result<void> SortManifests(const LiveFiles& live, const TableRewrite& rewrite,
                           std::int64_t snapshot_id, std::vector<ListedManifest>* kept,
                           Groups* groups) {
  std::set<std::string> found;
  auto is_replaced = [&](const ManifestEntry& entry) {
    return entry.status != EntryStatus::kDeleted && rewrite.replaced.contains(entry.file.uri);
  };
  for (const LiveFiles::OneManifest& one : live.manifests) {
    if (!one.listed.has_live_files()) continue;
    if (!one.manifest ||
        std::none_of(one.manifest->entries.begin(), one.manifest->entries.end(), is_replaced)) {
      kept->push_back(one.listed);
      continue;
    }
    if (one.listed.spec_id != rewrite.spec_id) return Changed();
    Group& group = GroupOf(one.manifest->shape, groups);
    for (const ManifestEntry& old : one.manifest->entries) {
      if (old.status == EntryStatus::kDeleted) continue;
      ManifestEntry entry = WithNumbers(old, one.listed);
      entry.status = EntryStatus::kExisting;
      if (is_replaced(old)) {
        if (!found.insert(old.file.uri).second) return Changed();
        entry.status = EntryStatus::kDeleted;
        entry.snapshot_id = snapshot_id;
      }
      group.entries.push_back(std::move(entry));
    }
  }
  if (found.size() != rewrite.replaced.size()) return Changed();
  return {};
}

/// Nothing added, nothing lost, fewer files.
SnapshotChange ChangeOf(const TableRewrite& rewrite, const std::vector<DataFile>& written) {
  SnapshotChange change;
  for (const DataFile& file : written) {
    ++change.added_files;
    change.added_rows += file.rows;
    change.added_bytes += file.bytes;
  }
  change.removed_files = static_cast<std::int64_t>(rewrite.replaced.size());
  change.removed_rows = rewrite.rows;
  change.removed_bytes = rewrite.bytes;
  return change;
}

}  // namespace

Result<LiveFiles> ReadLiveFiles(FileSystem* files, const TableMetadata& metadata,
                                const std::string& table_folder, KnownManifests* known) {
  LiveFiles live;
  const json::object* snapshot = CurrentSnapshot(metadata);
  if (snapshot == nullptr) return live;
  const std::vector<ListedManifest> list = TRY(ReadCurrentList(files, metadata, table_folder));
  if (list.size() > kManifestsMax) {
    return Fail(ErrorCode::kUnsupported, "The table has too many manifests");
  }
  for (const ListedManifest& listed : list) {
    if (listed.content != ManifestContent::kData && listed.has_live_files()) {
      return Fail(ErrorCode::kUnsupported, "The table has delete files");
    }
    auto found = known->by_uri.find(listed.uri);
    if (found == known->by_uri.end()) {
      const std::string bytes = TRY(ReadBelow(files, listed.uri, table_folder));
      Result<Manifest> manifest = ReadManifest(bytes);
      std::shared_ptr<const Manifest> read;
      if (manifest) {
        known->memory_bytes += MemoryOf(*manifest);
        read = std::make_shared<const Manifest>(*std::move(manifest));
      }
      if (known->memory_bytes > kManifestsMemoryMax) {
        return Fail(ErrorCode::kUnsupported, "The table's manifests are too large");
      }
      found = known->by_uri.emplace(listed.uri, std::move(read)).first;
    }
    live.manifests.push_back({listed, found->second});
  }
  return live;
}

Result<std::shared_ptr<TableRewrite>> StageTableRewrite(FileSystem* files,
                                                        const TableRecord& record,
                                                        const TableMetadata& metadata,
                                                        const std::string& current_view,
                                                        TablePace pace) {
  const std::shared_ptr<TableRewrite> none;
  if (CurrentSnapshot(metadata) == nullptr || IsPartitioned(metadata)) return none;
  KnownManifests known;
  Result<LiveFiles> live = ReadLiveFiles(files, metadata, record.location, &known);
  if (!live && live.error().code == ErrorCode::kUnsupported) return none;
  if (!live) return Fail(std::move(live.error()));
  const std::int64_t spec_id = metadata.Number("default-spec-id");
  const std::vector<Candidate> candidates = FindCandidates(*live, spec_id, record.location);
  std::vector<std::int64_t> sizes;
  sizes.reserve(candidates.size());
  for (const Candidate& file : candidates) sizes.push_back(file.entry->file.bytes);
  std::vector<Candidate> chosen;
  for (std::size_t place : ChooseSmallFiles(sizes, pace)) chosen.push_back(candidates[place]);
  if (chosen.empty()) return none;
  auto rewrite = std::make_shared<TableRewrite>();
  rewrite->record = record;
  rewrite->known = std::move(known);
  rewrite->schema_id = metadata.Number("current-schema-id");
  rewrite->spec_id = spec_id;
  Result<void> written = WriteSource(files, metadata, chosen, current_view, rewrite.get());
  if (!written) {
    RemoveAll(files, rewrite->own_files);
    if (written.error().code == ErrorCode::kUnsupported) return none;
    return Fail(std::move(written.error()));
  }
  return rewrite;
}

Result<RewrittenSnapshot> BuildRewrittenSnapshot(FileSystem* files, const TableRewrite& rewrite,
                                                 const std::vector<DataFile>& written,
                                                 const TableMetadata& metadata,
                                                 KnownManifests* known) {
  if (CurrentSnapshot(metadata) == nullptr ||
      metadata.Number("current-schema-id") != rewrite.schema_id ||
      metadata.Number("default-spec-id") != rewrite.spec_id) {
    return Changed();
  }
  const SnapshotChange change = ChangeOf(rewrite, written);
  if (change.added_rows != rewrite.rows) {
    return FailWithDetail(ErrorCode::kFailedPrecondition,
                          fmt::format("{} rows became {}", rewrite.rows, change.added_rows),
                          "The rewrite of small files has another number of rows");
  }
  const std::string& folder = rewrite.record.location;
  const LiveFiles live = TRY(ReadLiveFiles(files, metadata, folder, known));
  ListedManifest numbers;
  numbers.spec_id = rewrite.spec_id;
  numbers.sequence_number = metadata.Number("last-sequence-number") + 1;
  numbers.added_snapshot_id = rewrite.snapshot_id;
  std::vector<ListedManifest> manifests;
  Groups groups;
  TRY_VOID(SortManifests(live, rewrite, rewrite.snapshot_id, &manifests, &groups));
  RewrittenSnapshot result;
  auto build = [&]() -> Result<void> {
    const AddedManifest added =
        TRY(WriteAddedManifest(files, folder, rewrite.open.write, rewrite.snapshot_id, written));
    result.new_files.push_back(added.path);
    manifests.push_back(added.listed);
    ManifestWriter writer(files, folder, numbers);
    const Result<void> done = writer.WriteGroups(groups);
    result.new_files.insert(result.new_files.end(), writer.paths().begin(), writer.paths().end());
    TRY_VOID(done);
    manifests.insert(manifests.end(), writer.written().begin(), writer.written().end());
    NewSnapshot made = TRY(WriteSnapshot(files, folder, metadata, rewrite.snapshot_id, "replace",
                                         std::move(manifests), change, {}));
    result.new_files.push_back(made.list_path);
    result.list_path = std::move(made.list_path);
    result.manifests = std::move(made.manifests);
    result.snapshot = std::move(made.snapshot);
    if (IsChecked(metadata, *metadata.current_snapshot_id())) MarkChecked(&result.snapshot);
    if (IsWithoutBloomFilters(metadata)) MarkWithoutBloomFilters(&result.snapshot);
    return {};
  };
  Result<void> built = build();
  if (built) return result;
  RemoveAll(files, result.new_files);
  return Fail(std::move(built.error()));
}

}  // namespace sluice
