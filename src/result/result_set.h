#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/file_system.h"
#include "base/result.h"
#include "job/job.h"
#include "result/preview_file.h"
#include "types/data_type.h"

namespace sluice {

inline constexpr int kPreviewRowsMax = 1'000;
/// A result up to this many bytes of JSON travels in the finished frame and in the job's record.
inline constexpr std::size_t kInlineResultBytesMax = 64 * 1024;
/// A preview is for people: rows past this many bytes of JSON are a limit, not a file.
inline constexpr std::size_t kPreviewBytesMax = std::size_t{256} << 20;

/// The rows a job produced. Either all of them are inline, or files lie in a folder.
struct ResultSet {
  Schema schema;
  std::int64_t row_count = 0;
  /// Inline: each row a JSON array as the preview shows it (contract/decisions.md, preview values).
  std::vector<std::string> rows;
  bool in_files = false;  ///< preview.jsonl (first kPreviewRowsMax rows, one a line), *.parquet
};

/// What the job's record keeps of a result set, as JSON text; and back.
std::string EncodeManifest(const ResultSet& result);
Result<ResultSet> DecodeManifest(std::string_view manifest_json);

/// Result files of all jobs, below one folder: results/{job}/{attempt}/. Thread-safe.
class ResultStore {
 public:
  /// `files` must outlive the store.
  ResultStore(FileSystem* files, std::filesystem::path root);

  /// Moves the worker's folder to its place, durably. Repeating it after a crash is fine.
  Result<void> Publish(const JobId& job, int attempt, const std::filesystem::path& scratch_folder);
  /// Those of the rows that there are, as the inside of a JSON array: "[1,\"a\"],[2,null]". Files
  /// that go away later are still read to their end.
  Result<std::shared_ptr<ByteSource>> OpenPreview(const ResultSet& result, const JobId& job,
                                                  int attempt, RowRange rows);
  /// Removes all files of a job; fine when there are none.
  Result<void> Remove(const JobId& job);

 private:
  FileSystem* files_;
  std::filesystem::path root_;
  PreviewFiles previews_;
};

}  // namespace sluice
