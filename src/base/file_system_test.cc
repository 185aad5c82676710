#include "base/file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace sluice {
namespace {

using Names = std::vector<std::string>;
constexpr std::size_t kBytesMax = 1'000'000;

class LocalFileSystemTest : public testing::Test {
 protected:
  LocalFileSystemTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-files-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LocalFileSystemTest() override { std::filesystem::remove_all(folder_); }

  void Put(const std::filesystem::path& path, std::string_view bytes) const {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::filesystem::path folder_;
  LocalFileSystem files_;
};

TEST_F(LocalFileSystemTest, ADurableWriteReadsBackAndLeavesNoOtherFile) {
  std::string bytes("a\0b\n", 4);
  bytes.append(200'000, 'x');
  ASSERT_TRUE(files_.WriteDurably(folder_ / "f", bytes));
  EXPECT_EQ(bytes, files_.Read(folder_ / "f", kBytesMax).value());
  EXPECT_EQ(Names{"f"}, files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, AFileLargerThanItsReaderWantsIsRefused) {
  Put(folder_ / "f", "12345");
  EXPECT_EQ("12345", files_.Read(folder_ / "f", 5).value());
  EXPECT_EQ(ErrorCode::kInvalidArgument, files_.Read(folder_ / "f", 4).error().code);
}

TEST_F(LocalFileSystemTest, APipeKeepsNobodyWaiting) {
  ASSERT_EQ(0, ::mkfifo((folder_ / "pipe").c_str(), 0600));
  EXPECT_EQ(ErrorCode::kInvalidArgument, files_.Read(folder_ / "pipe", kBytesMax).error().code);
  EXPECT_FALSE(files_.Sync(folder_ / "pipe"));
  EXPECT_EQ(ErrorCode::kInvalidArgument, files_.Read("/dev/zero", kBytesMax).error().code);
}

TEST_F(LocalFileSystemTest, AFolderMovesToAnotherFileSystem) {
  std::string other = "/dev/shm/sluice-files-XXXXXX";
  ASSERT_NE(::mkdtemp(other.data()), nullptr);
  std::filesystem::create_directories(folder_ / "from" / "inner");
  Put(folder_ / "from" / "inner" / "f", "bytes");
  const std::filesystem::path to = std::filesystem::path(other) / "to";
  ASSERT_TRUE(files_.RenameDurably(folder_ / "from", to));
  EXPECT_EQ("bytes", files_.Read(to / "inner" / "f", kBytesMax).value());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "from"));
  EXPECT_EQ(Names{"to"}, files_.List(other).value());
  std::filesystem::remove_all(other);
}

TEST_F(LocalFileSystemTest, ALinkIsNotRead) {
  Put(folder_ / "f", "secret");
  std::filesystem::create_symlink(folder_ / "f", folder_ / "link");
  EXPECT_FALSE(files_.Read(folder_ / "link", kBytesMax));
}

TEST_F(LocalFileSystemTest, ADurableWriteReplacesTheWholeFile) {
  ASSERT_TRUE(files_.WriteDurably(folder_ / "f", "a long first text"));
  ASSERT_TRUE(files_.WriteDurably(folder_ / "f", "second"));
  EXPECT_EQ("second", files_.Read(folder_ / "f", kBytesMax).value());
  ASSERT_TRUE(files_.WriteDurably(folder_ / "f", ""));
  EXPECT_EQ("", files_.Read(folder_ / "f", kBytesMax).value());
  EXPECT_EQ(Names{"f"}, files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, ALeftoverOfACrashedWriteDoesNotMatter) {
  Put(folder_ / "f.tmp", "torn and rather long");
  ASSERT_TRUE(files_.WriteDurably(folder_ / "f", "whole"));
  EXPECT_EQ("whole", files_.Read(folder_ / "f", kBytesMax).value());
  EXPECT_EQ(Names{"f"}, files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, AFailedDurableWriteLeavesNothingBeside) {
  std::filesystem::create_directories(folder_ / "taken" / "inside");
  EXPECT_FALSE(files_.WriteDurably(folder_ / "taken", "no file can replace a folder"));
  EXPECT_EQ(Names{"taken"}, files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, AWrittenFileIsForItsOwnerOnly) {
  ASSERT_TRUE(files_.WriteDurably(folder_ / "f", "secret"));
  using std::filesystem::perms;
  perms mode = std::filesystem::status(folder_ / "f").permissions();
  EXPECT_EQ(perms::none, mode & (perms::group_all | perms::others_all));
}

TEST_F(LocalFileSystemTest, ATreeIsListedByItsFiles) {
  std::filesystem::create_directories(folder_ / "a" / "b");
  std::filesystem::create_directories(folder_ / "empty");
  Put(folder_ / "a" / "b" / "deep", "");
  Put(folder_ / "top", "");
  std::filesystem::create_directory_symlink("/etc", folder_ / "link");
  EXPECT_EQ((Names{"a/b/deep", "link", "top"}), files_.ListTree(folder_).value());
  EXPECT_EQ(ErrorCode::kNotFound, files_.ListTree(folder_ / "none").error().code);
}

TEST_F(LocalFileSystemTest, WhatIsMissingIsNotFound) {
  std::filesystem::path missing = folder_ / "no" / "file";
  EXPECT_EQ(ErrorCode::kNotFound, files_.Read(missing, kBytesMax).error().code);
  EXPECT_EQ(ErrorCode::kNotFound, files_.WriteDurably(missing, "x").error().code);
  EXPECT_EQ(ErrorCode::kNotFound, files_.RenameDurably(missing, folder_ / "x").error().code);
  EXPECT_EQ(ErrorCode::kNotFound, files_.Sync(missing).error().code);
  EXPECT_EQ(ErrorCode::kNotFound, files_.SyncTree(missing).error().code);
  EXPECT_EQ(ErrorCode::kNotFound, files_.List(missing).error().code);
}

TEST_F(LocalFileSystemTest, OtherFailuresAreUnavailableAndOnlyTheDetailNamesThePath) {
  Put(folder_ / "f", "x");
  Result<std::string> below_a_file = files_.Read(folder_ / "f" / "g", kBytesMax);
  ASSERT_FALSE(below_a_file);
  EXPECT_EQ(ErrorCode::kUnavailable, below_a_file.error().code);
  EXPECT_NE(std::string::npos, below_a_file.error().detail.find(folder_.string()));
  EXPECT_EQ(std::string::npos, below_a_file.error().message.find(folder_.string()));
  EXPECT_EQ(ErrorCode::kInvalidArgument, files_.Read(folder_, kBytesMax).error().code);

  EXPECT_EQ(ErrorCode::kUnavailable, files_.MakeFolders(folder_ / "f" / "g").error().code);
  EXPECT_EQ(ErrorCode::kUnavailable, files_.WriteDurably(folder_ / "f" / "g", "x").error().code);
}

TEST_F(LocalFileSystemTest, AFullDiskIsUnavailable) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this machine has no /dev/full";
  std::filesystem::create_symlink("/dev/full", folder_ / "f.tmp");
  Result<void> written = files_.WriteDurably(folder_ / "f", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(ErrorCode::kUnavailable, written.error().code);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "f"));
}

TEST_F(LocalFileSystemTest, ARenameMovesFilesAndFoldersOverWhatIsThere) {
  Put(folder_ / "a", "new");
  Put(folder_ / "b", "old");
  ASSERT_TRUE(files_.RenameDurably(folder_ / "a", folder_ / "b"));
  EXPECT_EQ("new", files_.Read(folder_ / "b", kBytesMax).value());
  ASSERT_TRUE(files_.MakeFolders(folder_ / "from" / "deep"));
  ASSERT_TRUE(files_.RenameDurably(folder_ / "from", folder_ / "to"));
  EXPECT_EQ((Names{"b", "to"}), files_.List(folder_).value());
  EXPECT_EQ(Names{"deep"}, files_.List(folder_ / "to").value());
}

TEST_F(LocalFileSystemTest, ARenameOntoAFullFolderAlreadyExistsOrFails) {
  ASSERT_TRUE(files_.MakeFolders(folder_ / "from"));
  ASSERT_TRUE(files_.MakeFolders(folder_ / "to" / "inner"));
  EXPECT_FALSE(files_.RenameDurably(folder_ / "from", folder_ / "to"));
  EXPECT_EQ((Names{"from", "to"}), files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, FoldersAreMadeWithTheirParentsAndMayBeThere) {
  ASSERT_TRUE(files_.MakeFolders(folder_ / "a" / "b" / "c"));
  ASSERT_TRUE(files_.MakeFolders(folder_ / "a" / "b" / "c"));
  EXPECT_EQ(Names{"c"}, files_.List(folder_ / "a" / "b").value());
}

TEST_F(LocalFileSystemTest, RemovalTakesFilesFoldersAndNothing) {
  ASSERT_TRUE(files_.MakeFolders(folder_ / "a" / "b"));
  Put(folder_ / "a" / "b" / "f", "x");
  Put(folder_ / "g", "x");
  EXPECT_TRUE(files_.RemoveAll(folder_ / "a"));
  EXPECT_TRUE(files_.RemoveAll(folder_ / "g"));
  EXPECT_TRUE(files_.RemoveAll(folder_ / "never-there"));
  EXPECT_EQ(Names{}, files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, RemovalDoesNotFollowLinks) {
  ASSERT_TRUE(files_.MakeFolders(folder_ / "kept"));
  Put(folder_ / "kept" / "f", "x");
  ASSERT_TRUE(files_.MakeFolders(folder_ / "gone"));
  std::filesystem::create_directory_symlink(folder_ / "kept", folder_ / "gone" / "link");
  ASSERT_TRUE(files_.RemoveAll(folder_ / "gone"));
  EXPECT_EQ("x", files_.Read(folder_ / "kept" / "f", kBytesMax).value());
}

TEST_F(LocalFileSystemTest, NamesAreListedInOrder) {
  for (const char* name : {"b", "a", ".c"}) Put(folder_ / name, "");
  EXPECT_EQ((Names{".c", "a", "b"}), files_.List(folder_).value());
}

TEST_F(LocalFileSystemTest, ATreeIsSyncedWithAllItsLevels) {
  ASSERT_TRUE(files_.MakeFolders(folder_ / "a" / "b"));
  Put(folder_ / "a" / "b" / "f", "x");
  EXPECT_TRUE(files_.SyncTree(folder_));
  EXPECT_TRUE(files_.Sync(folder_ / "a" / "b" / "f"));
  EXPECT_TRUE(files_.Sync(folder_));
}

}  // namespace
}  // namespace sluice
