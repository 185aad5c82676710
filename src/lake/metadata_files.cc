#include "lake/metadata_files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "lake/json_access.h"
#include "lake/manifest_check.h"
#include "lake/reader_view.h"
#include "lake/schema_leaves.h"

namespace sluice {
namespace {

constexpr std::string_view kFileScheme = "file://";
/// The same as Hadoop's file systems write it: "file:/w/t" is "file:///w/t".
constexpr std::string_view kShortFileRoot = "file:/";

/// The number in front of "00012-….metadata.json"; -1 for no file.
int VersionOf(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  int version = -1;
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

bool HasFloatingPoint(const json::object& schema) {
  if (schema.empty()) return false;
  const std::vector<SchemaLeaf> leaves = LeavesOf(schema);
  return std::any_of(leaves.begin(), leaves.end(), [](const SchemaLeaf& leaf) {
    return leaf.type == "float" || leaf.type == "double";
  });
}

/// Columns of BINARY and of floating point, if any file may have Bloom filters. What lies in
/// structs and lists is not looked up in them.
std::vector<std::string> GuardedColumns(const TableMetadata& metadata) {
  std::vector<std::string> names;
  if (IsWithoutBloomFilters(metadata)) return names;
  const json::object schema = metadata.CurrentSchema();
  const json::array* fields = FindArray(schema, "fields");
  if (fields == nullptr) return names;
  for (const json::value& value : *fields) {
    const json::object* field = value.if_object();
    if (field == nullptr) continue;
    const std::string type = FindText(*field, "type");
    if (type == "binary" || type == "float" || type == "double" || type.starts_with("fixed")) {
      names.push_back(FindText(*field, "name"));
    }
  }
  return names;
}

std::size_t SizeOf(const StoredMetadata& stored) {
  const std::size_t parsed = stored.parsed == nullptr ? 0 : stored.text.size() * kParsedBytesOfOne;
  return sizeof stored + stored.text.size() + stored.current_text.size() + parsed;
}

}  // namespace

std::string FileUri(std::string_view path) { return std::string(kFileScheme).append(path); }

std::string PathOfUri(std::string_view uri) {
  if (uri.starts_with(kFileScheme)) {
    uri.remove_prefix(kFileScheme.size());
  } else if (uri.starts_with(kShortFileRoot)) {
    uri.remove_prefix(kShortFileRoot.size() - 1);
  }
  return std::string(uri);
}

std::string LoadTableResult(std::string_view metadata_path, std::string_view metadata_text) {
  std::string out;
  out.reserve(metadata_text.size() + metadata_path.size() + 80);
  JsonWriter json(&out);
  json.BeginObject();
  if (!metadata_path.empty()) json.Key("metadata-location").String(FileUri(metadata_path));
  json.Key("metadata").Raw(metadata_text);
  json.Key("config").BeginObject().EndObject();
  json.EndObject();
  return out;
}

Result<std::shared_ptr<const StoredMetadata>> MetadataFiles::Load(const std::string& path) {
  if (auto stored = FindInMemory(path)) return stored;
  Result<std::string> text = files_->Read(path, kMetadataBytesMax);
  if (!text) {
    // A missing file is a broken table, not a table that does not exist, and asking again is no
    // use; nor is it for a folder, a link or a file past all bounds.
    if (text.error().code == ErrorCode::kInvalidArgument) {
      return FailWithDetail(ErrorCode::kInternal, text.error().detail,
                            "A table's metadata is damaged");
    }
    if (text.error().code == ErrorCode::kNotFound) {
      return FailWithDetail(ErrorCode::kInternal, text.error().detail,
                            "A table's metadata is missing");
    }
    return FailWithDetail(ErrorCode::kUnavailable, text.error().detail,
                          "A table's metadata cannot be read");
  }
  TableMetadata metadata = TRY(TableMetadata::Parse(*text).WithContext("{}", path));
  return Remember(path, std::move(*text), std::move(metadata));
}

Result<std::shared_ptr<const TableMetadata>> MetadataFiles::LoadParsed(const std::string& path) {
  const std::shared_ptr<const StoredMetadata> stored = TRY(Load(path));
  if (stored->parsed != nullptr) return stored->parsed;
  return std::make_shared<const TableMetadata>(TRY(TableMetadata::Parse(stored->text)));
}

Result<std::string> MetadataFiles::Write(TableMetadata metadata, std::string_view table_folder,
                                         std::string_view previous) {
  std::string path = fmt::format("{}/metadata/{:05}-{}.metadata.json", table_folder,
                                 previous.empty() ? 0 : VersionOf(previous) + 1, MakeUuidV4());
  std::string text = metadata.Serialize();
  if (text.size() > kMetadataBytesMax) {
    return Fail(ErrorCode::kInvalidArgument, "The table's metadata would have more than {} bytes",
                kMetadataBytesMax);
  }
  TRY_VOID(files_->WriteDurably(path, text));
  Remember(path, std::move(text), std::move(metadata));
  return path;
}

void MetadataFiles::Remove(const std::string& path) {
  {
    MutexLock lock(mutex_);
    Forget(path);
  }
  Result<void> removed = files_->RemoveAll(path);
  if (!removed) LogError(LogLevel::kWarning, "old metadata file stays", removed.error());
}

std::shared_ptr<const StoredMetadata> MetadataFiles::Remember(const std::string& path,
                                                              std::string text,
                                                              TableMetadata metadata) {
  auto stored = std::make_shared<StoredMetadata>();
  stored->text = std::move(text);
  stored->current_text = metadata.CurrentView().Serialize();
  stored->totals = metadata.Totals();
  stored->needs_view = ReaderView::MayBeNeeded(metadata);
  stored->can_have_nan = HasFloatingPoint(metadata.CurrentSchema());
  stored->guarded_columns = GuardedColumns(metadata);
  if (stored->text.size() <= kParsedTextBytesMax) {
    stored->parsed = std::make_shared<const TableMetadata>(std::move(metadata));
  }
  MutexLock lock(mutex_);
  Forget(path);
  newest_first_.emplace_front(path, stored);
  by_path_[path] = newest_first_.begin();
  bytes_ += SizeOf(*stored);
  while (bytes_ > kMetadataCacheBytesMax && newest_first_.size() > 1) {
    const std::string oldest = newest_first_.back().first;
    Forget(oldest);
  }
  return stored;
}

std::shared_ptr<const StoredMetadata> MetadataFiles::FindInMemory(const std::string& path) {
  MutexLock lock(mutex_);
  auto found = by_path_.find(path);
  if (found == by_path_.end()) return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  return found->second->second;
}

void MetadataFiles::Forget(const std::string& path) {
  auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  bytes_ -= SizeOf(*found->second->second);
  newest_first_.erase(found->second);
  by_path_.erase(found);
}

}  // namespace sluice
