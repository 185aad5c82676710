#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/frames.pb.h"
#include "engine/duckdb/result_writer.h"
#include "lake/file_metrics.h"
#include "lake/table_write.h"

namespace sluice {

/// Turns what a COPY answers about its files into what a manifest says of them: bounds from each
/// file's own footer, NaN by counting them. For a worker's main thread.
class TableWriter {
 public:
  /// `connection` is another one than the COPY's; all must outlive the writer.
  TableWriter(const DuckDbApi& api, duckdb_connection connection, const WritePlan& plan)
      : api_(api), connection_(connection), plan_(plan) {}

  using TakeFile = std::function<void(frames::DataFile file)>;
  /// Reads the COPY's answer to its end. A file without rows is removed and not told.
  Result<std::int64_t> Describe(duckdb_result answer, const TakeFile& take);
  /// The engine's failure, when it was one.
  const std::optional<StreamFailure>& failure() const { return failure_; }

 private:
  /// A row of the answer.
  struct Copied {
    std::string path;
    std::int64_t rows = 0;
    bool has_nan = false;
    std::vector<std::optional<std::string>> partition;  ///< as CopySql spells the values
  };
  std::vector<Copied> ReadAnswer(duckdb_data_chunk chunk) const;
  Result<frames::DataFile> DescribeFile(const Copied& copied);
  Result<ByFieldId<std::int64_t>> CountNans(const std::string& path);
  Result<void> AddPartition(const Copied& copied, frames::DataFile* file);
  /// The first row of a query, as texts.
  Result<std::vector<std::optional<std::string>>> QueryTexts(const std::string& sql,
                                                             std::size_t columns);

  const DuckDbApi& api_;
  duckdb_connection connection_;
  const WritePlan& plan_;
  std::optional<StreamFailure> failure_;
};

/// The reverse of a frame's file: as the server's manifests have it. kInvalidArgument for a frame
/// that no TableWriter made.
Result<DataFile> DecodeDataFile(const frames::DataFile& frame,
                                const std::vector<PartitionField>& partition);

}  // namespace sluice
