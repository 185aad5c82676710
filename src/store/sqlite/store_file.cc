#include "store/sqlite/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/file_system.h"
#include "base/unique_fd.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"

namespace sluice {

namespace {

// SQLite's file format, section 1.3 of its description: the header is the first 100 bytes.
constexpr std::size_t kHeaderSize = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kPageSizeAt = 16;
constexpr std::size_t kWriteVersionAt = 18;
constexpr std::size_t kChangeCounterAt = 24;
constexpr std::size_t kPageCountAt = 28;
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;
constexpr std::size_t kValidForAt = 92;
constexpr std::uint8_t kWriteAheadLog = 2;
constexpr std::uint64_t kPageSizeMax = 65536;  // written as 1

constexpr int kOwnerOnly = 0600;

using Header = std::array<unsigned char, kHeaderSize>;

/// A big-endian number of `size` bytes.
std::uint64_t Number(const Header& header, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | header[at + i];
  return number;
}

std::filesystem::path Beside(const std::filesystem::path& file, std::string_view suffix) {
  std::filesystem::path path = file;
  path += suffix;
  return path;
}

tl::unexpected<Error> Unreadable(const std::filesystem::path& file, int error) {
  return FailWithDetail(ErrorCode::kUnavailable, std::strerror(error),
                        "The job store {} cannot be read: {}", file.string(), std::strerror(error));
}

/// The page count of the header may be stale in files of old writers; then it says so.
bool IsPageCountValid(const Header& header) {
  return Number(header, kChangeCounterAt, 4) == Number(header, kValidForAt, 4);
}

Result<void> CheckHeader(const std::filesystem::path& file, const Header& header,
                         std::uint64_t size) {
  if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) {
    return Fail(UnusableStore(file, "is no SQLite database or its header is damaged"));
  }
  if (Number(header, kApplicationIdAt, 4) != static_cast<std::uint64_t>(kStoreApplicationId)) {
    return Fail(UnusableStore(file, "is a SQLite database of another program"));
  }
  std::uint64_t known = EmbeddedMigrations().size();
  std::uint64_t version = Number(header, kUserVersionAt, 4);
  if (version > known) {
    return Fail(
        UnusableStore(file, fmt::format("is newer than this program (schema {}, the program "
                                        "knows {})",
                                        version, known)));
  }
  std::uint64_t page_size = Number(header, kPageSizeAt, 2);
  if (page_size == 1) page_size = kPageSizeMax;
  bool is_power_of_two = page_size >= 512 && (page_size & (page_size - 1)) == 0;
  if (!is_power_of_two || header[kWriteVersionAt] != kWriteAheadLog) {
    return Fail(UnusableStore(file, "has a damaged header"));
  }
  std::uint64_t expected = page_size * Number(header, kPageCountAt, 4);
  // With a log beside it, the missing pages may be in there: the crash came amid a checkpoint.
  if (IsPageCountValid(header) && size < expected && !HasLog(file)) {
    return Fail(
        UnusableStore(file, fmt::format("is truncated ({} bytes instead of {})", size, expected)));
  }
  return {};
}

Result<void> InitializeFile(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly));
  if (!fd.valid()) {
    return FailWithDetail(ErrorCode::kUnavailable, std::strerror(errno),
                          "The job store {} cannot be made: {}", file.string(),
                          std::strerror(errno));
  }
  std::unique_ptr<Connection> connection =
      TRY(Connection::Open(file, Connection::Access::kReadWrite));
  TRY_VOID(connection->Execute("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL"));
  return Migrate(*connection, EmbeddedMigrations());
}

}  // namespace

Error UnusableStore(const std::filesystem::path& file, std::string_view reason) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("The job store {} {}", file.string(), reason),
               {}};
}

bool HasLog(const std::filesystem::path& file) {
  std::error_code error;
  std::uintmax_t size = std::filesystem::file_size(Beside(file, "-wal"), error);
  return !error && size > 0;
}

Result<StoreFileState> ExamineStoreFile(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) {
    if (!HasLog(file)) return StoreFileState::kAbsent;
    return Fail(UnusableStore(file, "is missing, but its log is there"));
  }
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return Unreadable(file, errno);
  if (!S_ISREG(status.st_mode)) return Fail(UnusableStore(file, "is no regular file"));
  if (status.st_size == 0) return Fail(UnusableStore(file, "is empty"));
  Header header = {};
  ssize_t count = ::pread(fd.get(), header.data(), header.size(), 0);
  if (count < 0) return Unreadable(file, errno);
  if (count < static_cast<ssize_t>(header.size())) {
    return Fail(UnusableStore(file, fmt::format("is truncated ({} bytes)", count)));
  }
  TRY_VOID(CheckHeader(file, header, static_cast<std::uint64_t>(status.st_size)));
  return StoreFileState::kSound;
}

Result<void> CreateStoreFile(const std::filesystem::path& file) {
  LocalFileSystem files;
  std::filesystem::path fresh = Beside(file, ".new");
  for (std::string_view suffix : {"", "-wal", "-shm"}) {
    TRY_VOID(files.RemoveAll(Beside(fresh, suffix)));
  }
  TRY_VOID(InitializeFile(fresh));
  return files.RenameDurably(fresh, file);
}

}  // namespace sluice
