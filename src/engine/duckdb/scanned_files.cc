#include "engine/duckdb/scanned_files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "lake/metadata_files.h"

namespace sluice {

namespace {

constexpr const char* kStorageName = "sluice_scanned_files";
/// How the names of delete files end, by whichever engine.
constexpr std::string_view kDeleteFileEnd = "-deletes.parquet";
/// The end of a Parquet file: the footer's length and the magic word. A read that touches them is
/// one of the footer.
constexpr std::int64_t kFooterEndBytes = 8;

/// The text of a member of the log's flat JSON object; what needs an escape is no data file of
/// ours.
std::string_view Member(std::string_view message, std::string_view opening) {
  std::size_t begin = message.find(opening);
  if (begin == std::string_view::npos) return {};
  begin += opening.size();
  std::size_t end = message.find('"', begin);
  return end == std::string_view::npos ? std::string_view() : message.substr(begin, end - begin);
}

std::int64_t Number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::int64_t SizeOf(std::string_view path) {
  std::error_code error;
  std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace

Result<void> ScannedFiles::Register(const DuckDbApi& api, duckdb_database database,
                                    duckdb_connection connection) {
  Owned<duckdb_log_storage> storage(api.create_log_storage(), api.destroy_log_storage);
  api.log_storage_set_name(storage.get(), kStorageName);
  api.log_storage_set_extra_data(storage.get(), this, nullptr);
  api.log_storage_set_write_log_entry(storage.get(), &ScannedFiles::OnEntry);
  if (api.register_log_storage(database, storage.get()) != DuckDBSuccess) {
    return Fail(ErrorCode::kUnavailable, "The engine refuses a log storage");
  }
  Owned<duckdb_result> result(api.destroy_result);
  const std::string sql =
      std::string("CALL enable_logging('FileSystem', storage='") + kStorageName + "')";
  if (api.query(connection, sql.c_str(), result.out()) == DuckDBSuccess) return {};
  return FailWithDetail(ErrorCode::kUnavailable, api.result_error(result.out()),
                        "The engine's log cannot be switched on");
}

void ScannedFiles::SetFolder(const std::filesystem::path& folder) {
  MutexLock lock(mutex_);
  folder_ = folder.empty() ? std::string() : folder.string() + "/";
}

void ScannedFiles::Clear() {
  MutexLock lock(mutex_);
  opened_.clear();
  written_.clear();
  reads_.clear();
}

std::int64_t ScannedFiles::TotalBytes() const {
  MutexLock lock(mutex_);
  std::int64_t total = 0;
  for (const std::string& path : opened_) {
    if (written_.contains(path)) continue;
    total += SizeOf(path);
  }
  return total;
}

double ScannedFiles::Fraction(std::int64_t source_bytes) const {
  MutexLock lock(mutex_);
  std::int64_t size = 0;
  std::int64_t read = 0;
  for (const auto& [path, reads] : reads_) {
    size += reads.file_size;
    read += reads.end;
  }
  std::int64_t whole = std::max(size, source_bytes);
  return whole > 0 ? static_cast<double>(read) / static_cast<double>(whole) : 0;
}

void ScannedFiles::NoteRead(std::string_view path, std::string_view message) {
  auto found = reads_.find(path);
  if (found == reads_.end()) found = reads_.emplace(path, Reads{SizeOf(path), 0}).first;
  Reads& reads = found->second;
  std::int64_t end =
      Number(Member(message, "\"pos\":\"")) + Number(Member(message, "\"bytes\":\""));
  if (end + kFooterEndBytes < reads.file_size) reads.end = std::max(reads.end, end);
}

void ScannedFiles::OnEntry(void* self, duckdb_timestamp*, const char*, const char*,
                           const char* message) {
  if (message != nullptr) static_cast<ScannedFiles*>(self)->Note(message);
}

void ScannedFiles::Note(std::string_view message) {
  // Opens, not reads: what the engine still has in memory of a file (its footer is enough for a
  // count) is not read again, but the file is always opened to see whether it is the same.
  const std::string_view operation = Member(message, "\"op\":\"");
  if (operation != "OPEN" && operation != "WRITE" && operation != "READ") return;
  const std::string path = PathOfUri(Member(message, "\"path\":\""));
  if (!path.ends_with(".parquet") || path.ends_with(kDeleteFileEnd)) return;
  MutexLock lock(mutex_);
  if (folder_.empty() || !path.starts_with(folder_)) return;
  if (operation == "READ") return NoteRead(path, message);
  auto& paths = operation == "OPEN" ? opened_ : written_;
  if (!paths.contains(path)) paths.emplace(path);
}

}  // namespace sluice
