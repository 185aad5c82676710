#include "server/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"

namespace sluice::server {

namespace {

constexpr const char* kPathSetting = "data_folder";

// What a server makes in its folder; anything else is left alone.
bool IsKnown(const std::string& name) {
  static const std::set<std::string> names = {
      "lock",          "store.db",         "store.db-wal", "store.db-shm",
      "objects",       "results",          "scratch",      "warehouse",
      "writes",        "credentials.toml", "functions.db", "functions.db.sha256",
      "planning.marks"};
  return names.contains(name);
}

void WarnOfUnknown(const std::filesystem::path& root, FileSystem* files) {
  auto names = files->List(root);
  if (!names) return;
  std::string unknown;
  for (const std::string& name : *names) {
    if (!IsKnown(name)) unknown += (unknown.empty() ? "" : ", ") + name;
  }
  if (!unknown.empty()) {
    Log(LogLevel::kWarning, "unknown files in the data folder are left alone",
        {{"files", unknown}});
  }
}

Result<UniqueFd> TakeLock(const std::filesystem::path& root, bool* writable) {
  std::filesystem::path file = root / "lock";
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  *writable = fd.valid();
  if (!fd.valid()) fd = UniqueFd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return Fail(ErrorCode::kUnavailable, "the data folder {} cannot be read: {}", root.string(),
                std::strerror(errno));
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return Fail(ErrorCode::kFailedPrecondition, "another server uses the data folder {}",
                root.string());
  }
  return fd;
}

Result<void> MakeRoot(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  std::filesystem::create_directories(path, error);
  if (error) {
    return Fail(ErrorCode::kUnavailable, "the data folder {} cannot be made: {}", path.string(),
                error.message());
  }
  ::chmod(path.c_str(), 0700);
  return {};
}

// The folder itself stays: it may be where another disk is mounted.
Result<void> Empty(const std::filesystem::path& path, FileSystem* files) {
  auto names = files->List(path);
  if (!names && names.error().code == ErrorCode::kNotFound) return {};
  if (!names) return Fail(std::move(names.error()));
  for (const std::string& name : *names) TRY_VOID(files->RemoveAll(path / name));
  return {};
}

}  // namespace

DataFolder::DataFolder(std::filesystem::path root, UniqueFd lock, bool writable)
    : root_(std::move(root)), lock_(std::move(lock)), writable_(writable) {}

Result<DataFolder> DataFolder::Open(const std::filesystem::path& path, FileSystem* files) {
  TRY_VOID(MakeRoot(path));
  std::error_code error;
  std::filesystem::path root = std::filesystem::canonical(path, error);
  if (error) {
    return Fail(ErrorCode::kUnavailable, "the data folder {} cannot be read: {}", path.string(),
                error.message());
  }
  bool writable = true;
  UniqueFd lock = TRY(TakeLock(root, &writable));
  DataFolder folder(std::move(root), std::move(lock), writable);
  WarnOfUnknown(folder.root(), files);
  if (!writable) return folder;
  TRY_VOID(Empty(folder.scratch(), files));
  for (const auto& inner :
       {folder.scratch(), folder.warehouse(), folder.results(), folder.root() / "objects"}) {
    TRY_VOID(files->MakeFolders(inner));
  }
  return folder;
}

Result<void> DataFolder::CheckNotMoved(IdentityStore* identities) const {
  auto stored = TRY(identities->GetSetting(kPathSetting));
  if (!stored) return identities->SetSetting(kPathSetting, root_.string());
  if (*stored == root_.string()) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "the data folder was made as {} and is now {}; table metadata holds the old path: "
              "move it back (a later version will have sluice relocate)",
              *stored, root_.string());
}

}  // namespace sluice::server
