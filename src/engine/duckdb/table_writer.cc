#include "engine/duckdb/table_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/unique_fd.h"
#include "engine/duckdb/duckdb_value.h"
#include "engine/duckdb/table_write_sql.h"
#include "lake/metadata_files.h"
#include "lake/parquet_footer.h"

namespace sluice {
namespace {

constexpr std::string_view kParquetMagic = "PAR1";
constexpr std::size_t kFooterTailBytes = 8;  ///< its length and the magic word
constexpr std::size_t kFooterBytesMax = std::size_t{64} << 20;

// Columns of the answer.
constexpr idx_t kNameColumn = 0;
constexpr idx_t kCountColumn = 1;
constexpr idx_t kStatisticsColumn = 4;
constexpr idx_t kPartitionColumn = 5;

tl::unexpected<Error> NotWritten(const std::string& path, std::string_view what) {
  return FailWithDetail(ErrorCode::kUnavailable,
                        fmt::format("{} {}: {}", what, path, std::strerror(errno)),
                        "[STORAGE_ERROR] The table's files could not be written");
}

tl::unexpected<Error> Unexpected(const std::string& path) {
  return FailWithDetail(ErrorCode::kInternal, path, "The engine wrote a file of another form");
}

/// The texts of a VARCHAR vector, where they lie.
std::optional<std::string> TextAt(const DuckDbApi& api, duckdb_vector vector, idx_t row) {
  if (IsNullAt(api.vector_get_validity(vector), row)) return std::nullopt;
  return std::string(
      BytesOf(static_cast<const duckdb_string_t*>(api.vector_get_data(vector))[row]));
}

/// A map's entries are a list of pairs: where those of a row lie, and the vectors of both halves.
struct MapEntries {
  duckdb_list_entry range = {0, 0};
  duckdb_vector keys = nullptr;
  duckdb_vector values = nullptr;
};
MapEntries EntriesAt(const DuckDbApi& api, duckdb_vector map, idx_t row) {
  MapEntries entries;
  if (IsNullAt(api.vector_get_validity(map), row)) return entries;
  entries.range = static_cast<const duckdb_list_entry*>(api.vector_get_data(map))[row];
  duckdb_vector pairs = api.list_vector_get_child(map);
  entries.keys = api.struct_vector_get_child(pairs, 0);
  entries.values = api.struct_vector_get_child(pairs, 1);
  return entries;
}

/// Whether any column's statistics say has_nan.
bool SaysNan(const DuckDbApi& api, duckdb_vector statistics, idx_t row) {
  const MapEntries columns = EntriesAt(api, statistics, row);
  for (idx_t i = 0; i < columns.range.length; ++i) {
    const MapEntries facts = EntriesAt(api, columns.values, columns.range.offset + i);
    for (idx_t k = 0; k < facts.range.length; ++k) {
      const idx_t place = facts.range.offset + k;
      if (TextAt(api, facts.keys, place) == "has_nan" &&
          TextAt(api, facts.values, place) != "false") {
        return true;
      }
    }
  }
  return false;
}

std::uint32_t LittleEndian(const char* bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

/// Reads a file's footer, takes the annotations of integers out of it and writes it back, which
/// makes it shorter.
class FooterEditor {
 public:
  explicit FooterEditor(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {}

  Result<ParquetFooter> Run() {
    struct stat status = {};
    if (!fd_.valid() || ::fstat(fd_.get(), &status) != 0) return NotWritten(path_, "open");
    size_ = status.st_size;
    const std::string footer = TRY(Read());
    const std::string plain = TRY(WithoutIntegerAnnotations(footer));
    if (plain.size() != footer.size()) TRY_VOID(Write(footer.size(), plain));
    return ReadParquetFooter(plain);
  }

  std::int64_t size() const { return size_; }

 private:
  Result<std::string> Read() {
    std::string tail = TRY(ReadAt(size_ - static_cast<off_t>(kFooterTailBytes), kFooterTailBytes));
    const std::size_t length = LittleEndian(tail.data());
    if (!tail.ends_with(kParquetMagic) || length > kFooterBytesMax) return Unexpected(path_);
    begin_ = size_ - static_cast<off_t>(kFooterTailBytes + length);
    return ReadAt(begin_, length);
  }

  Result<std::string> ReadAt(off_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    if (offset < 0) return Unexpected(path_);
    if (::pread(fd_.get(), bytes.data(), size, offset) != static_cast<ssize_t>(size)) {
      return NotWritten(path_, "read");
    }
    return bytes;
  }

  Result<void> Write(std::size_t old_size, std::string footer) {
    if (footer.size() > old_size) return Unexpected(path_);
    const auto length = static_cast<std::uint32_t>(footer.size());
    footer.append(reinterpret_cast<const char*>(&length), sizeof length);  // NOLINT
    footer.append(kParquetMagic);
    if (::pwrite(fd_.get(), footer.data(), footer.size(), begin_) !=
        static_cast<ssize_t>(footer.size())) {
      return NotWritten(path_, "write");
    }
    size_ = begin_ + static_cast<off_t>(footer.size());
    if (::ftruncate(fd_.get(), size_) != 0) return NotWritten(path_, "truncate");
    return {};
  }

  const std::string& path_;
  UniqueFd fd_;
  off_t size_ = 0;
  off_t begin_ = 0;  ///< of the footer
};

void AddCounts(const ByFieldId<std::int64_t>& counts,
               google::protobuf::RepeatedPtrField<frames::DataFile::Count>* out) {
  for (const auto& [id, count] : counts) {
    frames::DataFile::Count& added = *out->Add();
    added.set_id(id);
    added.set_count(count);
  }
}

void AddBounds(const ByFieldId<std::string>& bounds,
               google::protobuf::RepeatedPtrField<frames::DataFile::Bound>* out) {
  for (const auto& [id, value] : bounds) {
    frames::DataFile::Bound& added = *out->Add();
    added.set_id(id);
    added.set_value(value);
  }
}

ByFieldId<std::int64_t> TakeCounts(
    const google::protobuf::RepeatedPtrField<frames::DataFile::Count>& counts) {
  ByFieldId<std::int64_t> taken;
  for (const frames::DataFile::Count& count : counts) taken.emplace_back(count.id(), count.count());
  return taken;
}

ByFieldId<std::string> TakeBounds(
    const google::protobuf::RepeatedPtrField<frames::DataFile::Bound>& bounds) {
  ByFieldId<std::string> taken;
  for (const frames::DataFile::Bound& bound : bounds) taken.emplace_back(bound.id(), bound.value());
  return taken;
}

std::string ReadFileSql(const std::string& path) {
  return fmt::format("read_parquet({}, hive_partitioning = false)", QuoteLiteral(path));
}

}  // namespace

Result<std::int64_t> TableWriter::Describe(duckdb_result answer, const TakeFile& take) {
  std::int64_t rows = 0;
  while (true) {
    Owned<duckdb_data_chunk> chunk(api_.fetch_chunk(answer), api_.destroy_data_chunk);
    if (chunk.get() == nullptr) return rows;
    for (const Copied& copied : ReadAnswer(chunk.get())) {
      if (copied.rows == 0) {
        std::error_code ignored;  // it goes with the folder
        std::filesystem::remove(copied.path, ignored);
        continue;
      }
      rows += copied.rows;
      take(TRY(DescribeFile(copied)));
    }
  }
}

std::vector<TableWriter::Copied> TableWriter::ReadAnswer(duckdb_data_chunk chunk) const {
  std::vector<Copied> read;
  const idx_t rows = api_.data_chunk_get_size(chunk);
  duckdb_vector names = api_.data_chunk_get_vector(chunk, kNameColumn);
  duckdb_vector counts = api_.data_chunk_get_vector(chunk, kCountColumn);
  duckdb_vector statistics = api_.data_chunk_get_vector(chunk, kStatisticsColumn);
  duckdb_vector partitions = api_.data_chunk_get_vector(chunk, kPartitionColumn);
  for (idx_t row = 0; row < rows; ++row) {
    Copied& copied = read.emplace_back();
    copied.path = TextAt(api_, names, row).value_or("");
    copied.rows = static_cast<std::int64_t>(
        static_cast<const std::uint64_t*>(api_.vector_get_data(counts))[row]);
    copied.has_nan = SaysNan(api_, statistics, row);
    if (plan_.partition.empty()) continue;
    const MapEntries entries = EntriesAt(api_, partitions, row);
    for (idx_t i = 0; i < entries.range.length; ++i) {
      copied.partition.push_back(TextAt(api_, entries.values, entries.range.offset + i));
    }
  }
  return read;
}

Result<frames::DataFile> TableWriter::DescribeFile(const Copied& copied) {
  FooterEditor editor(copied.path);
  const ParquetFooter footer = TRY(editor.Run());
  if (footer.rows != copied.rows) return Unexpected(copied.path);
  ByFieldId<std::int64_t> nans;
  if (copied.has_nan) nans = TRY(CountNans(copied.path));
  const ColumnMetrics metrics = MeasureColumns(footer, plan_.leaves, plan_.modes, nans);
  frames::DataFile file;
  file.set_path(copied.path);
  file.set_rows(copied.rows);
  file.set_bytes(editor.size());
  AddCounts(metrics.sizes, file.mutable_sizes());
  AddCounts(metrics.values, file.mutable_values());
  AddCounts(metrics.nulls, file.mutable_nulls());
  AddCounts(metrics.nans, file.mutable_nans());
  AddBounds(metrics.lower, file.mutable_lower());
  AddBounds(metrics.upper, file.mutable_upper());
  for (std::int64_t offset : footer.group_offsets) file.add_split_offsets(offset);
  TRY_VOID(AddPartition(copied, &file));
  return file;
}

Result<ByFieldId<std::int64_t>> TableWriter::CountNans(const std::string& path) {
  std::string counts;
  std::vector<std::int32_t> ids;
  for (const SchemaLeaf& leaf : plan_.leaves) {
    if (leaf.is_repeated || (leaf.type != "float" && leaf.type != "double")) continue;
    counts += fmt::format("{}CAST(count(*) FILTER (WHERE system.main.isnan({})) AS VARCHAR)",
                          counts.empty() ? "" : ", ", PathSql(leaf.path));
    ids.push_back(leaf.id);
  }
  ByFieldId<std::int64_t> nans;
  if (ids.empty()) return nans;
  const auto texts =
      TRY(QueryTexts(fmt::format("SELECT {} FROM {}", counts, ReadFileSql(path)), ids.size()));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    nans.emplace_back(ids[i], std::atoll(texts[i].value_or("0").c_str()));
  }
  return nans;
}

Result<void> TableWriter::AddPartition(const Copied& copied, frames::DataFile* file) {
  if (copied.partition.size() != plan_.partition.size()) return Unexpected(copied.path);
  for (std::size_t i = 0; i < copied.partition.size(); ++i) {
    frames::DataFile::PartitionValue& value = *file->add_partition();
    std::optional<std::string> text = copied.partition[i];
    if (text && text->starts_with(kPartitionHash)) {
      const std::string sql =
          fmt::format("SELECT {} FROM {} LIMIT 1", PartitionTextSql(plan_.partition[i]),
                      ReadFileSql(copied.path));
      text = TRY(QueryTexts(sql, 1)).front();
    } else if (text) {
      text->erase(0, 1);
    }
    value.set_is_null(!text);
    value.set_text(text.value_or(""));
  }
  return {};
}

Result<std::vector<std::optional<std::string>>> TableWriter::QueryTexts(const std::string& sql,
                                                                        std::size_t columns) {
  Owned<duckdb_result> result(api_.destroy_result);
  if (api_.query(connection_, sql.c_str(), result.out()) != DuckDBSuccess) {
    const char* text = api_.result_error(result.out());
    failure_ = StreamFailure{api_.result_error_type(result.out()), text == nullptr ? "" : text};
    return Fail(ErrorCode::kInternal, "The written files could not be read");
  }
  std::vector<std::optional<std::string>> texts(columns);
  Owned<duckdb_data_chunk> chunk(api_.fetch_chunk(result.get()), api_.destroy_data_chunk);
  if (chunk.get() == nullptr || api_.data_chunk_get_size(chunk.get()) == 0) return texts;
  for (std::size_t i = 0; i < columns; ++i) {
    texts[i] = TextAt(api_, api_.data_chunk_get_vector(chunk.get(), i), 0);
  }
  return texts;
}

Result<DataFile> DecodeDataFile(const frames::DataFile& frame,
                                const std::vector<PartitionField>& partition) {
  const auto fields = static_cast<std::size_t>(frame.partition_size());
  if (fields != partition.size() || frame.rows() <= 0 || frame.bytes() <= 0) {
    return Fail(ErrorCode::kInvalidArgument, "The worker tells of a file that cannot be");
  }
  DataFile file;
  file.uri = FileUri(frame.path());
  file.rows = frame.rows();
  file.bytes = frame.bytes();
  for (std::size_t i = 0; i < fields; ++i) {
    const frames::DataFile::PartitionValue& value = frame.partition(static_cast<int>(i));
    file.partition.push_back(
        value.is_null() ? json::value() : TRY(DecodePartitionText(partition[i], value.text())));
  }
  file.metrics.sizes = TakeCounts(frame.sizes());
  file.metrics.values = TakeCounts(frame.values());
  file.metrics.nulls = TakeCounts(frame.nulls());
  file.metrics.nans = TakeCounts(frame.nans());
  file.metrics.lower = TakeBounds(frame.lower());
  file.metrics.upper = TakeBounds(frame.upper());
  file.split_offsets.assign(frame.split_offsets().begin(), frame.split_offsets().end());
  return file;
}

}  // namespace sluice
