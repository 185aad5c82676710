#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"
#include "lake/table_metadata.h"

namespace sluice {

/// What the newest metadata of tables may take in memory.
inline constexpr std::size_t kMetadataCacheBytesMax = 64U << 20U;
/// Longer texts are not also kept parsed, which takes some kParsedBytesOfOne bytes for each byte.
inline constexpr std::size_t kParsedTextBytesMax = 1U << 20U;
inline constexpr std::size_t kParsedBytesOfOne = 8;
/// No table's metadata grows past this: whoever needs it reads and parses it whole.
inline constexpr std::size_t kMetadataBytesMax = 16U << 20U;

/// A metadata file as readers get it.
struct StoredMetadata {
  std::string text;          ///< the whole document, as in the file
  std::string current_text;  ///< TableMetadata::CurrentView of it
  /// The document itself; null for one that is too long to be kept so.
  std::shared_ptr<const TableMetadata> parsed;
  SnapshotTotals totals;
  bool can_have_nan = false;                 ///< the current schema has columns of floating point
  std::vector<std::string> guarded_columns;  ///< see TableSnapshot
  /// The engine may have to be shown something else: see ReaderView.
  bool needs_view = false;
};

/// The URI by which engines know an absolute path, and back; "file:/w" is "file:///w".
std::string FileUri(std::string_view path);
std::string PathOfUri(std::string_view uri);

/// The REST catalog's LoadTableResult as JSON text. A table that was not committed yet has no
/// metadata file: its path is empty.
std::string LoadTableResult(std::string_view metadata_path, std::string_view metadata_text);

/// The metadata.json files of all tables, the newest of them in memory. Thread-safe.
class MetadataFiles {
 public:
  /// `files` must outlive this.
  explicit MetadataFiles(FileSystem* files) : files_(files) {}

  /// From memory, else from the file. kUnavailable or kInternal when it cannot be had.
  Result<std::shared_ptr<const StoredMetadata>> Load(const std::string& path) EXCLUDES(mutex_);
  Result<std::shared_ptr<const TableMetadata>> LoadParsed(const std::string& path) EXCLUDES(mutex_);

  /// Writes the next version beside `previous` (empty for the first) below the table's folder,
  /// durably, and remembers it. Answers its path.
  Result<std::string> Write(TableMetadata metadata, std::string_view table_folder,
                            std::string_view previous) EXCLUDES(mutex_);

  /// Unlinks files nobody needs. What cannot be unlinked is logged and stays.
  void Remove(const std::string& path) EXCLUDES(mutex_);

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const StoredMetadata>>;

  std::shared_ptr<const StoredMetadata> Remember(const std::string& path, std::string text,
                                                 TableMetadata metadata) EXCLUDES(mutex_);
  std::shared_ptr<const StoredMetadata> FindInMemory(const std::string& path) EXCLUDES(mutex_);
  void Forget(const std::string& path) REQUIRES(mutex_);

  FileSystem* files_;
  Mutex mutex_;
  std::list<Entry> newest_first_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::list<Entry>::iterator> by_path_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice
