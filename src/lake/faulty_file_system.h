#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace sluice {

/// A file system that breaks at a chosen call, as a full or dying disk does. For every-failure
/// loops. For one thread at a time.
class FaultyFileSystem final : public FileSystem {
 public:
  /// `below` must outlive this.
  explicit FaultyFileSystem(FileSystem* below) : below_(below) {}

  /// Lets `calls` calls through, then fails every one until Heal.
  void FailAfter(int calls) {
    calls_left_ = calls;
    failures_ = 0;
  }
  /// From now on what needs room fails, as on a full disk; reading, syncing and removing go on.
  void FillUp() { is_full_ = true; }
  void Heal() {
    calls_left_ = kHealthy;
    is_full_ = false;
  }
  /// Calls that failed since the last FailAfter.
  int failures() const { return failures_; }

  Result<std::string> Read(const std::filesystem::path& path, std::size_t bytes_max) override {
    TRY_VOID(Pass());
    return below_->Read(path, bytes_max);
  }
  Result<std::unique_ptr<ReadableFile>> Open(const std::filesystem::path& path,
                                             std::size_t bytes_max) override {
    TRY_VOID(Pass());
    return below_->Open(path, bytes_max);
  }
  Result<void> WriteDurably(const std::filesystem::path& path, std::string_view bytes) override {
    TRY_VOID(PassWithRoom());
    return below_->WriteDurably(path, bytes);
  }
  Result<void> Write(const std::filesystem::path& path, std::string_view bytes,
                     FileSync sync) override {
    TRY_VOID(bytes.empty() ? Pass() : PassWithRoom());
    return below_->Write(path, bytes, sync);
  }
  Result<void> RenameDurably(const std::filesystem::path& from,
                             const std::filesystem::path& to) override {
    TRY_VOID(Pass());
    return below_->RenameDurably(from, to);
  }
  Result<void> Sync(const std::filesystem::path& path) override {
    TRY_VOID(Pass());
    return below_->Sync(path);
  }
  Result<void> SyncTree(const std::filesystem::path& folder) override {
    TRY_VOID(Pass());
    return below_->SyncTree(folder);
  }
  Result<void> MakeFolders(const std::filesystem::path& folder) override {
    TRY_VOID(PassWithRoom());
    return below_->MakeFolders(folder);
  }
  Result<void> RemoveAll(const std::filesystem::path& path) override {
    TRY_VOID(Pass());
    return below_->RemoveAll(path);
  }
  Result<std::vector<std::string>> List(const std::filesystem::path& folder) override {
    TRY_VOID(Pass());
    return below_->List(folder);
  }
  Result<std::vector<std::string>> ListTree(const std::filesystem::path& folder) override {
    TRY_VOID(Pass());
    return below_->ListTree(folder);
  }

 private:
  static constexpr int kHealthy = -1;

  Result<void> Pass() {
    if (calls_left_ == kHealthy) return {};
    if (calls_left_ > 0) {
      --calls_left_;
      return {};
    }
    return Refuse();
  }
  Result<void> PassWithRoom() { return is_full_ ? Refuse() : Pass(); }
  Result<void> Refuse() {
    ++failures_;
    return Fail(ErrorCode::kUnavailable, "Storage error: injected");
  }

  FileSystem* below_;
  int calls_left_ = kHealthy;
  int failures_ = 0;
  bool is_full_ = false;
};

}  // namespace sluice
