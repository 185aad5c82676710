#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "lake/table_metadata.h"

namespace sluice {

/// A table's current snapshot as the engine can be trusted to read it: where its own pruning would
/// lose rows, it is shown less to prune by. docs/design/0009-reading-tables-of-any-writer.md.
///
/// Manifests that were not checked yet are mended first (manifest_check.h). Partition fields whose
/// transform the engine applies wrongly to constants are void, for the files that it matters for.
class ReaderView {
 public:
  /// Whether the table's current snapshot may need one, by the metadata alone.
  static bool MayBeNeeded(const TableMetadata& metadata);
  /// `files` must outlive the view. Null when the snapshot needs none. Errors are ManifestCheck's.
  static Result<std::shared_ptr<const ReaderView>> Make(FileSystem* files,
                                                        const std::string& table_folder,
                                                        const TableMetadata& metadata,
                                                        const std::string& current_text);
  ~ReaderView();
  ReaderView(const ReaderView&) = delete;
  ReaderView& operator=(const ReaderView&) = delete;

  /// Iceberg metadata as JSON text. It names files that are there as long as the view is.
  const std::string& metadata_json() const { return metadata_json_; }

 private:
  explicit ReaderView(FileSystem* files) : files_(files) {}

  FileSystem* files_;
  std::string metadata_json_;
  std::vector<std::string> own_files_;
};

}  // namespace sluice
