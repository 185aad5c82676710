#include "lake/table_rewrite.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/random.h"
#include "lake/json_access.h"
#include "lake/metadata_files.h"
#include "lake/snapshot_files.h"
#include "lake/table_commit.h"

namespace sluice {
namespace {

/// A table with more manifests is left to the engines' own tools.
constexpr std::size_t kManifestsMax = 10'000;
constexpr std::size_t kManifestsBytesMax = std::size_t{128} << 20;
constexpr std::string_view kTargetSuffix = "$joined";

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

/// Counts the entries into what the list says of their manifest.
void CountEntries(const std::vector<ManifestEntry>& entries, ListedManifest* listed) {
  listed->min_sequence_number = listed->sequence_number;
  for (const ManifestEntry& entry : entries) {
    std::int64_t& files = entry.status == EntryStatus::kAdded      ? listed->added_files
                          : entry.status == EntryStatus::kExisting ? listed->existing_files
                                                                   : listed->deleted_files;
    std::int64_t& rows = entry.status == EntryStatus::kAdded      ? listed->added_rows
                         : entry.status == EntryStatus::kExisting ? listed->existing_rows
                                                                  : listed->deleted_rows;
    ++files;
    rows += entry.rows;
    if (entry.sequence_number && entry.status != EntryStatus::kDeleted) {
      listed->min_sequence_number = std::min(listed->min_sequence_number, *entry.sequence_number);
    }
  }
}

/// Manifests whose entries can be in one file: the head says schema and partition spec.
using Groups = std::map<std::map<std::string, std::string>,
                        std::pair<const Manifest*, std::vector<ManifestEntry>>>;

/// Writes the entries of each group as a manifest of its own.
class ManifestWriter {
 public:
  ManifestWriter(FileSystem* files, std::string table_folder, ListedManifest numbers)
      : files_(files),
        folder_(std::move(table_folder) + "/metadata"),
        numbers_(std::move(numbers)) {}

  Result<void> WriteGroups(const Groups& groups) {
    for (const auto& [head, group] : groups) {
      if (group.second.empty()) continue;
      ListedManifest listed = numbers_;
      CountEntries(group.second, &listed);
      const std::string bytes = TRY(WriteManifest(*group.first, group.second));
      const std::string path = fmt::format("{}/{}-m{}.avro", folder_, uuid_, written_.size());
      TRY_VOID(files_->WriteDurably(path, bytes));
      paths_.push_back(path);
      listed.uri = FileUri(path);
      listed.bytes = static_cast<std::int64_t>(bytes.size());
      written_.push_back(std::move(listed));
    }
    return {};
  }

  /// The list of these manifests; answers its URI.
  Result<std::string> WriteList(const ManifestList& like, const TableMetadata& metadata,
                                const std::vector<ListedManifest>& manifests) {
    std::map<std::string, std::string> head = {
        {"snapshot-id", fmt::format("{}", numbers_.added_snapshot_id)},
        {"sequence-number", fmt::format("{}", numbers_.sequence_number)}};
    if (auto parent = metadata.current_snapshot_id()) {
      head["parent-snapshot-id"] = fmt::format("{}", *parent);
    }
    const std::string bytes = TRY(WriteManifestList(like, head, manifests));
    const std::string path =
        fmt::format("{}/snap-{}-{}.avro", folder_, numbers_.added_snapshot_id, uuid_);
    TRY_VOID(files_->WriteDurably(path, bytes));
    paths_.push_back(path);
    return FileUri(path);
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
      if (!PathBelow(entry.uri, table_folder)) continue;
      // A file that was added twice has its rows twice; such a table is left as it is.
      if (!seen.insert(entry.uri).second) return {};
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
Result<void> WriteSource(FileSystem* files, const LiveFiles& live, const TableMetadata& metadata,
                         const std::vector<Candidate>& chosen, const std::string& current_view,
                         TableRewrite* rewrite) {
  Groups groups;
  for (const Candidate& file : chosen) {
    auto& group = groups[file.home->manifest->file.head];
    group.first = &*file.home->manifest;
    ManifestEntry entry = WithNumbers(*file.entry, file.home->listed);
    entry.status = EntryStatus::kExisting;
    group.second.push_back(std::move(entry));
    rewrite->replaced.emplace(file.entry->uri, file.entry->rows);
    rewrite->rows += file.entry->rows;
    rewrite->bytes += file.entry->bytes;
  }
  ListedManifest numbers;
  numbers.spec_id = rewrite->spec_id;
  numbers.sequence_number = metadata.Number("last-sequence-number");
  numbers.added_snapshot_id = metadata.current_snapshot_id().value_or(0);
  ManifestWriter writer(files, rewrite->record.location, numbers);
  Result<void> written = writer.WriteGroups(groups);
  Result<std::string> list = std::string();
  if (written) list = writer.WriteList(live.list, metadata, writer.written());
  rewrite->own_files = writer.paths();
  TRY_VOID(written);
  if (!list) return Fail(std::move(list.error()));
  rewrite->source_view = TRY(ViewWithList(current_view, *list));
  rewrite->target_view = TRY(EmptyView(current_view));
  return {};
}

/// The files that the worker added, checked: plain additions, as many rows as were replaced.
Result<LiveFiles> ReadOutput(FileSystem* files, const TableRewrite& rewrite) {
  const std::optional<json::object> output = rewrite.output();
  if (!output) return Fail(ErrorCode::kInternal, "The rewrite of small files wrote nothing");
  const std::string& folder = rewrite.record.location;
  LiveFiles written;
  const std::string list = TRY(ReadBelow(files, FindText(*output, "manifest-list"), folder));
  written.list = TRY(ReadManifestList(list));
  std::int64_t rows = 0;
  for (const ListedManifest& listed : written.list.manifests) {
    const std::string bytes = TRY(ReadBelow(files, listed.uri, folder));
    written.manifests.push_back({listed, TRY(ReadManifest(bytes))});
    for (const ManifestEntry& entry : written.manifests.back().manifest->entries) {
      const bool is_plain = entry.status == EntryStatus::kAdded && !entry.snapshot_id &&
                            !entry.sequence_number && !entry.file_sequence_number &&
                            listed.content == ManifestContent::kData;
      if (!is_plain) return Fail(ErrorCode::kInternal, "The rewrite wrote an unexpected entry");
      rows += entry.rows;
    }
  }
  if (rows != rewrite.rows) {
    return FailWithDetail(ErrorCode::kInternal,
                          fmt::format("{} rows became {}", rewrite.rows, rows),
                          "The rewrite of small files has another number of rows");
  }
  return written;
}

/// Sorts the live manifests into those that stay and, by group, the entries of those that do not.
/// kConflict unless every replaced file is found, once.
Result<void> SortManifests(const LiveFiles& live, const TableRewrite& rewrite,
                           std::int64_t snapshot_id, std::vector<ListedManifest>* kept,
                           Groups* groups) {
  std::set<std::string> found;
  auto is_replaced = [&](const ManifestEntry& entry) {
    return entry.status != EntryStatus::kDeleted && rewrite.replaced.contains(entry.uri);
  };
  for (const LiveFiles::OneManifest& one : live.manifests) {
    if (!one.listed.has_live_files()) continue;
    if (!one.manifest ||
        std::none_of(one.manifest->entries.begin(), one.manifest->entries.end(), is_replaced)) {
      kept->push_back(one.listed);
      continue;
    }
    if (one.listed.spec_id != rewrite.spec_id) return Changed();
    auto& group = (*groups)[one.manifest->file.head];
    group.first = &*one.manifest;
    for (const ManifestEntry& old : one.manifest->entries) {
      if (old.status == EntryStatus::kDeleted) continue;
      ManifestEntry entry = WithNumbers(old, one.listed);
      entry.status = EntryStatus::kExisting;
      if (is_replaced(old)) {
        if (!found.insert(old.uri).second) return Changed();
        entry.status = EntryStatus::kDeleted;
        entry.snapshot_id = snapshot_id;
      }
      group.second.push_back(std::move(entry));
    }
  }
  if (found.size() != rewrite.replaced.size()) return Changed();
  return {};
}

json::string NumberText(std::int64_t number) { return JsonText(fmt::format("{}", number)); }

/// The summary: nothing added, nothing lost, fewer files.
json::object MakeSummary(const TableRewrite& rewrite, const LiveFiles& written,
                         const json::object& replaced) {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  for (const LiveFiles::OneManifest& one : written.manifests) {
    for (const ManifestEntry& entry : one.manifest->entries) {
      ++files;
      bytes += entry.bytes;
    }
  }
  const auto replaced_files = static_cast<std::int64_t>(rewrite.replaced.size());
  auto total = [&replaced](const char* name, std::int64_t change) {
    return NumberText(SummaryNumber(replaced, name).value_or(0) + change);
  };
  return json::object{{"operation", "replace"},
                      {"added-data-files", NumberText(files)},
                      {"deleted-data-files", NumberText(replaced_files)},
                      {"added-records", NumberText(rewrite.rows)},
                      {"deleted-records", NumberText(rewrite.rows)},
                      {"added-files-size", NumberText(bytes)},
                      {"removed-files-size", NumberText(rewrite.bytes)},
                      {"total-records", total("total-records", 0)},
                      {"total-data-files", total("total-data-files", files - replaced_files)},
                      {"total-files-size", total("total-files-size", bytes - rewrite.bytes)},
                      {"total-delete-files", "0"},
                      {"total-position-deletes", "0"},
                      {"total-equality-deletes", "0"}};
}

/// The worker's manifests as those of the new snapshot.
Result<void> AdoptOutput(const LiveFiles& written, const ListedManifest& numbers,
                         const std::string& folder, std::vector<ListedManifest>* manifests,
                         std::vector<std::string>* to_sync) {
  for (const LiveFiles::OneManifest& one : written.manifests) {
    ListedManifest listed = numbers;
    listed.uri = one.listed.uri;
    listed.bytes = one.listed.bytes;
    CountEntries(one.manifest->entries, &listed);
    to_sync->push_back(TRY(PathBelow(listed.uri, folder)));
    for (const ManifestEntry& entry : one.manifest->entries) {
      to_sync->push_back(TRY(PathBelow(entry.uri, folder)));
    }
    manifests->push_back(std::move(listed));
  }
  return {};
}

}  // namespace

Result<LiveFiles> ReadLiveFiles(FileSystem* files, const TableMetadata& metadata,
                                const std::string& table_folder) {
  LiveFiles live;
  const json::object* snapshot = CurrentSnapshot(metadata);
  if (snapshot == nullptr) return live;
  const std::string list =
      TRY(ReadBelow(files, FindText(*snapshot, "manifest-list"), table_folder));
  live.list = TRY(ReadManifestList(list));
  if (live.list.manifests.size() > kManifestsMax) {
    return Fail(ErrorCode::kUnsupported, "The table has too many manifests");
  }
  std::size_t bytes_read = 0;
  for (const ListedManifest& listed : live.list.manifests) {
    if (listed.content != ManifestContent::kData && listed.has_live_files()) {
      return Fail(ErrorCode::kUnsupported, "The table has delete files");
    }
    const std::string bytes = TRY(ReadBelow(files, listed.uri, table_folder));
    bytes_read += bytes.size();
    if (bytes_read > kManifestsBytesMax) {
      return Fail(ErrorCode::kUnsupported, "The table's manifests are too large");
    }
    Result<Manifest> manifest = ReadManifest(bytes);
    live.manifests.push_back(
        {listed, manifest ? std::optional(*std::move(manifest)) : std::nullopt});
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
  Result<LiveFiles> live = ReadLiveFiles(files, metadata, record.location);
  if (!live && live.error().code == ErrorCode::kUnsupported) return none;
  if (!live) return Fail(std::move(live.error()));
  const std::int64_t spec_id = metadata.Number("default-spec-id");
  const std::vector<Candidate> candidates = FindCandidates(*live, spec_id, record.location);
  std::vector<std::int64_t> sizes;
  sizes.reserve(candidates.size());
  for (const Candidate& file : candidates) sizes.push_back(file.entry->bytes);
  std::vector<Candidate> chosen;
  for (std::size_t place : ChooseSmallFiles(sizes, pace)) chosen.push_back(candidates[place]);
  if (chosen.empty()) return none;
  auto rewrite = std::make_shared<TableRewrite>();
  rewrite->record = record;
  rewrite->source_table = record.name;
  rewrite->target_table = record.name + std::string(kTargetSuffix);
  rewrite->schema_id = metadata.Number("current-schema-id");
  rewrite->spec_id = spec_id;
  Result<void> written = WriteSource(files, *live, metadata, chosen, current_view, rewrite.get());
  if (!written) {
    RemoveAll(files, rewrite->own_files);
    if (written.error().code == ErrorCode::kUnsupported) return none;
    return Fail(std::move(written.error()));
  }
  return rewrite;
}

Result<RewrittenSnapshot> BuildRewrittenSnapshot(FileSystem* files, const TableRewrite& rewrite,
                                                 const TableMetadata& metadata) {
  const json::object* replaced = CurrentSnapshot(metadata);
  if (replaced == nullptr || metadata.Number("current-schema-id") != rewrite.schema_id ||
      metadata.Number("default-spec-id") != rewrite.spec_id) {
    return Changed();
  }
  const std::string& folder = rewrite.record.location;
  const LiveFiles written = TRY(ReadOutput(files, rewrite));
  const LiveFiles live = TRY(ReadLiveFiles(files, metadata, folder));
  ListedManifest numbers;
  numbers.spec_id = rewrite.spec_id;
  numbers.sequence_number = metadata.Number("last-sequence-number") + 1;
  numbers.added_snapshot_id = FindInt(*rewrite.output(), "snapshot-id").value_or(0);
  std::vector<ListedManifest> manifests;
  Groups groups;
  TRY_VOID(SortManifests(live, rewrite, numbers.added_snapshot_id, &manifests, &groups));
  RewrittenSnapshot result;
  TRY_VOID(AdoptOutput(written, numbers, folder, &manifests, &result.to_sync));
  ManifestWriter writer(files, folder, numbers);
  Result<void> done = writer.WriteGroups(groups);
  Result<std::string> list = std::string();
  if (done) {
    manifests.insert(manifests.end(), writer.written().begin(), writer.written().end());
    list = writer.WriteList(live.list, metadata, manifests);
  }
  if (!done || !list) {
    RemoveAll(files, writer.paths());
    return Fail(done ? list.error() : done.error());
  }
  result.new_files = writer.paths();
  result.snapshot = json::object{{"snapshot-id", numbers.added_snapshot_id},
                                 {"parent-snapshot-id", *metadata.current_snapshot_id()},
                                 {"sequence-number", numbers.sequence_number},
                                 {"timestamp-ms", metadata.Number("last-updated-ms")},
                                 {"manifest-list", JsonText(*list)},
                                 {"summary", MakeSummary(rewrite, written, *replaced)},
                                 {"schema-id", rewrite.schema_id}};
  return result;
}

Result<std::vector<std::string>> ListRewriteOutput(FileSystem* files, const TableRewrite& rewrite) {
  const std::optional<json::object> output = rewrite.output();
  if (!output) return std::vector<std::string>();
  return TRY(ReadAddedFiles(files, *output, rewrite.record.location)).paths;
}

}  // namespace sluice
